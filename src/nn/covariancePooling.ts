/** Pooling by powers of the centred covariance: MPN-COV by eigenvalues, iSQRT-COV by Newton–Schulz. */
import { ArgumentError, NotPositiveDefiniteError, ShapeError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "../ops/astype.js";
import { centerRows } from "../ops/centerRows.js";
import { div } from "../ops/div.js";
import { eigvalsh } from "../ops/eigh.js";
import { gramIn } from "../ops/gram.js";
import { gramFunction } from "../ops/gramFunction.js";
import { mul } from "../ops/mul.js";
import { sqrtmNewtonSchulz } from "../ops/newtonSchulz.js";
import { norm } from "../ops/norm.js";
import { reshape } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { sqrtmApprox } from "../ops/sqrtmApprox.js";
import { unsqueeze } from "../ops/squeeze.js";
import { checkFloat } from "../ops/support/check.js";
import { asPartOf } from "../ops/support/frame.js";
import type { RootOptions } from "../ops/support/approximateRoot.js";
import { overMatrices } from "../ops/support/overMatrices.js";
import { triuPackSymmetric } from "../ops/triuPack.js";
import { Module } from "./module.js";

export interface MpnCovOptions {
  /** The power α of the covariance (default ½). */
  readonly alpha?: number;
  /** Added to the diagonal of the covariance first (default 0). A singular covariance has no gradient without it. */
  readonly eps?: number;
  /** Divide the result by its largest eigenvalue ("l2"), by its Frobenius norm ("fro"), or not ("none", default). */
  readonly normalize?: "none" | "l2" | "fro";
  /** In what precision covariance, decomposition and adjoint run (default float64). */
  readonly precision?: FloatDType;
}

export interface ISqrtCovOptions extends Omit<RootOptions, "inverse"> {
  /**
   * How the root is approximated: by Newton–Schulz steps (default), or as in `linalg.sqrtmApprox` by a quotient of
   * polynomials (`"mpa"`) or one (`"mtp"`). These divide by the Frobenius norm and have the Lyapunov adjoint unless told
   * otherwise; Newton–Schulz divides by the trace and has the exact one.
   */
  readonly method?: "newtonSchulz" | "mpa" | "mtp";
  /** Newton–Schulz steps (default 5). */
  readonly iterations?: number;
  /** Degree of the polynomials of `"mpa"` (default 5) or `"mtp"` (default 10). */
  readonly degree?: number;
  /** In what precision covariance and iteration run (default float64). */
  readonly precision?: FloatDType;
}

/** Whether a pooling layer returns the upper triangle as a vector, off-diagonals ×√2 (default), or the matrix. */
interface Vectorized {
  readonly vectorize?: boolean;
}

/**
 * Matrix power normalised covariance pooling, MPN-COV (Li, Xie, Wang, Zuo 2017): Pᵅ of P = Σᵢ(xᵢ − x̄)(xᵢ − x̄)ᵀ/m + εI.
 *
 * Adjoint: gX = 2(X − 1x̄ᵀ)·g_P/m, g_P by Daleckii–Krein: exact at repeated eigenvalues; the norms through the largest
 * eigenvalue and the Frobenius norm.
 * @param X [N, H, W, C], [N, m, C] or [m, C].
 * @returns [N, C, C] or [C, C], in the dtype of X.
 * @throws {ShapeError} for another number of axes or no positions; {@link ArgumentError} for options out of range;
 * {@link NotPositiveDefiniteError} if P is singular and the power or its gradient infinite there, or 0 and to be normalised;
 * {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * nn.functional.mpnCov(random.normal([2, 7, 7, 4], { seed: 1 }), { normalize: "fro" }).shape; // [ 2, 4, 4 ]
 */
export function mpnCov<D extends FloatDType>(X: Tensor<D>, options: MpnCovOptions = {}): Tensor<D> {
  const { alpha = 0.5, eps = 0, normalize = "none", precision = "float64" } = options;
  if (normalize !== "none" && normalize !== "l2" && normalize !== "fro") {
    throw new ArgumentError("mpnCov", `normalize must be "none", "l2" or "fro", got ${String(normalize)}`);
  }
  if (!Number.isFinite(alpha)) throw new ArgumentError("mpnCov", `alpha must be finite, got ${alpha}`);
  const features = featuresOf("mpnCov", X);
  return scope(() => {
    const f = alpha === 0.5 ? "sqrt" : { power: alpha };
    const scale = 1 / features.shape[features.rank - 2]!;
    const P = gramFunction("mpnCov", centerRows("mpnCov", features), { f, eps, route: "gram", precision, scale });
    return astype(normalized(P, normalize), X.dtype);
  });
}

function normalized(P: Tensor, normalize: "none" | "l2" | "fro"): Tensor {
  if (normalize === "none" || P.size === 0) return P;
  const leading = ":, ".repeat(P.rank - 2);
  const size = normalize === "fro" ? overMatrices(norm(P)) : unsqueeze(slice(eigvalsh(P), `${leading}-1:`), -1);
  const zero = stopGradient(size)
    .data()
    .findIndex((value: number) => !(value > 0));
  if (zero < 0) return div(P, size);
  throw new NotPositiveDefiniteError(
    "mpnCov",
    zero,
    `the covariance of item ${zero} of the batch is 0 and has no norm to divide by`,
  );
}

/**
 * Covariance pooling with an approximate square root, iSQRT-COV (Li, Xie, Wang, Gao 2018): the covariance over m positions
 * (divided by m), pre-normalised, `iterations` Newton–Schulz steps, post-compensated; or MPA and MTP (Song, Sebe, Wang
 * 2022) by `method`. A rank-deficient covariance needs no ε.
 *
 * @param X [N, H, W, C], [N, m, C] or [m, C].
 * @returns [N, C, C] or [C, C], in the dtype of X.
 * @throws {ShapeError} for another number of axes or no positions; {@link ArgumentError} for options out of range or of
 * another method; {@link NotPositiveDefiniteError} if all positions are equal, {@link NonFiniteError} with the batch index.
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * nn.functional.isqrtCov(random.normal([2, 7, 7, 4], { seed: 1 }), { iterations: 5 }).shape; // [ 2, 4, 4 ]
 */
export function isqrtCov<D extends FloatDType>(X: Tensor<D>, options: ISqrtCovOptions = {}): Tensor<D> {
  const { method = "newtonSchulz", precision = "float64" } = options;
  const root = rootOf(method, options);
  const features = featuresOf("isqrtCov", X);
  return scope(() => {
    const centred = centerRows("isqrtCov", precision === "float32" ? astype(features, precision) : features);
    const P = mul(gramIn(centred, precision, {}, "isqrtCov"), 1 / features.shape[features.rank - 2]!);
    return astype(
      asPartOf("isqrtCov", "the covariances", () => root(P)),
      X.dtype,
    );
  });
}

function rootOf(method: string, options: ISqrtCovOptions): (P: Tensor) => Tensor {
  const { iterations, degree, norm, backward, backwardIterations } = options;
  const given = Object.entries({ norm, backward, backwardIterations }).filter(([, value]) => value !== undefined);
  const shared: RootOptions = Object.fromEntries(given);
  if (method === "newtonSchulz") {
    if (degree !== undefined) throw new ArgumentError("isqrtCov", '"newtonSchulz" has iterations, not a degree');
    return (P) => sqrtmNewtonSchulz(P, iterations === undefined ? shared : { ...shared, iterations });
  }
  if (method !== "mpa" && method !== "mtp") {
    throw new ArgumentError("isqrtCov", `method must be "newtonSchulz", "mpa" or "mtp", got ${String(method)}`);
  }
  if (iterations !== undefined) throw new ArgumentError("isqrtCov", `"${method}" has a degree, not iterations`);
  return (P) => sqrtmApprox(P, degree === undefined ? { ...shared, method } : { ...shared, method, degree });
}

/** A map or batch of features as [N, m, C], a single matrix as it is. */
function featuresOf(op: string, X: Tensor): Tensor {
  checkFloat(op, X);
  if (X.rank < 2 || X.rank > 4) {
    throw new ShapeError(op, `needs [N, H, W, C], [N, m, C] or [m, C], got ${showShape(X.shape)}`);
  }
  const [n, c] = [X.shape[0]!, X.shape[X.rank - 1]!];
  const features = X.rank === 4 ? reshape(X, [n, X.shape[1]! * X.shape[2]!, c]) : X;
  if (features.shape[features.rank - 2] === 0) throw new ShapeError(op, `${showShape(X.shape)} has no positions`);
  return features;
}

/**
 * {@link mpnCov} as a layer: [N, H, W, C] or [N, m, C] → [N, C(C+1)/2], or [N, C, C] with `vectorize: false`.
 *
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * new nn.MatrixPowerPooling({ eps: 1e-5 }).forward(random.normal([2, 7, 7, 4], { seed: 1 })).shape; // [ 2, 10 ]
 */
export class MatrixPowerPooling extends Module {
  constructor(private readonly options: MpnCovOptions & Vectorized = {}) {
    super();
  }

  forward(x: Tensor): Tensor {
    const pooled = mpnCov(x, this.options);
    return this.options.vectorize === false ? pooled : triuPackSymmetric(pooled);
  }
}

/**
 * {@link isqrtCov} as a layer: [N, H, W, C] or [N, m, C] → [N, C(C+1)/2], or [N, C, C] with `vectorize: false`.
 *
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * new nn.ISqrtCovPooling().forward(random.normal([2, 7, 7, 4], { seed: 1 })).shape; // [ 2, 10 ]
 */
export class ISqrtCovPooling extends Module {
  constructor(private readonly options: ISqrtCovOptions & Vectorized = {}) {
    super();
  }

  forward(x: Tensor): Tensor {
    const pooled = isqrtCov(x, this.options);
    return this.options.vectorize === false ? pooled : triuPackSymmetric(pooled);
  }
}
