import { ShapeError } from "../errors.js";
import type { DType, TypedArray } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { permuteArray } from "./layout.js";

/**
 * Convolution weights of PyTorch's layout [O, I/groups, kh, kw] in matprop's [O, kh, kw, I/groups]. Data, not an
 * operation: no gradient flows through it.
 *
 * @param weights rank 4, any dtype.
 * @throws {ShapeError} if the rank is not 4.
 * @example
 * import { io, zeros } from "matprop";
 * console.log(io.fromOIHW(zeros([16, 3, 5, 5])).shape); // [ 16, 5, 5, 3 ]
 */
export function fromOIHW<D extends DType>(weights: Tensor<D>): Tensor<D> {
  return permuted("io.fromOIHW", "[O, I, kh, kw]", weights, [0, 2, 3, 1]);
}

/**
 * Convolution weights of matprop's layout [O, kh, kw, I/groups] in PyTorch's [O, I/groups, kh, kw].
 *
 * @param weights rank 4, any dtype.
 * @throws {ShapeError} if the rank is not 4.
 * @example
 * import { io, zeros } from "matprop";
 * console.log(io.toOIHW(zeros([16, 5, 5, 3])).shape); // [ 16, 3, 5, 5 ]
 */
export function toOIHW<D extends DType>(weights: Tensor<D>): Tensor<D> {
  return permuted("io.toOIHW", "[O, kh, kw, I]", weights, [0, 3, 1, 2]);
}

function permuted<D extends DType>(op: string, layout: string, x: Tensor<D>, axes: readonly number[]): Tensor<D> {
  if (x.rank !== 4) throw new ShapeError(op, `expected weights ${layout}, got shape ${showShape(x.shape)}`);
  const values = permuteArray(x.data() as TypedArray, x.shape, axes);
  return fromArray(
    values,
    axes.map((axis) => x.shape[axis]!),
    x.dtype,
  );
}
