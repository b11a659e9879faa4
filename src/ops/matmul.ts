import { ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { broadcastShapes, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { gemm } from "./support/gemm.js";

/**
 * The matrix product over the last two axes, batched and broadcast over the leading ones, by NumPy's rules: a vector on
 * the left is a row, on the right a column, and its axis vanishes from the result. Each element is summed in ascending
 * order of k with one accumulator per block, so a row of the result does not depend on the other rows.
 *
 * Adjoint: gA = g·Bᵀ, gB = Aᵀ·g, summed over broadcast axes.
 * @throws {ShapeError} if the inner sizes differ, an operand is a scalar, or the leading axes do not broadcast.
 * @example
 * import { init, matmul, tensor } from "matprop";
 * await init();
 * matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray(); // [ 3, 7 ]
 */
export function matmul<D extends FloatDType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> {
  checkFloat("matmul", a);
  checkFloat("matmul", b);
  checkSameDtype("matmul", a, b);
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError("matmul", `needs vectors or matrices, got ${showShape(a.shape)} and ${showShape(b.shape)}`);
  }
  const left = a.rank === 1 ? reshape(a, [1, a.size]) : a;
  const right = b.rank === 1 ? reshape(b, [b.size, 1]) : b;
  if (left.shape[left.rank - 1] !== right.shape[right.rank - 2]) {
    throw new ShapeError("matmul", `inner sizes differ: ${showShape(a.shape)} times ${showShape(b.shape)}`);
  }
  broadcastShapes("matmul", left.shape.slice(0, -2), right.shape.slice(0, -2));
  const full = product(left, right);
  const shape = [...full.shape];
  if (b.rank === 1) shape.pop();
  if (a.rank === 1) shape.splice(b.rank === 1 ? shape.length - 1 : shape.length - 2, 1);
  return reshape(full, shape) as Tensor<D>;
}

/** One tall product when every item of the batch meets the same right-hand matrix. */
function product(a: Tensor<FloatDType>, b: Tensor<FloatDType>): Tensor<FloatDType> {
  if (b.rank > 2 || a.rank === 2) return gemm(a, b);
  const lead = a.shape.slice(0, -1);
  const k = a.shape[a.rank - 1]!;
  return reshape(gemm(reshape(a, [sizeOf(lead), k]), b), [...lead, b.shape[1]!]);
}
