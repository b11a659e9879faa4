/** Distances, geodesics and means of positive definite matrices. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  ConvergenceError,
  DtypeError,
  NonFiniteError,
  NotDifferentiableError,
  NotPositiveDefiniteError,
  ShapeError,
  eye,
  grad,
  linalg,
  ones,
  stack,
  tensor,
  valueAndGrad,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, numbers, type Dtype, type Float } from "../nn/support.js";

const { spdDistance, spdExp, spdGeodesic, spdLog, spdMean } = linalg;
const METRICS = ["affineInvariant", "logEuclidean"] as const;

const positive = (shape: number[], seed: number, dtype: Dtype = "float64"): Float =>
  linalg.gram(filledWith(shape, seed, dtype), { eps: 0.2 });
const diagonal = (...values: number[]): Float =>
  eye(values.length, { dtype: "float64" }).mul(tensor(values, { dtype: "float64" }));
const congruent = (G: Float, X: Float): Float => G.matmul(X).matmul(G.transpose()) as Float;

function assertClose(a: Tensor<DType>, b: Tensor<DType>, tolerance: number): void {
  assert.deepEqual([...a.shape], [...b.shape]);
  const [x, y] = [a.astype("float64"), b.astype("float64")];
  const bound = tolerance * Math.max(1, ...y.data().map(Math.abs));
  const worst = Math.max(0, ...x.sub(y).data().map(Math.abs));
  assert.ok(worst <= bound, `off by ${worst}, bound ${bound}`);
}

describe("geometry of positive definite matrices", () => {
  const [A, B] = [positive([2, 6, 4], 3), positive([2, 6, 4], 4)];
  const G = filledWith([4, 4], 9);

  it("the affine-invariant distance is that of generalized eigenvalues, invariant, and symmetric", () => {
    const { eigenvalues } = linalg.eigh(B, { B: A });
    assertClose(spdDistance(A, B), eigenvalues.log().square().sum(-1).sqrt(), 1e-12);
    assertClose(spdDistance(congruent(G, A), congruent(G, B)), spdDistance(A, B), 1e-10);
    assertClose(spdDistance(B, A), spdDistance(A, B), 1e-12);
    assertClose(spdDistance(A, B, { squared: true }), spdDistance(A, B).square(), 1e-13);
    // Far apart in scale: nothing is lost to the shortcut for close matrices.
    assertClose(spdDistance(A, A.mul(1e-30) as Float), tensor([1, 1]).mul(2 * 30 * Math.LN10), 1e-6);
  });

  it("the log-Euclidean distance is that of logarithms", () => {
    const expected = linalg.norm(linalg.logm(A).sub(linalg.logm(B)) as Float);
    assertSameBits(spdDistance(A, B, { metric: "logEuclidean" }), expected);
  });

  it("at A = B both are exactly 0 with gradient 0, and the square has a second derivative", () => {
    for (const metric of METRICS) {
      for (const squared of [true, false]) {
        assert.deepEqual([...spdDistance(A, A, { metric, squared }).data()], [0, 0]);
        const g = grad((x: Tensor<DType>) => spdDistance(A, x as Float, { metric, squared }).sum())(A);
        assert.ok(
          g.data().every((v) => v === 0),
          `${metric}, squared ${squared}: ${g.toString()}`,
        );
      }
    }
    // At the identity the Hessian of d² is twice the Frobenius inner product, in either metric.
    const V = filledWith([3, 3], 2);
    const sym = V.add(V.transpose()).mul(0.5) as Float;
    for (const metric of METRICS) {
      const inner = (x: Tensor<DType>): Tensor<DType> =>
        grad((y) => spdDistance(eye(3, { dtype: "float64" }) as Float, y as Float, { metric, squared: true }).sum())(x);
      const Hv = grad((x) => (inner(x) as Float).mul(V).sum())(eye(3, { dtype: "float64" }));
      assertClose(Hv, sym.mul(2), 1e-12);
    }
  });

  it("first and second derivatives agree with differences", () => {
    for (const metric of METRICS) {
      assertGradient(metric, (a: Float, b: Float) => spdDistance(a, b, { metric }), [A, B]);
      assertSecondGradient(metric, (a: Float, b: Float) => spdDistance(a, b, { metric, squared: true }), [A, B]);
      assertGradient(metric, (a: Float, b: Float) => spdGeodesic(a, b, 0.3, { metric }), [A, B]);
    }
    assertGradient("repeated", (a: Float) => spdDistance(a, diagonal(2, 2, 3, 3)), [diagonal(1, 1, 1, 5)]);
    assertGradient("spdLog", spdLog, [A, B]);
    assertGradient("spdExp", (m: Float, v: Float) => spdExp(m, v.mul(0.3) as Float), [A, filledWith([2, 4, 4], 5)]);
  });

  it("logarithm and exponential are inverse; geodesics have constant speed", () => {
    assertClose(spdExp(A, spdLog(A, B)), B, 1e-11);
    for (const metric of METRICS) {
      assertClose(spdGeodesic(A, B, 0, { metric }), A, 1e-12);
      assertClose(spdGeodesic(A, B, 1, { metric }), B, 1e-11);
      const part = spdDistance(A, spdGeodesic(A, B, 0.25, { metric }), { metric });
      assertClose(part, spdDistance(A, B, { metric }).mul(0.25), 1e-11);
    }
  });

  it("the distance has the same bits with and without a tape", () => {
    const large = [positive([40, 36], 3), positive([40, 36], 4)] as const;
    for (const [[a64, b64], dtype] of [[A, B] as const, large].flatMap((pair) =>
      DTYPES.map((d) => [pair, d] as const),
    )) {
      const [a, b] = [a64.astype(dtype), b64.astype(dtype)] as [Float, Float];
      for (const squared of [true, false]) {
        const { aux } = valueAndGrad(
          (x: Float) => {
            const d = spdDistance(x, b, { squared });
            return [d.sum(), d];
          },
          { hasAux: true },
        )(a);
        assertSameBits(aux as Float, spdDistance(a, b, { squared }));
      }
    }
  });

  it("leading axes broadcast", () => {
    const D = spdDistance(A, B.reshape(2, 1, 4, 4) as Float);
    assert.deepEqual([...D.shape], [2, 2]);
    const one = spdDistance(A.slice([1]) as Float, B.slice([0]) as Float).item();
    assert.equal(D.data()[1], one);
    assert.deepEqual([...spdLog(A.slice([0]) as Float, B).shape], [2, 4, 4]);
  });
});

describe("means of positive definite matrices", () => {
  const X = positive([3, 5, 7, 4], 1);
  const w = filledWith([3, 5], 2).abs().add(0.1) as Float;

  it("the Karcher mean zeroes the sum of logarithms", () => {
    for (const weights of [undefined, w]) {
      const M = spdMean(X, weights && { weights });
      const logs = spdLog(M.reshape(3, 1, 4, 4) as Float, X);
      const share = (weights ?? ones([3, 5], { dtype: "float64" })).reshape(3, 5, 1, 1);
      assertClose(logs.mul(share).sum(1), zeros([3, 4, 4]), 1e-12);
    }
  });

  it("it is invariant under congruence and inversion, and the midpoint of two", () => {
    const M = spdMean(X);
    assertClose(spdMean(congruent(filledWith([4, 4], 9), X)), congruent(filledWith([4, 4], 9), M), 1e-11);
    assertClose(spdMean(linalg.inv(X) as Float), linalg.inv(M), 1e-10);
    const [A, B] = [positive([6, 4], 3), positive([6, 4], 4)];
    assertClose(spdMean(stack([A, B]) as Float), spdGeodesic(A, B, 0.5), 1e-12);
    const third = tensor([2, 1], { dtype: "float64" });
    assertClose(spdMean(stack([A, B]) as Float, { weights: third }), spdGeodesic(A, B, 1 / 3), 1e-12);
  });

  it("of commuting matrices both means are geometric; of one matrix, or equal ones, it is that", () => {
    const D = stack([diagonal(1, 2, 8), diagonal(4, 2, 1e6), diagonal(16, 2, 1e-3)]) as Float;
    for (const metric of METRICS) {
      assertClose(spdMean(D, { metric }), diagonal(4, 2, Math.cbrt(8e3)), 1e-12);
      assertClose(spdMean(X.slice("0, :1") as Float, { metric }), X.slice("0, 0"), 1e-12);
      assertClose(spdMean(stack([D, D, D], 0).slice(":, 0") as Float, { metric }), D.slice("0"), 1e-13);
    }
  });

  it("converges where matrices lie far apart and are ill-conditioned", () => {
    const far = [0, 1, 2, 3].map((seed) => {
      const { Q } = linalg.qr(filledWith([4, 4], seed + 20));
      return congruent(Q, diagonal(...numbers(4, seed).map((v) => Math.exp(6 * v))));
    });
    const F = stack(far) as Float;
    const M = spdMean(F);
    assertClose(spdLog(M, F).sum(0).div(linalg.norm(M)), zeros([4, 4]), 1e-8);
  });

  it("derivatives agree with differences, in the matrices and in the weights", () => {
    for (const metric of METRICS) {
      assertGradient(metric, (x: Float) => spdMean(x, { metric }), [X]);
      assertGradient(metric, (x: Float, v: Float) => spdMean(x, { metric, weights: v }), [X, w]);
      assertGradient("1×1", (x: Float) => spdMean(x, { metric }), [positive([5, 1, 1], 2)]);
      assertGradient("equal", (x: Float) => spdMean(x, { metric }), [stack([diagonal(1, 1, 2), diagonal(1, 1, 2)])]);
    }
    const single = X.astype("float32") as Float;
    assertGradient("float32", (x: Float) => spdMean(x), [single]);
    assertSecondGradient("logEuclidean", (x: Float) => spdMean(x, { metric: "logEuclidean" }), [X.slice("0")]);
    const twice = (x: Tensor<DType>): Tensor<DType> => grad((y) => spdMean(y as Float).sum())(x);
    assert.throws(() => grad((x) => twice(x).sum())(X), NotDifferentiableError);
  });

  it("an item has the same bits in any batch; float32 is close to float64", () => {
    for (const dtype of DTYPES) {
      for (const metric of METRICS) {
        const own = X.astype(dtype) as Float;
        const all = spdMean(own, { metric });
        assert.equal(all.dtype, dtype);
        for (let i = 0; i < 3; i++) assertSameBits(spdMean(own.slice([i]) as Float, { metric }), all.slice([i]));
        assertClose(all, spdMean(X, { metric }), dtype === "float32" ? 1e-5 : 0);
      }
    }
  });

  it("empty batches and empty matrices have means, no matrices have none", () => {
    for (const metric of METRICS) {
      assert.deepEqual([...spdMean(zeros([0, 5, 3, 3]) as Float, { metric }).shape], [0, 3, 3]);
      assert.deepEqual([...spdMean(zeros([2, 5, 0, 0]) as Float, { metric }).shape], [2, 0, 0]);
      assert.deepEqual(
        [...spdDistance(zeros([2, 0, 0]) as Float, zeros([2, 0, 0]) as Float, { metric }).data()],
        [0, 0],
      );
      assert.deepEqual([...spdDistance(zeros([0, 3, 3]) as Float, eye(3) as Float, { metric }).shape], [0]);
    }
    assert.throws(() => spdMean(zeros([2, 0, 3, 3]) as Float), ShapeError);
  });

  it("refuses what has no mean or distance, by name", () => {
    const bad = stack([diagonal(1, 2), diagonal(1, -1)]) as Float;
    const position = (error: unknown): boolean =>
      error instanceof NotPositiveDefiniteError && error.op === "spdMean" && error.batchIndex === 1;
    assert.throws(() => spdMean(bad), position);
    assert.throws(() => spdMean(diagonal(NaN, 1).reshape(1, 2, 2) as Float), NonFiniteError);
    assert.throws(() => spdMean(X, { tolerance: 0, iterations: 1 }), ConvergenceError);
    assert.throws(() => spdMean(X, { iterations: 0 }), ArgumentError);
    assert.throws(() => spdMean(X, { tolerance: NaN }), ArgumentError);
    assert.throws(() => spdMean(X, { metric: "euclidean" as never }), ArgumentError);
    assert.throws(() => spdMean(X, { weights: w.mul(-1) as Float }), ArgumentError);
    assert.throws(() => spdMean(X, { weights: zeros([5], { dtype: "float64" }) as Float }), ArgumentError);
    assert.throws(() => spdMean(X, { weights: ones([4], { dtype: "float64" }) as Float }), ShapeError);
    assert.throws(() => spdMean(X, { weights: ones([5]) as Float }), DtypeError);
    assert.throws(() => spdMean(diagonal(1, 2)), ShapeError);
    const named = (op: string) => (error: unknown) => error instanceof NotPositiveDefiniteError && error.op === op;
    const E = eye(2, { dtype: "float64" }) as Float;
    const second = stack([E, diagonal(1, 0)]) as Float;
    assert.throws(() => spdDistance(second, E), {
      name: "NotPositiveDefiniteError",
      op: "spdDistance",
      message: /item 1 of A/,
    });
    assert.throws(() => spdDistance(E, second), {
      name: "NotPositiveDefiniteError",
      op: "spdDistance",
      message: /item 1 of B/,
    });
    assert.throws(() => spdLog(E, diagonal(1, -1)), named("spdLog"));
    assert.throws(() => spdExp(diagonal(1, 0), E), named("spdExp"));
    assert.throws(() => spdGeodesic(E, diagonal(1, -1), 0.5), named("spdGeodesic"));
    assert.throws(() => spdGeodesic(E, E, Infinity), ArgumentError);
    assert.throws(() => spdDistance(E, eye(3, { dtype: "float64" }) as Float), ShapeError);
    assert.throws(() => spdDistance(E, eye(2) as Float), DtypeError);
  });
});
