import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import { itemBytes, type FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { matrixBatch } from "./support/matrices.js";

type Float = Tensor<FloatDType>;

const OP = "centerRows";

interface Params {
  readonly op: string;
}

/** Inputs x and, if weighted, the weights. Outputs y and the means. */
const rule: MultiRule<readonly Float[], Params> = {
  name: OP,
  opOf: ({ op }) => op,
  guarded: "infinity",
  saves: "both",
  forward: ([x, weights]) => {
    const { lead, batch, rows: m, columns: d } = matrixBatch(OP, x!);
    const [y, average] = [allocate(x!.shape, x!.dtype), allocate([...lead, d], x!.dtype)];
    const [px, pa, py] = [x!, average, y].map((t) => address(OP, t)) as [number, number, number];
    wasm[x!.dtype].center(batch, m, d, weights === undefined ? 0 : address(OP, weights), px, pa, py);
    return [y, average];
  },
  vjp: ([g], { inputs: [x, weights], outputs, needs }) => {
    const { batch, rows: m, columns: d } = matrixBatch(OP, x!);
    const gx = allocate(x!.shape, x!.dtype);
    const gw = weights !== undefined && needs[1] ? allocate(weights.shape, x!.dtype) : null;
    const [pw, pgw] = [weights, gw].map((t) => (t ? address(OP, t) : 0)) as [number, number];
    const [py, pg, po] = [outputs[0]!, g!, gx].map((t) => address(OP, t)) as [number, number, number];
    const work = currentScope()!.scratch(d * itemBytes(x!.dtype));
    wasm[x!.dtype].center_vjp(batch, m, d, pw, py, pg, po, pgw, work);
    return weights === undefined ? [gx] : [gx, gw];
  },
  vjpDifferentiable: ([g], applied) => composed(g!, applied),
};

/**
 * Each matrix of [.., m, d] minus the mean of its rows, which is weighted by [.., m] if weights are given; a step of `op`,
 * which refuses rows whose sum overflows.
 *
 * Adjoint: with s = Σ gᵢ over the rows: gxᵢ = gᵢ − wᵢ·s/Σw, g_wᵢ = −⟨yᵢ, s⟩/Σw.
 */
export function centerRows(op: string, x: Float, weights?: Float): Float {
  return applyMulti(rule, weights === undefined ? [x] : [x, weights], { op })[0] as Float;
}

function composed(g: Float, { inputs: [x, weights], outputs }: Applied<readonly Float[], Params>): Float[] {
  const s = sum(g, -2, { keepdims: true });
  if (weights === undefined) return [sub(g, div(s, x!.shape[x!.rank - 2]!))];
  const w = unsqueeze(weights, -1);
  const share = div(s, sum(w, -2, { keepdims: true }));
  return [sub(g, mul(w, share)), neg(sum(mul(outputs[0] as Float, share), -1))];
}
