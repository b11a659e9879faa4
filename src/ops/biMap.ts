import { ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { squareBatch } from "./support/matrices.js";
import { symmetric } from "./support/symmetric.js";

/**
 * The bilinear map W·X·Wᵀ of SPD networks (Huang, Van Gool 2017): X [.., n, n] symmetric (taken as ½X + ½Xᵀ), W [k, n] →
 * [.., k, k]. With orthonormal rows of W it keeps matrices positive definite.
 *
 * Adjoint: gX = Wᵀ·sym(G)·W, gW = 2·sym(G)·W·X.
 * @throws {ShapeError} if the sizes do not fit; {@link DtypeError} if dtypes differ.
 * @example
 * import { eye, init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.biMap(eye(3), tensor([[1, 0, 0], [0, 1, 0]])).toArray(); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function biMap<D extends FloatDType>(X: Tensor<D>, W: Tensor<D>): Tensor<D> {
  checkFloat("biMap", X);
  checkFloat("biMap", W);
  checkSameDtype("biMap", X, W);
  const { rows: n } = squareBatch("biMap", X);
  if (W.rank !== 2 || W.shape[1] !== n) {
    throw new ShapeError("biMap", `W must be [k, ${n}] for X ${showShape(X.shape)}, got ${showShape(W.shape)}`);
  }
  return symmetric(gemm(gemm(W, symmetric(X)), W, false, true)) as Tensor<D>;
}
