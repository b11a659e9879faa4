/** What has no right answer in floating point still ends in one of two ways: finite numbers, or an error with a name. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  grad,
  initSync,
  linalg,
  MatpropError,
  mul,
  nn,
  NonFiniteError,
  random,
  sum,
  tensor,
  valueAndGrad,
  type FloatDType,
  type Tensor,
} from "../../src/index.js";
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

describe("extremes: the gradient is right or has a named error", () => {
  type F = (x: Float) => Float;
  const normal = (shape: number[], seed: number): Float => random.normal(shape, { seed, dtype: "float64" });
  const refuses = (op: string, fn: () => unknown): void =>
    assert.throws(fn, (error: unknown) => error instanceof NonFiniteError && error.op === op);

  /** f(2^e x) = 2^(pe) f(x) + constant: the gradient at 2^e x is 2^((p − 1)e) times that at x. */
  function assertScales(f: F, x: Float, e: number, p = 0): void {
    const loss = (y: Float): Float => probe(f(y)) as Float;
    const expected = grad(loss)(x).data() as Float64Array;
    const found = grad(loss)(mul(x, 2 ** e) as Float).data();
    const largest = expected.reduce((most: number, g: number) => Math.max(most, Math.abs(g)), 0);
    assert.ok(largest > 0);
    found.forEach((g: number, i: number) => {
      const back = g * 2 ** (((1 - p) * e) / 2) * 2 ** (((1 - p) * e) / 2);
      assert.ok(Math.abs(back - expected[i]!) <= 1e-10 * largest, `2^${e}: ${back} instead of ${expected[i]}`);
    });
  }

  it("cov and coralLoss near the largest number", () => {
    const same = tensor([1.7e308, 1, 1.7e308, 2], { shape: [2, 2], dtype: "float64" });
    const apart = tensor([2 ** 600, 1, -(2 ** 600), 2], { shape: [2, 2], dtype: "float64" });
    refuses("cov", () => linalg.cov(same));
    refuses("coralLoss", () => nn.functional.coralLoss(same, same));
    refuses("coralLoss", () => nn.functional.coralLoss(apart, apart));
    const steep = mul(apart, 2 ** -200) as typeof apart;
    refuses("coralLoss", () =>
      grad((x) => nn.functional.coralLoss(x as typeof apart, mul(apart, 0) as typeof apart))(steep),
    );
  });

  it("spdMean and spdBatchNorm near the largest number", () => {
    const mean: F = (X) => linalg.spdMean(X);
    for (const x of [2 ** -100, 2 ** 100, 2 ** 126]) {
      const X = tensor([x, x], { shape: [2, 1, 1], dtype: "float32" });
      for (const g of grad((y) => sum(mean(y as Float)))(X).data()) assert.ok(Math.abs(g - 0.5) < 1e-4, `${x}: ${g}`);
    }
    for (const [x, dtype] of [
      [3e38, "float32"],
      [1.7e308, "float64"],
    ] as const) {
      refuses("spdMean", () => grad((y) => sum(mean(y as Float)))(tensor([x, x], { shape: [2, 1, 1], dtype })));
    }
    const X = tensor([1.7e308, 1.7e308], { shape: [2, 1, 1], dtype: "float64" });
    for (const steps of [0, 1, Infinity]) {
      refuses("spdBatchNorm", () =>
        grad((y) => sum(nn.functional.spdBatchNorm(y as Float, null, { training: true, steps })))(X),
      );
    }
  });

  it("whiten", () => {
    for (const method of ["zca", "cholesky", "pca"] as const) {
      const f: F = (x) => linalg.whiten(x, { method });
      for (const e of [-500, -300, 300, 400, 500]) assertScales(f, normal([6, 3], 1), e);
    }
  });

  it("second derivatives of whiten", () => {
    const f: F = (x) => linalg.whiten(x);
    const slope: F = (x) => grad((y) => probe(f(y as Float)))(x) as Float;
    for (const e of [-300, 300]) assertScales(slope, normal([6, 3], 1), e, -1);
  });

  it("secondOrderPooling by singular values", () => {
    const pool =
      (f: never): F =>
      (x) =>
        nn.functional.secondOrderPooling(x, { f, route: "svd", eps: 0 });
    for (const e of [-400, 300, 400, 500]) {
      assertScales(pool("log" as never), normal([1, 5, 3], 1), e);
      assertScales(pool("sqrt" as never), normal([1, 5, 3], 1), e, 1);
    }
    const inverse = grad((x) => sum(pool({ power: -1 } as never)(x as Float)));
    refuses("secondOrderPooling", () => inverse(mul(normal([1, 5, 3], 1), 2 ** 400) as Float));
  });

  it("normalizedCutsLoss", () => {
    const F = random.uniform([6, 2], { seed: 3, dtype: "float64" });
    const labels = tensor(new Int32Array([0, 0, 1, 1, 2, 2]));
    const Lambda = tensor([1, 2], { shape: [2], dtype: "float64" });
    for (const target of ["degree", "indicator"] as const) {
      const f: F = (x) => nn.functional.normalizedCutsLoss(x, Lambda, labels, { target });
      for (const e of [-400, -300, 300, 400, 480]) assertScales(f, F, e);
    }
  });
});
