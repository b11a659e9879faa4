import { ShapeError } from "../../errors.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { broadcastShapes, sameShape, showShape, sizeOf, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { broadcastTo } from "../broadcastTo.js";
import { reshape } from "../reshape.js";
import { checkFloat, checkSameDtype } from "./check.js";
import { matrixBatch } from "./matrices.js";

type Float = Tensor<FloatDType>;

/** The right-hand side of a system with matrices A, as matrices. */
export interface RightHandSide {
  readonly B: Float;
  /** The solution in the shape that the caller expects: without its last axis if B was a vector. */
  restore(X: Float): Float;
}

/**
 * torch.linalg.solve's rule: B is a vector, or a batch of them, if it has one axis or exactly the shape of A without its
 * last axis; otherwise it is a batch of matrices. Throws unless it has as many rows as A.
 */
export function rightHandSide(op: string, A: Float, given: Float): RightHandSide {
  checkFloat(op, A);
  checkFloat(op, given);
  checkSameDtype(op, A, given);
  const { rows } = matrixBatch(op, A);
  const vector = given.rank === 1 || (given.rank === A.rank - 1 && sameShape(given.shape, A.shape.slice(0, -1)));
  if (given.rank === 0) throw new ShapeError(op, "the right-hand side must be a vector or a matrix, got a scalar");
  const B = vector ? reshape(given, [...given.shape, 1]) : given;
  if (B.shape[B.rank - 2] !== rows) {
    throw new ShapeError(op, `${rows} equations need ${rows} rows on the right, got ${showShape(given.shape)}`);
  }
  broadcastShapes(op, A.shape.slice(0, -2), B.shape.slice(0, -2));
  return { B, restore: (X) => (vector ? reshape(X, X.shape.slice(0, -1)) : X) };
}

/** x as it is if one step from item to item can walk its batch (0 for one item), else broadcast to the batch `lead`. */
export function walkable(x: Float, lead: Shape): Float {
  const own = x.shape.slice(0, -2);
  return sizeOf(own) === 1 || sameShape(own, lead) ? x : broadcastTo(x, [...lead, ...x.shape.slice(-2)]);
}
