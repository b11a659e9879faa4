import { ArgumentError, NotPositiveDefiniteError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import { eye } from "../tensor/create.js";
import { ulpOf, type FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { guardedAs } from "../autodiff/tape.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { astype } from "./astype.js";
import { centerRows } from "./centerRows.js";
import { cholesky } from "./cholesky.js";
import { cov, type CovOptions } from "./cov.js";
import { div } from "./div.js";
import { eigh } from "./eigh.js";
import { invSqrtm } from "./matrixFunction.js";
import { mul } from "./mul.js";
import { triangularSolve } from "./solveTriangular.js";
import { sqrt } from "./sqrt.js";
import { square } from "./square.js";
import { unsqueeze } from "./squeeze.js";
import { sum } from "./sum.js";
import { checkFloat } from "./support/check.js";
import { asPartOf } from "./support/frame.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch } from "./support/matrices.js";
import { largestOf, powerOfTwo } from "./support/magnitude.js";
import { reversed } from "./support/reversed.js";

type Float = Tensor<FloatDType>;

const OP = "whiten";

export interface WhitenOptions extends CovOptions {
  /** Added to the diagonal of the covariance C (default 0). Fewer rows than columns + 1 need it. */
  readonly eps?: number;
  /**
   * `"zca"` (default): times C^(−1/2), the closest to the rows as they are. `"cholesky"`: times L⁻ᵀ, C = LLᵀ. `"pca"`: times
   * VΛ^(−1/2), the principal components in descending order; its gradient needs gaps between the eigenvalues.
   */
  readonly method?: "zca" | "cholesky" | "pca";
}

/**
 * Rows with mean 0 and covariance I: (X − 1x̄ᵀ)·W of each matrix [.., m, d] with WᵀCW = I for the covariance C of
 * {@link cov} (plus εI).
 *
 * Adjoint: that of its steps; for `"zca"` by the divided differences of x^(−1/2), exact and finite at repeated eigenvalues,
 * where that of a whitening by eigenvectors is 0/0 (Huang et al. 2018; Kessy, Lewin, Strimmer 2018).
 * @throws {ShapeError} if X has fewer than two axes; {@link ArgumentError} for options out of range or m ≤ ddof;
 * {@link NotPositiveDefiniteError} for a singular covariance, {@link NonFiniteError} with the batch index; in the gradient
 * of `"pca"` {@link DegenerateError}.
 * @example
 * import { init, linalg, random } from "matprop";
 * await init();
 * const Y = linalg.whiten(random.normal([50, 3], { seed: 1, dtype: "float64" }));
 * linalg.cov(Y).toArray(); // about the identity
 */
export function whiten<D extends FloatDType>(X: Tensor<D>, options: WhitenOptions = {}): Tensor<D> {
  const { eps = 0, method = "zca", ddof } = options;
  checkFloat(OP, X);
  const { columns: d } = matrixBatch(OP, X);
  if (!(eps >= 0 && eps < Infinity)) throw new ArgumentError(OP, `eps must be finite and not negative, got ${eps}`);
  if (method !== "zca" && method !== "cholesky" && method !== "pca") {
    throw new ArgumentError(OP, `method must be "zca", "cholesky" or "pca", got ${String(method)}`);
  }
  return scope(() => {
    const divisor = ddof === undefined ? {} : { ddof };
    const covariance = (x: Float, shift: Float | number): Float =>
      eps === 0 ? cov(x, divisor) : add(cov(x, divisor), mul(eye(d, { dtype: X.dtype }), shift));
    const plain = covariance(X, eps);
    const unit = unitOf(X, plain);
    const rows = unit === null ? X : div(X, unit);
    const C = unit === null ? plain : covariance(rows, div(div(eps, unit), unit));
    const W = asPartOf(OP, "the covariances", () => whitener(C, method));
    requireRegular(C, W);
    return guardedAs(OP, () => gemm(centerRows(OP, rows), W)) as Tensor<D>;
  });
}

/** Covariances between these and their inverses have derivatives of W, up to C^(−5/2), in range. */
const ORDINARY = { float32: 4294967296, float64: 1.157920892373162e77 } as const;

/**
 * Powers of two, [.., 1, 1], in whose units rows and C lie well inside the range of numbers: whitened rows have no unit.
 * Null if all do as they are.
 */
function unitOf(X: Float, C: Float): Float | null {
  const [most, d] = [ORDINARY[X.dtype], C.shape[C.rank - 1]!];
  const [values, rows] = [stopGradient(C).data(), X.size / Math.max(1, C.size / (d * d))];
  let extreme = false;
  const units = Float64Array.from({ length: C.size / (d * d) }, (_, item) => {
    const size = largestOf(values.slice(item * d * d, (item + 1) * d * d));
    if (size <= most && size >= 1 / most) return 1;
    extreme = true;
    const usable = size > 0 && Number.isFinite(size);
    return powerOfTwo(usable ? Math.sqrt(size) : largestOf(X.data().slice(item * rows, (item + 1) * rows)));
  });
  return extreme ? astype(fromArray(units, [...C.shape.slice(0, -2), 1, 1], "float64"), X.dtype) : null;
}

/** W with WᵀCW = I. */
function whitener(C: Float, method: "zca" | "cholesky" | "pca"): Float {
  if (method === "zca") return invSqrtm(C);
  const L = cholesky(C);
  const identity: Float = eye(C.shape[C.rank - 1]!, { dtype: C.dtype });
  if (method === "cholesky") return triangularSolve(L, identity, { op: OP, transpose: true });
  const { eigenvalues, eigenvectors } = eigh(C);
  return reversed(div(eigenvectors, unsqueeze(sqrt(eigenvalues), -2)));
}

/** Throws where tr C · tr C⁻¹ = tr C · ‖W‖² says that C is singular up to rounding: W would be made of rounding errors. */
function requireRegular(C: Float, W: Float): void {
  const d = C.shape[C.rank - 1]!;
  const identity: Float = eye(d, { dtype: C.dtype });
  const [traces, sizes] = [mul(C, identity), square(W)].map((x) => sum(stopGradient(x), [-2, -1]).data());
  traces!.forEach((trace: number, item: number) => {
    if (!(trace * sizes![item]! * d * ulpOf(C.dtype) <= 1)) throw new NotPositiveDefiniteError(OP, item);
  });
}
