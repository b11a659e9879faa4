/** Cholesky factors and triangular solves: residuals over the catalogue, adjoints of both orders, errors. */
import assert from "node:assert/strict";
import {
  DtypeError,
  grad,
  linalg,
  NonFiniteError,
  NotPositiveDefiniteError,
  ShapeError,
  SingularMatrixError,
  tensor,
} from "../../src/index.js";
import { assertSameBits, DTYPES, filledWith, type Dtype, type Float } from "../nn/support.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { definite } from "../support/rectangular.js";
import { choleskyResiduals, solveResidual, THRESHOLD, ulpOf } from "../support/residual.js";

const ulp = (dtype: Dtype): number => ulpOf(dtype === "float32" ? "s" : "d");
const SIZES = [0, 1, 2, 3, 5, 8, 17, 31, 32, 33, 64, 97];
const CASES = [false, true].flatMap((lower) =>
  [false, true].flatMap((transpose) => [false, true].map((unit) => ({ lower, transpose, unit }))),
);

const square = (n: number, values: ArrayLike<number>, dtype: Dtype): Float =>
  tensor([...(values as Float64Array)], { shape: [n, n], dtype }) as Float;

/** A well-conditioned matrix whose both triangles serve as T. */
function triangles(shape: number[], seed: number, dtype: Dtype = "float64"): Float {
  const n = shape[shape.length - 1]!;
  const x = filledWith(shape, seed, dtype).mul(0.5 / Math.max(1, n)) as Float;
  const eye = tensor(
    Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1.25 : 0)),
    { shape: [n, n], dtype },
  );
  return x.add(eye) as Float;
}

/** op(T) written out in full. */
function written(T: Float, lower: boolean, transpose: boolean, unit: boolean): number[][] {
  const t = T.toArray() as number[][];
  const full = t.map((row, i) => row.map((x, j) => (i === j ? (unit ? 1 : x) : j < i === lower ? x : 0)));
  return transpose ? full.map((row, i) => row.map((_, j) => full[j]![i]!)) : full;
}

