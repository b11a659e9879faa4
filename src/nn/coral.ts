import { refuseResult } from "../autodiff/guard.js";
import { guardedAs } from "../autodiff/tape.js";
import { ArgumentError, ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "../ops/astype.js";
import { centerRows } from "../ops/centerRows.js";
import { gramIn } from "../ops/gram.js";
import { mul } from "../ops/mul.js";
import { spdDistance } from "../ops/spdDistance.js";
import { square } from "../ops/square.js";
import { sub } from "../ops/sub.js";
import { sum } from "../ops/sum.js";
import { checkFloat, checkSameDtype } from "../ops/support/check.js";
import { asPartOf } from "../ops/support/frame.js";

const OP = "coralLoss";

export interface CoralLossOptions {
  /** The difference of the covariances (default), or of their logarithms. */
  readonly metric?: "euclidean" | "logEuclidean";
  /** Added to the diagonals of the covariances (default 0, logEuclidean 1e-3). */
  readonly eps?: number;
  /** In what precision covariances and logarithms run (default float64). */
  readonly precision?: FloatDType;
}

/**
 * Correlation alignment of features of two domains, [m, d] and [k, d]: ‖C_S − C_T‖²_F/(4d²) of their covariances (divided by
 * m − 1), added to the loss of labelled source data (Deep CORAL: Sun, Saenko 2016). `"logEuclidean"` takes the logarithms
 * of C_S + εI and C_T + εI instead, the distance of their geometry (Log-CORAL: Wang, Li, Dai, Van Gool 2017).
 *
 * Adjoint: with D = (C_S − C_T)/(2d²), g_S = 2(S − 1s̄ᵀ)·D/(m − 1) and the same with −D for T; through logarithms by divided
 * differences.
 * @returns a scalar.
 * @throws {ShapeError} unless both are matrices of at least two rows with equally many columns; {@link DtypeError} if dtypes
 * differ; {@link ArgumentError} for options out of range; {@link NotPositiveDefiniteError}, {@link NonFiniteError} for
 * logarithms of covariances that have none, or where finite features overflow.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.coralLoss(tensor([[0], [2]]), tensor([[0], [4]])).item(); // 9
 */
export function coralLoss<D extends FloatDType>(
  source: Tensor<D>,
  target: Tensor<D>,
  options: CoralLossOptions = {},
): Tensor<D> {
  const { metric = "euclidean", precision = "float64" } = options;
  const { eps = metric === "euclidean" ? 0 : 1e-3 } = options;
  checkFloat(OP, source);
  checkFloat(OP, target);
  checkSameDtype(OP, source, target);
  const d = source.shape[1]!;
  if (source.rank !== 2 || target.rank !== 2 || target.shape[1] !== d || source.shape[0]! < 2 || target.shape[0]! < 2) {
    const got = `${showShape(source.shape)} and ${showShape(target.shape)}`;
    throw new ShapeError(OP, `needs features [m, d] and [k, d] with m, k ≥ 2, got ${got}`);
  }
  if (metric !== "euclidean" && metric !== "logEuclidean") {
    throw new ArgumentError(OP, `metric must be "euclidean" or "logEuclidean", got ${String(metric)}`);
  }
  if (!(eps >= 0 && eps < Infinity)) throw new ArgumentError(OP, `eps must be finite and not negative, got ${eps}`);
  return scope(() => {
    const [S, T] = [source, target].map((x) => covariance(astype(x, precision), eps)) as [Tensor, Tensor];
    const distance =
      metric === "euclidean"
        ? guardedAs(OP, () => sum(square(sub(S, T))))
        : asPartOf(OP, "the covariances", () => spdDistance(S, T, { metric, squared: true }));
    refuseResult(OP, "NaN", [source, target], [distance]);
    return astype(mul(distance, 1 / (4 * Math.max(1, d * d))), source.dtype);
  });
}

/** X_cᵀX_c/(m − 1) + εI. */
function covariance(X: Tensor, eps: number): Tensor {
  const scale = X.shape[0]! - 1;
  return mul(gramIn(centerRows(OP, X), X.dtype, { eps: eps * scale }, OP), 1 / scale);
}
