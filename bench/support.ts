/** What several workloads share: seeded inputs in raw memory, checks against plain arithmetic, checksums. */
import { hash, tensor } from "../src/index.js";
import { uniform } from "../test/support/matrices.js";
import { rawKernels, type RawKernels } from "../test/support/kernels.js";

export type Float = "float32" | "float64";
export type FloatArray = Float32Array | Float64Array;

/** One dtype: its BLAS letter, bytes and array type. */
export const DTYPES = {
  float32: { letter: "s", bytes: 4, ulp: 2 ** -23, array: Float32Array },
  float64: { letter: "d", bytes: 8, ulp: 2 ** -52, array: Float64Array },
} as const;
export const FLOATS = ["float32", "float64"] as const;

let shared: RawKernels | undefined;

/** The raw kernels, with everything of earlier groups forgotten. */
export function freshKernels(): RawKernels {
  shared ??= rawKernels();
  shared.reset();
  return shared;
}

/** n seeded numbers in [−scale, scale). */
export function randomArray(dtype: Float, n: number, seed: number, scale = 1): FloatArray {
  const next = uniform(seed);
  const values = new DTYPES[dtype].array(n);
  for (let i = 0; i < n; i++) values[i] = next() * scale;
  return values;
}

/** Views of raw memory do not survive growth: take one at each use. */
export function view(raw: RawKernels, dtype: Float, ptr: number, n: number): FloatArray {
  return dtype === "float32" ? raw.f32(ptr, n) : raw.f64(ptr, n);
}

/** First eight digits of the `hash` of these values. */
export function checksumOf(values: FloatArray): string {
  return hash(tensor(values.slice() as Float64Array)).slice(0, 8);
}

/** Throws unless |got − expected| ≤ tolerance·scale. */
export function near(what: string, got: number, expected: number, scale: number, tolerance: number): void {
  if (!(Math.abs(got - expected) <= tolerance * scale)) {
    throw new Error(`${what}: got ${got}, expected ${expected} (± ${tolerance * scale})`);
  }
}

/** `count` of 0 … n − 1, spread evenly, both ends included. */
export function sample(n: number, count: number): number[] {
  if (n <= count) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.floor((i * (n - 1)) / (count - 1)));
}
