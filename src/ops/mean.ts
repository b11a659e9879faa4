import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { div } from "./div.js";
import { sum } from "./sum.js";
import { checkFloat } from "./support/check.js";
import { planReduction, type Axes, type ReduceOptions } from "./support/reduce.js";

/**
 * The arithmetic mean over all elements, or over the given axes: the sum divided by the count (NaN for none).
 *
 * Adjoint: gx repeats g/n along the reduced axes.
 * @param axis one axis or several; negative counts from the end; absent means all.
 * @throws {ArgumentError} if an axis is out of range or given twice.
 * @example
 * import { init, mean, tensor } from "matprop";
 * await init();
 * mean(tensor([[1, 2], [3, 4]]), 1).toArray(); // [ 1.5, 3.5 ]
 */
export function mean<D extends FloatDType>(x: Tensor<D>, axis?: Axes, options?: ReduceOptions): Tensor<D> {
  checkFloat("mean", x);
  const { n } = planReduction("mean", x.shape, axis);
  return div(sum(x, axis, options), n);
}
