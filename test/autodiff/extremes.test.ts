/** What has no right answer in floating point still ends in one of two ways: finite numbers, or an error with a name. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import { grad, initSync, MatpropError, tensor, valueAndGrad, type FloatDType, type Tensor } from "../../src/index.js";
import { probe } from "../support/gradients.js";
import { CLASSES, TABLE, type Entry, type Float } from "./opTable.js";

initSync();

type Change = (value: number, at: { i: number; j: number }, row: (j: number) => number) => number;
const exponents = { float32: { large: 120, denormal: -145 }, float64: { large: 1000, denormal: -1070 } } as const;

const scaled = (dtype: FloatDType): Record<string, Change> => ({
  "near underflow": (x) => x * 2 ** -exponents[dtype].large,
  subnormal: (x) => x * 2 ** exponents[dtype].denormal,
});
const huge = (dtype: FloatDType): Record<string, Change> => ({
  "near overflow": (x) => x * 2 ** exponents[dtype].large,
});
const SINGULAR: Record<string, Change> = {
  zero: () => 0,
  ones: () => 1,
  "duplicated columns": (x, { j }, row) => (j === 1 ? row(0) : x),
  "rank one": (_, { i, j }) => (1 + i) * (1 + j),
};

function changed(x: Tensor<DType>, dtype: FloatDType, change: Change): Tensor<DType> {
  if (x.dtype !== dtype) return x;
  const n = x.shape[x.rank - 1] ?? 1;
  const m = x.shape[x.rank - 2] ?? 1;
  const values = x.data() as Float64Array;
  const out = Array.from(values, (value, k) => {
    const [i, j] = [Math.floor(k / n) % m, k % n];
    return change(value, { i, j }, (column) => values[k - j + column]);
  });
  return tensor(out, { shape: x.shape, dtype });
}

/** Values may be infinite where that is the limit (log 0, the condition of a singular matrix), never NaN. */
function assertNumbersOrName({ f }: Entry, xs: readonly Tensor<DType>[], twice: boolean): void {
  const holdsNaN = (y: Tensor<DType>): boolean => (y.data() as Float64Array).some(Number.isNaN);
  try {
    const outputs = [f(...xs)].flat() as Float[];
    assert.ok(!outputs.some(holdsNaN), "NaN in the result");
    const { grads } = valueAndGrad((...args: any[]) => probe(f(...args)))(...xs);
    assert.ok(!grads.some((g) => g !== null && holdsNaN(g)), "NaN in the gradient");
    if (!twice) return;
    const [first, ...rest] = xs as [Tensor<DType>, ...Tensor<DType>[]];
    const slope = (x: Tensor<DType>): Tensor<DType> => grad((y) => probe(f(y, ...rest)))(x);
    assert.ok(!holdsNaN(grad((x) => probe(slope(x)))(first)), "NaN in the second gradient");
  } catch (error) {
    if (!(error instanceof MatpropError)) throw error;
  }
}

describe("extremes: never NaN from finite numbers", () => {
  for (const group of ["linalg", "nn.functional"] as const) {
    for (const entry of TABLE[group]) {
      it(`${group}: ${entry.name}`, () => {
        for (const dtype of ["float64", "float32"] as const) {
          // Products and sums of layers overflow as IEEE has it.
          const kinds = { ...SINGULAR, ...scaled(dtype), ...(group === "linalg" && huge(dtype)) };
          for (const shapes of CLASSES.filter((one) => one !== "empty")) {
            for (const xs of entry.at(shapes, dtype)) {
              for (const [kind, change] of Object.entries(kinds)) {
                try {
                  assertNumbersOrName(
                    entry,
                    xs.map((x) => changed(x, dtype, change)),
                    group === "linalg",
                  );
                } catch (error) {
                  throw new Error(`${kind}, ${shapes} ${dtype}: ${(error as Error).message}`, { cause: error });
                }
              }
            }
          }
        }
      });
    }
  }
});
