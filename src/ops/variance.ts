import { ArgumentError } from "../errors.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { address, allocate } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { sub } from "./sub.js";
import { checkFloat } from "./support/check.js";
import { asThreeAxes, planReduction, type Axes, type ReduceOptions, type Reduction } from "./support/reduce.js";

type Float = Tensor<FloatDType>;

interface Plan extends Reduction {
  readonly ddof: number;
}

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count in the divisor: 0 is the population variance (default), 1 the sample variance. */
  readonly ddof?: number;
}

const rule: Rule<[Float], Plan> = {
  name: "variance",
  saves: "inputs",
  forward: run,
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * Σ(x − mean)² / max(0, n − ddof) over all elements, or over the given axes, in two passes (no cancellation).
 *
 * Adjoint: gx = 2·g·(x − mean)/(n − ddof).
 * @throws {ArgumentError} if an axis is out of range or given twice, or ddof is no non-negative number.
 * @example
 * import { init, tensor, variance } from "matprop";
 * await init();
 * variance(tensor([1, 2, 3, 4])).item(); // 1.25
 */
export function variance<D extends FloatDType>(x: Tensor<D>, axis?: Axes, options: VarianceOptions = {}): Tensor<D> {
  checkFloat("variance", x);
  const { ddof = 0 } = options;
  if (!(ddof >= 0)) throw new ArgumentError("variance", `ddof must not be negative, got ${ddof}`);
  return apply(rule, [x], { ...planReduction("variance", x.shape, axis, options), ddof }) as Tensor<D>;
}

function run([x]: [Float], plan: Plan): Float {
  const { x: source, outer, n, inner } = asThreeAxes("variance", x, plan.axes);
  const table = wasm[x.dtype];
  const average = allocate(plan.shape, x.dtype);
  const out = allocate(plan.shape, x.dtype);
  const [px, pm, py] = [source, average, out].map((t) => address("variance", t)) as [number, number, number];
  table.sum(outer, n, inner, px, pm);
  table.divs(out.size, pm, n, pm);
  table.sumsqdev(outer, n, inner, px, pm, py);
  table.divs(out.size, py, Math.max(0, n - plan.ddof), py);
  return out;
}

function adjoint(g: Float, { inputs: [x], params }: Applied<[Float], Plan>): [Float] {
  const centred = sub(x, mean(x, params.axes, { keepdims: true }));
  return [mul(centred, mul(reshape(g, params.kept), 2 / Math.max(0, params.n - params.ddof)))];
}
