import { ArgumentError, ShapeError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import type { FloatDType } from "../tensor/dtype.js";
import { sameShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "../ops/astype.js";
import { centerRows } from "../ops/centerRows.js";
import { div } from "../ops/div.js";
import { gramFunction, type GramFunction, type GramRoute } from "../ops/gramFunction.js";
import { reshape } from "../ops/reshape.js";
import { sum } from "../ops/sum.js";
import { checkFloat, checkSameDtype } from "../ops/support/check.js";
import { triuPackSymmetric } from "../ops/triuPack.js";
import { Module } from "./module.js";

export interface SecondOrderPoolingOptions {
  /** The matrix function: logarithm (default), square root, or any real power. */
  readonly f?: GramFunction;
  /** Added to the diagonal of the (mean or sum) Gram matrix before the function (default 1e-3). */
  readonly eps?: number;
  /** Whether the Gram matrix is a mean over positions (default) or the paper's sum. Weighted means divide by Σw. */
  readonly reduction?: "mean" | "sum";
  /** Whether the (weighted) mean feature is subtracted first (default false). */
  readonly center?: boolean;
  /** In what precision decomposition and adjoint run, whatever the features are (default float64). */
  readonly precision?: "float64" | "float32";
  /**
   * `"gram"` (default): the eigenvalues of the Gram matrix, or of the smaller FFᵀ when there are fewer positions than
   * channels. `"svd"`: the singular values of F, which keeps the digits that squaring loses.
   */
  readonly route?: GramRoute;
  /** Whether the symmetric result is returned as a vector, off-diagonals ×√2 (default), or as a matrix. */
  readonly vectorize?: boolean;
}

/**
 * Second-order pooling f(FᵀWF/m + εI): O2P with f = log (Ionescu, Vantzos, Sminchisescu 2015; Carreira et al. 2012). A
 * feature map [N, H, W, C] is a batch of matrices F of H·W rows and C columns.
 *
 * Adjoint: gF = W·F·(g_Z + g_Zᵀ)/m with g_Z = V[L ∘ (Vᵀ sym(G) V)]Vᵀ, L the divided differences of f: no 1/(λᵢ − λⱼ)
 * anywhere, exact and finite at repeated eigenvalues, also for rank-deficient F.
 * @param x [N, H, W, C] or [N, m, C].
 * @param weights [N, m] or [N, H, W]: non-negative weights or 0/1 masks of the positions.
 * @returns [N, C(C+1)/2], row-major upper triangle, or [N, C, C] with `vectorize: false`; in the dtype of x.
 * @throws {ShapeError} if x or the weights do not fit; {@link ArgumentError} for options out of range, or weights that sum to 0
 * where a mean divides by them; {@link NotPositiveDefiniteError} if ε is too small for f;
 * {@link NonFiniteError}, {@link ConvergenceError} with the batch index;
 * {@link NotDifferentiableError} for the gradient of a weight 0 by route "svd" (that of x exists there).
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * nn.functional.secondOrderPooling(random.normal([2, 7, 7, 4], { seed: 1 })).shape; // [ 2, 10 ]
 */
export function secondOrderPooling<D extends FloatDType>(
  x: Tensor<D>,
  options: SecondOrderPoolingOptions = {},
  weights?: Tensor<D>,
): Tensor<D> {
  const { f = "log", eps = 1e-3, reduction = "mean", center = false } = options;
  const { precision = "float64", route = "gram", vectorize = true } = options;
  checkFloat("secondOrderPooling", x);
  if (x.rank !== 3 && x.rank !== 4) {
    throw new ShapeError("secondOrderPooling", `needs [N, H, W, C] or [N, m, C], got ${showShape(x.shape)}`);
  }
  if (reduction !== "mean" && reduction !== "sum") {
    throw new ArgumentError("secondOrderPooling", `reduction must be "mean" or "sum", got ${String(reduction)}`);
  }
  const n = x.shape[0]!;
  const c = x.shape[x.rank - 1]!;
  const m = x.rank === 4 ? x.shape[1]! * x.shape[2]! : x.shape[1]!;
  let w = weights === undefined ? undefined : weightsOf(x, weights, n, m);
  let features: Tensor = reshape(x, [n, m, c]);
  const mean = reduction === "mean";
  const total = w !== undefined && (mean || center) ? totals(w) : null;
  if (center) features = centerRows("secondOrderPooling", features, w);
  if (mean && w !== undefined) w = div(w, total!);
  const scale = mean && w === undefined && m > 0 ? 1 / m : 1;
  const pooled = gramFunction("secondOrderPooling", features, { f, eps, route, precision, scale, weights: w });
  const result = vectorize ? triuPackSymmetric(pooled) : pooled;
  return astype(result, x.dtype);
}

/** The sum of the weights of each item, [N, 1], by which a mean divides. */
function totals(w: Tensor): Tensor {
  const total = sum(w, 1, { keepdims: true });
  const sums = w.size === 0 ? [] : stopGradient(total).data();
  const bad = sums.findIndex((value: number) => value === 0);
  if (bad < 0) return total;
  throw new ArgumentError("secondOrderPooling", `the weights of item ${bad} sum to 0, and a mean divides by that`);
}

/** The weights as [N, m]. */
function weightsOf(x: Tensor, weights: Tensor, n: number, m: number): Tensor {
  checkFloat("secondOrderPooling", weights);
  checkSameDtype("secondOrderPooling", x, weights);
  if (!sameShape(weights.shape, [n, m]) && !sameShape(weights.shape, x.shape.slice(0, -1))) {
    const [want, got] = [showShape(x.shape.slice(0, -1)), showShape(weights.shape)];
    throw new ShapeError("secondOrderPooling", `weights must be ${want} or [${n}, ${m}], got ${got}`);
  }
  return reshape(weights, [n, m]);
}

/**
 * {@link secondOrderPooling} as a layer. `forward(x, weights?)`.
 *
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * const pool = new nn.SecondOrderPooling({ eps: 1e-3 });
 * pool.forward(random.normal([2, 7, 7, 4], { seed: 1 })).shape; // [ 2, 10 ]
 */
export class SecondOrderPooling extends Module {
  constructor(private readonly options: SecondOrderPoolingOptions = {}) {
    super();
  }

  forward(x: Tensor, weights?: Tensor): Tensor {
    return secondOrderPooling(x, this.options, weights);
  }
}
