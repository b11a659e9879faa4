/** Geodesics, exponential and logarithm of the cone of symmetric positive definite matrices. */
import { ArgumentError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { cholesky } from "./cholesky.js";
import { expm, logm, powm } from "./matrixFunction.js";
import { mul } from "./mul.js";
import { asPartOf, checkSquarePair, intoFrame, outOfFrame } from "./support/frame.js";

type Float = Tensor<FloatDType>;

/** Lengths and angles between positive definite matrices: invariant under X ↦ GXGᵀ, or Euclidean between logarithms. */
export type SpdMetric = "affineInvariant" | "logEuclidean";

export interface SpdGeodesicOptions {
  /** Along which metric (default affineInvariant). */
  readonly metric?: SpdMetric;
}

type Named = readonly [name: string, x: Float];

/** L f(L⁻¹XL⁻ᵀ) Lᵀ with M = LLᵀ; errors call M and X by their names. */
function seenFrom(op: string, [base, M]: Named, [name, X]: Named, f: (x: Float) => Float): Float {
  return scope(() => {
    const L = asPartOf(op, base, () => cholesky(M));
    const image = asPartOf(op, name, () => f(intoFrame(op, L, X)));
    return outOfFrame(L, image);
  });
}

/** Throws unless `metric` is one of the two. */
export function checkMetric(op: string, metric: SpdMetric): void {
  if (metric !== "affineInvariant" && metric !== "logEuclidean") {
    throw new ArgumentError(op, `metric must be "affineInvariant" or "logEuclidean", got ${String(metric)}`);
  }
}

/**
 * The tangent vector at M that points along the affine-invariant geodesic to X and has the length of it, [.., n, n]:
 * M^½ log(M^(−½)XM^(−½)) M^½. The inverse of {@link spdExp}; leading axes broadcast.
 *
 * Method: L log(L⁻¹XL⁻ᵀ) Lᵀ with M = LLᵀ. Adjoint: that of its steps, finite at any spectrum, M = X included (Pennec,
 * Fillard, Ayache 2006).
 * @throws {ShapeError}, {@link DtypeError} if the operands do not fit; {@link NotPositiveDefiniteError},
 * {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { eye, init, linalg } from "matprop";
 * await init();
 * linalg.spdLog(eye(2), eye(2)).toArray(); // [ [ 0, 0 ], [ 0, 0 ] ]
 */
export function spdLog<D extends FloatDType>(M: Tensor<D>, X: Tensor<D>): Tensor<D> {
  const op = "spdLog";
  checkSquarePair(op, M, X);
  return seenFrom(op, ["M", M], ["X", X], logm) as Tensor<D>;
}

/**
 * Where the affine-invariant geodesic from M with the symmetric tangent vector V arrives after unit time, [.., n, n]:
 * M^½ exp(M^(−½)VM^(−½)) M^½. The inverse of {@link spdLog}; leading axes broadcast.
 *
 * Method: L exp(L⁻¹VL⁻ᵀ) Lᵀ with M = LLᵀ, and the adjoint of its steps (Pennec, Fillard, Ayache 2006).
 * @throws {ShapeError}, {@link DtypeError} if the operands do not fit; {@link NotPositiveDefiniteError},
 * {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { eye, init, linalg, zeros } from "matprop";
 * await init();
 * linalg.spdExp(eye(2), zeros([2, 2])).toArray(); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function spdExp<D extends FloatDType>(M: Tensor<D>, V: Tensor<D>): Tensor<D> {
  const op = "spdExp";
  checkSquarePair(op, M, V);
  return seenFrom(op, ["M", M], ["V", V], expm) as Tensor<D>;
}

/**
 * The point of the geodesic from A (t = 0) to B (t = 1), [.., n, n]; leading axes broadcast. Affine-invariant:
 * A^½ (A^(−½)BA^(−½))ᵗ A^½, for t = ½ the geometric mean; log-Euclidean: exp((1 − t) log A + t log B).
 *
 * Method: L (L⁻¹BL⁻ᵀ)ᵗ Lᵀ with A = LLᵀ, and the adjoint of its steps (Bhatia 2007; Arsigny et al. 2007).
 * @throws {ShapeError}, {@link DtypeError} if the operands do not fit; {@link ArgumentError} unless t is finite;
 * {@link NotPositiveDefiniteError}, {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.spdGeodesic(tensor([[1]]), tensor([[4]]), 0.5).toArray(); // about [ [ 2 ] ]
 */
export function spdGeodesic<D extends FloatDType>(
  A: Tensor<D>,
  B: Tensor<D>,
  t: number,
  { metric = "affineInvariant" }: SpdGeodesicOptions = {},
): Tensor<D> {
  const op = "spdGeodesic";
  checkSquarePair(op, A, B);
  checkMetric(op, metric);
  if (!Number.isFinite(t)) throw new ArgumentError(op, `t must be a finite number, got ${t}`);
  if (metric === "affineInvariant") return seenFrom(op, ["A", A], ["B", B], (x) => powm(x, t)) as Tensor<D>;
  return scope(() => {
    const [from, to] = [asPartOf(op, "A", () => logm(A)), asPartOf(op, "B", () => logm(B))];
    return expm(add(mul(from, 1 - t), mul(to, t))) as Tensor<D>;
  });
}
