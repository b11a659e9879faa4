/**
 * Coordinates of the cone of symmetric positive definite matrices in which a base point M = LLᵀ is the identity: X is
 * L⁻¹XL⁻ᵀ there. Any L with LLᵀ = M gives the same maps, distances and means, because a rotation commutes with functions
 * of a matrix; the Cholesky factor is the cheapest.
 */
import { guardedAs } from "../../autodiff/tape.js";
import { ConvergenceError, NonFiniteError, NotPositiveDefiniteError } from "../../errors.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { broadcastShapes, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { triangularSolve } from "../solveTriangular.js";
import { checkFloat, checkSameDtype } from "./check.js";
import { gemm } from "./gemm.js";
import { squareBatch } from "./matrices.js";
import { symmetric } from "./symmetric.js";

type Float = Tensor<FloatDType>;

/** L⁻¹XL⁻ᵀ. */
export function intoFrame(op: string, L: Float, X: Float): Float {
  return triangularSolve(L, triangularSolve(L, X, { op }), { op, right: true, transpose: true });
}

/** LXLᵀ, exactly symmetric. */
export function outOfFrame(L: Float, X: Float): Float {
  return symmetric(gemm(gemm(L, X), L, false, true));
}

/** Throws unless A and B are batches of square matrices of one size and dtype whose leading axes broadcast. */
export function checkSquarePair(op: string, A: Float, B: Float): Shape {
  checkFloat(op, A);
  checkFloat(op, B);
  checkSameDtype(op, A, B);
  squareBatch(op, A);
  squareBatch(op, B);
  return broadcastShapes(op, A.shape, B.shape);
}

/** Runs steps made of other ops; their numerical errors name `op`, and which of its arguments (`what`) is meant forwards. */
export function asPartOf<T>(op: string, what: string, fn: () => T): T {
  try {
    return guardedAs(op, fn);
  } catch (error) {
    if (error instanceof NotPositiveDefiniteError) {
      const { batchIndex } = error;
      throw new NotPositiveDefiniteError(op, batchIndex, `item ${batchIndex} of ${what} is not positive definite`);
    }
    if (error instanceof NonFiniteError) {
      throw new NonFiniteError(op, error.batchIndex, `item ${error.batchIndex} of ${what} holds NaN or infinity`);
    }
    if (error instanceof ConvergenceError) throw new ConvergenceError(op, error.batchIndex, error.info);
    throw error;
  }
}
