import { ArgumentError, ShapeError } from "../errors.js";
import { l2Normalize } from "../ops/l2Normalize.js";
import { reshape } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { checkFloat } from "../ops/support/check.js";
import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { showShape, sizeOf, type Shape } from "../tensor/shape.js";
import { fromArray, viewOf, type Tensor } from "../tensor/tensor.js";
import { pointsOf, sampleOf, type ClusterOptions } from "./clusters.js";
import { discretize } from "./discretize.js";
import { kmeans } from "./kmeans.js";
import { compact } from "./labelMap.js";
import { connectedComponents, mergeSmallRegions, type RegionOptions } from "./regions.js";

type Float = Tensor<FloatDType>;

export interface SegmentOptions extends Omit<ClusterOptions, "k">, RegionOptions {
  /** How many clusters, or `"auto"` (default), see {@link segment}. */
  readonly k?: number | "auto";
  /** The most clusters that `"auto"` considers (default: the number of columns). */
  readonly maxK?: number;
  /** The eigenvalues of the columns, descending: [c], or [N, c] for N images; then `"auto"` goes by their gaps. */
  readonly eigenvalues?: Float;
  /** k-means++ (default), or the rotation of the first k columns to the axes (Yu, Shi 2003). */
  readonly method?: "kmeans" | "discretize";
  /** Whether k-means scales the vector of each pixel to length 1 first (default true; `"discretize"` always does). */
  readonly normalize?: boolean;
  /** Whether the parts of a cluster that do not touch become segments of their own (default false). */
  readonly connected?: boolean;
  /** Connected segments of fewer pixels are joined with a neighbour (default 0); above 0 it implies `connected`. */
  readonly minSize?: number;
}

const OP = "segment";

/**
 * Segments from an embedding such as that of {@link normalizedCutsEmbedding}: [m, c], [H, W, c] or [N, H, W, c] → int32
 * labels [m], [H, W] or [N, H, W], numbered 0, 1, … in order of the first pixel of each. Deterministic; the images of a
 * batch do not know of each other.
 *
 * `k: "auto"`: with `eigenvalues`, the k ≥ 2 before the largest gap λ_k − λ_{k+1}; without, the k ≥ 2 whose first k columns
 * can be rotated closest to the axes, by the quality of {@link discretize} on a sample, the larger k of equals (after
 * Zelnik-Manor, Perona 2004). With a single column k is 2.
 * @throws {ShapeError} if the embedding or the eigenvalues do not fit; {@link ArgumentError} for options out of range, more
 * clusters than columns with `"discretize"`, or regions asked of [m, c]; {@link NonFiniteError} for NaN or infinity.
 * @example
 * import { init, segment, tensor } from "matprop";
 * await init();
 * segment(tensor([[1, 0], [0, 1], [0.9, 0.1]]), { k: 2 }).toArray(); // [ 0, 1, 0 ]
 */
export function segment(embedding: Float, options: SegmentOptions = {}): Tensor<"int32"> {
  checkFloat(OP, embedding);
  const { shape, rank } = embedding;
  if (rank < 2 || rank > 4 || embedding.size === 0) {
    throw new ShapeError(OP, `needs [m, c], [H, W, c] or [N, H, W, c], none empty, got ${showShape(shape)}`);
  }
  checkOptions(options, rank);
  const c = shape[rank - 1]!;
  const images = rank === 4 ? shape[0]! : 1;
  const spatial = rank === 4 ? shape.slice(1, -1) : shape.slice(0, -1);
  const pixels = sizeOf(spatial);
  const gaps = options.eigenvalues && gapsOf(options.eigenvalues, images, c);
  const labels = new Int32Array(images * pixels);
  for (let n = 0; n < images; n++) {
    const one = viewOf(embedding, [pixels, c], n * pixels * c);
    labels.set(segmentOne(one, spatial, options, gaps?.subarray(n * (c - 1), (n + 1) * (c - 1))), n * pixels);
  }
  return fromArray(labels, shape.slice(0, -1), "int32");
}

