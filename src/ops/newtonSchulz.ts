import { eye } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { approximateRoot, checkSteps, type RootOptions } from "./support/approximateRoot.js";
import { checkFloat } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { squareBatch } from "./support/matrices.js";

type Float = Tensor<FloatDType>;

export interface NewtonSchulzOptions extends RootOptions {
  /** Steps of the iteration (default 5); each about doubles the digits once λ_min/norm is no longer small. */
  readonly iterations?: number;
}

/**
 * An approximate square root of symmetric positive definite matrices, [.., n, n], by matrix products alone; A is taken as
 * ½A + ½Aᵀ. With t = tr A or ‖A‖_F, Y₀ = A/t, Z₀ = I:
 *
 *   Y ← ½Y(3I − ZY),   Z ← ½(3I − ZY)Z,   A^(1/2) ≈ √t·Y,   A^(−1/2) ≈ Z/√t
 *
 * (Li, Xie, Wang, Gao 2018, iSQRT-COV: pre-normalisation, "trace" by default, and post-compensation). The gradient is by
 * default (`backward: "exact"`) that of the finite iteration; or that of the root, by a Lyapunov equation at the result. For
 * the root itself {@link sqrtm} is exact and its gradient finite at any gap.
 * @throws {ShapeError} unless square; {@link ArgumentError} for options out of range; {@link NotPositiveDefiniteError} if
 * the trace or norm is not positive, {@link NonFiniteError}, with the batch index; {@link NotDifferentiableError} for a
 * second derivative by `"lyapunov"`.
 * @example
 * import { eye, init, linalg } from "matprop";
 * await init();
 * linalg.sqrtmNewtonSchulz(eye(2), { iterations: 12 }).toArray(); // about [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function sqrtmNewtonSchulz<D extends FloatDType>(A: Tensor<D>, options: NewtonSchulzOptions = {}): Tensor<D> {
  const op = "sqrtmNewtonSchulz";
  const { iterations = 5, norm = "trace", inverse = false, backward = "exact" } = options;
  checkFloat(op, A);
  squareBatch(op, A);
  checkSteps(op, "iterations", iterations);
  const settings = { ...options, norm, backward };
  return approximateRoot(op, A, settings, (Y) => iterate(Y, iterations, inverse)) as Tensor<D>;
}

function iterate(Y0: Float, iterations: number, inverse: boolean): Float {
  const identity: Float = eye(Y0.shape[Y0.rank - 1]!, { dtype: Y0.dtype });
  const three = mul(identity, 3);
  let [Y, Z] = [Y0, identity];
  for (let k = 0; k < iterations; k++) {
    const half = mul(sub(three, k === 0 ? Y : gemm(Z, Y)), 0.5);
    const last = k === iterations - 1;
    const next = last && inverse ? Y : gemm(Y, half);
    if (!last || inverse) Z = k === 0 ? half : gemm(half, Z);
    Y = next;
  }
  return inverse ? Z : Y;
}