describe("linalg.cholesky", function () {
  this.timeout(30000);
  for (const dtype of DTYPES) {
    for (const n of [...SIZES, 200, 300]) {
      it(`keeps its residual below ${THRESHOLD} over the catalogue, ${dtype} n = ${n}`, () => {
        for (const { name, a } of definite(n, ulp(dtype), n > 100 ? 4 : undefined)) {
          const A = square(n, a, dtype);
          const { decomposition, triangle } = choleskyResiduals(n, A.data(), linalg.cholesky(A).data(), ulp(dtype));
          assert.ok(decomposition < THRESHOLD, `${name}: ${decomposition}`);
          assert.equal(triangle, 0, name);
        }
      });
    }

    it(`scales exactly by powers of four and gives a batch the bits of single calls, ${dtype}`, () => {
      for (const n of [1, 7, 40, 70]) {
        const A = linalg.gram(filledWith([3, n + 5, n], n, dtype), { eps: 0.5 });
        const L = linalg.cholesky(A);
        for (let i = 0; i < 3; i++) assertSameBits(linalg.cholesky(A.slice([i])), L.slice([i]));
        const k = dtype === "float32" ? 50 : 480;
        for (const s of [2 ** k, 2 ** -k, 8]) assertSameBits(linalg.cholesky(A.mul(s).mul(s)), L.mul(s));
      }
    });
  }

  it("keeps small entries beside large ones", () => {
    const A = tensor(
      [
        [2 ** 996, 0],
        [0, 2 ** -996],
      ],
      { dtype: "float64" },
    );
    assert.deepEqual(linalg.cholesky(A).toArray(), [
      [2 ** 498, 0],
      [0, 2 ** -498],
    ]);
  });

  it("acts on the symmetric part; lower: false gives the transpose", () => {
    const A = linalg.gram(filledWith([9, 6], 1), { eps: 1 });
    const skew = filledWith([6, 6], 2);
    const B = A.add(skew.sub(skew.transpose())) as Float;
    assert.ok(linalg.cholesky(B).allclose(linalg.cholesky(A), { rtol: 1e-12, atol: 1e-12 }));
    assertSameBits(linalg.cholesky(A, { lower: false }), linalg.cholesky(A).transpose());
  });

  it("names the item that is not positive definite, and the order of the minor", () => {
    for (const dtype of DTYPES) {
      const batch = tensor([4, 2, 2, 2, 4, 2, 2, 1], { shape: [2, 2, 2], dtype });
      assert.throws(
        () => linalg.cholesky(batch),
        (error) => error instanceof NotPositiveDefiniteError && error.batchIndex === 1 && /order 2/.test(error.message),
      );
    }
    assert.throws(() => linalg.cholesky(tensor([[0]])), NotPositiveDefiniteError);
    assert.throws(() => linalg.cholesky(tensor([[-1]])), NotPositiveDefiniteError);
    assert.throws(
      () =>
        linalg.cholesky(
          tensor([
            [1, NaN],
            [0, 1],
          ]),
        ),
      NonFiniteError,
    );
    assert.throws(() => linalg.cholesky(tensor([[Infinity]])), NonFiniteError);
    assert.throws(() => linalg.cholesky(filledWith([2, 3])), ShapeError);
  });

  it("agrees with differences to second order, batched, and its gradient is exactly symmetric", () => {
    const positive = (F: Float): Float => linalg.gram(F, { eps: 0.5 });
    for (const shape of [
      [1, 1],
      [6, 4],
      [2, 7, 3],
      [40, 36],
    ]) {
      const A = positive(filledWith(shape, 3));
      assertGradient(`cholesky ${shape}`, linalg.cholesky, [A]);
      assertGradient(`upper ${shape}`, (x) => linalg.cholesky(x, { lower: false }), [A]);
      if (shape[0]! < 40) assertSecondGradient(`cholesky ${shape}`, linalg.cholesky, [A]);
      const g = grad((x: Float) => linalg.cholesky(x).mul(filledWith(A.shape, 5)).sum())(A);
      assertSameBits(g, g.transpose());
    }
    assert.equal(grad((x: Float) => linalg.cholesky(x).sum())(filledWith([2, 0, 0])).size, 0);
  });
});

