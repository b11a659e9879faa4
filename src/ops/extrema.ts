import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { astype } from "./astype.js";
import { broadcastTo } from "./broadcastTo.js";
import { eq } from "./compare.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";
import { checkFloat } from "./support/check.js";
import {
  planReduction,
  requireNonEmpty,
  runReduction,
  type Axes,
  type ReduceOptions,
  type Reduction,
} from "./support/reduce.js";

type Float = Tensor<FloatDType>;

function extremum(name: "max" | "min"): Rule<[Float], Reduction> {
  const adjoint = (g: Float, { inputs: [x], outputs, params }: Applied<[Float], Reduction>): [Float] => {
    const hit = astype(eq(x, broadcastTo(reshape(outputs[0] as Float, params.kept), x.shape)), x.dtype);
    const share = div(hit, sum(hit, params.axes, { keepdims: true }));
    return [mul(share, reshape(g, params.kept))];
  };
  return {
    name,
    saves: "both",
    forward: ([x], plan) => runReduction(name, x, plan, x.dtype, wasm[x.dtype][name]),
    vjp: adjoint,
    vjpDifferentiable: adjoint,
  };
}

const maxRule = extremum("max");
const minRule = extremum("min");

/**
 * The largest element, over all or over the given axes; NaN wins.
 *
 * Adjoint: g goes to the largest element, in equal shares where several are equal.
 * @throws {ArgumentError} if an axis is empty, out of range or given twice.
 * @example
 * import { init, max, tensor } from "matprop";
 * await init();
 * max(tensor([[1, 5], [3, 4]]), 0).toArray(); // [ 3, 5 ]
 */
export function max<D extends FloatDType>(x: Tensor<D>, axis?: Axes, options?: ReduceOptions): Tensor<D> {
  return reduce(maxRule, x, axis, options);
}

/**
 * The smallest element, over all or over the given axes; NaN wins.
 *
 * Adjoint: g goes to the smallest element, in equal shares where several are equal.
 * @throws {ArgumentError} if an axis is empty, out of range or given twice.
 * @example
 * import { init, min, tensor } from "matprop";
 * await init();
 * min(tensor([3, 1, 2])).item(); // 1
 */
export function min<D extends FloatDType>(x: Tensor<D>, axis?: Axes, options?: ReduceOptions): Tensor<D> {
  return reduce(minRule, x, axis, options);
}

function reduce<D extends FloatDType>(
  rule: Rule<[Float], Reduction>,
  x: Tensor<D>,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor<D> {
  checkFloat(rule.name, x);
  const plan = planReduction(rule.name, x.shape, axis, options);
  requireNonEmpty(rule.name, plan);
  return apply(rule, [x], plan) as Tensor<D>;
}
