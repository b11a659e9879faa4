import { ArgumentError } from "../errors.js";
import { guardedAs } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { div } from "./div.js";
import { maximum } from "./maximum.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { stopGradient } from "../autodiff/grad.js";
import { sqrt } from "./sqrt.js";
import { sum } from "./sum.js";
import { checkMinDegree, RELATIVE_FLOOR } from "./support/affinityArguments.js";
import { checkFloat } from "./support/check.js";
import { squareBatch } from "./support/matrices.js";
import { symmetric } from "./support/symmetric.js";
import { transpose } from "./transpose.js";

export interface NormalizedAffinityOptions {
  /** Degrees below this are lifted to it and get no gradient (default 10⁻⁶ of the mean degree of each graph). */
  readonly minDegree?: number;
}

type Float = Tensor<FloatDType>;

const OP = "normalizedAffinity";

/**
 * The normalised affinity M = D^{-1/2}WD^{-1/2}, D = diag(W·1), of graphs given by their n×n weights: [.., n, n]. W is taken
 * as ½W + ½Wᵀ. An isolated node has a row of zeros; a graph of c connected parts has the eigenvalue 1 c times.
 *
 * Differentiable to any order; `spectralProjector(normalizedAffinity(W), k)` is the smooth form of an embedding, which
 * needs one open gap whatever repeats among the leading eigenvalues. O(n²).
 * @throws {ShapeError} unless square; {@link ArgumentError} for a mean degree that is not positive and finite, or unless minDegree > 0.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.normalizedAffinity(tensor([[0, 4], [4, 0]])).toArray(); // [ [ 0, 1 ], [ 1, 0 ] ]
 */
export function normalizedAffinity<D extends FloatDType>(
  W: Tensor<D>,
  { minDegree }: NormalizedAffinityOptions = {},
): Tensor<D> {
  checkFloat(OP, W);
  squareBatch(OP, W);
  checkMinDegree(OP, minDegree);
  return guardedAs(OP, () => normalized(W, minDegree)) as Tensor<D>;
}

function normalized(W: Float, minDegree: number | undefined): Float {
  const S = symmetric(W);
  const degrees = sum(S, -1, { keepdims: true });
  const means = stopGradient(mean(degrees, -2, { keepdims: true }));
  means.data().forEach((value, item) => {
    if (value > 0 && value < Infinity) return;
    throw new ArgumentError(OP, `the mean degree of graph ${item} must be positive and finite, got ${value}`);
  });
  const roots = sqrt(maximum(degrees, minDegree ?? mul(means, RELATIVE_FLOOR)));
  return div(div(S, roots), transpose(roots));
}
