import { linear } from "../ops/linear.js";
import type { FloatDType } from "../tensor/dtype.js";
import { random } from "../tensor/random.js";
import { scope } from "../tensor/scoped.js";
import { tensor } from "../tensor/create.js";
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

/** Clusters around their means. */
export interface KMeans<D extends FloatDType> {
  /** The cluster of each point, [n]. */
  readonly labels: Tensor<"int32">;
  /** The means, [k, dim]. */
  readonly centers: Tensor<D>;
  /** The sum of the squared distances to them. */
  readonly inertia: number;
}

type Centers = Float64Array<ArrayBuffer>;

/**
 * k-means by Lloyd's iterations from k-means++ starts (Arthur, Vassilvitskii 2007): points [n, dim] into k clusters.
 *
 * Of `restarts` starts on a random sample of at most 8192 points the one with the least inertia is refined on all, until
 * at most one label in a thousand changes. Every draw is Philox of `seed`, ties go to the lower index and the lower start,
 * so the result is a function of the arguments.
 * A cluster that loses all points keeps its centre; with fewer distinct points than k some clusters stay empty.
 * @throws {ShapeError} unless the points are [n, dim], neither 0; {@link ArgumentError} if an option is not a positive
 * integer; {@link NonFiniteError} for NaN or infinity.
 * @example
 * import { init, segmentation, tensor } from "matprop";
 * await init();
 * segmentation.kmeans(tensor([[0], [1], [9], [8]]), { k: 2 }).inertia; // 1
 */
export function kmeans<D extends FloatDType>(points: Tensor<D>, options: ClusterOptions): KMeans<D> {
  const op = "segmentation.kmeans";
  const { k, seed = 0, restarts = 6, maxIterations = 30 } = options;
  return scope(() => {
    const all = pointsOf(op, points, options);
    const sample = sampleOf(all, seed);
    const best = bestOf(restarts, (start) => lloyd(sample, firstCenters(sample, k, seed, start), maxIterations));
    const { labels, centers, score } = sample === all ? best : lloyd(all, best.centers, maxIterations);
    return {
      labels: fromArray(labels, [all.n], "int32"),
      centers: tensor(centers, { shape: [k, all.dim], dtype: points.dtype }),
      inertia: -score,
    };
  });
}

/** k-means++: each centre a point drawn in proportion to its squared distance from those before. */
function firstCenters({ n, dim, values }: Points, k: number, seed: number, start: number): Centers {
  const draws = random.uniform([k], { seed, stream: start, dtype: "float64" }).data();
  const centers = new Float64Array(k * dim);
  const nearest = new Float64Array(n).fill(Infinity);
  let chosen = Math.floor(draws[0]! * n);
  for (let c = 0; c < k; c++) {
    if (c > 0) chosen = drawn(nearest, draws[c]!);
    const from = chosen * dim;
    for (let j = 0; j < dim; j++) centers[c * dim + j] = values[from + j]!;
    for (let i = 0, at = 0; i < n; i++) {
      let distance = 0;
      for (let j = 0; j < dim; j++, at++) {
        const difference = values[at]! - values[from + j]!;
        distance += difference * difference;
      }
      if (distance < nearest[i]!) nearest[i] = distance;
    }
  }
  return centers;
}

/** The first index at which the running sum of the weights passes `u` times their total; 0 if all are 0. */
function drawn(weights: Float64Array, u: number): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!;
    if (sum > u * total) return i;
  }
  return 0;
}

interface Clustering {
  readonly labels: Int32Array<ArrayBuffer>;
  readonly centers: Centers;
  /** −inertia. */
  readonly score: number;
}

function lloyd(points: Points, start: Centers, maxIterations: number): Clustering {
  const { dim } = points;
  const k = start.length / dim;
  const centers = start.slice();
  let labels = assign(points, centers);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const { sums, counts } = clusterSums(points, labels, k);
    for (let c = 0; c < k; c++) {
      for (let j = 0; counts[c]! > 0 && j < dim; j++) centers[c * dim + j] = sums[c * dim + j]! / counts[c]!;
    }
    const next = assign(points, centers);
    const done = settled(labels, next);
    labels = next;
    if (done) break;
  }
  return { labels, centers, score: -inertiaOf(points, labels, centers) };
}

/** The nearest centre of each point: the largest of ⟨x, c⟩ − ½‖c‖². */
function assign({ x, dim }: Points, centers: Centers): Int32Array<ArrayBuffer> {
  const k = centers.length / dim;
  const halves = Float64Array.from({ length: k }, (_, c) => {
    let sum = 0;
    for (let j = 0; j < dim; j++) sum += centers[c * dim + j]! * centers[c * dim + j]!;
    return -0.5 * sum;
  });
  return scope(() => {
    const own = tensor(centers, { shape: [k, dim], dtype: x.dtype });
    return largestColumns(linear(x, own, tensor(halves, { dtype: x.dtype })));
  });
}

function inertiaOf({ n, dim, values }: Points, labels: Int32Array, centers: Centers): number {
  let total = 0;
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0, from = labels[i]! * dim; j < dim; j++, at++, from++) {
      const difference = values[at]! - centers[from]!;
      total += difference * difference;
    }
  }
  return total;
}
