/** LU, solve, inverse and determinant: residuals over the catalogues, adjoints of both orders, errors. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import {
  DtypeError,
  eye,
  grad,
  linalg,
  NonFiniteError,
  ShapeError,
  SingularMatrixError,
  stack,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { assertSameBits, DTYPES, filledWith, type Dtype, type Float } from "../nn/support.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { rectangular, SHAPES } from "../support/rectangular.js";
import { inverseResidual, luResiduals, solveResidual, THRESHOLD, ulpOf } from "../support/residual.js";

const ulp = (dtype: Dtype): number => ulpOf(dtype === "float32" ? "s" : "d");
const SQUARE = [0, 1, 2, 3, 4, 5, 8, 17, 31, 32, 33, 64, 97, 200, 300];

const matrix = (m: number, n: number, values: ArrayLike<number>, dtype: Dtype = "float64"): Float =>
  tensor([...(values as Float64Array)], { shape: [m, n], dtype }) as Float;

/** Well away from singular, with pivoting that a small change does not alter. */
function regular(shape: number[], seed: number, dtype: Dtype = "float64"): Float {
  const n = shape[shape.length - 1]!;
  return filledWith(shape, seed, dtype).add(eye(n, { dtype }).mul(0.5)) as Float;
}

/** Rank n − `missing`, in small integers, so that elimination meets the exact zero. */
function deficient(n: number, missing: number): Float {
  const value = (i: number, j: number): number => ((i * 7 + j * 5 + i * j * 3) % 5) - 2 + Number(i === j) * 4;
  return tensor(
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i >= n - missing ? 2 * value(i - missing, j) : value(i, j))),
    ),
    { dtype: "float64" },
  ) as Float;
}

/** Every cofactor by a determinant of order n − 1. */
function cofactorsOf(A: Float): number[][] {
  const a = A.toArray() as number[][];
  return a.map((row, i) =>
    row.map((_, j) => {
      const minor = a.filter((_, r) => r !== i).map((line) => line.filter((_, c) => c !== j));
      const value = minor.length === 0 ? 1 : linalg.det(tensor(minor, { dtype: "float64" })).item();
      return (i + j) % 2 === 0 ? value : -value;
    }),
  );
}

const largest = (x: Tensor<DType>): number => Math.max(0, ...Array.from(x.data() as ArrayLike<number>, Math.abs));

describe("linalg.lu", function () {
  this.timeout(60000);
  for (const dtype of DTYPES) {
    for (const [m, n] of [...SHAPES, ...SQUARE.map((n): [number, number] => [n, n])]) {
      it(`keeps its residual below ${THRESHOLD} over the catalogue, ${dtype} ${m}×${n}`, () => {
        for (const { name, a } of rectangular(m, n, ulp(dtype))) {
          const A = matrix(m, n, a, dtype);
          const { L, U, pivots } = linalg.lu(A);
          const found = luResiduals(m, n, A.data(), L.data(), U.data(), pivots.data(), ulp(dtype));
          assert.ok(found.decomposition < THRESHOLD, `${name}: ${found.decomposition}`);
          assert.equal(found.triangle, 0, name);
        }
      });
    }
  }

  it("takes the first of equal pivots", () => {
    assert.deepEqual(
      linalg
        .lu(
          tensor([
            [1, 2],
            [-1, 5],
            [1, 0],
          ]),
        )
        .pivots.toArray(),
      [0, 1, 2],
    );
    assert.deepEqual(
      linalg
        .lu(
          tensor([
            [0, 2],
            [0, 5],
            [3, 0],
          ]),
        )
        .pivots.toArray(),
      [2, 1, 0],
    );
  });

  it("agrees with differences to second order: square, tall, wide, batched, one column, one row", () => {
    const f = (A: Float): Float[] => {
      const { L, U } = linalg.lu(A);
      return [L, U];
    };
    for (const shape of [
      [1, 1],
      [4, 4],
      [6, 3],
      [3, 6],
      [5, 1],
      [1, 5],
      [2, 4, 3],
      [2, 3, 4],
    ]) {
      assertGradient(`lu ${shape}`, f, [filledWith(shape, 11)]);
      // One row: L = 1 and U = A, whose second derivatives are 0.
      if (shape[0]! > 1) assertSecondGradient(`lu ${shape}`, f, [filledWith(shape, 11)]);
    }
    assertGradient("L alone", (A) => linalg.lu(A).L, [filledWith([5, 3], 2)]);
    assertGradient("U alone", (A) => linalg.lu(A).U, [filledWith([3, 5], 2)]);
    assertGradient("order 40", f, [filledWith([40, 40], 2)]);
    for (const shape of [
      [0, 0],
      [0, 3],
      [3, 0],
      [2, 0, 0],
    ]) {
      assert.deepEqual([...grad((A: Float) => linalg.lu(A).U.sum())(filledWith(shape)).shape], shape);
    }
  });

  it("has no gradient where a pivot is 0, and says so", () => {
    const A = deficient(4, 1);
    assert.throws(() => grad((x: Float) => linalg.lu(x).U.sum())(A), SingularMatrixError);
    assert.throws(() => linalg.lu(tensor([[1, NaN]])), NonFiniteError);
  });
});

