import { linalg, scope, segment, segmentation, tensor, type Tensor } from "../library.js";
import type { Features } from "./model.js";
import { PLANES, planesOf } from "./planes.js";
import type { Sample } from "./samples.js";

/** How eigenvectors become segments; chosen once, never by looking at the truth of an image. */
export interface SegmentRule {
  /** Eigenvectors. */
  readonly rank: number;
  /** Neighbouring regions are joined while this costs less than the threshold (`segmentation.RegionHierarchy`). */
  readonly threshold: number;
}

/** Clusters before regions are joined, many more than there are segments. */
const CLUSTERS = 24;

/** Regions below this share of the image do not begin. */
const SMALLEST_SHARE = 1 / 320;

/** An image cut into regions that are ready to be joined. */
export interface Regions {
  readonly hierarchy: segmentation.RegionHierarchy;
  /** Eigenvectors without the leading one, each divided by it, row-major [H, W, rank − 1]. */
  readonly embedding: Float32Array;
}

/**
 * The leading eigenvectors of D^{-1/2}FΛFᵀD^{-1/2}, divided by the first, D^{1/2}1, are those of the random walk D⁻¹W:
 * constant where segments are clear. k-means cuts them into many regions.
 */
export function regionsOf({ F, Lambda }: Features, rank: number): Regions {
  return scope(() => {
    const vectors = linalg.normalizedCutsEmbedding(F, Lambda, { k: rank });
    const values = vectors.data();
    const [height, width] = F.shape as [number, number];
    const embedding = new Float32Array(height * width * (rank - 1));
    for (let i = 0, at = 0; i < height * width; i++) {
      for (let c = 1; c < rank; c++) embedding[at++] = values[i * rank + c]! / values[i * rank]!;
    }
    const x = tensor(embedding, { shape: [height, width, rank - 1] });
    const minSize = Math.max(1, Math.floor(height * width * SMALLEST_SHARE));
    const map = segment(x, { k: CLUSTERS, normalize: false, minSize, restarts: 1 });
    return { hierarchy: new segmentation.RegionHierarchy(map, x), embedding };
  });
}

/** Features of one image, [H, W, d]: what a model or the raw baseline makes of its planes. */
export type FeatureMap = (sample: Sample) => Features;

/** Runs an image through a model. */
export function modelFeatures(model: { features(x: Tensor): Features }): FeatureMap {
  return ({ planes, image: { height, width } }) => {
    const { F, Lambda } = model.features(tensor(planes, { shape: [1, height, width, PLANES] }));
    return { F: F.reshape(height, width, F.shape[3]!), Lambda };
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
export const rawFeatures: FeatureMap = ({ image, planes = planesOf(image) }) => {
  const { height, width } = image;
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
