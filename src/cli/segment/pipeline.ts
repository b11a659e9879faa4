import { concat, linalg, scope, segment, segmentation, tensor } from "../library.js";
import type { Features, SegmentModel } from "./model.js";
import { PLANES } from "./planes.js";
import type { Sample } from "./samples.js";

/** Eigenvectors that are segmented; beyond these their weights are small. */
export const VECTORS = 16;

/** How eigenvectors become segments; chosen once, never by looking at the truth of an image. */
export interface SegmentRule {
  /** Eigenvectors, the leading one among them. */
  readonly rank: number;
  /** Neighbouring regions are joined while this costs less than the threshold (`segmentation.RegionHierarchy`). */
  readonly threshold: number;
}

/** Clusters before regions are joined, more than there are segments. */
const CLUSTERS = 32;

/** Regions below this share of the image do not begin. */
const SMALLEST_SHARE = 1 / 320;

/** An image cut into regions that are ready to be joined. */
export interface Regions {
  readonly hierarchy: segmentation.RegionHierarchy;
  /** What was clustered: the eigenvectors without the leading one, divided by it and weighted, [H, W, rank − 1]. */
  readonly embedding: Float32Array;
}

/**
 * The leading eigenvectors of D^{-1/2}FΛFᵀD^{-1/2}, divided by the first, D^{1/2}1, are those of the random walk D⁻¹W:
 * constant where segments are clear. Times √λ, relative to the second eigenvalue, they make the distance of two pixels
 * that of their rows of D⁻¹WD⁻¹. k-means cuts them into many regions.
 */
export function regionsOf({ F, Lambda }: Features, rank: number): Regions {
  return scope(() => {
    const { eigenvectors, eigenvalues } = linalg.normalizedCutsEmbedding(F, Lambda, { k: rank, eigenvalues: true });
    const [vectors, values] = [eigenvectors.data(), eigenvalues.data()];
    const [height, width] = F.shape as [number, number];
    // A constant image has no second eigenvalue, and nothing to weight.
    const weights = Array.from(values, (value) => (values[1]! > 0 ? Math.sqrt(value / values[1]!) : 0));
    const embedding = new Float32Array(height * width * (rank - 1));
    for (let i = 0, at = 0; i < height * width; i++) {
      for (let c = 1; c < rank; c++) embedding[at++] = (weights[c]! * vectors[i * rank + c]!) / vectors[i * rank]!;
    }
    const x = tensor(embedding, { shape: [height, width, rank - 1] });
    const minSize = Math.max(1, Math.floor(height * width * SMALLEST_SHARE));
    const map = segment(x, { k: CLUSTERS, normalize: false, minSize, restarts: 2 });
    return { hierarchy: new segmentation.RegionHierarchy(map, x), embedding };
  });
}

/** Features of one image, [H, W, d]: what a model or the raw baseline makes of its planes. */
export type FeatureMap = (sample: Sample) => Features;

/**
 * Runs an image and its mirror image through a model. The features of both, side by side with the metric for each, make the
 * sum of the two affinities, which is steadier than either.
 */
export function modelFeatures(model: SegmentModel): FeatureMap {
  return ({ planes, image: { height, width } }) => {
    const row = width * PLANES;
    const both = new Float32Array(2 * planes.length);
    both.set(planes);
    for (let i = 0; i < planes.length; i++) {
      const [y, x, c] = [Math.floor(i / row), Math.floor((i % row) / PLANES), i % PLANES];
      const value = planes[y * row + (width - 1 - x) * PLANES + c]!;
      // The plane of x counts from left to right in the mirror image, too.
      both[planes.length + i] = c === 3 ? -value : value;
    }
    const { F, Lambda } = model.features(tensor(both, { shape: [2, height, width, PLANES] }));
    const [ahead, mirrored] = [F.slice("0"), F.slice("1, :, ::-1")];
    const none = Lambda.mul(0);
    const metric = concat([concat([Lambda, none], 1), concat([none, Lambda], 1)], 0);
    return { F: concat([ahead, mirrored], 2), Lambda: metric };
  };
}

/** Points of the image that raw features compare every pixel with, a grid of so many a side. */
const ANCHORS = 10;

/** Standard deviation of the Gaussian affinity, in units of the planes; position counts half. */
const SPREAD = 0.5;
const POSITION = 0.5;

/**
 * Colour and position without a network: F_ij = exp(−‖x_i − a_j‖² / 2σ²) for planes x of the pixels and a of a grid of
 * anchors, Λ = I: the classic affinity, in low rank.
 */
export const rawFeatures: FeatureMap = ({ planes, image: { height, width } }) => {
  const anchors: number[] = [];
  for (let v = 0; v < ANCHORS; v++) {
    for (let u = 0; u < ANCHORS; u++) {
      const y = Math.floor(((v + 0.5) * height) / ANCHORS);
      anchors.push(y * width + Math.floor(((u + 0.5) * width) / ANCHORS));
    }
  }
  const exponents = new Float32Array(height * width * anchors.length);
  for (let i = 0, at = 0; i < height * width; i++) {
    for (const j of anchors) {
      let distance = 0;
      for (let c = 0; c < PLANES; c++) {
        const difference = (c < 3 ? 1 : POSITION) * (planes[PLANES * i + c]! - planes[PLANES * j + c]!);
        distance += difference * difference;
      }
      exponents[at++] = -distance / (2 * SPREAD * SPREAD);
    }
  }
  const F = tensor(exponents, { shape: [height, width, anchors.length] }).exp();
  return { F, Lambda: tensor(new Float32Array(anchors.length).fill(1)) };
};