describe("linalg.solve and linalg.inv", function () {
  this.timeout(60000);
  for (const dtype of DTYPES) {
    for (const n of SQUARE) {
      it(`keep their residuals below ${THRESHOLD} over the catalogue, ${dtype} n = ${n}`, () => {
        let solved = 0;
        for (const { name, a } of rectangular(n, n, ulp(dtype))) {
          const A = matrix(n, n, a, dtype);
          const B = filledWith([n, 3], n, dtype);
          let X: Float;
          try {
            X = linalg.solve(A, B);
          } catch (error) {
            assert.ok(error instanceof SingularMatrixError, `${name}: ${String(error)}`);
            assert.throws(() => linalg.inv(A), SingularMatrixError, name);
            continue;
          }
          // A nearly singular matrix of tiny entries may have a solution beyond the range.
          if (!Number.isFinite(largest(X))) continue;
          const residual = solveResidual(n, 3, A.data(), X.data(), B.data(), ulp(dtype));
          assert.ok(residual < THRESHOLD, `${name}: ${residual}`);
          const inverse = linalg.inv(A);
          assertSameBits(linalg.solve(A, eye(n, { dtype })).add(0), inverse.add(0), name);
          const left = inverseResidual(n, A.data(), inverse.data(), ulp(dtype));
          if (Number.isFinite(largest(inverse))) assert.ok(left < THRESHOLD, `${name}: inverse ${left}`);
          solved++;
        }
        assert.ok(solved > 0);
      });
    }

    it(`a column has the same bits alone, an item in a batch, and scaling is exact, ${dtype}`, () => {
      for (const n of [1, 5, 33, 70]) {
        const A = regular([3, n, n], n, dtype);
        const B = filledWith([3, n, 9], 1, dtype);
        const X = linalg.solve(A, B);
        const inverse = linalg.inv(A);
        for (let i = 0; i < 3; i++) {
          assertSameBits(linalg.solve(A.slice([i]), B.slice([i])), X.slice([i]));
          assertSameBits(linalg.inv(A.slice([i])), inverse.slice([i]));
        }
        assertSameBits(linalg.solve(A, B.slice(":, :, 4:5")), X.slice(":, :, 4:5"));
        const s = dtype === "float32" ? 2 ** 60 : 2 ** 900;
        for (const f of [s, 1 / s]) assertSameBits(linalg.solve(A.mul(f), B.mul(f)), X);
        assertSameBits(linalg.inv(A.mul(s)), inverse.mul(1 / s));
      }
    });
  }

  it("broadcast batches and tell vectors by torch's rule", () => {
    const A = regular([2, 3, 4, 4], 1);
    assert.deepEqual([...linalg.solve(A, filledWith([4], 1)).shape], [2, 3, 4]);
    assert.deepEqual([...linalg.solve(A, filledWith([2, 3, 4], 1)).shape], [2, 3, 4]);
    assert.deepEqual([...linalg.solve(A, filledWith([4, 5], 1)).shape], [2, 3, 4, 5]);
    const one = A.slice([0]).slice([0]) as Float;
    const B = filledWith([5, 4, 2], 3);
    const X = linalg.solve(one, B);
    for (let i = 0; i < 5; i++) assertSameBits(X.slice([i]), linalg.solve(one, B.slice([i])));
    assert.deepEqual([...linalg.solve(filledWith([0, 0]), filledWith([0, 3])).shape], [0, 3]);
    assert.deepEqual([...linalg.inv(filledWith([3, 0, 0])).shape], [3, 0, 0]);
  });

  it("name the item that is singular or not finite, and refuse what does not fit", () => {
    const batch = stack([eye(4, { dtype: "float64" }), deficient(4, 1)]) as Float;
    for (const f of [() => linalg.solve(batch, filledWith([4])), () => linalg.inv(batch)]) {
      assert.throws(f, (error) => error instanceof SingularMatrixError && error.batchIndex === 1);
    }
    assert.throws(
      () =>
        linalg.inv(
          tensor([
            [1, 0],
            [0, Infinity],
          ]),
        ),
      NonFiniteError,
    );
    assert.throws(() => linalg.inv(filledWith([2, 3])), ShapeError);
    assert.throws(() => linalg.solve(filledWith([3, 3]), filledWith([2, 2])), ShapeError);
    assert.throws(() => linalg.solve(filledWith([3, 3]), tensor([1, 2, 3])), DtypeError);
    const huge = tensor(
      [
        [1, 1],
        [1, -1],
      ],
      { dtype: "float64" },
    ).mul(1.7e308);
    assert.throws(() => linalg.inv(huge as Float), NonFiniteError);
  });

  it("agree with differences to second order in both arguments, broadcast too", () => {
    for (const [a, b] of [
      [
        [4, 4],
        [4, 3],
      ],
      [[4, 4], [4]],
      [
        [2, 3, 3],
        [3, 2],
      ],
      [
        [3, 3],
        [2, 3, 2],
      ],
      [
        [1, 1],
        [1, 1],
      ],
    ]) {
      assertGradient(`solve ${a} ${b}`, linalg.solve, [regular(a!, 1), filledWith(b!, 2)]);
      assertSecondGradient(`solve ${a} ${b}`, linalg.solve, [regular(a!, 1), filledWith(b!, 2)]);
    }
    for (const shape of [
      [1, 1],
      [4, 4],
      [2, 3, 3],
    ]) {
      assertGradient(`inv ${shape}`, linalg.inv, [regular(shape, 4)]);
      assertSecondGradient(`inv ${shape}`, linalg.inv, [regular(shape, 4)]);
    }
    assert.equal(grad((A: Float) => linalg.inv(A).sum())(filledWith([2, 0, 0])).size, 0);
  });
});

