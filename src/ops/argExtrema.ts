import { inScope } from "../tensor/scoped.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkFloat } from "./support/check.js";
import { planReduction, requireNonEmpty, runReduction, type ReduceOptions } from "./support/reduce.js";

/**
 * The index of the largest element (the first of equals; the first NaN if there is one) along an axis, or in row-major
 * order over all elements. No gradient: indices are int32.
 *
 * @throws {ArgumentError} if the axis is empty or out of range.
 * @example
 * import { argmax, init, tensor } from "matprop";
 * await init();
 * argmax(tensor([[1, 5], [3, 2]]), 1).toArray(); // [ 1, 0 ]
 */
export function argmax(x: Tensor<FloatDType>, axis?: number, options?: ReduceOptions): Tensor<"int32"> {
  return indexOf("argmax", x, axis, options);
}

/**
 * The index of the smallest element (the first of equals; the first NaN if there is one) along an axis, or in row-major
 * order over all elements. No gradient: indices are int32.
 *
 * @throws {ArgumentError} if the axis is empty or out of range.
 * @example
 * import { argmin, init, tensor } from "matprop";
 * await init();
 * argmin(tensor([3, 1, 2])).item(); // 1
 */
export function argmin(x: Tensor<FloatDType>, axis?: number, options?: ReduceOptions): Tensor<"int32"> {
  return indexOf("argmin", x, axis, options);
}

function indexOf(
  op: "argmax" | "argmin",
  x: Tensor<FloatDType>,
  axis: number | undefined,
  options?: ReduceOptions,
): Tensor<"int32"> {
  checkFloat(op, x);
  wasm.require(op);
  const plan = planReduction(op, x.shape, axis, options);
  requireNonEmpty(op, plan);
  return inScope(() => runReduction(op, x, plan, "int32", wasm[x.dtype][op]));
}
