import assert from "node:assert/strict";
import fc from "fast-check";
import * as mp from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import {
  FLOATS,
  indices,
  product,
  reduceNd,
  shapes,
  smallValue,
  strided,
  toTensor,
  type Float,
  type Nd,
} from "../support/properties.js";
import { assertClose, assertSame, bitsOf, point } from "./support.js";

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const squares = (values: number[]): number => values.reduce((a, b) => a + (b - mean(values)) ** 2, 0);

const EXACT: Record<
  string,
  { f: (x: Float, axes?: any, options?: mp.ReduceOptions) => Float; reference: (v: number[]) => number; empty: boolean }
> = {
  sum: { f: mp.sum, reference: (v) => v.reduce((a, b) => a + b, 0), empty: true },
  mean: { f: mp.mean, reference: mean, empty: true },
  max: { f: mp.max, reference: (v) => Math.max(...v), empty: false },
  min: { f: mp.min, reference: (v) => Math.min(...v), empty: false },
};

/** A shape, some of its axes (as asked for, negative ones among them), and values. */
const cases = (min: number) =>
  shapes({ min }).chain((shape) =>
    fc
      .tuple(
        fc.subarray(shape.map((_, axis) => axis)),
        fc.array(smallValue, { minLength: product(shape), maxLength: product(shape) }),
        fc.boolean(),
        fc.boolean(),
      )
      .map(([axes, data, keepdims, negative]) => ({
        nd: { shape, data } as Nd,
        axes,
        asked: negative ? axes.map((axis) => axis - shape.length) : axes,
        keepdims,
      })),
  );

