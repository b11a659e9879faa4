import assert from "node:assert/strict";
import fc from "fast-check";
import * as mp from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { broadcastable, FLOATS, mapNd, ndOf, rounded, strided, toTensor, type Float } from "../support/properties.js";
import { assertClose, assertSame, bitsOf, point } from "./support.js";

type Binary = (a: Float, b: Float | number) => Float;

const EXACT: Record<string, { f: Binary; reference: (a: number, b: number) => number }> = {
  add: { f: mp.add, reference: (a, b) => a + b },
  sub: { f: mp.sub, reference: (a, b) => a - b },
  mul: { f: mp.mul, reference: (a, b) => a * b },
  div: { f: mp.div, reference: (a, b) => a / b },
  maximum: { f: mp.maximum, reference: Math.max },
  minimum: { f: mp.minimum, reference: Math.min },
};

/** Pairs with every special value on both sides. */
const SPECIALS = [0, -0, 1, -2.5, Infinity, -Infinity, NaN];

describe("ops: elementwise functions of two tensors", () => {
  for (const [name, { f, reference }] of Object.entries(EXACT)) {
    it(`${name}: broadcasts as NumPy does, bit for bit, in both dtypes`, () => {
      for (const dtype of FLOATS) {
        fc.assert(
          fc.property(
            broadcastable(2).chain(([a, b]) => fc.tuple(ndOf(a), ndOf(b))),
            ([a, b]) => {
              // The operands are exact in float32, and one rounding of the double result is the float32 result.
              assertSame(f(toTensor(a, dtype), toTensor(b, dtype)), mapNd(reference, a, b), dtype);
            },
          ),
          { numRuns: 80 },
        );
      }
    });

    it(`${name}: with a number, and special values`, () => {
      for (const dtype of FLOATS) {
        for (const b of SPECIALS) {
          const a = { shape: [SPECIALS.length], data: SPECIALS };
          const expected = mapNd((x) => reference(x, b), a);
          assertSame(f(toTensor(a, dtype), b), expected, dtype, `${name} number ${b}`);
          assertSame(f(toTensor(a, dtype), toTensor({ shape: [], data: [b] }, dtype)), expected, dtype, `${name} ${b}`);
        }
      }
    });
  }

  it("a number on the left of sub and div", () => {
    for (const dtype of FLOATS) {
      const a = { shape: [7], data: SPECIALS };
      assertSame(
        mp.sub(2, toTensor(a, dtype)),
        mapNd((x) => 2 - x, a),
        dtype,
      );
      assertSame(
        mp.div(2, toTensor(a, dtype)),
        mapNd((x) => 2 / x, a),
        dtype,
      );
    }
  });

  it("pow: C99's special cases, broadcast and scalar forms alike", () => {
    const bases = [0, -0, 0.5, 1, 2, -1, -2, Infinity, -Infinity, NaN];
    const exponents = [0, 1, 2, 3, 0.5, -1, -2, Infinity, -Infinity, NaN];
    for (const dtype of FLOATS) {
      const a = { shape: [10, 1], data: bases };
      const b = { shape: [10], data: exponents };
      // JavaScript differs from C99 in one point: 1 to the power of NaN or ±∞, and (−1)^±∞, are 1 in C99.
      const c99 = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);
      const grid = mp.pow(toTensor(a, dtype), toTensor(b, dtype));
      assertClose(grid, mapNd(c99, a, b), 3);
      exponents.forEach((y, column) => {
        const scalar = mp.pow(toTensor(a, dtype), y);
        assert.deepEqual(bitsOf(scalar.add(0)), bitsOf(grid.slice(`:, ${column}:${column + 1}`).add(0)), `${y}`);
      });
    }
  });

  it("does not depend on how its operands came about", () => {
    fc.assert(
      fc.property(strided("float64", { maxRank: 3 }), ({ tensor, nd }) => {
        const row = { shape: nd.shape.slice(-1), data: nd.data.slice(0, nd.shape.at(-1) ?? 1) };
        if (row.data.length < row.shape.reduce((x, y) => x * y, 1)) return;
        assertSame(
          mp.sub(tensor, toTensor(row, "float64")),
          mapNd((x, y) => x - y, nd, row),
          "float64",
        );
      }),
      { numRuns: 80 },
    );
  });

  it("gradients, first and second order, over every way of broadcasting", () => {
    const layouts: [number[], number[]][] = [
      [
        [2, 3],
        [2, 3],
      ],
      [[2, 3], [3]],
      [
        [2, 1],
        [1, 3],
      ],
      [[], [2, 2]],
      [
        [2, 3, 2],
        [3, 1],
      ],
      [[1], [1, 1]],
    ];
    const functions: Record<string, Binary> = { ...mapValues(EXACT), pow: mp.pow };
    for (const [name, f] of Object.entries(functions)) {
      for (const [sa, sb] of layouts) {
        const [a, b] = [point(sa, 3, 0.5, 1.5), point(sb, 4, 2, 3)];
        assertGradient(`${name} [${sa}] [${sb}]`, f, [a, b]);
        assertGradient(`${name} [${sb}] [${sa}]`, f, [b, a]);
        assertSecondGradient(`${name} [${sa}] [${sb}]`, f, [a, b]);
      }
    }
  });

  it("gradients of the scalar forms", () => {
    const x = mp.tensor([0.5, 0.7, 1.1, 1.4], { dtype: "float64" });
    const forms: Record<string, (x: Float) => Float> = {
      "x + s": (t) => mp.add(t, 1.25),
      "x − s": (t) => mp.sub(t, 1.25),
      "s − x": (t) => mp.sub(1.25, t),
      "x · s": (t) => mp.mul(t, -1.25),
      "x / s": (t) => mp.div(t, 1.25),
      "s / x": (t) => mp.div(1.25, t),
      "x ^ 3": (t) => mp.pow(t, 3),
      "x ^ −0.5": (t) => mp.pow(t, -0.5),
      "max(x, s)": (t) => mp.maximum(t, 0.9),
      "min(x, s)": (t) => mp.minimum(t, 0.9),
    };
    for (const [name, f] of Object.entries(forms)) {
      assertGradient(name, f, [x]);
      assertSecondGradient(name, f, [x]);
    }
  });

  it("gradients at the ties and corners are finite and as documented", () => {
    const at = (a: number, b: number, f: Binary): number[] => {
      const { grads } = mp.valueAndGrad((x: any, y: any) => f(x, y).sum())(
        ...([mp.tensor([a], { dtype: "float64" }), mp.tensor([b], { dtype: "float64" })] as [any, any]),
      );
      return grads.map((g: any) => g.item());
    };
    assert.deepEqual(at(2, 2, mp.maximum), [0.5, 0.5]);
    assert.deepEqual(at(2, 2, mp.minimum), [0.5, 0.5]);
    assert.deepEqual(at(0, 2, mp.pow), [0, 0]);
    assert.deepEqual(at(0, 0, mp.pow), [0, 0]);
    assert.deepEqual(at(0, 1, mp.pow), [1, 0]);
    const slope = (s: number): number =>
      mp
        .grad((x: any) => mp.pow(x, s).sum())(mp.tensor([0], { dtype: "float64" }))
        .item();
    assert.deepEqual([slope(0), slope(1), slope(2)], [0, 1, 0]);
  });

  it("shapes that do not broadcast and mixed dtypes are refused by name", () => {
    for (const [name, { f }] of Object.entries({ ...EXACT, pow: { f: mp.pow as Binary, reference: Math.pow } })) {
      assert.throws(() => f(mp.zeros([2, 3]), mp.zeros([2])), {
        name: "ShapeError",
        op: name,
        code: "SHAPE",
        message: `${name}: shapes [2, 3] and [2] do not broadcast`,
      });
      assert.throws(() => f(mp.zeros([2]), mp.zeros([2], { dtype: "float64" })), {
        name: "DtypeError",
        message: `${name}: operands have dtypes float32 and float64; convert one with astype()`,
      });
      assert.throws(() => f(mp.zeros([2]), "1" as any), {
        name: "DtypeError",
        message: `${name}: expected a tensor, got 1`,
      });
      assert.throws(() => f(mp.zeros([2]), undefined as any), { name: "DtypeError" });
    }
  });

  it("methods are the functions", () => {
    const [a, b] = [mp.tensor([1, 2, 3]), mp.tensor([3, 5, 9])];
    for (const [name, { f }] of Object.entries(EXACT)) {
      assert.deepEqual((a as any)[name](b).toArray(), f(a as Float, b as Float).toArray(), name);
    }
    assert.equal(rounded("float32")(0.1), a.mul(0).add(0.1).slice("0").item());
  });
});

function mapValues(table: typeof EXACT): Record<string, Binary> {
  return Object.fromEntries(Object.entries(table).map(([name, { f }]) => [name, f]));
}
