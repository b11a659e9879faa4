/** The normalized cuts loss from m×m matrices, as the definition has it: projectors and all, differentiable by the tape. */
import type { DType } from "../../src/tensor/dtype.js";
import { linalg, oneHot, tensor, type Tensor } from "../../src/index.js";
import type { Float } from "./support.js";

export interface DenseOptions {
  readonly target?: "degree" | "indicator";
  readonly rank?: number;
  readonly minDegree?: number;
}

/** The degrees of W, those below the floor lifted to it. */
function degreesOf(W: Float, minDegree?: number): Float {
  const degrees = W.sum(-1);
  return (minDegree === undefined ? degrees : degrees.maximum(minDegree)) as Float;
}

/** FΛFᵀ for Λ given as its diagonal or in full. */
export function affinity(F: Float, Lambda: Float): Float {
  const scaled = Lambda.rank === 1 ? F.mul(Lambda) : F.matmul(Lambda.add(Lambda.transpose()).mul(0.5));
  return scaled.matmul(F.transpose()) as Float;
}

/** The projector on the range of a matrix of full column rank: A(AᵀA)⁻¹Aᵀ. */
function rangeProjector(A: Float): Float {
  return A.matmul(linalg.solve(linalg.gram(A), A.transpose() as Float)) as Float;
}

/** ½‖Π_M − Π_E‖_F² of one image and one annotator; without `rank`, F must have full column rank and Λ be regular. */
export function denseLoss(F: Float, Lambda: Float, labels: readonly number[], options: DenseOptions = {}): Float {
  const { target = "degree", rank, minDegree } = options;
  const W = affinity(F, Lambda);
  const degrees = degreesOf(W, minDegree);
  const root = degrees.sqrt().reshape(-1, 1) as Float;
  const M = W.div(root).div(root.transpose()) as Float;
  const projector = rank === undefined ? rangeProjector(F.div(root) as Float) : linalg.spectralProjector(M, rank);
  const values = [...new Set(labels)].sort((a, b) => a - b);
  const index = tensor(Int32Array.from(labels, (label) => values.indexOf(label)));
  const E = oneHot(index, values.length, { dtype: F.dtype }) as Float;
  const wanted = rangeProjector((target === "degree" ? E.mul(root) : E) as Float);
  return projector.sub(wanted).square().sum().mul(0.5) as Float;
}

/** The mean over annotators within an image, then over images. */
export function denseMean(
  F: Float,
  Lambda: Float,
  labels: readonly (readonly (readonly number[])[])[],
  options: DenseOptions = {},
): Tensor<DType> {
  const pixels = F.shape.slice(1, -1).reduce((a, b) => a * b, 1);
  const images = labels.map((maps, n) => {
    const one = F.slice([n]).reshape(pixels, -1) as Float;
    const losses = maps.map((map) => denseLoss(one, Lambda, map, options));
    return losses.reduce((a, b) => a.add(b) as Float).div(maps.length);
  });
  return images.reduce((a, b) => a.add(b)).div(images.length);
}
