/** Where the table's ops are checked: one point for each class of shapes, away from kinks, poles and closed gaps. */
import type { DType } from "../../../src/tensor/dtype.js";
import { tensor, type FloatDType, type Tensor } from "../../../src/index.js";
import { uniform, withSingularValues, withSpectrum } from "../../support/generate.js";

export type Float = Tensor<FloatDType>;
export const CLASSES = ["tall", "square", "wide", "1×1", "empty", "batched"] as const;
export type ShapeClass = (typeof CLASSES)[number];

/** The inputs of one check; integers and booleans among them are held fixed. */
export type Inputs = readonly Tensor<DType>[];
/** The points of a class, or none where the op has no such shapes. */
export type Domain = (shapes: ShapeClass, dtype: FloatDType) => readonly Inputs[];
/** `count` numbers, or one matrix after the other. */
export type Sampler = (shape: readonly number[], seed: number) => ArrayLike<number>;

const ANY: Record<ShapeClass, readonly number[][]> = {
  tall: [[5, 3]],
  square: [[4, 4]],
  wide: [[3, 5]],
  "1×1": [[1, 1]],
  empty: [
    [0, 3],
    [3, 0],
    [0, 4, 2],
  ],
  batched: [
    [2, 4, 3],
    [2, 1, 2, 3],
  ],
};

const SQUARE: Record<ShapeClass, readonly number[][]> = {
  tall: [],
  square: [[4, 4]],
  wide: [],
  "1×1": [[1, 1]],
  empty: [
    [0, 0],
    [0, 3, 3],
  ],
  batched: [
    [2, 3, 3],
    [2, 1, 3, 3],
  ],
};

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export function make(sampler: Sampler, shape: readonly number[], seed: number, dtype: FloatDType): Float {
  return tensor(Float64Array.from(sampler(shape, seed)), { shape, dtype }) as Float;
}

/** 0.4 … 1.4 in magnitude, of either sign. */
export const away: Sampler = (shape, seed) => {
  const next = uniform(seed + 1);
  return Array.from({ length: sizeOf(shape) }, () => (next() < 0 ? -1 : 1) * (0.9 + 0.5 * next()));
};

export const positive: Sampler = (shape, seed) => Array.from(away(shape, seed), Math.abs);

/** A quarter or three quarters past an integer. */
export const quarters: Sampler = (shape, seed) => Array.from(away(shape, seed), (x) => Math.floor(2 * x) / 2 + 0.25);

/** All differences at least 0.3. */
export const spaced: Sampler = (shape, seed) => {
  const next = uniform(seed + 1);
  const size = sizeOf(shape);
  const keys = Array.from({ length: size }, next);
  const order = keys.map((_, i) => i).sort((i, j) => keys[i] - keys[j]);
  return order.map((rank) => 0.3 * (rank - size / 2) + 0.1);
};

/** What `matrix` makes of the sizes of one item, item after item. */
const itemwise =
  (matrix: (m: number, n: number, seed: number) => Float64Array): Sampler =>
  (shape, seed) => {
    const [m, n] = shape.slice(-2);
    const items = Array.from({ length: sizeOf(shape.slice(0, -2)) }, (_, i) => matrix(m, n, seed + 17 * i));
    return items.flatMap((item) => [...item]);
  };

/** Singular values 1, 1.7, 2.4, …: full rank, no gap closed. */
export const fullRank = itemwise((m, n, seed) =>
  withSingularValues(
    m,
    n,
    Array.from({ length: Math.min(m, n) }, (_, i) => 1 + 0.7 * i),
    seed,
  ),
);

/** Eigenvalues 1, 1.7, 2.4, … */
export const definite = itemwise((n, _, seed) =>
  withSpectrum(
    Array.from({ length: n }, (_value, i) => 1 + 0.7 * i),
    seed,
  ),
);

/** Eigenvalues 0.8, 0.6, 0.48, …, in another basis than those of `definite`. */
export const dominated = itemwise((n, _, seed) =>
  withSpectrum(
    Array.from({ length: n }, (_value, i) => 2.4 / (3 + i)),
    seed + 5,
  ),
);

/** Eigenvalues 0.5, −1, 1.5, −2, … */
export const indefinite = itemwise((n, _, seed) =>
  withSpectrum(
    Array.from({ length: n }, (_value, i) => 0.5 * (i + 1) * (i % 2 === 0 ? 1 : -1)),
    seed,
  ),
);

/** Diagonally dominant: no triangle is near singular. */
export const dominant = itemwise((n, _, seed) => {
  const a = Float64Array.from(away([n, n], seed), (x) => 0.5 * x);
  for (let i = 0; i < n; i++) a[i * n + i] += a[i * n + i] > 0 ? 1 : -1;
  return a;
});

/** One operand of every shape for each sampler. */
export const anyShape =
  (...samplers: Sampler[]): Domain =>
  (shapes, dtype) =>
    ANY[shapes].map((shape) => samplers.map((sampler, i) => make(sampler, shape, 10 * i + 1, dtype)));

/** Square operands for each sampler. */
export const square =
  (...samplers: Sampler[]): Domain =>
  (shapes, dtype) =>
    SQUARE[shapes].map((shape) => samplers.map((sampler, i) => make(sampler, shape, 10 * i + 1, dtype)));

/** Operands whose shapes follow from that of the first. */
export const related =
  (domain: Domain, others: (shape: readonly number[], dtype: FloatDType) => Inputs): Domain =>
  (shapes, dtype) =>
    domain(shapes, dtype).map((inputs) => [...inputs, ...others(inputs[0].shape, dtype)]);

/** Explicit points: for ops whose operands have more axes than matrices have. */
export const points =
  (at: Partial<Record<ShapeClass, (dtype: FloatDType) => readonly Inputs[]>>): Domain =>
  (shapes, dtype) =>
    at[shapes]?.(dtype) ?? [];

/** Batches of maps or rows with `sizes` for the class; the last axis is that of channels. */
export const maps = (
  sizes: Partial<Record<ShapeClass, readonly number[]>>,
  sampler: Sampler = away,
  others: (shape: readonly number[], dtype: FloatDType) => Inputs = () => [],
): Domain =>
  points(
    Object.fromEntries(
      Object.entries(sizes).map(([shapes, shape]) => [
        shapes,
        (dtype: FloatDType) => [[make(sampler, shape, 1, dtype), ...others(shape, dtype)]],
      ]),
    ),
  );

/** Positive features of pixels, [m, d] or [N, H, W, d], and a diagonal metric. */
export const affinity = related(
  maps({ tall: [7, 3], square: [4, 4], wide: [3, 5], "1×1": [1, 1], batched: [2, 3, 3, 2] }, positive),
  (shape, dtype) => [make(positive, shape.slice(-1), 5, dtype)],
);
