/** What the catalogues of test matrices are made of: a generator of numbers, orthogonal matrices, entries by formula. */
import { multiply, scaleColumns, transpose } from "./dense.js";

/** A small deterministic generator, uniform in [−1, 1). */
export function uniform(seed: number): () => number {
  let state = (seed * 2654435761 + 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1;
  };
}

export const range = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));

/** The m×n matrix of a formula. */
export function entries(m: number, n: number, entry: (i: number, j: number) => number): Float64Array {
  const a = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) a[i * n + j] = entry(i, j);
  return a;
}

/** The symmetric matrix whose lower triangle is given by a formula. */
export function symmetricEntries(n: number, entry: (i: number, j: number) => number): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = entry(i, j);
  return a;
}

export function randomMatrix(m: number, n: number, seed: number): Float64Array {
  const random = uniform(seed);
  return Float64Array.from({ length: m * n }, () => random());
}

const made = new Map<string, Float64Array>();

/** A random orthogonal n×n matrix, the product of n reflectors; kept, since a catalogue uses one many times. */
export function orthogonal(n: number, seed: number): Float64Array {
  const key = `${n} ${seed}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const random = uniform(seed + 1);
  const q = entries(n, n, (i, j) => Number(i === j));
  const [v, p] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    let square = 0;
    for (let i = 0; i < n; i++) square += (v[i] = random()) ** 2;
    p.fill(0);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) p[j] += v[i] * q[i * n + j];
    for (let i = 0; i < n; i++) {
      const factor = (2 / square) * v[i];
      for (let j = 0; j < n; j++) q[i * n + j] -= factor * p[j];
    }
  }
  if (made.size >= 16) made.clear();
  made.set(key, q);
  return q;
}

/** Q·diag(λ)·Qᵀ with a random orthogonal Q, symmetric to the last bit. */
export function withSpectrum(lambda: ArrayLike<number>, seed: number): Float64Array {
  const n = lambda.length;
  const q = orthogonal(n, seed);
  const a = multiply(n, n, n, scaleColumns(n, n, q, lambda), transpose(n, n, q));
  return symmetricEntries(n, (i, j) => a[i * n + j]);
}

/** U·diag(s)·Vᵀ, m×n, with random orthogonal U and V; s has min(m, n) values. */
export function withSingularValues(m: number, n: number, s: ArrayLike<number>, seed: number): Float64Array {
  const k = Math.min(m, n);
  const [u, v] = [orthogonal(m, seed), orthogonal(n, seed + 1)];
  return multiply(m, k, n, scaleColumns(m, k, columns(m, k, u), s), transpose(n, k, columns(n, k, v)));
}

/** The first k columns of a square matrix. */
const columns = (n: number, k: number, a: Float64Array): Float64Array =>
  k === n ? a : entries(n, k, (i, j) => a[i * n + j]);

/** The laws by which LAPACK's dlatms spaces values in [1/condition, 1], largest first where they are ordered. */
export function laws(n: number, condition: number, seed: number): [name: string, values: number[]][] {
  const random = uniform(seed);
  const t = (i: number) => (n > 1 ? i / (n - 1) : 0);
  const low = 1 / condition;
  return [
    ["one large", range(n, (i) => (i === 0 ? 1 : low))],
    ["one small", range(n, (i) => (i === n - 1 ? low : 1))],
    ["geometric", range(n, (i) => 2 ** (Math.log2(low) * t(i)))],
    ["evenly spaced", range(n, (i) => 1 - t(i) * (1 - low))],
    ["log-uniform", range(n, () => 2 ** ((Math.log2(low) / 2) * (random() + 1)))],
    ["uniform", range(n, () => Math.abs(random()))],
  ];
}

/** One kind of test matrix, made when asked for. */
export interface Kind {
  readonly name: string;
  readonly make: () => Float64Array;
}

/**
 * The kinds to run on matrices of `size`: all up to 33, then ever fewer, other ones for each `turn`, so that the suite
 * stays within minutes and every kind is met at some large size.
 */
export function sampled(kinds: readonly Kind[], size: number, turn: number, every?: number): Kind[] {
  const step = every ?? (size <= 33 ? 1 : size <= 65 ? 2 : size <= 130 ? 4 : size <= 200 ? 6 : 12);
  return kinds.filter((_, i) => (i + turn) % step === 0);
}
