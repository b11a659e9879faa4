/** What the op tests share. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { initSync, random, type FloatDType, type Tensor } from "../../src/index.js";
import { rounded, type Float, type Nd } from "../support/properties.js";

initSync();

/** Units in the last place of a dtype relative to 1. */
export const ULP = { float32: 2 ** -23, float64: 2 ** -52 } as const;

/** Asserts shape, dtype and exact values; −0 and 0 differ, NaN equals NaN. */
export function assertSame(actual: Tensor<DType>, expected: Nd, dtype: string, message?: string): void {
  assert.equal(actual.dtype, dtype, message);
  assert.deepEqual([...actual.shape], [...expected.shape], message);
  const round = dtype === "float32" || dtype === "float64" ? rounded(dtype) : (value: number) => value;
  assert.deepEqual(Array.from(actual.data()), expected.data.map(round), message);
}

/** Asserts shape and values within `ulps` of each element (at least of the smallest normal number). */
export function assertClose(actual: Float, expected: Nd, ulps: number, message = ""): void {
  assert.deepEqual([...actual.shape], [...expected.shape], message);
  const round = rounded(actual.dtype);
  actual.data().forEach((value: number, i: number) => {
    const wanted = round(expected.data[i]);
    if (Object.is(value, wanted) || value === wanted) return;
    const gap = Math.abs(value - wanted) / (ULP[actual.dtype] * Math.max(Math.abs(wanted), 1e-30));
    assert.ok(gap <= ulps, `${message} element ${i}: ${value} is ${gap} ulp from ${wanted}`);
  });
}

/** Pseudo-random float64 values in [low, high) for gradient checks. */
export function point(shape: number[], seed: number, low = -1.5, high = 1.5): Float {
  return random.uniform(shape, { seed, low, high, dtype: "float64" }) as Float;
}

/** The bits of a tensor's values, NaN canonical. */
export function bitsOf(x: Tensor<DType>): number[] {
  const copy = x.data();
  return Array.from(new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength));
}

export function numbers(shape: number[], f: (i: number) => number): Nd {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Array.from({ length: size }, (_, i) => f(i)) };
}

export const asDtype = (x: Tensor<DType>, dtype: FloatDType): Float => x.astype(dtype) as Float;