describe("linalg.solveTriangular", function () {
  this.timeout(30000);
  for (const dtype of DTYPES) {
    for (const n of [...SIZES, 150]) {
      it(`keeps its residual below ${THRESHOLD}, every triangle, ${dtype} n = ${n}`, () => {
        const T = triangles([n, n], n, dtype);
        for (const options of n < 100 ? CASES : CASES.slice(1, 4)) {
          const full = written(T, options.lower, options.transpose, options.unit).flat();
          for (const k of [1, 3, 8, 19]) {
            const B = filledWith([n, k], k, dtype);
            const X = linalg.solveTriangular(T, B, options);
            const residual = solveResidual(n, k, full, X.data(), B.data(), ulp(dtype));
            assert.ok(residual < THRESHOLD, `${JSON.stringify(options)}, ${k} columns: ${residual}`);
          }
        }
      });
    }

    it(`a column has the same bits alone, an item in a batch, and scaling is exact, ${dtype}`, () => {
      for (const n of [3, 32, 70]) {
        for (const options of CASES) {
          const T = triangles([2, n, n], n, dtype);
          const B = filledWith([2, n, 11], 1, dtype);
          const X = linalg.solveTriangular(T, B, options);
          const [T1, B1] = [T.slice([1]), B.slice([1])];
          assertSameBits(linalg.solveTriangular(T1, B1, options), X.slice([1]));
          assertSameBits(linalg.solveTriangular(T1, B1.slice(":, 4:5"), options), X.slice([1]).slice(":, 4:5"));
          assertSameBits(linalg.solveTriangular(T1, B1.mul(2 ** 90), options), X.slice([1]).mul(2 ** 90));
        }
      }
    });
  }

  it("reads its triangle alone: what lies beyond may be NaN", () => {
    const T = tensor(
      [
        [2, NaN],
        [1, 4],
      ],
      { dtype: "float64" },
    );
    assert.deepEqual(linalg.solveTriangular(T, tensor([2, 9], { dtype: "float64" })).toArray(), [1, 2]);
    const U = tensor(
      [
        [NaN, 3],
        [NaN, NaN],
      ],
      { dtype: "float64" },
    );
    const b = tensor([7, 2], { dtype: "float64" });
    assert.deepEqual(linalg.solveTriangular(U, b, { lower: false, unit: true }).toArray(), [1, 2]);
  });

  it("broadcasts batches and tells vectors by torch's rule", () => {
    const T = triangles([2, 3, 4, 4], 1);
    const item = (i: number, j: number): Float => T.slice([i]).slice([j]) as Float;
    const one = linalg.solveTriangular(item(0, 0), filledWith([5, 4, 2], 3));
    assert.deepEqual([...one.shape], [5, 4, 2]);
    const vectors = filledWith([2, 3, 4], 2);
    const X = linalg.solveTriangular(T, vectors);
    assert.deepEqual([...X.shape], [2, 3, 4]);
    assertSameBits(X.slice([1]).slice([2]), linalg.solveTriangular(item(1, 2), vectors.slice([1]).slice([2])));
    const b = filledWith([4], 3);
    assert.deepEqual([...linalg.solveTriangular(T, b).shape], [2, 3, 4]);
    const mixed = linalg.solveTriangular(T.slice([0]), filledWith([2, 1, 4, 5], 4));
    assert.deepEqual([...mixed.shape], [2, 3, 4, 5]);
    assertSameBits(
      mixed.slice([1]).slice([2]),
      linalg.solveTriangular(item(0, 2), filledWith([2, 1, 4, 5], 4).slice([1]).slice([0])),
    );
    assert.deepEqual([...linalg.solveTriangular(T, filledWith([4, 0])).shape], [2, 3, 4, 0]);
  });

  it("names the item that is singular or not finite, and refuses what does not fit", () => {
    const T = tensor([1, 0, 0, 1, 1, 0, 5, 0], { shape: [2, 2, 2], dtype: "float64" });
    const b = tensor([1, 1], { dtype: "float64" });
    assert.throws(
      () => linalg.solveTriangular(T, b),
      (error) => error instanceof SingularMatrixError && error.batchIndex === 1 && /element 1/.test(error.message),
    );
    assert.deepEqual(linalg.solveTriangular(T, b, { unit: true }).toArray(), [
      [1, 1],
      [1, -4],
    ]);
    const bad = tensor(
      [
        [1, 0],
        [NaN, 1],
      ],
      { dtype: "float64" },
    );
    assert.throws(() => linalg.solveTriangular(bad, b), NonFiniteError);
    assert.throws(() => linalg.solveTriangular(filledWith([2, 3]), b), ShapeError);
    assert.throws(() => linalg.solveTriangular(bad, filledWith([3])), ShapeError);
    assert.throws(() => linalg.solveTriangular(bad, tensor(1, { dtype: "float64" })), ShapeError);
    assert.throws(() => linalg.solveTriangular(bad, tensor([1, 1])), DtypeError);
  });

  it("agrees with differences to second order in both arguments, broadcast too", () => {
    for (const options of CASES) {
      const f = (T: Float, B: Float): Float => linalg.solveTriangular(T, B, options);
      const name = JSON.stringify(options);
      assertGradient(name, f, [triangles([5, 5], 1), filledWith([5, 3], 2)]);
      assertGradient(name, f, [triangles([2, 4, 4], 1), filledWith([4], 2)]);
      assertGradient(name, f, [triangles([3, 3], 1), filledWith([2, 3, 2], 2)]);
      assertSecondGradient(name, f, [triangles([4, 4], 1), filledWith([4, 2], 2)]);
      assertSecondGradient(name, f, [triangles([2, 1, 1], 1), filledWith([1, 1], 2)]);
    }
  });
});
