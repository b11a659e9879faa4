/** What a library that we compare with can do, told in one way: problems in, row-major arrays out. */
import type { Float, FloatArray } from "../support.js";

export interface Problems {
  /** C = A·B. */
  gemm: { dtype: Float; m: number; k: number; n: number; a: FloatArray; b: FloatArray };
  /** FᵀF of each of `batch` matrices. */
  gram: { dtype: Float; batch: number; m: number; d: number; a: FloatArray };
  /** Eigenvalues and vectors of each of `batch` symmetric matrices. */
  eigh: { dtype: Float; batch: number; n: number; a: FloatArray };
  /** The thin singular value decomposition of one m×n matrix, m ≥ n. */
  svd: { dtype: Float; m: number; n: number; a: FloatArray };
  /** A 3×3 convolution with padding 1: x is n·h·h·c, w is o·3·3·c, both in float32. */
  conv: { n: number; h: number; c: number; o: number; x: Float32Array; w: Float32Array };
  /** A training step of the small convnet of bench/network.ts. */
  train: { batch: number };
}

/** The result of the first item of a batch. */
export interface Results {
  gemm: FloatArray;
  gram: FloatArray;
  /** Eigenvectors are the columns of z. */
  eigh: { w: FloatArray; z: FloatArray };
  svd: { u: FloatArray; s: FloatArray; vt: FloatArray };
  conv: FloatArray;
  /** The loss of each step so far. */
  train: readonly number[];
}

export type Kind = keyof Problems;

/** One problem, its input where the library wants it. */
export interface Task<Result> {
  run(): void | Promise<void>;
  result(): Result | Promise<Result>;
  free?(): void;
}

type Solver<K extends Kind> = (problem: Problems[K]) => Task<Results[K]> | undefined | Promise<Task<Results[K]>>;

/** What a loaded library has; `undefined` for a problem that it has nothing for (a dtype, a size). */
export type Library = { readonly [K in Kind]?: Solver<K> };

export interface Rival {
  readonly name: string;
  /** Its folder in bench/peers/node_modules. */
  readonly package: string;
  open(): Promise<Library>;
}

/** The items of a batch, one after the other. */
export function itemsOf(a: FloatArray, batch: number): FloatArray[] {
  const size = a.length / batch;
  return Array.from({ length: batch }, (_, i) => a.subarray(i * size, (i + 1) * size));
}

/** Axes in another order: `permuted(x, [n, h, w, c], [0, 3, 1, 2])` is NCHW. */
export function permuted(x: FloatArray, shape: readonly number[], axes: readonly number[]): Float32Array {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
  const out = new Float32Array(x.length);
  let at = 0;
  const walk = (axis: number, from: number): void => {
    if (axis === axes.length) out[at++] = x[from];
    else for (let i = 0; i < shape[axes[axis]]; i++) walk(axis + 1, from + i * strides[axes[axis]]);
  };
  walk(0, 0);
  return out;
}
