import { ArgumentError, ConvergenceError, ShapeError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import { refuseResult } from "../autodiff/guard.js";
import { guardedAs } from "../autodiff/tape.js";
import { eye, filled } from "../tensor/create.js";
import { ulpOf, type FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { sameShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { broadcastTo } from "./broadcastTo.js";
import { cholesky } from "./cholesky.js";
import { stack } from "./concat.js";
import { div } from "./div.js";
import { expm, logm } from "./matrixFunction.js";
import { mul } from "./mul.js";
import { norm } from "./norm.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { hessianAtIdentity, newtonStep } from "./spdHessian.js";
import { checkMetric, type SpdMetric } from "./spdMaps.js";
import { unsqueeze } from "./squeeze.js";
import { sum } from "./sum.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { asPartOf, intoFrame, outOfFrame } from "./support/frame.js";
import { squareBatch } from "./support/matrices.js";
import { overMatrices } from "./support/overMatrices.js";

type Float = Tensor<FloatDType>;

const OP = "spdMean";

export interface SpdMeanOptions<D extends FloatDType> {
  /** Of which distance the squares are minimised (default affineInvariant). */
  readonly metric?: SpdMetric;
  /** Non-negative weights of the matrices, [.., N] or [N]; divided by their sum (default: equal). */
  readonly weights?: Tensor<D>;
  /** The iteration ends where the gradient of half the mean squared distance is at most this long (default 16·n·ulp). */
  readonly tolerance?: number;
  /** The most steps of the iteration (default 50). */
  readonly iterations?: number;
}

/**
 * The mean of N symmetric positive definite matrices, [.., N, n, n] → [.., n, n]: the M of least Σ wᵢ d(M, Xᵢ)². For the
 * affine-invariant distance it is the Karcher mean, Σ wᵢ log(M^(−½)XᵢM^(−½)) = 0; for the log-Euclidean one
 * exp(Σ wᵢ log Xᵢ).
 *
 * Method of the Karcher mean: from the log-Euclidean mean M ← L exp(θR) Lᵀ, M = LLᵀ, R = Σ wᵢ log(L⁻¹XᵢL⁻ᵀ), with the step
 * θ = 2/(1 + β) that bounds β of the Hessian allow (Bini, Iannazzo 2013); close to the mean θR becomes Newton's H⁻¹R. Where
 * rounding keeps R above the tolerance, the mean is as good as the condition of the matrices allows. Adjoint: that of one
 * Newton step at the fixed point with H held fixed, which is the implicit function theorem; H⁻¹ by conjugate gradients.
 * @throws {ShapeError} unless X holds square matrices, at least one, and weights fit; {@link ArgumentError} for options
 * out of range or weights that are negative or all 0; {@link NotPositiveDefiniteError}, {@link NonFiniteError} with the
 * index of the matrix; {@link ConvergenceError} after `iterations` steps, with the batch index;
 * {@link NotDifferentiableError} for second derivatives of the Karcher mean.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * const X = tensor([[[1]], [[100]]], { dtype: "float64" });
 * linalg.spdMean(X).toArray(); // about [ [ 10 ] ]
 */
export function spdMean<D extends FloatDType>(X: Tensor<D>, options: SpdMeanOptions<D> = {}): Tensor<D> {
  checkFloat(OP, X);
  const { rows: n } = squareBatch(OP, X);
  if (X.rank < 3 || X.shape[X.rank - 3] === 0) {
    throw new ShapeError(OP, `needs at least one matrix, [.., N, n, n], got ${showShape(X.shape)}`);
  }
  const { metric = "affineInvariant", tolerance = 16 * n * ulpOf(X.dtype), iterations = 50 } = options;
  checkMetric(OP, metric);
  if (!(tolerance >= 0)) throw new ArgumentError(OP, `tolerance must be at least 0, got ${tolerance}`);
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw new ArgumentError(OP, `iterations must be a positive integer, got ${iterations}`);
  }
  return scope(() => {
    const weights = shares(X, options.weights);
    const logEuclidean = expm(
      weightedSum(
        asPartOf(OP, "X", () => logm(X)),
        weights,
      ),
    );
    if (metric === "logEuclidean" || X.size === 0) return logEuclidean as Tensor<D>;
    const M = fixedPoints(stopGradient(X), stopGradient(weights), stopGradient(logEuclidean), tolerance, iterations);
    const mean = guardedAs(OP, () => newtonStepFrom(M, X, weights));
    refuseResult(OP, "infinity", [X, weights], [mean]);
    return mean as Tensor<D>;
  });
}

/** Σ wᵢXᵢ over the third axis from the end. */
function weightedSum(X: Float, weights: Float): Float {
  return sum(mul(X, overMatrices(weights)), -3);
}

/** Weights of sum 1, [.., N]. */
function shares(X: Float, given: Float | undefined): Float {
  const shape = X.shape.slice(0, -2);
  const count = shape[shape.length - 1]!;
  if (given === undefined) return filled(shape, X.dtype, 1 / count);
  checkFloat(OP, given);
  checkSameDtype(OP, X, given);
  if (!sameShape(given.shape, shape) && !sameShape(given.shape, [count])) {
    throw new ShapeError(OP, `weights must be ${showShape(shape)} or [${count}], got ${showShape(given.shape)}`);
  }
  const total = sum(given, -1, { keepdims: true });
  if (!given.data().every((w: number) => w >= 0) || !total.data().every((w: number) => w > 0 && w < Infinity)) {
    throw new ArgumentError(OP, "weights must be finite and not negative, and not all 0");
  }
  return broadcastTo(div(given, total), shape);
}

/** The Karcher mean of each batch item, one by one: how long one takes is its own affair. */
function fixedPoints(X: Float, weights: Float, start: Float, tolerance: number, iterations: number): Float {
  const [n, count] = [X.shape[X.rank - 1]!, X.shape[X.rank - 3]!];
  const batch = start.size / (n * n);
  const items = reshape(X, [batch, count, n, n]);
  const shareOf = reshape(weights, [batch, count]);
  const starts = reshape(start, [batch, n, n]);
  const found = Array.from({ length: batch }, (_, item) =>
    scope(() => {
      const [own, w, first] = [slice(items, [item]), slice(shareOf, [item]), slice(starts, [item])];
      return fixedPoint(own as Float, w as Float, first as Float, tolerance, iterations, item);
    }),
  );
  return reshape(stack(found), start.shape);
}

function fixedPoint(
  X: Float,
  weights: Float,
  start: Float,
  tolerance: number,
  iterations: number,
  item: number,
): Float {
  let M = start;
  let before = Infinity;
  for (let k = 0; k < iterations; k++) {
    const at = M;
    const L = asPartOf(OP, "the mean on the way", () => cholesky(at));
    const hessian = hessianAtIdentity(intoFrame(OP, L, X), weights);
    const R = hessian.gradient;
    const length = norm(R).item();
    if (!Number.isFinite(length)) throw new ConvergenceError(OP, item, k);
    if (length <= tolerance || (before <= NEWTON / 8 && length >= before / 2)) return M;
    before = length;
    const step = length <= NEWTON ? newtonStep(R, hessian) : mul(R, 2 / (1 + hessian.bound));
    M = outOfFrame(L, expm(step));
  }
  throw new ConvergenceError(OP, item, iterations);
}

/**
 * Gradients up to this length are within reach of Newton's method: the mean is no farther away. From an eighth of it on a
 * step that does not even halve the gradient has met rounding, not slow convergence.
 */
const NEWTON = 0.25;

/** One Newton step from the fixed point: as a value a last correction, as a function of X and the weights the mean. */
function newtonStepFrom(M: Float, X: Float, weights: Float): Float {
  const L = cholesky(M);
  const seen = intoFrame(OP, unsqueeze(L, -3), X);
  const hessian = hessianAtIdentity(stopGradient(seen), stopGradient(weights));
  const step = newtonStep(weightedSum(logm(seen), weights), hessian);
  const identity: Float = eye(M.shape[M.rank - 1]!, { dtype: M.dtype });
  return outOfFrame(L, add(identity, step));
}
