import { NotPositiveDefiniteError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import type { MultiRule } from "../autodiff/rule.js";
import { applyMulti, followed } from "../autodiff/tape.js";
import { eye } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { astype } from "./astype.js";
import { cholesky } from "./cholesky.js";
import { gt, le } from "./compare.js";
import { div } from "./div.js";
import { eigh, eigvalsh } from "./eigh.js";
import { log } from "./log.js";
import { logm, powm } from "./matrixFunction.js";
import { mul } from "./mul.js";
import { norm } from "./norm.js";
import { checkMetric, type SpdMetric } from "./spdMaps.js";
import { square } from "./square.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { asPartOf, checkSquarePair, intoFrame } from "./support/frame.js";
import { gemm } from "./support/gemm.js";
import { overMatrices } from "./support/overMatrices.js";
import { symmetric } from "./support/symmetric.js";
import { where } from "./where.js";

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
 * Method: with A = LLᵀ the eigenvalues of S = L⁻¹BL⁻ᵀ, which for close matrices is taken as I + L⁻¹(B − A)L⁻ᵀ. Adjoint: that
 * of its steps, g_S = g·log(S)S⁻¹/d: finite at repeated eigenvalues (Pennec, Fillard, Ayache 2006; Arsigny et al. 2007).
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
    if (metric === "affineInvariant") {
      const L = asPartOf(op, "A", () => cholesky(A));
      return asPartOf(op, "B", () => applyMulti(lengthRule, [seenFrom(op, A, L, B)], { squared }))[0] as Tensor<D>;
    }
    const difference = sub(
      asPartOf(op, "A", () => logm(A)),
      asPartOf(op, "B", () => logm(B)),
    );
    return (squared ? sum(square(difference), [-2, -1]) : norm(difference)) as Tensor<D>;
  });
}

interface Params {
  readonly squared: boolean;
}

/** S ↦ ‖log S‖_F or its square, Σ log²λ; outputs for the adjoint the λ and their vectors. In double, as `logm`. */
const lengthRule: MultiRule<[Float], Params> = {
  name: "spdDistance",
  guarded: "infinity",
  saves: "both",
  forward: ([S], { squared }) => {
    const wide = astype(stopGradient(S), "float64");
    const found = followed(S) ? eigh(wide) : { eigenvalues: eigvalsh(wide) };
    const w = found.eigenvalues;
    const outside = w.data().findIndex((x) => !(x > 0));
    if (outside >= 0) throw new NotPositiveDefiniteError("spdDistance", Math.floor(outside / w.shape[w.rank - 1]!));
    const logs = log(w);
    const length = squared ? sum(square(logs), -1) : norm(unsqueeze(logs, -1));
    return [astype(length, S.dtype), w, ...("eigenvectors" in found ? [found.eigenvectors] : [])];
  },
  vjp: ([g], { inputs: [S], outputs, params }) => {
    const [length, w, Z] = outputs as [Float, Float, Float];
    const slopes = mul(div(log(w), w), astype(unsqueeze(slopeOf(g!, length, params), -1), "float64"));
    return [astype(symmetric(gemm(mul(Z, unsqueeze(slopes, -2)), Z, false, true)), S.dtype)];
  },
  vjpDifferentiable: ([g], { inputs: [S], outputs, params }) => {
    const slope = slopeOf(g!, outputs[0] as Float, params);
    return [mul(symmetric(gemm(logm(S), powm(S, -1))), overMatrices(slope))];
  },
};

/** What log(S)S⁻¹ is multiplied by: 2g for the square, else g/‖log S‖, and 0 in the corner. */
function slopeOf(g: Float, length: Float, { squared }: Params): Float {
  if (squared) return mul(g, 2);
  const smooth = gt(length, 0);
  return div(where(smooth, g, 0), where(smooth, length, 1)) as Float;
}

/** With A = LLᵀ, L⁻¹BL⁻ᵀ = sI + L⁻¹(B − sA)L⁻ᵀ, s = 1 where B is close to A and 0 elsewhere: the same for any s but for rounding. */
function seenFrom(op: string, A: Float, L: Float, B: Float): Float {
  const [a, b] = [stopGradient(A), stopGradient(B)];
  const close = le(norm(sub(b, a)), mul(norm(a), 0.5));
  const s = overMatrices(astype(close, A.dtype)) as Float;
  const identity = eye(A.shape[A.rank - 1]!, { dtype: A.dtype }) as Float;
  return add(mul(s, identity), intoFrame(op, L, sub(B, mul(s, A))));
}