function checkOptions(
  { k = "auto", maxK, method = "kmeans", minSize = 0, connected = false }: SegmentOptions,
  rank: number,
): void {
  for (const [name, value] of Object.entries({ k, maxK })) {
    if (value === undefined || value === "auto" || (Number.isInteger(value) && value >= 1)) continue;
    throw new ArgumentError(OP, `${name} must be a positive integer${name === "k" ? ' or "auto"' : ""}, got ${value}`);
  }
  if (method !== "kmeans" && method !== "discretize") {
    throw new ArgumentError(OP, `method must be "kmeans" or "discretize", got ${String(method)}`);
  }
  if (!Number.isInteger(minSize) || minSize < 0) {
    throw new ArgumentError(OP, `minSize must be a non-negative integer, got ${minSize}`);
  }
  if (rank === 2 && (connected || minSize > 0)) {
    throw new ArgumentError(OP, "minSize and connected need an embedding with two axes of pixels, [H, W, c]");
  }
}

/** λ_k − λ_{k+1} of each image, images × (c − 1). */
function gapsOf(eigenvalues: Float, images: number, c: number): Float64Array {
  checkFloat(OP, eigenvalues);
  if (eigenvalues.size !== images * c || eigenvalues.shape[eigenvalues.rank - 1] !== c) {
    throw new ShapeError(
      OP,
      `eigenvalues must be [${images > 1 ? `${images}, ` : ""}${c}], got ${showShape(eigenvalues.shape)}`,
    );
  }
  const values = eigenvalues.data();
  const gaps = new Float64Array(images * (c - 1));
  for (let n = 0; n < images; n++) {
    for (let j = 0; j < c - 1; j++) gaps[n * (c - 1) + j] = values[n * c + j]! - values[n * c + j + 1]!;
  }
  return gaps;
}

function segmentOne(x: Float, spatial: Shape, options: SegmentOptions, gaps: Float64Array | undefined): Int32Array {
  const { method = "kmeans", normalize = true, connected = false, minSize = 0 } = options;
  return scope(() => {
    const k = clustersOf(x, options, gaps);
    const labels =
      method === "kmeans"
        ? kmeans(normalize ? l2Normalize(x) : x, { ...options, k }).labels
        : discretize(firstColumns(x, k), { ...options, k }).labels;
    if (spatial.length === 1) return compact(OP, { labels: labels.data(), height: 1, width: spatial[0]! }).labels;
    const map = reshape(labels, spatial);
    if (minSize > 0) return mergeSmallRegions(map, minSize, options).data();
    return connected ? connectedComponents(map, options).data() : compact(OP, map).labels;
  });
}

function firstColumns(x: Float, k: number): Float {
  const c = x.shape[1]!;
  if (k > c) throw new ArgumentError(OP, `"discretize" finds at most as many segments as columns, ${c}, got k = ${k}`);
  return k === c ? x : slice(x, [null, [0, k]]);
}

/** The number of clusters of one image. */
function clustersOf(x: Float, options: SegmentOptions, gaps: Float64Array | undefined): number {
  const { k = "auto", seed = 0, maxK = x.shape[1]! } = options;
  if (k !== "auto") return k;
  const most = Math.min(maxK, x.shape[1]!);
  const sample = gaps ? x : sampleOf(pointsOf(OP, x, { ...options, k: 1 }), seed).x;
  const scoreOf = (count: number): number =>
    gaps ? (gaps[count - 1] ?? -Infinity) : discretize(firstColumns(sample, count), { ...options, k: count }).quality;
  let [best, highest] = [2, -Infinity];
  for (let count = 2; count <= most; count++) {
    const score = scoreOf(count);
    if (score > highest || (gaps === undefined && score === highest)) [best, highest] = [count, score];
  }
  return best;
}