describe("linalg.det and linalg.slogdet", () => {
  it("are exact on small integers, count row swaps, and are 1 and 0 for an empty matrix", () => {
    for (const dtype of DTYPES) {
      assert.equal(
        linalg
          .det(
            tensor(
              [
                [0, 2],
                [3, 4],
              ],
              { dtype },
            ),
          )
          .item(),
        -6,
      );
      assert.equal(
        linalg
          .det(
            tensor(
              [
                [0, 0, 1],
                [1, 0, 0],
                [0, 1, 0],
              ],
              { dtype },
            ),
          )
          .item(),
        1,
      );
      assert.deepEqual(linalg.det(tensor([[[2]], [[-3]]], { dtype })).toArray(), [2, -3]);
    }
    assert.equal(linalg.det(filledWith([0, 0])).item(), 1);
    const { sign, logabsdet } = linalg.slogdet(filledWith([2, 0, 0]));
    assert.deepEqual(
      [sign.toArray(), logabsdet.toArray()],
      [
        [1, 1],
        [0, 0],
      ],
    );
  });

  it("do not overflow on the way; the logarithm keeps its digits near det = 1", () => {
    const A = eye(300, { dtype: "float64" }).mul(16);
    assert.equal(linalg.det(A).item(), Infinity);
    assert.ok(Math.abs(linalg.slogdet(A).logabsdet.item() - 1200 * Math.LN2) < 1e-12);
    const mixed = tensor(
      [1e300, 1e-300, 1e200, 1e-200].map((x, i) => [0, 1, 2, 3].map((j) => (i === j ? x : 0))),
      {
        dtype: "float64",
      },
    );
    assert.ok(Math.abs(linalg.det(mixed).item() - 1) < 1e-14);
    const near = tensor(
      [
        [1 - 2 ** -40, 0],
        [0, 1],
      ],
      { dtype: "float64" },
    );
    assert.equal(linalg.slogdet(near).logabsdet.item(), Math.log1p(-(2 ** -40)));
  });

  it("of a singular matrix: 0, and sign 0 with −∞", () => {
    const A = deficient(5, 2);
    assert.equal(linalg.det(A).item(), 0);
    const { sign, logabsdet } = linalg.slogdet(A);
    assert.deepEqual([sign.item(), logabsdet.item()], [0, -Infinity]);
    assert.throws(() => grad((x: Float) => linalg.slogdet(x).logabsdet.sum())(A), SingularMatrixError);
    assert.throws(() => linalg.det(tensor([[NaN]])), NonFiniteError);
    assert.throws(() => linalg.det(filledWith([2, 3])), ShapeError);
  });

  it("det has the cofactors for its gradient, of singular items too, whatever batch they are in", () => {
    const items = [filledWith([4, 4], 5), deficient(4, 1), deficient(4, 2), deficient(4, 3), filledWith([4, 4], 6)];
    const whole = grad((x: Float) => linalg.det(x).sum())(stack(items) as Float) as Float;
    items.forEach((A, i) => {
      const own = grad((x: Float) => linalg.det(x))(A);
      assertSameBits(own, whole.slice([i]));
      assert.ok(own.allclose(tensor(cofactorsOf(A), { dtype: "float64" }), { rtol: 1e-10, atol: 1e-10 }), `item ${i}`);
    });
    assert.deepEqual(grad((x: Float) => linalg.det(x))(tensor([[0]], { dtype: "float64" })).toArray(), [[1]]);
    assert.throws(
      () => grad((x: Float) => linalg.det(x))(eye(300, { dtype: "float64" }).mul(16)),
      (error) => error instanceof NonFiniteError && /slogdet/.test(error.message),
    );
  });

  it("agree with differences to second order", () => {
    for (const shape of [
      [1, 1],
      [4, 4],
      [2, 3, 3],
    ]) {
      assertGradient(`det ${shape}`, linalg.det, [regular(shape, 4)]);
      if (shape[0]! > 1) assertSecondGradient(`det ${shape}`, linalg.det, [regular(shape, 4)]);
      const log = (A: Float): Tensor<DType> => linalg.slogdet(A).logabsdet;
      assertGradient(`slogdet ${shape}`, log, [regular(shape, 4)]);
      assertSecondGradient(`slogdet ${shape}`, log, [regular(shape, 4)]);
    }
    const flat = grad((A: Float) => linalg.slogdet(A).sign.sum())(regular([2, 2], 1));
    assert.equal(largest(flat), 0);
    const second = (A: Float): Tensor<DType> => grad((x: Float) => linalg.det(x))(A).sum();
    assert.throws(() => grad(second as never)(deficient(3, 1)), SingularMatrixError);
  });
});
