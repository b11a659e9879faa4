/** What the optimizer tests share: parameters from numbers, snapshots, a model that is linear. */
import { initSync } from "../../src/wasm/load.js";
import { parameter } from "../../src/nn/module.js";
import { hash } from "../../src/tensor/hash.js";
import { tensor } from "../../src/tensor/create.js";
import type { DType, FloatDType } from "../../src/tensor/dtype.js";
import type { Tensor } from "../../src/tensor/tensor.js";

initSync();

export const DTYPES = ["float32", "float64"] as const;

export function values(n: number, seed: number): number[] {
  return Array.from({ length: n }, (_, i) => ((i * 37 + seed * 101 + 17) % 61) / 20 - 1.5);
}

export function constantOf(shape: number[], seed: number, dtype: FloatDType = "float64"): Tensor<FloatDType> {
  return tensor(
    values(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    { shape, dtype },
  ) as Tensor<FloatDType>;
}

export function param(shape: number[], seed: number, dtype: FloatDType = "float64"): Tensor<FloatDType> {
  return parameter(constantOf(shape, seed, dtype));
}

/** The bits of several records, to see whether anything changed. */
export function bits(...records: Record<string, Tensor<DType>>[]): string[] {
  return records.map((record) => hash(record));
}
