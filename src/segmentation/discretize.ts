import { ArgumentError } from "../errors.js";
import { matmul } from "../ops/matmul.js";
import { svd } from "../ops/svd.js";
import { l2Normalize } from "../ops/l2Normalize.js";
import { sum } from "../ops/sum.js";
import { transpose } from "../ops/transpose.js";
import { tensor } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { random } from "../tensor/random.js";
import { scope } from "../tensor/scoped.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import {
  bestOf,
  clusterSums,
  largestColumns,
  pointsOf,
  sampleOf,
  settled,
  type ClusterOptions,
  type Points,
} from "./clusters.js";

/** A rotation that brings the rows of an embedding close to the axes. */
export interface Discretization {
  /** The axis of each row, [n]. */
  readonly labels: Tensor<"int32">;
  /** R, [k, k]. */
  readonly rotation: Tensor<"float64">;
  /** The mean over rows of the cosine between the rotated row and its axis, at most 1. */
  readonly quality: number;
}

/** A rotation as k×k numbers, row-major. */
type Rotation = Float64Array<ArrayBuffer>;

/**
 * Spectral discretisation (Yu, Shi 2003): rows of an embedding [n, k], scaled to length 1, are rotated until they are as
 * close to the coordinate axes as can be; the axis is the label. In turns: labels by the largest entry of X·R, then
 * R = V·Uᵀ from the singular value decomposition U·Σ·Vᵀ of the k×k sums of rows by label.
 *
 * A start takes one row at random and then, k − 1 times, the row most orthogonal to those before. Of `restarts` starts on
 * a random sample of at most 8192 rows the best is refined on all. Deterministic as {@link kmeans}.
 * @throws {ArgumentError} unless k is the number of columns, and as {@link kmeans}.
 * @example
 * import { init, segmentation, tensor } from "matprop";
 * await init();
 * const u = tensor([[0.6, 0.8], [0.6, 0.8], [-0.8, 0.6]]);
 * segmentation.discretize(u, { k: 2 }).quality; // 1, up to rounding: two orthogonal directions
 */
export function discretize(embedding: Tensor<FloatDType>, options: ClusterOptions): Discretization {
  const op = "segmentation.discretize";
  const { k, seed = 0, restarts = 6, maxIterations = 30 } = options;
  return scope(() => {
    const all = pointsOf(op, l2Normalize(embedding), options);
    if (k !== all.dim) throw new ArgumentError(op, `k must be the number of columns, ${all.dim}, got ${k}`);
    const sample = sampleOf(all, seed);
    const best = bestOf(restarts, (start) => align(sample, firstRotation(sample, seed, start), maxIterations));
    const { labels, rotation, score } = sample === all ? best : align(all, best.rotation, maxIterations);
    return {
      labels: fromArray(labels, [all.n], "int32"),
      rotation: fromArray(rotation, [k, k], "float64"),
      quality: score,
    };
  });
}

/** Columns: one row of the points at random, then those least along the columns before. */
function firstRotation({ n, dim: k, values }: Points, seed: number, start: number): Rotation {
  const rotation = new Float64Array(k * k);
  const along = new Float64Array(n);
  let row = Math.floor(random.uniform([1], { seed, stream: start, dtype: "float64" }).item() * n);
  for (let c = 0; c < k; c++) {
    if (c > 0) row = along.indexOf(along.reduce((least, x) => (x < least ? x : least), Infinity));
    for (let j = 0; j < k; j++) rotation[j * k + c] = values[row * k + j]!;
    for (let i = 0, at = 0; i < n; i++) {
      let cosine = 0;
      for (let j = 0; j < k; j++, at++) cosine += values[at]! * values[row * k + j]!;
      along[i]! += Math.abs(cosine);
    }
  }
  return rotation;
}

interface Alignment {
  readonly labels: Int32Array<ArrayBuffer>;
  readonly rotation: Rotation;
  readonly score: number;
}

function align(points: Points, start: Rotation, maxIterations: number): Alignment {
  let rotation = start;
  let labels = rotated(points, rotation);
  let score = 0;
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    ({ rotation, score } = procrustes(points, labels));
    const next = rotated(points, rotation);
    const done = settled(labels, next);
    labels = next;
    if (done) break;
  }
  return { labels, rotation, score };
}

/** The largest entry of each row of X·R. */
function rotated({ x, dim: k }: Points, rotation: Rotation): Int32Array<ArrayBuffer> {
  return scope(() => largestColumns(matmul(x, tensor(rotation, { shape: [k, k], dtype: x.dtype }))));
}

/** The rotation that brings the sums of the rows by label closest to their axes, and the mean cosine it reaches. */
function procrustes(points: Points, labels: Int32Array): { rotation: Rotation; score: number } {
  const { n, dim: k } = points;
  return scope(() => {
    const { U, S, Vh } = svd(fromArray(clusterSums(points, labels, k).sums, [k, k], "float64"));
    const rotation = transpose(matmul(U, Vh)).data();
    return { rotation, score: sum(S).item() / n };
  });
}
