/** The elementary functions as tests call them: arrays in, arrays out, and errors in units in the last place. */
import assert from "node:assert/strict";
import { readBytes } from "../support/host.js";
import { rawKernels } from "../support/kernels.js";

export const kernels = rawKernels();

export const unary = ["exp", "expm1", "tanh", "sigmoid", "log", "log1p", "sin", "cos", "erf"];
export const functions = [...unary, "pow"];

/** Bounds of the specification, in units in the last place. */
export const bound = (name: string): number => (["erf", "pow", "sigmoid"].includes(name) ? 2 : 1);

/** Applies the double kernel to columns of arguments. */
export function double(name: string, ...columns: ArrayLike<number>[]): Float64Array {
  return apply(
    `d${name}`,
    columns.map((column) => Float64Array.from(column)),
  ) as Float64Array;
}

/** Applies the float kernel to columns of arguments (rounded to float first). */
export function single(name: string, ...columns: ArrayLike<number>[]): Float32Array {
  return apply(
    `s${name}`,
    columns.map((column) => Float32Array.from(column)),
  ) as Float32Array;
}

function apply(kernel: string, columns: (Float32Array | Float64Array)[]): Float32Array | Float64Array {
  kernels.reset();
  const n = columns[0].length;
  const out = kernels.alloc(columns[0].byteLength);
  const pointers = columns.map((column) => kernels.put(column));
  kernels.k[kernel](n, ...pointers, out);
  return kernel[0] === "s" ? kernels.f32(out, n).slice() : kernels.f64(out, n).slice();
}

export interface Fixture {
  readonly n: number;
  readonly columns: Float64Array[];
  /** The correctly rounded results. */
  readonly rounded: Float64Array;
  /** (exact − rounded result) in units in the last place. */
  readonly rest: Float32Array;
}

export function fixture(name: string): Fixture {
  const { buffer } = readBytes(`test/fixtures/math/${name}.bin`);
  const doubles = name === "pow" ? 3 : 2;
  const n = buffer.byteLength / (8 * doubles + 4);
  const column = (i: number): Float64Array => new Float64Array(buffer, 8 * n * i, n);
  const columns = Array.from({ length: doubles - 1 }, (_, i) => column(i));
  return { n, columns, rounded: column(doubles - 1), rest: new Float32Array(buffer, 8 * n * doubles, n) };
}

const scratch = new DataView(new ArrayBuffer(8));

/** One unit in the last place of a double. */
export function ulp64(x: number): number {
  scratch.setFloat64(0, x);
  const exponent = (scratch.getUint32(0) >>> 20) & 0x7ff;
  return 2 ** (Math.max(exponent, 1) - 1075);
}

/** One unit in the last place of the float32 numbers around x, a double. */
export function ulp32(x: number): number {
  scratch.setFloat64(0, x);
  const exponent = ((scratch.getUint32(0) >>> 20) & 0x7ff) - 1023;
  return 2 ** (Math.min(Math.max(exponent, -126), 127) - 23);
}

/** Every element is the same number: NaN equals NaN, and −0 does not equal 0. */
export function same(got: ArrayLike<number>, expected: number[], label: string): void {
  expected.forEach((y, i) => assert.ok(Object.is(got[i], y), `${label}, row ${i}: ${got[i]}, not ${y}`));
}
