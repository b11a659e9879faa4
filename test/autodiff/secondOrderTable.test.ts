/**
 * Every op once more: its forward mode and its Hessians against differences, the Hessians symmetric, and the two modes
 * against each other. All arguments of an op are packed into one vector, so that mixed derivatives are checked too.
 */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  concat,
  grad,
  hvp,
  initSync,
  jvp,
  NotDifferentiableError,
  reshape,
  slice,
  type FloatDType,
  type Tensor,
} from "../../src/index.js";
import { away, make, positive } from "./opTable/inputs.js";
import { CLASSES, TABLE, type Entry, type Float, type Inputs } from "./opTable.js";

initSync();

/** f and a loss that is curved even where f is linear, as functions of all float arguments in one vector. */
interface Packed {
  readonly f: (z: Float) => Tensor<DType>[];
  readonly loss: (z: Float) => Float;
  readonly at: Float;
}

function packed({ f }: Entry, xs: Inputs, dtype: FloatDType): Packed {
  const parts = xs.filter((x) => x.dtype === dtype) as Float[];
  const unpack = (z: Float): Inputs => {
    let from = 0;
    return xs.map((x) => {
      if (x.dtype !== dtype) return x;
      const to = from + x.size;
      const part = reshape(slice(z, [[from, to]]), x.shape);
      from = to;
      return part;
    });
  };
  const outputs = (z: Float): Tensor<DType>[] => [f(...unpack(z))].flat() as Tensor<DType>[];
  return {
    f: outputs,
    loss: (z) => {
      const terms = (outputs(z) as Float[]).map((y, i) => {
        return y
          .add(y.square())
          .mul(make(positive, y.shape, 77 + i, dtype))
          .sum();
      });
      return terms.reduce((sum, term) => sum.add(term)) as Float;
    },
    at: concat(
      parts.map((x) => reshape(x, [x.size])),
      0,
    ) as Float,
  };
}

const dot = (a: Tensor<DType>, b: Tensor<DType>): number =>
  (a as Float)
    .mul(b as Float)
    .sum()
    .item();
const join = (ys: readonly Tensor<DType>[]): Float =>
  concat(
    ys.map((y) => reshape(y, [y.size])),
    0,
  ) as Float;

/** (f(at + hv) − f(at − hv))/2h in four points. */
function difference(f: (z: Float) => Float, at: Float, v: Float): Float {
  const h = 1e-4;
  const near = (t: number): Float => f(at.add(v.mul(t)) as Float);
  const outer = near(2 * h).sub(near(-2 * h));
  return near(h)
    .sub(near(-h))
    .mul(8)
    .sub(outer)
    .div(12 * h) as Float;
}

function assertClose(what: string, actual: Float, expected: Float, tolerance: number): void {
  const scale = Math.max(1e-2, ...expected.data().map(Math.abs));
  const error = Math.max(0, ...actual.sub(expected).data().map(Math.abs));
  assert.ok(error <= tolerance * scale, `${what} off by ${error / scale}`);
}

function assertForwardMode({ f, loss, at }: Packed, v: Float): void {
  const { tangent } = jvp((z: Float) => join(f(z)), [at], [v]);
  assertClose(
    "jvp",
    tangent as Float,
    difference((z) => join(f(z)), at, v),
    1e-7,
  );
  const along = jvp(loss as never, [at], [v]).tangent as Float;
  const across = dot(grad(loss as never)(at), v);
  assert.ok(Math.abs(along.item() - across) <= 1e-11 * Math.max(1, Math.abs(across)), "jvp is not ⟨gradient, v⟩");
}

function assertHessian({ loss, at }: Packed, v: Float, u: Float): void {
  const Hv = hvp(loss as never, at, v) as Float;
  assertClose(
    "hvp",
    Hv,
    difference((z) => grad(loss as never)(z) as Float, at, v),
    1e-6,
  );
  const [left, right] = [dot(u, Hv), dot(v, hvp(loss as never, at, u))];
  const size = Math.sqrt(dot(Hv, Hv) * dot(u, u));
  assert.ok(Math.abs(left - right) <= 1e-10 * Math.max(1, size), `the Hessian is not symmetric: ${left}, ${right}`);
}

function check(entry: Entry, xs: Inputs): void {
  const all = packed(entry, xs, "float64");
  const { at, loss } = all;
  const [u, v] = [101, 102].map((seed) => make(away, at.shape, seed, "float64")) as [Float, Float];
  if (entry.secondRefusedBy === null) {
    assertForwardMode(all, v);
    return assertHessian(all, v, u);
  }
  assert.throws(
    () => hvp(loss as never, at, v),
    (error) => error instanceof NotDifferentiableError && error.op === entry.secondRefusedBy,
  );
}

describe("second order of every op", () => {
  for (const [group, entries] of Object.entries(TABLE)) {
    describe(group, () => {
      for (const entry of entries.filter(({ flat }) => !flat)) {
        it(entry.name, () => {
          for (const shapes of CLASSES) {
            if (shapes === "empty" || entry.refuses.includes(shapes) || entry.undefinedAt.includes(shapes)) continue;
            for (const xs of entry.at(shapes, "float64")) {
              try {
                check(entry, xs);
              } catch (error) {
                const where = `${shapes} [${xs.map((x) => `[${x.shape}]`)}]`;
                throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
              }
            }
          }
        });

        if (entry.secondRefusedBy !== null) continue;
        it(`${entry.name}, float32`, () => {
          for (const shapes of ["tall", "square", "wide", "batched"] as const) {
            if (entry.refuses.includes(shapes)) continue;
            const [single, double] = (["float32", "float64"] as const).map((dtype) =>
              entry.at(shapes, dtype).map((xs) => {
                const { at, loss } = packed(entry, xs, dtype);
                return hvp(loss as never, at, make(away, at.shape, 102, dtype)).astype("float64") as Float;
              }),
            );
            single.forEach((Hv, i) => assertClose(shapes, Hv, double[i], 2e-3));
          }
        });
      }
    });
  }
});
