/** The rule behind batch, layer and group normalisation: x [n, rows, c] whose channels fall into groups. */
import { ShapeError } from "../../errors.js";
import type { Applied, MultiRule } from "../../autodiff/rule.js";
import { applyMulti } from "../../autodiff/tape.js";
import { type DType, itemBytes, type FloatDType } from "../../tensor/dtype.js";
import { currentScope } from "../../tensor/scope.js";
import { showShape } from "../../tensor/shape.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";
import { add } from "../add.js";
import { div } from "../div.js";
import { mean } from "../mean.js";
import { mul } from "../mul.js";
import { reshape } from "../reshape.js";
import { sqrt } from "../sqrt.js";
import { square } from "../square.js";
import { sub } from "../sub.js";
import { sum } from "../sum.js";
import { checkFloat, checkSameDtype } from "./check.js";

type Float = Tensor<FloatDType>;

/** How x is read: statistics are taken over the rows and the channels of a group, for each of n items and each group. */
export interface NormSizes {
  readonly n: number;
  readonly rows: number;
  readonly c: number;
  readonly groups: number;
}

export interface NormParams extends NormSizes {
  readonly eps: number;
  readonly hasWeight: boolean;
  readonly hasBias: boolean;
}

/** x, then weight and bias as far as there are any. */
export function normInputs(x: Float, weight: Float | null | undefined, bias: Float | null | undefined): Float[] {
  return [x, ...(weight ? [weight] : []), ...(bias ? [bias] : [])];
}

/** Throws unless weight and bias, where given, are [c] of x's dtype. */
export function checkAffine(
  op: string,
  x: Tensor<DType>,
  c: number,
  vectors: Readonly<Record<string, Tensor<DType> | null | undefined>>,
): void {
  for (const [name, vector] of Object.entries(vectors)) {
    if (!vector) continue;
    checkFloat(op, vector);
    checkSameDtype(op, x, vector);
    if (vector.rank !== 1 || vector.size !== c) {
      throw new ShapeError(op, `${name} must be [${c}], got ${showShape(vector.shape)}`);
    }
  }
}

/** Outputs y and, [n, groups] each, mean, biased variance and 1/√(variance + eps). */
export function normalization(name: string): (inputs: readonly Float[], params: NormParams) => readonly Float[] {
  const rule: MultiRule<readonly Float[], NormParams> = {
    name,
    saves: "both",
    forward: (inputs, p) => {
      const x = inputs[0]!;
      const y = allocate(x.shape, x.dtype);
      const [average, variance, invstd] = [0, 1, 2].map(() => allocate([p.n, p.groups], x.dtype)) as [
        Float,
        Float,
        Float,
      ];
      const [px, pa, pv, pi, py] = [x, average, variance, invstd, y].map((t) => address(name, t)) as Five;
      const [pw, pb] = affineAddresses(name, inputs, p);
      const work = currentScope()!.scratch(4 * p.c * itemBytes(x.dtype));
      wasm[x.dtype].groupnorm(p.n, p.rows, p.c, p.groups, px, pw, pb, p.eps, pa, pv, pi, py, work);
      return [y, average, variance, invstd];
    },
    vjp: ([g], { inputs, outputs, params }) =>
      fusedAdjoint(name, g!, inputs, outputs[1] as Float, outputs[3] as Float, params, false),
    vjpDifferentiable: ([g], applied) => composedAdjoint(g!, applied),
  };
  return (inputs, params) => applyMulti(rule, inputs, params) as readonly Float[];
}

type Five = [number, number, number, number, number];

/** Addresses of weight and bias, 0 for none. */
export function affineAddresses(op: string, inputs: readonly Float[], p: NormParams): [number, number] {
  const weight = p.hasWeight ? address(op, inputs[1]!) : 0;
  return [weight, p.hasBias ? address(op, inputs[p.hasWeight ? 2 : 1]!) : 0];
}

/** Cotangents of x, weight and bias; `fixed` statistics do not depend on x. */
export function fusedAdjoint(
  op: string,
  g: Float,
  inputs: readonly Float[],
  average: Float,
  invstd: Float,
  p: NormParams,
  fixed: boolean,
): (Float | null)[] {
  const x = inputs[0]!;
  const [gx, gw, gb] = [x.shape, [p.c], [p.c]].map((shape) => allocate(shape, x.dtype)) as [Float, Float, Float];
  const [px, pg, pa, pi] = [x, g, average, invstd].map((t) => address(op, t)) as [number, number, number, number];
  const [po, pgw, pgb] = [gx, gw, gb].map((t) => address(op, t)) as [number, number, number];
  const [pw] = affineAddresses(op, inputs, p);
  const work = currentScope()!.scratch(4 * p.c * itemBytes(x.dtype));
  wasm[x.dtype].groupnorm_vjp(p.n, p.rows, p.c, p.groups, +fixed, px, pg, pw, pa, pi, po, pgw, pgb, work);
  return [gx, ...(p.hasWeight ? [gw] : []), ...(p.hasBias ? [gb] : [])];
}

/** The same by differentiable ops, with the statistics taken from x anew so that derivatives pass through them. */
function composedAdjoint(g: Float, { inputs, params }: Applied<readonly Float[], NormParams>): Float[] {
  const { n, rows, c, groups, eps, hasWeight, hasBias } = params;
  const width = c / Math.max(groups, 1);
  const grouped = [n, rows, groups, width];
  const average = (t: Float): Float => mean(t, [1, 3], { keepdims: true });
  const x = reshape(inputs[0]!, grouped);
  const centred = sub(x, average(x));
  const invstd = div(1, sqrt(add(average(square(centred)), eps)));
  const xhat = mul(centred, invstd);
  const g4 = reshape(g, grouped);
  const scaled = hasWeight ? mul(g4, reshape(inputs[1]!, [groups, width])) : g4;
  const inner = sub(sub(scaled, average(scaled)), mul(xhat, average(mul(scaled, xhat))));
  const total = (t: Float): Float => reshape(sum(t, [0, 1]), [c]);
  const gx = reshape(mul(invstd, inner), inputs[0]!.shape);
  return [gx, ...(hasWeight ? [total(mul(g4, xhat))] : []), ...(hasBias ? [total(g4)] : [])];
}
