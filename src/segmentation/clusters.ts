/** What the two ways of clustering share: points, labels, means of clusters, and the sample that restarts run on. */
import { ArgumentError, NonFiniteError, ShapeError } from "../errors.js";
import { argmax } from "../ops/argExtrema.js";
import { gather } from "../ops/gather.js";
import { checkFloat } from "../ops/support/check.js";
import type { FloatDType, TypedArrayOf } from "../tensor/dtype.js";
import { random } from "../tensor/random.js";
import { showShape } from "../tensor/shape.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";

/** Restarts run on at most so many points; only the best of them goes on to all. */
const SAMPLE = 1 << 13;
/** Iterations end when no more than this part of the labels changes. */
const SETTLED = 1e-3;

export interface ClusterOptions {
  /** How many clusters. */
  readonly k: number;
  /** Which random starts (default 0). */
  readonly seed?: number;
  /** How many of them (default 6). */
  readonly restarts?: number;
  /** Most iterations of each start and of the last refinement (default 30). */
  readonly maxIterations?: number;
}

export interface Points {
  readonly x: Tensor<FloatDType>;
  readonly n: number;
  readonly dim: number;
  readonly values: TypedArrayOf[FloatDType];
}

/** Checks points [n, dim] and the options. */
export function pointsOf(op: string, x: Tensor<FloatDType>, options: ClusterOptions): Points {
  checkFloat(op, x);
  if (x.rank !== 2) throw new ShapeError(op, `needs points [n, dim], got ${showShape(x.shape)}`);
  const [n, dim] = x.shape as [number, number];
  const { k, restarts = 6, maxIterations = 30 } = options;
  if (n < 1 || dim < 1) throw new ShapeError(op, `needs at least one point and one axis, got ${showShape(x.shape)}`);
  for (const [name, value] of Object.entries({ k, restarts, maxIterations })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ArgumentError(op, `${name} must be a positive integer, got ${value}`);
    }
  }
  const values = x.data();
  if (!values.every(Number.isFinite)) throw new NonFiniteError(op, 0, "the points hold NaN or infinity");
  return { x, n, dim, values };
}

/** The points themselves if they are few, else a random part of them, in their order. */
export function sampleOf(points: Points, seed: number): Points {
  const { n } = points;
  if (n <= SAMPLE) return points;
  const index = random.permutation(n, { seed }).data().slice(0, SAMPLE).sort();
  const x = gather(points.x, fromArray(index, [SAMPLE], "int32"));
  return { ...points, x, n: SAMPLE, values: x.data() };
}

/** The column of the largest entry of each row, the lower of equals. */
export function largestColumns(scores: Tensor<FloatDType>): Int32Array<ArrayBuffer> {
  return argmax(scores, 1).data();
}

/** The sum of the points of each cluster, k×dim, and how many they are. */
export function clusterSums(
  { n, dim, values }: Points,
  labels: Int32Array,
  k: number,
): { sums: Float64Array<ArrayBuffer>; counts: Int32Array } {
  const sums = new Float64Array(k * dim);
  const counts = new Int32Array(k);
  for (let i = 0, at = 0; i < n; i++) {
    const label = labels[i]!;
    counts[label]!++;
    for (let j = 0, to = label * dim; j < dim; j++, to++, at++) sums[to]! += values[at]!;
  }
  return { sums, counts };
}

/** Whether at most one label in a thousand has changed (none, up to 999 points). */
export function settled(before: Int32Array, after: Int32Array): boolean {
  let changed = 0;
  for (let i = 0; i < before.length; i++) changed += Number(before[i] !== after[i]);
  return changed <= SETTLED * before.length;
}

/** The result of the start that scores highest, the first of equals. */
export function bestOf<T extends { readonly score: number }>(restarts: number, run: (start: number) => T): T {
  let best = run(0);
  for (let start = 1; start < restarts; start++) {
    const next = run(start);
    if (next.score > best.score) best = next;
  }
  return best;
}
