/** Helpers of the ops on batches of matrices: [.., rows, columns], leading axes are the batch. */
import type { DType } from "../../tensor/dtype.js";
import { ConvergenceError, NonFiniteError, NotPositiveDefiniteError, ShapeError } from "../../errors.js";
import { showShape, sizeOf, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";

/** The batch axes, their product, and the sizes of one matrix. */
export interface MatrixBatch {
  readonly lead: Shape;
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
}

export function matrixBatch(op: string, x: Tensor<DType>): MatrixBatch {
  const { shape } = x;
  if (shape.length < 2) throw new ShapeError(op, `needs a matrix [.., m, n], got ${showShape(shape)}`);
  const lead = shape.slice(0, -2);
  return { lead, batch: sizeOf(lead), rows: shape[shape.length - 2]!, columns: shape[shape.length - 1]! };
}

export function squareBatch(op: string, x: Tensor<DType>): MatrixBatch {
  const size = matrixBatch(op, x);
  if (size.rows !== size.columns)
    throw new ShapeError(op, `needs square matrices [.., n, n], got ${showShape(x.shape)}`);
  return size;
}

/**
 * Turns the info codes a batched solver left at `infos` into the error of the first failed item; `positive` makes that
 * of an info above 0 (null: none), which otherwise counts what has not converged.
 */
export function throwOnInfo(
  op: string,
  infos: number,
  batch: number,
  positive: (item: number, info: number) => Error | null = (item, info) => new ConvergenceError(op, item, info),
): void {
  for (let item = 0; item < batch; item++) {
    const info = wasm.i32[(infos >>> 2) + item]!;
    const error = info > 0 ? positive(item, info) : null;
    if (error !== null) throw error;
    if (info < 0) throwOnFailure(op, item, info);
  }
}

/** Turns a solver's info code for one item into an error, unless it is 0. */
export function throwOnFailure(op: string, item: number, info: number): void {
  if (info === -1) throw new NonFiniteError(op, item);
  if (info === -2) throw new NotPositiveDefiniteError(op, item);
  if (info > 0) throw new ConvergenceError(op, item, info);
}
