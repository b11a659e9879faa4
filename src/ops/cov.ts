import { ArgumentError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { centerRows } from "./centerRows.js";
import { div } from "./div.js";
import { gramIn } from "./gram.js";
import { checkFloat } from "./support/check.js";
import { matrixBatch } from "./support/matrices.js";

export interface CovOptions {
  /** The divisor is m − ddof: 0 (default) for the mean, 1 for the unbiased estimate. */
  readonly ddof?: number;
}

/**
 * The covariance of the columns of each matrix, whose rows are the observations: [.., m, d] → [.., d, d],
 * X_cᵀX_c/(m − ddof) with X_c = X minus the mean of its rows; exactly symmetric.
 *
 * Adjoint, through centring and the Gram matrix: g_X = X_c(G + Gᵀ)/(m − ddof), centred.
 * @throws {ShapeError} if X has fewer than two axes; {@link ArgumentError} unless m > ddof ≥ 0;
 * {@link NonFiniteError} with the batch index where finite columns overflow when summed.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.cov(tensor([[1, 2], [3, 6]])).toArray(); // [ [ 1, 2 ], [ 2, 4 ] ]
 */
export function cov<D extends FloatDType>(X: Tensor<D>, options: CovOptions = {}): Tensor<D> {
  checkFloat("cov", X);
  const { rows: m } = matrixBatch("cov", X);
  const { ddof = 0 } = options;
  if (!(ddof >= 0 && ddof < m)) throw new ArgumentError("cov", `needs more than ddof = ${ddof} observations, got ${m}`);
  return div(gramIn(centerRows("cov", X), X.dtype, {}, "cov"), m - ddof) as Tensor<D>;
}
