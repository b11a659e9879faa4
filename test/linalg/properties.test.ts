/** What holds for every decomposition, on random sizes and spectra. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import fc from "fast-check";
import { initSync, linalg, stack, tensor, type FloatDType, type Tensor } from "../../src/index.js";
import { uniform } from "../support/generate.js";
import { THRESHOLD, ulpOf, valueDifference } from "../support/residual.js";
import { OTHERS, ROWS, sample, type Float, type Row } from "./table.js";

initSync();

const RUNS = { numRuns: 25 };
const LARGEST = 40;
const seeds = fc.integer({ min: 0, max: 1 << 20 });
/** Small sizes often, and those about the widths at which algorithms change. */
const sizes = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: LARGEST }));

function shapes({ domain, largest = LARGEST }: Row): fc.Arbitrary<[number, number]> {
  const bounded = sizes.map((n) => Math.min(n, largest));
  return domain === "any" ? fc.tuple(bounded, bounded) : bounded.map((n): [number, number] => [n, n]);
}

const where = ({ name }: Row, [m, n]: readonly number[], dtype: string): string => `${name} of ${m}×${n} in ${dtype}`;

function assertBits(actual: Tensor<DType>, expected: ArrayLike<number>, message: string): void {
  const values = actual.data();
  assert.deepEqual(values, (values.constructor as Float64ArrayConstructor).from(expected), message);
}

/** A with rows and columns in another order. */
function permuted(A: Float, rows: readonly number[], columns: readonly number[]): Float {
  const [m, n] = A.shape as [number, number];
  const a = A.data();
  const moved = Array.from({ length: m * n }, (_, k) => a[rows[Math.floor(k / n)] * n + columns[k % n]]);
  return tensor(moved, { shape: [m, n], dtype: A.dtype }) as Float;
}

function shuffled(n: number, seed: number): number[] {
  const next = uniform(seed + 5);
  const keys = Array.from({ length: n }, () => next());
  return keys.map((_, i) => i).toSorted((i, j) => keys[i] - keys[j]);
}

describe("properties of decompositions", () => {
  it("every op of linalg stands in the table, or among the others", () => {
    const ops = new Set([...ROWS.map(({ op }) => op), ...OTHERS]);
    assert.deepEqual(
      Object.keys(linalg).filter((name) => !ops.has(name)),
      [],
    );
  });

  for (const row of ROWS) {
    for (const dtype of ["float64", "float32"] as const satisfies FloatDType[]) {
      it(`${row.name} of 2^k·A is exactly scaled, in ${dtype}`, () => {
        fc.assert(
          fc.property(shapes(row), seeds, fc.integer({ min: -20, max: 20 }), ([m, n], seed, half) => {
            const A = sample(row.domain, m, n, dtype, seed);
            const powers = row.powers(n);
            // Even, so that a square root of the scale is a power of two, too; small where the result is scaled by
            // the n-th power of it.
            const far = dtype === "float64" ? 40 * half : 2 * half;
            const k = Math.max(...powers.map(Math.abs)) > 1 ? 2 * Math.sign(half) : far;
            const scaled = row.run(A.mul(2 ** k) as Float);
            row.run(A).forEach((output, i) => {
              const factor = 2 ** (k * powers[i]);
              assertBits(
                scaled[i],
                Array.from(output.data(), (x) => x * factor),
                `${where(row, [m, n], dtype)}, output ${i}, 2^${k}`,
              );
            });
          }),
          RUNS,
        );
      });

      it(`${row.name} refuses NaN and infinity by its name, with the item, in ${dtype}`, () => {
        const good = sample(row.domain, 3, 3, dtype, 1);
        for (const bad of [NaN, Infinity, -Infinity]) {
          const values = good.data().map((x, i) => (i === 4 ? bad : x));
          const batch = stack([good, tensor(values, { shape: [3, 3], dtype }), good]);
          assert.throws(() => row.run(batch), { name: "NonFiniteError", op: row.op, batchIndex: 1 });
        }
      });

      it(`${row.name} of a batch has the bits of single calls, in ${dtype}`, () => {
        fc.assert(
          fc.property(shapes(row), seeds, fc.integer({ min: 1, max: 9 }), ([m, n], seed, batch) => {
            const items = Array.from({ length: batch }, (_, i) => sample(row.domain, m, n, dtype, seed + i));
            const together = row.run(stack(items));
            const single = items.map((A) => row.run(A));
            together.forEach((output, i) => {
              assert.deepEqual([...output.shape], [batch, ...single[0][i].shape]);
              const loop = single.flatMap((outputs) => Array.from(outputs[i].data() as ArrayLike<number>));
              assertBits(output, loop, `${where(row, [m, n], dtype)}, output ${i}, batch of ${batch}`);
            });
          }),
          RUNS,
        );
      });
    }
  }

  for (const dtype of ["float64", "float32"] as const) {
    const ulp = ulpOf(dtype === "float64" ? "d" : "s");
    const assertNear = (actual: Tensor<DType>, expected: Tensor<DType>, n: number, message: string): void => {
      const gap = valueDifference(actual.data(), expected.data(), ulp) / Math.max(n, 1);
      assert.ok(gap < THRESHOLD, `${message}: ${gap}`);
    };

    it(`eigenvalues do not depend on the order of coordinates, nor on the vectors being asked for, in ${dtype}`, () => {
      fc.assert(
        fc.property(sizes, seeds, (n, seed) => {
          const A = sample("symmetric", n, n, dtype, seed);
          const order = shuffled(n, seed);
          assertNear(linalg.eigvalsh(permuted(A, order, order)), linalg.eigvalsh(A), n, "permuted");
          assertNear(linalg.eigh(A).eigenvalues, linalg.eigvalsh(A), n, "with vectors");
          assertNear(linalg.eigvalsh(A.transpose() as Float), linalg.eigvalsh(A), n, "transposed");
        }),
        RUNS,
      );
    });

    for (const row of ROWS.filter(({ op }) => op === "svd" || op === "svdvals")) {
      it(`singular values by ${row.name} are those of the transpose and of any order of rows and columns, in ${dtype}`, () => {
        const values = (A: Float): Tensor<DType> => row.run(A)[row.powers(0).indexOf(1)];
        fc.assert(
          fc.property(sizes, sizes, seeds, (m, n, seed) => {
            const A = sample("any", m, n, dtype, seed);
            const most = Math.max(m, n);
            assertNear(values(A.transpose() as Float), values(A), most, "transposed");
            assertNear(values(permuted(A, shuffled(m, seed), shuffled(n, seed + 1))), values(A), most, "permuted");
            assertNear(linalg.svdvals(A), values(A), most, "with vectors");
          }),
          RUNS,
        );
      });
    }
  }
});
