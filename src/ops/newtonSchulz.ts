import { ArgumentError, NonFiniteError, NotPositiveDefiniteError } from "../errors.js";
import { eye } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import type { Tensor } from "../tensor/tensor.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { sqrt } from "./sqrt.js";
import { square } from "./square.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { checkFloat } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { squareBatch } from "./support/matrices.js";
import { symmetric } from "./support/symmetric.js";

type Float = Tensor<FloatDType>;

export interface NewtonSchulzOptions {
  /** Steps of the iteration (default 5); each about doubles the digits once λ_min/norm is no longer small. */
  readonly iterations?: number;
  /** What A is divided by first, so that the iteration converges: its trace (default) or its Frobenius norm. */
  readonly norm?: "trace" | "fro";
  /** Whether A^(−1/2) is returned instead of A^(1/2) (default false). */
  readonly inverse?: boolean;
}

/**
 * An approximate square root of symmetric positive definite matrices, [.., n, n], by matrix products alone; A is taken as
 * ½A + ½Aᵀ. With t = tr A or ‖A‖_F, Y₀ = A/t, Z₀ = I:
 *
 *   Y ← ½Y(3I − ZY),   Z ← ½(3I − ZY)Z,   A^(1/2) ≈ √t·Y,   A^(−1/2) ≈ Z/√t
 *
 * (Li, Xie, Wang, Gao 2018, iSQRT-COV: pre-normalisation and post-compensation). The gradient is the exact one of the
 * finite iteration. For the root itself {@link sqrtm} is exact and its gradient finite at any gap.
 * @throws {ShapeError} unless square; {@link ArgumentError} for options out of range; {@link NotPositiveDefiniteError},
 * {@link NonFiniteError} with the batch index where t is not positive, as at A = 0.
 * @example
 * import { eye, init, linalg } from "matprop";
 * await init();
 * linalg.sqrtmNewtonSchulz(eye(2), { iterations: 12 }).toArray(); // about [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function sqrtmNewtonSchulz<D extends FloatDType>(A: Tensor<D>, options: NewtonSchulzOptions = {}): Tensor<D> {
  const op = "sqrtmNewtonSchulz";
  const { iterations = 5, norm = "trace", inverse = false } = options;
  checkFloat(op, A);
  const { rows: n } = squareBatch(op, A);
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw new ArgumentError(op, `iterations must be a positive integer, got ${iterations}`);
  }
  if (norm !== "trace" && norm !== "fro") {
    throw new ArgumentError(op, `norm must be "trace" or "fro", got ${String(norm)}`);
  }
  return scope(() => {
    const S = symmetric(A);
    const identity: Float = eye(n, { dtype: A.dtype });
    const t =
      norm === "trace"
        ? sum(mul(S, identity), [-2, -1], { keepdims: true })
        : sqrt(sum(square(S), [-2, -1], { keepdims: true }));
    if (n > 0) requirePositive(op, t);
    let Y: Float = div(S, t);
    let Z = identity;
    const three = mul(identity, 3);
    for (let k = 0; k < iterations; k++) {
      const half = mul(sub(three, k === 0 ? Y : gemm(Z, Y)), 0.5);
      const last = k === iterations - 1;
      const next = last && inverse ? Y : gemm(Y, half);
      if (!last || inverse) Z = k === 0 ? half : gemm(half, Z);
      Y = next;
    }
    return symmetric(inverse ? div(Z, sqrt(t)) : mul(Y, sqrt(t)));
  }) as Tensor<D>;
}

/** The iteration starts from A/t, so what is not positive would become NaN. */
function requirePositive(op: string, t: Float): void {
  t.data().forEach((value, item) => {
    if (value > 0 && value < Infinity) return;
    if (!Number.isFinite(value)) throw new NonFiniteError(op, item);
    throw new NotPositiveDefiniteError(
      op,
      item,
      `item ${item} of the batch has the trace ${value}, which must be positive`,
    );
  });
}