describe("ops: reductions", () => {
  for (const [name, { f, reference, empty }] of Object.entries(EXACT)) {
    it(`${name}: any axes of any shape, in both dtypes`, () => {
      for (const dtype of FLOATS) {
        fc.assert(
          fc.property(cases(empty ? 0 : 1), ({ nd, axes, asked, keepdims }) => {
            // Eighths below 8 add up exactly, so the order does not matter; a mean is one rounded division more.
            assertSame(f(toTensor(nd, dtype), asked, { keepdims }), reduceNd(reference, nd, axes, keepdims), dtype);
          }),
          { numRuns: 100 },
        );
      }
      const x = { shape: [2, 3], data: [3, -1, 4, 1, -5, 9] };
      assertSame(f(toTensor(x, "float64")), reduceNd(reference, x, [0, 1]), "float64");
      assertSame(f(toTensor(x, "float64"), 1), reduceNd(reference, x, [1]), "float64");
    });
  }

  it("long sums follow the written tree: lanes of 8, blocks of 512, halving", () => {
    const tree = (v: number[]): number => {
      const blocks: number[] = [];
      for (let from = 0; from < v.length; from += 512) {
        const lanes = new Array<number>(8).fill(0);
        v.slice(from, from + 512).forEach((value, i) => (lanes[i % 8] += value));
        const [a, b, c, d, e, f, g, h] = lanes;
        blocks.push(a + e + (c + g) + (b + f + (d + h)));
      }
      const halve = (lo: number, hi: number): number => {
        if (hi - lo <= 1) return blocks[lo] ?? 0;
        const middle = lo + Math.ceil((hi - lo) / 2);
        return halve(lo, middle) + halve(middle, hi);
      };
      return halve(0, blocks.length);
    };
    for (const n of [1, 7, 8, 9, 511, 512, 513, 1023, 1025, 2600]) {
      const x = mp.random.normal([n], { seed: n, dtype: "float64" });
      assert.equal(x.sum().item(), tree(Array.from(x.data())), `n = ${n}`);
    }
  });

  it("sum over axis 0 has the bits of the sum of the transpose over axis 1", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1300 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(...FLOATS),
        fc.nat(),
        (rows, columns, dtype, seed) => {
          const A = mp.random.normal([rows, columns], { seed, dtype });
          for (const f of [mp.sum, mp.mean, mp.variance, mp.max] as ((x: any, axis: number) => any)[]) {
            assert.deepEqual(bitsOf(f(A, 0)), bitsOf(f(A.mT, 1)));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("a row of a batch has the bits of the row alone", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 700 }),
        fc.constantFrom(...FLOATS),
        fc.nat(),
        (batch, n, dtype, seed) => {
          const x = mp.random.normal([batch, n], { seed, dtype });
          const together = bitsOf(x.sum(1));
          assert.deepEqual(together, Array.from({ length: batch }, (_, i) => bitsOf(x.slice([i]).sum())).flat());
        },
      ),
      { numRuns: 30 },
    );
  });

  it("variance: two passes, ddof, axes", () => {
    fc.assert(
      fc.property(cases(1), ({ nd, axes, asked, keepdims }) => {
        const count = axes.reduce((n, axis) => n * nd.shape[axis], 1);
        const got = mp.variance(toTensor(nd, "float64"), asked, { keepdims }) as Float;
        assertClose(
          got,
          reduceNd((v) => squares(v) / v.length, nd, axes, keepdims),
          16,
        );
        if (count < 2) return;
        const sample = mp.variance(toTensor(nd, "float64"), asked, { keepdims, ddof: 1 }) as Float;
        assertClose(
          sample,
          reduceNd((v) => squares(v) / (v.length - 1), nd, axes, keepdims),
          16,
        );
      }),
    );
    assert.equal(mp.variance(mp.tensor([1e8 + 1, 1e8 + 2, 1e8 + 3], { dtype: "float64" })).item(), 2 / 3);
    assert.ok(Number.isNaN(mp.variance(mp.tensor([5]), 0, { ddof: 1 }).item()), "0/0");
    assert.ok(Number.isNaN(mp.variance(mp.tensor([5]), 0, { ddof: 2 }).item()), "never 0/−1");
    assert.equal(mp.variance(mp.tensor([4, 6]), 0, { ddof: 3 }).item(), Infinity, "never negative");
    assert.throws(() => mp.variance(mp.zeros([3]), 0, { ddof: -1 }), mp.ArgumentError);
  });

  it("argmax and argmin: the first of equals, NaN first of all", () => {
    for (const dtype of FLOATS) {
      fc.assert(
        fc.property(cases(1), ({ nd }) => {
          const x = toTensor(nd, dtype);
          nd.shape.forEach((_, axis) => {
            assertSame(
              mp.argmax(x, axis),
              reduceNd((v) => v.indexOf(Math.max(...v)), nd, [axis]),
              "int32",
            );
            assertSame(
              mp.argmin(x, axis - nd.shape.length, { keepdims: true }),
              reduceNd((v) => v.indexOf(Math.min(...v)), nd, [axis], true),
              "int32",
            );
          });
          assert.equal(mp.argmax(x).item(), nd.data.indexOf(Math.max(...nd.data)));
        }),
        { numRuns: 50 },
      );
      for (let position = 0; position < 19; position++) {
        const x = mp
          .zeros([19], { dtype })
          .data()
          .map((_: number, i: number) => (i === position ? NaN : i)) as any;
        for (const f of [mp.argmax, mp.argmin]) assert.equal(f(mp.tensor(x)).item(), position);
        for (const f of [mp.max, mp.min, mp.sum, mp.mean]) assert.ok(Number.isNaN(f(mp.tensor(x) as Float).item()));
      }
    }
    assert.equal(mp.max(mp.tensor([-Infinity, -Infinity])).item(), -Infinity);
    assert.equal(mp.sum(mp.tensor([Infinity, -Infinity])).item(), NaN);
  });

  it("the empty sum is 0, the empty mean NaN, the empty maximum an error", () => {
    const none = mp.zeros([2, 0, 3]);
    assert.deepEqual(mp.sum(none, 1).toArray(), [
      [0, 0, 0],
      [0, 0, 0],
    ]);
    assert.equal(mp.sum(none).item(), 0);
    assert.ok(Number.isNaN(mp.mean(none).item()));
    assert.deepEqual([...mp.sum(none, 0).shape], [0, 3]);
    assert.deepEqual([...mp.max(none, 0).shape], [0, 3], "nothing is reduced to nothing");
    for (const f of [mp.max, mp.min, mp.argmax, mp.argmin] as ((x: any, axis?: any) => any)[]) {
      assert.throws(() => f(none, 1), { name: "ArgumentError", message: /cannot reduce an empty axis/ });
      assert.throws(() => f(none), mp.ArgumentError);
    }
  });

  it("a scalar reduces to itself", () => {
    const x = mp.tensor(3);
    for (const f of [mp.sum, mp.mean, mp.max, mp.min]) assert.equal(f(x).item(), 3);
    assert.equal(mp.argmax(x).item(), 0);
    assert.equal(mp.variance(x).item(), 0);
    assert.equal(
      mp.sum(
        mp.tensor([
          [1, 2],
          [3, 4],
        ]),
        [],
      ).shape.length,
      2,
      "no axes: nothing is reduced",
    );
  });

  it("gradients, first and second order, over adjacent and separate axes", () => {
    for (const [name, f] of Object.entries({
      sum: mp.sum,
      mean: mp.mean,
      max: mp.max,
      min: mp.min,
      variance: mp.variance,
    })) {
      for (const axes of [undefined, 0, [1], [-1], [0, 1], [0, 2], [0, 1, 2]]) {
        for (const keepdims of [false, true]) {
          const x = point([2, 3, 4], 21);
          const g = (t: any): any => (f as any)(t, axes, { keepdims });
          assertGradient(`${name} [${axes}]`, g, [x]);
          assertSecondGradient(`${name} [${axes}]`, (t) => g(t.mul(t)), [x]);
        }
      }
    }
    assertGradient("sample variance", (t) => mp.variance(t, 1, { ddof: 1 }), [point([2, 3], 4)]);
  });

  it("ties share the gradient of max equally", () => {
    const g = mp.grad((x: any) => x.max(1).sum())(
      mp.tensor(
        [
          [2, 2, 1],
          [0, 3, 0],
        ],
        { dtype: "float64" },
      ),
    );
    assert.deepEqual(g.toArray(), [
      [0.5, 0.5, 0],
      [0, 1, 0],
    ]);
  });

  it("does not depend on how its input came about", () => {
    fc.assert(
      fc.property(strided("float64", { minRank: 1 }), ({ tensor, nd }) => {
        const axis = nd.shape.length - 1;
        assertSame(
          mp.sum(tensor, axis),
          reduceNd((v) => v.reduce((a, b) => a + b, 0), nd, [axis]),
          "float64",
        );
        assertSame(
          mp.sum(tensor, 0),
          reduceNd((v) => v.reduce((a, b) => a + b, 0), nd, [0]),
          "float64",
        );
      }),
      { numRuns: 60 },
    );
    assert.equal([...indices([2, 2])].length, 4);
  });

  it("axes out of range, repeated or no integers, and integer tensors are refused by name", () => {
    for (const [name, f] of Object.entries({
      sum: mp.sum,
      mean: mp.mean,
      max: mp.max,
      min: mp.min,
      variance: mp.variance,
    } as Record<string, (x: any, axis?: any) => any>)) {
      assert.throws(() => f(mp.zeros([2, 3]), 2), {
        name: "ArgumentError",
        message: `${name}: axis 2 is out of range for rank 2`,
      });
      assert.throws(() => f(mp.zeros([2, 3]), -3), mp.ArgumentError);
      assert.throws(() => f(mp.zeros([2, 3]), [0, -2]), {
        name: "ArgumentError",
        message: `${name}: axis 0 is given twice`,
      });
      assert.throws(() => f(mp.zeros([2, 3]), 0.5), mp.ArgumentError);
      assert.throws(() => f(mp.tensor(new Int32Array(2))), mp.DtypeError);
    }
  });
});
