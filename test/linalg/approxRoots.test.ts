/** Approximate square roots with either adjoint, and whitening. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DegenerateError,
  NonFiniteError,
  NotDifferentiableError,
  NotPositiveDefiniteError,
  ShapeError,
  broadcastTo,
  eye,
  grad,
  linalg,
  nn,
  tensor,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, type Dtype, type Float } from "../nn/support.js";

const { sqrtmApprox, sqrtmNewtonSchulz, whiten } = linalg;
const METHODS = ["mpa", "mtp"] as const;

const positive = (shape: number[], seed: number, dtype: Dtype = "float64"): Float =>
  linalg.gram(filledWith(shape, seed, dtype), { eps: 20 });
const diagonal = (...values: number[]): Float =>
  eye(values.length, { dtype: "float64" }).mul(tensor(values, { dtype: "float64" }));
const off = (a: Tensor<DType>, b: Tensor<DType>): number => {
  const [x, y] = [a.astype("float64"), b.astype("float64")];
  assert.deepEqual([...x.shape], [...y.shape]);
  return Math.max(0, ...x.sub(y).data().map(Math.abs)) / Math.max(...y.data().map(Math.abs));
};

describe("linalg.sqrtmApprox", () => {
  const A = positive([2, 6, 4], 3);

  it("has the errors of the closed form: 2ρ/(1 − ρ), ρ = ((1 − √z)/(1 + √z))^(2m+1)", () => {
    for (const m of [1, 3, 5, 8, 12]) {
      for (const z of [0.5, 0.1, 0.01]) {
        // Eigenvalues z and √(1 − z²): the norm is 1.
        const C = sqrtmApprox(diagonal(z, Math.sqrt(1 - z * z)), { degree: m });
        const rho = ((1 - Math.sqrt(z)) / (1 + Math.sqrt(z))) ** (2 * m + 1);
        const expected = Math.sqrt(z) * (1 + (2 * rho) / (1 - rho));
        assert.ok(Math.abs(C.data()[0]! - expected) < 1e-13, `m = ${m}, z = ${z}: ${C.data()[0]} against ${expected}`);
      }
    }
  });

  it("mtp is the Taylor polynomial: the binomial series of √(1 − x) and its reciprocal", () => {
    const [z, x] = [0.3, 0.7];
    const B = diagonal(z, Math.sqrt(1 - z * z));
    const series = (first: number): number => {
      let [sum, c] = [1, 1];
      for (let k = 1; k <= 6; k++) sum += (c *= (k - first) / k) * x ** k;
      return sum;
    };
    assert.ok(Math.abs(sqrtmApprox(B, { method: "mtp", degree: 6 }).data()[0]! - series(1.5)) < 1e-14);
    assert.ok(Math.abs(sqrtmApprox(B, { method: "mtp", degree: 6, inverse: true }).data()[0]! - series(0.5)) < 1e-14);
  });

  for (const method of METHODS) {
    const degree = method === "mpa" ? 12 : 120;
    it(`${method}: with a large degree the root and the inverse root, and both adjoints theirs`, () => {
      for (const inverse of [false, true]) {
        const exact = inverse ? linalg.invSqrtm : linalg.sqrtm;
        assert.ok(off(sqrtmApprox(A, { method, degree, inverse }), exact(A)) < 1e-9);
        for (const norm of ["fro", "trace"] as const) {
          const options = { method, degree, inverse, norm };
          assertGradient("exact", (x: Float) => sqrtmApprox(x, { ...options, backward: "exact" }), [A]);
          assertGradient("lyapunov", (x: Float) => sqrtmApprox(x, { ...options, backwardIterations: 20 }), [A]);
        }
        const g = grad((x: Tensor<DType>) =>
          exact(x as Float)
            .square()
            .sum(),
        )(A);
        const h = grad((x: Tensor<DType>) =>
          sqrtmApprox(x as Float, { method, degree, inverse })
            .square()
            .sum(),
        )(A);
        assert.ok(off(h, g) < 1e-9, `${method}, inverse ${inverse}: ${off(h, g)}`);
        assert.deepEqual(h.mT.toArray(), h.toArray());
      }
    });

    it(`${method}: the exact adjoint is that of the approximant, twice; equal eigenvalues are no matter`, () => {
      const f = (x: Float): Tensor<DType> => sqrtmApprox(x, { method, backward: "exact" });
      for (const x of [A, diagonal(2, 2, 3, 3), positive([5, 1], 4)]) {
        assertGradient(method, f, [x]);
        assertSecondGradient(method, f, [x]);
      }
      assertGradient("lyapunov", (x: Float) => sqrtmApprox(x, { degree: 12 }), [diagonal(2, 2, 3, 3)]);
    });

    it(`${method}: float32, batches bit for bit, 1×1 and empty`, () => {
      for (const dtype of DTYPES) {
        const own = A.astype(dtype) as Float;
        const all = sqrtmApprox(own, { method });
        assert.equal(all.dtype, dtype);
        assert.ok(off(all, sqrtmApprox(A, { method })) < 1e-5);
        for (const i of [0, 1]) assertSameBits(sqrtmApprox(own.slice([i]) as Float, { method }), all.slice([i]));
        assertGradient(dtype, (x: Float) => sqrtmApprox(x, { method, backward: "exact" }), [own]);
      }
      assert.deepEqual([...sqrtmApprox(tensor([[9]]) as Float, { method }).data()], [3]);
      assert.deepEqual([...sqrtmApprox(zeros([0, 3, 3]) as Float, { method }).shape], [0, 3, 3]);
      assert.deepEqual([...sqrtmApprox(zeros([2, 0, 0]) as Float, { method }).shape], [2, 0, 0]);
    });
  }

  it("Newton–Schulz takes the Lyapunov adjoint too", () => {
    for (const inverse of [false, true]) {
      const options = { iterations: 20, inverse, backward: "lyapunov", backwardIterations: 20 } as const;
      assertGradient("newtonSchulz", (x: Float) => sqrtmNewtonSchulz(x, options), [A]);
      assertSameBits(sqrtmNewtonSchulz(A, options), sqrtmNewtonSchulz(A, { iterations: 20, inverse }));
    }
  });

  it("covariance pooling offers them", () => {
    const X = filledWith([2, 9, 4], 5);
    const P = linalg.cov(X);
    for (const method of METHODS) {
      const pooled = nn.functional.isqrtCov(X, { method });
      assert.ok(off(pooled, sqrtmApprox(P, { method })) < 1e-12);
      assertGradient(method, (x: Float) => nn.functional.isqrtCov(x, { method, backward: "exact" }), [X]);
    }
    assert.ok(off(nn.functional.isqrtCov(X, { method: "mpa", degree: 12 }), linalg.sqrtm(P)) < 1e-2);
    const layer = new nn.ISqrtCovPooling({ method: "mtp", degree: 4, backwardIterations: 8 });
    assert.deepEqual([...layer.forward(X as Tensor).shape], [2, 10]);
    // Fewer positions than channels: finite, without ε.
    const thin = grad((x: Tensor<DType>) => nn.functional.isqrtCov(x as Float, { method: "mpa" }).sum())(
      filledWith([3, 5]),
    );
    assert.ok(thin.data().every(Number.isFinite));
    assert.throws(() => nn.functional.isqrtCov(X, { method: "mpa", iterations: 3 }), /iterations/);
    assert.throws(() => nn.functional.isqrtCov(X, { degree: 3 }), /degree/);
  });

  it("refuses what has no root, by name", () => {
    const named = (op: string) => (error: unknown) => error instanceof NotPositiveDefiniteError && error.op === op;
    assert.throws(() => sqrtmApprox(zeros([2, 2]) as Float), named("sqrtmApprox"));
    assert.throws(() => sqrtmNewtonSchulz(zeros([2, 2]) as Float), named("sqrtmNewtonSchulz"));
    assert.throws(() => sqrtmApprox(diagonal(1, NaN)), NonFiniteError);
    assert.throws(() => sqrtmApprox(zeros([2, 3]) as Float), ShapeError);
    for (const bad of [{ method: "pade" }, { degree: 0 }, { degree: 13 }, { norm: "nuc" }, { backward: "no" }]) {
      assert.throws(() => sqrtmApprox(A, bad as never), ArgumentError, JSON.stringify(bad));
    }
    assert.throws(() => sqrtmNewtonSchulz(A, { backwardIterations: 0 }), ArgumentError);
    const twice = (x: Tensor<DType>): Tensor<DType> => grad((y) => sqrtmApprox(y as Float).sum())(x);
    assert.throws(() => grad((x) => twice(x).sum())(A), NotDifferentiableError);
  });
});

describe("linalg.whiten", () => {
  const X = filledWith([2, 9, 4], 5);
  const ALL = ["zca", "cholesky", "pca"] as const;

  for (const method of ALL) {
    it(`${method}: mean 0, covariance I, and the right gradient`, () => {
      for (const dtype of DTYPES) {
        const own = X.astype(dtype) as Float;
        for (const ddof of [0, 1]) {
          const Y = whiten(own, { method, ddof });
          const tolerance = dtype === "float32" ? 1e-5 : 1e-12;
          assert.equal(Y.dtype, dtype);
          assert.ok(off(linalg.cov(Y, { ddof }), broadcastTo(eye(4, { dtype }), [2, 4, 4])) < tolerance);
          assert.ok(Y.mean(-2).allclose(zeros([2, 4], { dtype }), { rtol: 0, atol: tolerance }));
        }
        for (const i of [0, 1])
          assertSameBits(whiten(own.slice([i]) as Float, { method }), whiten(own, { method }).slice([i]));
        assertGradient(method, (x: Float) => whiten(x, { method }), [own]);
      }
      assertGradient("thin", (x: Float) => whiten(x, { method, eps: 0.1 }), [
        filledWith([3, method === "pca" ? 2 : 5], 2),
      ]);
      assertSecondGradient(method, (x: Float) => whiten(x, { method }), [X.slice([0])]);
      assert.deepEqual([...whiten(zeros([0, 5, 3]) as Float, { method, eps: 1 }).shape], [0, 5, 3]);
      const [low, high] = whiten(tensor([[1], [3]], { dtype: "float64" }), { method }).data() as unknown as [
        number,
        number,
      ];
      assert.ok(Math.abs(low + 1) < 1e-15 && Math.abs(high - 1) < 1e-15);
    });
  }

  it("zca moves rows least and does not turn them; pca has its components in descending order", () => {
    const centred = X.sub(X.mean(-2, { keepdims: true })) as Float;
    const W = linalg.lstsq(centred, whiten(X)) as Float;
    assert.ok(W.allclose(W.mT, { rtol: 1e-10, atol: 1e-12 }));
    const scales = centred.mT
      .matmul(whiten(X, { method: "pca" }))
      .square()
      .sum(-2)
      .data();
    assert.ok([0, 1, 2, 4, 5, 6].every((i) => scales[i]! > scales[i + 1]!));
  });

  it("zca has a gradient where all directions have one variance, pca has none", () => {
    // Orthogonal columns of one length: the covariance is a multiple of I.
    const even = tensor(
      [
        [1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ],
      { dtype: "float64" },
    ) as Float;
    assertGradient("zca", (x: Float) => whiten(x), [even]);
    const w = filledWith([4, 2], 3);
    assert.throws(
      () => grad((x) => (whiten(x as Float, { method: "pca" }) as Float).mul(w).sum())(even),
      DegenerateError,
    );
  });

  it("refuses a singular covariance and bad options, by name", () => {
    const named = (error: unknown): boolean => error instanceof NotPositiveDefiniteError && error.op === "whiten";
    // Its third column is the sum of the others; Cholesky does not notice, and rounding makes an eigenvalue negative.
    const rounded = tensor([6, -9, -3, -9, -3, -12, 6, -2, 4], { shape: [3, 3], dtype: "float64" });
    assert.throws(() => whiten(rounded as Float, { method: "pca" }), named);
    for (const method of ALL)
      assert.throws(
        () =>
          whiten(
            tensor([
              [1, 1],
              [2, 2],
              [3, 3],
            ]) as Float,
            { method },
          ),
        named,
      );
    assert.throws(() => whiten(X, { eps: -1 }), ArgumentError);
    assert.throws(() => whiten(X, { method: "svd" as never }), ArgumentError);
    assert.throws(() => whiten(X, { ddof: 9 }), ArgumentError);
    assert.throws(() => whiten(tensor([1, 2]) as Float), ShapeError);
  });
});
