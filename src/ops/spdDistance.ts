import { stopGradient } from "../autodiff/grad.js";
import { eye } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { astype } from "./astype.js";
import { cholesky } from "./cholesky.js";
import { le } from "./compare.js";
import { logm } from "./matrixFunction.js";
import { mul } from "./mul.js";
import { norm } from "./norm.js";
import { checkMetric, type SpdMetric } from "./spdMaps.js";
import { square } from "./square.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { asPartOf, checkSquarePair, intoFrame } from "./support/frame.js";
import { overMatrices } from "./support/overMatrices.js";

type Float = Tensor<FloatDType>;

export interface SpdDistanceOptions {
  /** Which distance (default affineInvariant). */
  readonly metric?: SpdMetric;
  /** Whether the square is returned, which is smooth where the distance has a corner, at A = B (default false). */
  readonly squared?: boolean;
}

/**
 * The distance of symmetric positive definite matrices, [.., n, n] twice → [..]; leading axes broadcast. Affine-invariant:
 * ‖log(A^(−½)BA^(−½))‖_F = √Σ log²λᵢ over the eigenvalues of B·x = λ·A·x; log-Euclidean: ‖log A − log B‖_F. Exactly 0 at
 * A = B, with gradient 0.
 *
 * Method: with A = LLᵀ the logarithm of L⁻¹BL⁻ᵀ, which for close matrices is taken as I + L⁻¹(B − A)L⁻ᵀ. Adjoint: that of
 * its steps, by divided differences: finite at repeated eigenvalues (Pennec, Fillard, Ayache 2006; Arsigny et al. 2007).
 * @throws {ShapeError}, {@link DtypeError} if the operands do not fit; {@link ArgumentError} for another metric;
 * {@link NotPositiveDefiniteError}, {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { eye, init, linalg } from "matprop";
 * await init();
 * linalg.spdDistance(eye(4), eye(4).mul(2)).item(); // 1.3862943…
 */
export function spdDistance<D extends FloatDType>(
  A: Tensor<D>,
  B: Tensor<D>,
  { metric = "affineInvariant", squared = false }: SpdDistanceOptions = {},
): Tensor<D> {
  const op = "spdDistance";
  checkSquarePair(op, A, B);
  checkMetric(op, metric);
  return scope(() => {
    const difference =
      metric === "affineInvariant"
        ? asPartOf(op, "B", () => logm(seenFrom(op, A, B)))
        : sub(
            asPartOf(op, "A", () => logm(A)),
            asPartOf(op, "B", () => logm(B)),
          );
    return (squared ? sum(square(difference), [-2, -1]) : norm(difference)) as Tensor<D>;
  });
}

/** L⁻¹BL⁻ᵀ = sI + L⁻¹(B − sA)L⁻ᵀ, s = 1 where B is close to A and 0 elsewhere: the same for any s but for rounding. */
function seenFrom(op: string, A: Float, B: Float): Float {
  const L = asPartOf(op, "A", () => cholesky(A));
  const [a, b] = [stopGradient(A), stopGradient(B)];
  const close = le(norm(sub(b, a)), mul(norm(a), 0.5));
  const s = overMatrices(astype(close, A.dtype)) as Float;
  const identity = eye(A.shape[A.rank - 1]!, { dtype: A.dtype }) as Float;
  return add(mul(s, identity), intoFrame(op, L, sub(B, mul(s, A))));
}
