/** Every differentiable op × dtype × class of shapes: the adjoint against differences along random directions. */
import assert from "node:assert/strict";
import * as ops from "../../src/ops/index.js";
import { gradcheck, initSync, linalg, MatpropError, nn, valueAndGrad, type FloatDType } from "../../src/index.js";
import { probe } from "../support/gradients.js";
import { CLASSES, covers, NOT_DIFFERENTIABLE, TABLE, type Entry, type Inputs } from "./opTable.js";

initSync();

/** A float32 difference has few digits, so its step is long. */
const CHECKS = {
  float64: { step: 1e-4, tolerance: 1e-7, directions: 2 },
  float32: { step: 1e-2, tolerance: 5e-3, directions: 1 },
} as const;

/** Runs a check that is allowed to end in a named error; tells whether it did. */
function refused(check: () => void): boolean {
  try {
    check();
  } catch (error) {
    if (error instanceof MatpropError) return true;
    throw error;
  }
  return false;
}

/** Checks the adjoint; tells whether any direction moved the result. */
function assertAdjoint({ f }: Entry, xs: Inputs, dtype: FloatDType): boolean {
  const scale = Math.max(1, ...xs.flatMap((x) => (x.dtype === dtype ? Array.from(x.data(), Math.abs) : [])));
  const { tolerance, step } = CHECKS[dtype];
  const { ok, error, pairs } = gradcheck(f, xs, { ...CHECKS[dtype], step: step / scale });
  // Where the result is constant, the difference is what rounding leaves.
  const small = pairs.every(({ adjoint, difference }) => Math.abs(adjoint - difference) <= 1e-4 * tolerance);
  assert.ok(ok || small, `off by ${error}: ${JSON.stringify(pairs)}`);
  return pairs.some(({ adjoint, difference }) => adjoint !== 0 || difference !== 0);
}

/** Also where there is nothing to compare: a gradient for every argument, of its shape, finite where the value is. */
function assertShapes({ f }: Entry, xs: Inputs, finite: boolean): void {
  const { grads } = valueAndGrad((...args: any[]) => probe(f(...args)))(...xs);
  grads.forEach((g, i) => {
    if (g === null) return;
    assert.deepEqual([g.shape, g.dtype], [xs[i].shape, xs[i].dtype]);
    if (finite) assert.ok((g.data() as Float64Array).every(Number.isFinite), "a gradient that is not finite");
  });
}

describe("gradcheck of every op", () => {
  for (const [group, entries] of Object.entries(TABLE)) {
    describe(group, () => {
      for (const entry of entries) {
        it(entry.name, () => {
          let [checked, moving] = [0, 0];
          for (const shapes of CLASSES) {
            for (const dtype of ["float64", "float32"] as const) {
              const refusals = entry.at(shapes, dtype).map((xs) => {
                checked++;
                const check = (): void => {
                  const finite = !entry.undefinedAt.includes(shapes);
                  if (finite) moving += Number(assertAdjoint(entry, xs, dtype));
                  assertShapes(entry, xs, finite);
                };
                try {
                  if (!entry.refuses.includes(shapes)) return check();
                  return refused(check);
                } catch (error) {
                  const where = `${shapes} ${dtype} [${xs.map((x) => `[${x.shape}]`)}]`;
                  throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
                }
              });
              if (entry.refuses.includes(shapes)) assert.ok(refusals.includes(true), `nothing ${shapes} was refused`);
            }
          }
          assert.ok(checked >= 4, "too few points");
          assert.equal(moving > 1, !entry.flat, "whether directions move the result");
        });
      }
    });
  }

  const exported = { ops, linalg, "nn.functional": nn.functional } as const;
  for (const [group, names] of Object.entries(exported)) {
    it(`the table has every function of ${group}, and no other`, () => {
      const functions = Object.keys(names).filter((name) => !NOT_DIFFERENTIABLE.has(name));
      const covered = new Set(TABLE[group as keyof typeof TABLE].map(covers));
      assert.deepEqual([...covered].sort(), functions.sort());
    });
  }
});
