import assert from "node:assert/strict";
import fc from "fast-check";
import * as mp from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { at, broadcastShape, FLOATS, indices, ndOf, strided, toTensor, type Nd } from "../support/properties.js";
import { assertSame, bitsOf, point } from "./support.js";

/** Values whose sums of products are exact in float32, so that the reference need not know the order. */
const exact = fc.integer({ min: -8, max: 8 });

/** Summed in ascending k. */
function matmulNd(a: Nd, b: Nd): Nd {
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...lead, m, n];
  const data = [...indices(shape)].map((index) => {
    const [outer, i, j] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
    // `at` would repeat a matrix axis of size 1, but i and j are 0 then.
    let sum = 0;
    for (let p = 0; p < k; p++) sum += at(a, [...outer, i, p]) * at(b, [...outer, p, j]);
    return sum;
  });
  return { shape, data };
}

const size = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(7, 8, 9, 17, 33));
const leads = fc.constantFrom<[number[], number[]]>(
  [[], []],
  [[3], [3]],
  [[3], []],
  [[], [3]],
  [[2, 1], [3]],
  [[1], [4]],
  [
    [2, 3],
    [2, 3],
  ],
  [[0], [1]],
  [[2, 3], [3]],
);

describe("ops: matmul", () => {
  it("batched and broadcast, every small size and the sizes around a register", () => {
    for (const dtype of FLOATS) {
      fc.assert(
        fc.property(
          fc
            .tuple(leads, size, size, size)
            .chain(([[la, lb], m, k, n]) => fc.tuple(ndOf([...la, m, k], exact), ndOf([...lb, k, n], exact))),
          ([a, b]) => assertSame(mp.matmul(toTensor(a, dtype), toTensor(b, dtype)), matmulNd(a, b), dtype),
        ),
        { numRuns: 60 },
      );
    }
  });

  it("vectors on either side", () => {
    const A = mp.tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assert.deepEqual(mp.matmul(A, mp.tensor([1, 0, -1])).toArray(), [-2, -2]);
    assert.deepEqual(mp.matmul(mp.tensor([1, -1]), A).toArray(), [-3, -3, -3]);
    assert.equal(mp.matmul(mp.tensor([1, 2]), mp.tensor([3, 4])).item(), 11);
    assert.deepEqual([...mp.matmul(mp.tensor([1, 2]), mp.tensor([3, 4])).shape], []);
    const batch = mp.stack([A, A.mul(2)]);
    assert.deepEqual(mp.matmul(batch, mp.tensor([1, 1, 1])).toArray(), [
      [6, 15],
      [12, 30],
    ]);
    assert.deepEqual(mp.matmul(mp.tensor([1, 1]), batch).toArray(), [
      [5, 7, 9],
      [10, 14, 18],
    ]);
    assert.equal(mp.matmul(mp.zeros([0]), mp.zeros([0])).item(), 0);
    assert.deepEqual(mp.matmul(mp.zeros([2, 0]), mp.zeros([0, 2])).toArray(), [
      [0, 0],
      [0, 0],
    ]);
    assert.deepEqual(A.matmul(A.mT).toArray(), [
      [14, 32],
      [32, 77],
    ]);
  });

  it("NaN and infinity reach exactly the elements they belong to", () => {
    const A = mp.ones([5, 9]).data();
    A[2 * 9 + 4] = NaN;
    A[4 * 9] = Infinity;
    const C = mp.matmul(mp.tensor(A, { shape: [5, 9] }), mp.ones([9, 7]));
    const expected = [9, 9, NaN, 9, Infinity].flatMap((value) => Array<number>(7).fill(value));
    assert.deepEqual(Array.from(C.data()), expected);
  });

  it("a batch has the bits of its items one by one", () => {
    const draw = (shape: number[], seed: number, dtype: mp.FloatDType): any => mp.random.normal(shape, { seed, dtype });
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(...FLOATS),
        fc.nat(),
        fc.boolean(),
        (m, k, n, batch, dtype, seed, shared) => {
          const A = draw([batch, m, k], seed, dtype);
          const B = shared ? draw([k, n], seed + 1, dtype) : draw([batch, k, n], seed + 1, dtype);
          const items = Array.from({ length: batch }, (_, i) =>
            bitsOf(mp.matmul(A.slice([i]), shared ? B : B.slice([i]))),
          );
          assert.deepEqual(bitsOf(mp.matmul(A, B)), items.flat());
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a row has the bits of the row alone, a column those of the column", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(...FLOATS),
        fc.nat(),
        (m, k, n, dtype, seed) => {
          const A: any = mp.random.normal([m, k], { seed, dtype });
          const B: any = mp.random.normal([k, n], { seed, stream: 1, dtype });
          const C: any = mp.matmul(A, B);
          const [i, j] = [m >> 1, n >> 1];
          assert.deepEqual(bitsOf(mp.matmul(A.slice([i]), B)), bitsOf(C.slice([i])));
          assert.deepEqual(bitsOf(mp.matmul(A, B.slice([null, j]))), bitsOf(C.slice([null, j])));
          assert.deepEqual(bitsOf(mp.matmul(B.mT, A.mT)), bitsOf(C.mT));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("eigh and logm of a batch have the bits of the items one by one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(...FLOATS),
        fc.nat(),
        (n, batch, dtype, seed) => {
          const A: any = mp.linalg.gram(mp.random.normal([batch, n + 3, n], { seed, dtype }) as any, { eps: 0.1 });
          const whole = mp.linalg.eigh(A);
          const logs = mp.linalg.logm(A);
          for (let i = 0; i < batch; i++) {
            const one = mp.linalg.eigh(A.slice([i]));
            assert.deepEqual(bitsOf(one.eigenvalues), bitsOf(whole.eigenvalues.slice([i])));
            assert.deepEqual(bitsOf(one.eigenvectors), bitsOf(whole.eigenvectors.slice([i])));
            assert.deepEqual(bitsOf(mp.linalg.logm(A.slice([i]))), bitsOf(logs.slice([i])));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("does not depend on how its operands came about", () => {
    fc.assert(
      fc.property(strided("float64", { minRank: 2, maxRank: 3 }), ({ tensor, nd }) => {
        const right = {
          shape: [nd.shape.at(-1)!, 3],
          data: Array.from({ length: nd.shape.at(-1)! * 3 }, (_, i) => (i % 5) - 2),
        };
        assertSame(mp.matmul(tensor, toTensor(right, "float64")), matmulNd(nd, right), "float64");
      }),
      { numRuns: 60 },
    );
  });

  it("gradients, first and second order, with vectors and broadcasting", () => {
    const layouts: [number[], number[]][] = [
      [
        [2, 3],
        [3, 4],
      ],
      [[3], [3, 4]],
      [[2, 3], [3]],
      [[3], [3]],
      [
        [2, 2, 3],
        [3, 2],
      ],
      [
        [2, 3],
        [2, 3, 2],
      ],
      [
        [2, 1, 2, 3],
        [3, 3, 1],
      ],
    ];
    for (const [sa, sb] of layouts) {
      const [a, b] = [point(sa, 41), point(sb, 42)];
      assertGradient(`[${sa}] · [${sb}]`, mp.matmul, [a, b]);
      assertSecondGradient(`[${sa}] · [${sb}]`, mp.matmul, [a, b]);
    }
    assertGradient("xᵀx", (x) => mp.matmul(x.mT, x), [point([3, 2], 43)]);
  });

  it("misfits are refused by name", () => {
    assert.throws(() => mp.matmul(mp.zeros([2, 3]), mp.zeros([2, 3])), {
      name: "ShapeError",
      message: "matmul: inner sizes differ: [2, 3] times [2, 3]",
    });
    assert.throws(() => mp.matmul(mp.zeros([3]), mp.zeros([2])), mp.ShapeError);
    assert.throws(() => mp.matmul(mp.tensor(1), mp.zeros([2])), mp.ShapeError);
    assert.throws(() => mp.matmul(mp.zeros([2, 2, 2]), mp.zeros([3, 2, 2])), mp.ShapeError);
    assert.throws(() => mp.matmul(mp.zeros([2, 2]), mp.zeros([2, 2], { dtype: "float64" }) as any), mp.DtypeError);
    assert.throws(() => mp.matmul(mp.tensor(new Int32Array(2)) as any, mp.zeros([2])), mp.DtypeError);
  });
});
