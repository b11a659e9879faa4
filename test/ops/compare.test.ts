import assert from "node:assert/strict";
import fc from "fast-check";
import * as mp from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { broadcastable, FLOATS, mapNd, ndOf, toTensor } from "../support/properties.js";
import { assertSame, point } from "./support.js";

const COMPARISONS: Record<
  string,
  { f: (a: any, b: any) => mp.Tensor<mp.DType>; reference: (a: number, b: number) => boolean }
> = {
  eq: { f: mp.eq, reference: (a, b) => a === b },
  ne: { f: mp.ne, reference: (a, b) => a !== b },
  lt: { f: mp.lt, reference: (a, b) => a < b },
  le: { f: mp.le, reference: (a, b) => a <= b },
  gt: { f: mp.gt, reference: (a, b) => a > b },
  ge: { f: mp.ge, reference: (a, b) => a >= b },
};
const SPECIALS = [0, -0, 1, -1, Infinity, -Infinity, NaN];
const whole = fc.integer({ min: -3, max: 3 });
const truth = fc.integer({ min: 0, max: 1 });

describe("ops: comparisons, logic, where", () => {
  for (const [name, { f, reference }] of Object.entries(COMPARISONS)) {
    it(`${name}: broadcasts, with ties, in every dtype`, () => {
      for (const dtype of [...FLOATS, "int32", "uint8", "bool"] as const) {
        const value = dtype === "bool" ? truth : dtype === "uint8" ? fc.integer({ min: 0, max: 3 }) : whole;
        fc.assert(
          fc.property(
            broadcastable(2).chain(([a, b]) => fc.tuple(ndOf(a, value), ndOf(b, value))),
            ([a, b]) => {
              const make = (x: typeof a) => mp.tensor([...x.data], { shape: [...x.shape], dtype });
              const expected = mapNd((x, y) => Number(reference(x, y)), a, b);
              assertSame(f(make(a), make(b)), expected, "bool");
            },
          ),
          { numRuns: 30 },
        );
      }
    });

    it(`${name}: special values, numbers on the right`, () => {
      for (const dtype of FLOATS) {
        for (const b of SPECIALS) {
          const a = { shape: [7], data: SPECIALS };
          assertSame(
            f(toTensor(a, dtype), b),
            mapNd((x) => Number(reference(x, b)), a),
            "bool",
            `${name} ${b}`,
          );
        }
      }
      for (const dtype of ["int32", "uint8"] as const) {
        for (const b of [1, 1.5, 2, -0.5, 4e9, NaN, Infinity]) {
          const a = { shape: [4], data: [0, 1, 2, 3] };
          const x = mp.tensor(a.data, { dtype });
          assertSame(
            f(x, b),
            mapNd((v) => Number(reference(v, b)), a),
            "bool",
            `${name} ${dtype} ${b}`,
          );
        }
      }
    });
  }

  it("compares to a number as it rounds to the tensor's float type, as NumPy 2 does", () => {
    assert.equal(mp.eq(mp.tensor([0.1]), 0.1).item(), 1);
  });

  it("logic of bool and uint8, broadcast", () => {
    const a = mp.tensor([[0], [1]], { dtype: "bool" });
    const b = mp.tensor(new Uint8Array([0, 7]));
    assert.deepEqual(mp.logicalAnd(a, b).toArray(), [
      [0, 0],
      [0, 1],
    ]);
    assert.deepEqual(mp.logicalOr(a, b).toArray(), [
      [0, 1],
      [1, 1],
    ]);
    assert.deepEqual(mp.logicalXor(a, b).toArray(), [
      [0, 1],
      [1, 0],
    ]);
    assert.deepEqual(mp.logicalNot(b).toArray(), [1, 0]);
    assert.equal(mp.logicalNot(a).dtype, "bool");
    assert.throws(() => mp.logicalAnd(a, mp.zeros([2]) as any), {
      name: "DtypeError",
      message: /^logicalAnd: needs bool or uint8 tensors, got float32/,
    });
    assert.throws(() => mp.logicalNot(mp.zeros([2]) as any), mp.DtypeError);
  });

  it("where: broadcasts three ways, keeps NaN of the branch not taken out", () => {
    for (const dtype of [...FLOATS, "int32"] as const) {
      fc.assert(
        fc.property(
          broadcastable(3).chain(([c, a, b]) => fc.tuple(ndOf(c, truth), ndOf(a, whole), ndOf(b, whole))),
          ([c, a, b]) => {
            const make = (x: typeof a, d: mp.DType) => mp.tensor([...x.data], { shape: [...x.shape], dtype: d });
            const chosen = mp.where(make(c, "bool") as any, make(a, dtype), make(b, dtype));
            assertSame(
              chosen,
              mapNd((t, x, y) => (t ? x : y), c, a, b),
              dtype,
            );
          },
        ),
        { numRuns: 40 },
      );
    }
    const x = mp.tensor([NaN, 1]);
    assert.deepEqual(mp.where(x.eq(x), x, 0).toArray(), [0, 1]);
    assert.deepEqual(mp.where(mp.tensor(new Uint8Array([2, 0])), 1, -1).toArray(), [1, -1]);
  });

  it("where: gradients go to the branch taken, also where the other is infinite", () => {
    const mask = mp.tensor([[1, 0, 1]], { dtype: "bool" });
    const [a, b] = [point([2, 3], 1), point([3], 2)];
    assertGradient("where", (x, y) => mp.where(mask, x, y), [a, b]);
    assertSecondGradient("where", (x, y) => mp.where(mask, x.mul(x), y.mul(y)), [a, b]);
    const zero = mp.tensor([0, 4], { dtype: "float64" });
    const g = mp.grad((x: any) => {
      const positive = x.gt(0);
      return mp.where(positive, mp.where(positive, x, 1).sqrt(), 0).sum();
    })(zero);
    assert.deepEqual(g.toArray(), [0, 0.25]);
  });

  it("refuses mixed dtypes and misfits by name", () => {
    const [f32, f64] = [mp.zeros([2]), mp.zeros([2], { dtype: "float64" })];
    for (const [name, { f }] of Object.entries(COMPARISONS)) {
      assert.throws(() => f(f32, f64), { name: "DtypeError", op: name });
      assert.throws(() => f(f32, mp.zeros([3])), { name: "ShapeError", op: name });
      assert.throws(() => f(1, f32), { name: "DtypeError", message: `${name}: expected a tensor, got 1` });
    }
    assert.throws(() => mp.where(f32 as any, f32, f32), { name: "DtypeError", message: /^where: the condition/ });
    assert.throws(() => mp.where(mp.tensor([1, 0], { dtype: "bool" }), f32, f64 as any), mp.DtypeError);
    assert.throws(() => mp.where(mp.tensor([1, 0], { dtype: "bool" }), mp.zeros([3]), f32), mp.ShapeError);
  });

  it("allclose: tolerances, shapes, NaN, infinities", () => {
    const close = (a: number[], b: number[], options?: mp.AllcloseOptions): boolean =>
      mp.allclose(mp.tensor(a, { dtype: "float64" }), mp.tensor(b, { dtype: "float64" }), options);
    assert.equal(close([1, 2], [1, 2 + 1.9e-5]), true);
    assert.equal(close([1, 2], [1, 2 + 2.1e-5]), false);
    assert.equal(close([0], [1e-8]), true);
    assert.equal(close([0], [1.1e-8]), false);
    assert.equal(close([0], [0.1], { atol: 0.2 }), true);
    assert.equal(close([NaN], [NaN]), false);
    assert.equal(close([NaN], [NaN], { equalNan: true }), true);
    assert.equal(close([NaN], [1], { equalNan: true }), false);
    assert.equal(close([Infinity], [Infinity]), true);
    assert.equal(close([Infinity], [-Infinity]), false);
    assert.equal(close([1], [Infinity]), false);
    assert.equal(close([], []), true);
    assert.equal(mp.allclose(mp.zeros([2, 1]), mp.zeros([2])), false);
    assert.equal(mp.allclose(mp.tensor([1]), mp.tensor([1], { dtype: "float64" })), true);
    assert.throws(() => mp.allclose([1] as any, mp.zeros([1])), mp.DtypeError);
  });
});
