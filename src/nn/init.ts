import { ArgumentError } from "../errors.js";
import { newArray, type FloatDType } from "../tensor/dtype.js";
import { random, type RandomOptions } from "../tensor/random.js";
import type { Shape } from "../tensor/shape.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";

/** Which random numbers an initialiser draws, and in what dtype. */
export interface InitialiserOptions<D extends FloatDType = "float32"> extends RandomOptions {
  readonly dtype?: D;
}

let nextSeed = 0;

/**
 * The seed of a layer that was given none: 0, 1, 2, … in the order in which such layers are made. Give `seed` to be
 * independent of that order.
 */
export function defaultSeed(seed?: number): number {
  return seed ?? nextSeed++;
}

/** Inputs and outputs of one unit: weights have the output axis first, then taps, then input channels. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const taps = shape.slice(1, -1).reduce((product, size) => product * size, 1);
  return { fanIn: taps * (shape[shape.length - 1] ?? 1), fanOut: taps * (shape[0] ?? 1) };
}

/**
 * Uniform in ±√(6/fanIn): for layers before a ReLU (He, Zhang, Ren, Sun 2015).
 *
 * @example
 * import { init, nn } from "matprop";
 * await init();
 * nn.init.kaimingUniform([8, 3, 3, 4], { seed: 1 }).shape; // [ 8, 3, 3, 4 ]
 */
export function kaimingUniform<D extends FloatDType = "float32">(
  shape: Shape,
  options: InitialiserOptions<D>,
): Tensor<D> {
  const bound = Math.sqrt(6 / Math.max(1, fans(shape).fanIn));
  return random.uniform(shape, { ...options, low: -bound, high: bound });
}

/**
 * Normal with variance 2/fanIn: for layers before a ReLU (He, Zhang, Ren, Sun 2015).
 *
 * @example
 * import { init, nn } from "matprop";
 * await init();
 * nn.init.kaimingNormal([8, 3, 3, 4], { seed: 1 }).shape; // [ 8, 3, 3, 4 ]
 */
export function kaimingNormal<D extends FloatDType = "float32">(
  shape: Shape,
  options: InitialiserOptions<D>,
): Tensor<D> {
  return random.normal(shape, { ...options, std: Math.sqrt(2 / Math.max(1, fans(shape).fanIn)) });
}

/**
 * Uniform in ±√(6/(fanIn + fanOut)) (Glorot, Bengio 2010).
 *
 * @example
 * import { init, nn } from "matprop";
 * await init();
 * nn.init.xavierUniform([8, 3, 3, 4], { seed: 1 }).shape; // [ 8, 3, 3, 4 ]
 */
export function xavierUniform<D extends FloatDType = "float32">(
  shape: Shape,
  options: InitialiserOptions<D>,
): Tensor<D> {
  const { fanIn, fanOut } = fans(shape);
  const bound = Math.sqrt(6 / Math.max(1, fanIn + fanOut));
  return random.uniform(shape, { ...options, low: -bound, high: bound });
}

/**
 * Normal with variance 2/(fanIn + fanOut) (Glorot, Bengio 2010).
 *
 * @example
 * import { init, nn } from "matprop";
 * await init();
 * nn.init.xavierNormal([8, 3, 3, 4], { seed: 1 }).shape; // [ 8, 3, 3, 4 ]
 */
export function xavierNormal<D extends FloatDType = "float32">(
  shape: Shape,
  options: InitialiserOptions<D>,
): Tensor<D> {
  const { fanIn, fanOut } = fans(shape);
  return random.normal(shape, { ...options, std: Math.sqrt(2 / Math.max(1, fanIn + fanOut)) });
}

/**
 * A random matrix with orthonormal rows, or columns if there are fewer of them (Saxe, McClelland, Ganguli 2014). Axes
 * after the first count as one. By modified Gram–Schmidt, twice, on normal numbers in float64.
 * @example
 * import { init, nn } from "matprop";
 * await init();
 * nn.init.orthogonal([8, 3, 3, 4], { seed: 1 }).shape; // [ 8, 3, 3, 4 ]
 */
export function orthogonal<D extends FloatDType = "float32">(shape: Shape, options: InitialiserOptions<D>): Tensor<D> {
  if (shape.length < 2) throw new ArgumentError("init.orthogonal", "needs a shape of at least two axes");
  const rows = shape[0]!;
  const columns = shape.slice(1).reduce((product, size) => product * size, 1);
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const { dtype = "float32" as D, seed, stream } = options;
  const vectors = random.normal([count, length], { seed, stream, dtype: "float64" }).data();
  for (let i = 0; i < count; i++) orthonormalise(vectors, i, length);
  const values = newArray(dtype, rows * columns);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < length; j++) {
      values[rows <= columns ? i * columns + j : j * columns + i] = vectors[i * length + j]!;
    }
  }
  return fromArray(values, [...shape], dtype);
}

/** Makes row i orthogonal to the rows before it and of length 1. */
function orthonormalise(vectors: Float64Array, i: number, length: number): void {
  const row = vectors.subarray(i * length, (i + 1) * length);
  for (let pass = 0; pass < 2; pass++) {
    for (let k = 0; k < i; k++) {
      const other = vectors.subarray(k * length, (k + 1) * length);
      const overlap = dot(row, other);
      for (let j = 0; j < length; j++) row[j]! -= overlap * other[j]!;
    }
  }
  const norm = Math.sqrt(dot(row, row));
  for (let j = 0; j < length; j++) row[j]! /= norm;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}
