/** symFunc, spectralProjector, sqrtmNewtonSchulz, and second derivatives of every matrix function. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DegenerateError,
  DtypeError,
  NonFiniteError,
  NotDifferentiableError,
  NotPositiveDefiniteError,
  ShapeError,
  eye,
  grad,
  hvp,
  linalg,
  ones,
  stack,
  tensor,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { dividedDifference } from "../../src/ops/support/dividedDifference.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, type Float } from "../nn/support.js";

const { powm, spectralProjector, sqrtmNewtonSchulz, symFunc } = linalg;

const positive = (shape: number[], seed: number, dtype: "float32" | "float64" = "float64"): Float =>
  linalg.gram(filledWith(shape, seed, dtype), { eps: 0.5 });
const diagonal = (...values: number[]): Float =>
  eye(values.length, { dtype: "float64" }).mul(tensor(values, { dtype: "float64" }));

const tanh = { f: Math.tanh, df: (x: number) => 1 - Math.tanh(x) ** 2 };
const tanhTwice = { ...tanh, ddf: (x: number) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2) };

const FUNCTIONS: Record<string, (A: Float) => Tensor<DType>> = {
  logm: linalg.logm,
  expm: linalg.expm,
  sqrtm: linalg.sqrtm,
  invSqrtm: linalg.invSqrtm,
  "powm 0.3": (A) => powm(A, 0.3),
  "powm −1": (A) => powm(A, -1),
  "powm 3": (A) => powm(A, 3),
  symFunc: (A) => symFunc(A, tanhTwice),
  spectralProjector: (A) => spectralProjector(A, 2),
  sqrtmNewtonSchulz: (A) => sqrtmNewtonSchulz(A),
  "sqrtmNewtonSchulz, inverse": (A) => sqrtmNewtonSchulz(A, { inverse: true, norm: "fro", iterations: 7 }),
};

describe("matrix functions", () => {
  for (const [name, f] of Object.entries(FUNCTIONS)) {
    const points = [positive([2, 6, 5], 3), positive([6, 4], 8), diagonal(2, 2, 3, 3)];
    it(`${name}: first and second derivatives agree with differences, batched and at repeated eigenvalues`, () => {
      for (const A of points) {
        assertGradient(name, f, [A]);
        assertSecondGradient(name, f, [A]);
      }
    });
    it(`${name}: 1×1, empty and float32`, () => {
      const small = name === "spectralProjector" ? (A: Float) => spectralProjector(A, 1) : f;
      assert.deepEqual([...small(tensor([[2]]) as Float).shape], [1, 1]);
      assert.deepEqual([...small(zeros([0, 3, 3]) as Float).shape], [0, 3, 3]);
      const empty = name === "spectralProjector" ? (A: Float) => spectralProjector(A, 0) : f;
      assert.deepEqual([...empty(zeros([2, 0, 0]) as Float).shape], [2, 0, 0]);
      const A = positive([6, 4], 8);
      const single = f(A.astype("float32") as Float);
      assert.equal(single.dtype, "float32");
      assert.ok(single.astype("float64").allclose(f(A), { rtol: 1e-4, atol: 1e-5 }));
    });
  }

  it("their Hessians are symmetric: ⟨H·u, v⟩ = ⟨u, H·v⟩", () => {
    const A = positive([7, 5], 2);
    const [u, v, w] = [1, 2, 3].map((seed) => filledWith([5, 5], seed)) as [Float, Float, Float];
    const times = (direction: Float): Tensor<DType> =>
      grad((x) =>
        grad((y) =>
          linalg
            .logm(y as Float)
            .mul(w)
            .sum(),
        )(x)
          .mul(direction)
          .sum(),
      )(A);
    const [left, right] = [times(u).mul(v).sum().item(), times(v).mul(u).sum().item()];
    assert.ok(Math.abs(left - right) <= 1e-12 * Math.abs(left));
  });

  it("second derivatives at A = cI are ½f″(c)(VW + WV)", () => {
    const c = 1.5;
    const [V, W] = [1, 2].map((seed) => {
      const X = filledWith([4, 4], seed);
      return X.add(X.transpose()) as Float;
    }) as [Float, Float];
    const curvatures: [string, (A: Float) => Tensor<DType>, number][] = [
      ["logm", linalg.logm, -1 / c ** 2],
      ["expm", linalg.expm, Math.exp(c)],
      ["sqrtm", linalg.sqrtm, -0.25 * c ** -1.5],
      ["invSqrtm", linalg.invSqrtm, 0.75 * c ** -2.5],
      ["powm", (A) => powm(A, 0.3), 0.3 * -0.7 * c ** -1.7],
      ["symFunc", (A) => symFunc(A, tanhTwice), tanhTwice.ddf(c)],
    ];
    const at = eye(4, { dtype: "float64" }).mul(c) as Float;
    for (const [name, f, ddf] of curvatures) {
      const found = hvp(
        (A) =>
          f(A as Float)
            .mul(W)
            .sum(),
        at as Tensor,
        V as Tensor,
      );
      const expected = V.matmul(W)
        .add(W.matmul(V))
        .mul(ddf / 2);
      assert.ok(found.allclose(expected, { rtol: 1e-13, atol: 1e-13 }), name);
    }
  });

  it("a third derivative is refused by name", () => {
    const refused: [string, (A: Float) => Tensor<DType>][] = [
      ["logm", linalg.logm],
      ["symFunc", (A) => symFunc(A, tanhTwice)],
      ["spectralProjector", (A) => spectralProjector(A, 1)],
      ["polar", linalg.polar],
      ["svdFunc", (A) => linalg.svdFunc(A, tanhTwice)],
    ];
    for (const [op, f] of refused) {
      const loss = (x: Tensor<DType>): Tensor<DType> =>
        f(x as Float)
          .mul(filledWith([3, 3], 5))
          .sum();
      const third = grad((x) =>
        grad((y) => grad(loss)(y).square().sum())(x)
          .square()
          .sum(),
      );
      assert.throws(
        () => third(positive([4, 3], 1)),
        (error) => error instanceof NotDifferentiableError && error.op === op,
      );
    }
  });

  it("a second derivative that overflows is refused by name, not NaN", () => {
    const A = stack([diagonal(1, 2), diagonal(2 ** -700, 2 ** -699)]) as Float;
    const second = (x: Float): Tensor<DType> =>
      hvp((y: Float) => linalg.sqrtm(y).sum() as Float, x, filledWith([2, 2, 2], 3));
    assert.throws(() => second(A), { name: "NonFiniteError", op: "sqrtm", batchIndex: 1 });
  });

  it("a second derivative that is infinite names the item", () => {
    const second = grad((x) =>
      grad((y) => powm(y as Float, 1.5).sum())(x)
        .square()
        .sum(),
    );
    const batch = tensor(
      [
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 0],
          [0, 0],
        ],
      ],
      { dtype: "float64" },
    );
    assert.throws(
      () => second(batch),
      (error) => error instanceof NotPositiveDefiniteError && error.batchIndex === 1 && /second/.test(error.message),
    );
  });
});

describe("symFunc", () => {
  it("agrees with the kernels' own functions", () => {
    const A = positive([2, 6, 5], 4);
    const mine = symFunc(A, { f: Math.log, df: (x) => 1 / x });
    assert.ok(mine.allclose(linalg.logm(A), { rtol: 1e-12, atol: 1e-13 }));
    const g = (f: (x: Float) => Tensor<DType>) =>
      grad((x) =>
        f(x as Float)
          .mul(filledWith([5, 5], 1))
          .sum(),
      )(A);
    const expected = g(linalg.logm);
    assert.ok(g((x) => symFunc(x, { f: Math.log, df: (y) => 1 / y })).allclose(expected, { rtol: 1e-11, atol: 1e-12 }));
  });

  it("its gradient is finite and right at A = cI and at gaps from 1e-3 to 1e-16", () => {
    const weights = filledWith([3, 3], 5);
    const slope = (A: Float): Tensor<DType> =>
      grad((x) =>
        symFunc(x as Float, tanh)
          .mul(weights)
          .sum(),
      )(A);
    const limit = slope(diagonal(0.7, 0.7, 1.1));
    for (let k = 3; k <= 16; k++) {
      const near = slope(diagonal(0.7, 0.7 + 10 ** -k, 1.1));
      assert.ok(near.allclose(limit, { rtol: 0, atol: 3 * 10 ** -k + 1e-14 }), `gap 1e-${k}`);
    }
    const identity = eye(3, { dtype: "float64" });
    assert.ok(slope(identity).allclose(weights.add(weights.transpose()).mul(0.5 * tanh.df(1)), { rtol: 1e-14 }));
  });

  it("loses nothing where f hardly changes between eigenvalues that lie far apart", () => {
    const A = diagonal(1e-9, 1e-8, 3e-5, 1);
    const [G, H] = [filledWith([4, 4], 5), filledWith([4, 4], 6)];
    const exp = { f: Math.exp, df: Math.exp, ddf: Math.exp };
    const slope = (f: (A: Float) => Tensor<DType>, x: Tensor<DType>): Float =>
      grad((y) =>
        f(y as Float)
          .mul(G)
          .sum(),
      )(x) as Float;
    const curvature = (f: (A: Float) => Tensor<DType>): Tensor<DType> => grad((x) => slope(f, x).mul(H).sum())(A);
    const mine = (x: Float): Tensor<DType> => symFunc(x, exp);
    assert.ok(slope(mine, A).allclose(slope(linalg.expm, A), { rtol: 1e-14 }));
    assert.ok(curvature(mine).allclose(curvature(linalg.expm), { rtol: 1e-14 }));
    // Even: f[a, b] is the small a/2 + b/2 up to third powers.
    const even = slope((x) => symFunc(x, { f: (t) => Math.sqrt(1 + t * t), df: (t) => t / Math.sqrt(1 + t * t) }), A);
    const pair = (1e-9 + 1e-8) / 2;
    const expected = (pair * (G.data()[1]! + G.data()[4]!)) / 2;
    assert.ok(Math.abs(even.data()[1]! - expected) <= 1e-14 * Math.abs(expected));
  });

  it("an f′ that is not that of f, or jumps between the eigenvalues, leaves the quotient as it is", () => {
    const [a, b, f] = [-1e-9, 1e-8, (x: number): number => 1 + Math.max(x, 0)];
    for (const df of [(x: number) => (x > 0 ? 1 : 0), () => 100, () => NaN]) {
      assert.equal(dividedDifference(f, df, a, b), (f(b) - f(a)) / (b - a));
    }
  });

  it("uses the divided difference it is given", () => {
    const seen: number[][] = [];
    const dividedDifference = (a: number, b: number): number => (seen.push([a, b]), a + b);
    grad((x) => symFunc(x as Float, { f: (a) => a * a, df: (a) => 2 * a, dividedDifference }).sum())(diagonal(1, 3));
    assert.deepEqual(seen, [
      [1, 1],
      [1, 3],
      [3, 3],
    ]);
  });

  it("refuses what it cannot use, by name", () => {
    const A = diagonal(1, 2);
    assert.throws(() => symFunc(A, { f: Math.tanh } as never), ArgumentError);
    assert.throws(() => symFunc(filledWith([2, 3]), tanh), ShapeError);
    assert.throws(() => symFunc(tensor([[1]], { dtype: "int32" }) as never, tanh), DtypeError);
    assert.throws(() => symFunc(diagonal(1, NaN), tanh), NonFiniteError);
    const twice = grad((x) =>
      grad((y) => symFunc(y as Float, tanh).sum())(x)
        .square()
        .sum(),
    );
    assert.throws(
      () => twice(A),
      (error) => error instanceof NotDifferentiableError && /ddf/.test(error.message) && error.op === "symFunc",
    );
  });
});

describe("spectralProjector", () => {
  it("is a projector of rank r on the largest eigenvalues, the same bits alone and in a batch", () => {
    for (const dtype of DTYPES) {
      const A = positive([3, 9, 6], 2, dtype);
      const P = spectralProjector(A, 2) as Float;
      const tolerance = dtype === "float32" ? 1e-5 : 1e-13;
      assert.ok(P.matmul(P).allclose(P, { rtol: 0, atol: tolerance }));
      assert.ok(P.matmul(A).allclose(A.matmul(P), { rtol: 0, atol: 20 * tolerance }));
      for (let i = 0; i < 3; i++) {
        const { eigenvectors } = linalg.eigh(A.slice([i]) as Float);
        const V = eigenvectors.slice(":, 4:") as Float;
        assert.ok(V.matmul(V.transpose()).allclose(P.slice([i]), { rtol: 0, atol: tolerance }));
        assertSameBits(spectralProjector(A.slice([i]) as Float, 2), P.slice([i]));
      }
    }
  });

  it("does not mind repeated eigenvalues on either side of the cut", () => {
    const A = diagonal(5, 5, 5, 1, 1);
    assert.deepEqual(spectralProjector(A, 3).toArray(), diagonal(1, 1, 1, 0, 0).toArray());
    assertGradient("repeated", (x) => spectralProjector(x, 3), [A]);
    assertSecondGradient("repeated", (x) => spectralProjector(x, 3), [A]);
  });

  it("r = 0 and r = n are constant", () => {
    const A = positive([4, 3], 1);
    assert.ok(spectralProjector(A, 0).allclose(zeros([3, 3], { dtype: "float64" })));
    assert.ok(spectralProjector(A, 3).allclose(eye(3, { dtype: "float64" }), { rtol: 1e-14, atol: 1e-14 }));
    const g = grad((x) => spectralProjector(x as Float, 3).sum())(A);
    assert.ok(g.allclose(zeros([3, 3], { dtype: "float64" })));
  });

  it("refuses a closed gap and an r out of range, by name", () => {
    const batch = tensor([diagonal(1, 2, 3).toArray(), diagonal(1, 2, 2).toArray()] as number[][][], {
      dtype: "float64",
    });
    assert.throws(
      () => spectralProjector(batch, 1),
      (error) => {
        assert.ok(error instanceof DegenerateError);
        assert.deepEqual([error.op, error.i, error.j, error.batchIndex], ["spectralProjector", 1, 2, 1]);
        return true;
      },
    );
    for (const r of [-1, 4, 1.5]) assert.throws(() => spectralProjector(batch, r), ArgumentError);
  });
});

describe("sqrtmNewtonSchulz", () => {
  it("converges to the square root and its inverse", () => {
    const A = positive([2, 9, 5], 6);
    for (const norm of ["trace", "fro"] as const) {
      const root = sqrtmNewtonSchulz(A, { iterations: 25, norm }) as Float;
      assert.ok(root.matmul(root).allclose(A, { rtol: 1e-10, atol: 1e-10 }));
      const inverse = sqrtmNewtonSchulz(A, { iterations: 25, norm, inverse: true });
      assert.ok(inverse.allclose(linalg.invSqrtm(A), { rtol: 1e-8, atol: 1e-8 }));
    }
  });

  it("acts on the symmetric part with a symmetric gradient", () => {
    const A = positive([6, 4], 1);
    const g = grad((x) =>
      sqrtmNewtonSchulz(x as Float)
        .mul(filledWith([4, 4], 2))
        .sum(),
    )(A);
    assertSameBits(g, g.transpose());
  });

  it("refuses what has no positive trace, naming the item, where it would make NaN", () => {
    for (const norm of ["trace", "fro"] as const) {
      const batch = tensor([diagonal(1, 2).toArray(), diagonal(0, 0).toArray()] as number[][][], { dtype: "float64" });
      assert.throws(
        () => sqrtmNewtonSchulz(batch, { norm }),
        (error) => error instanceof NotPositiveDefiniteError && error.batchIndex === 1,
      );
    }
    assert.throws(() => sqrtmNewtonSchulz(diagonal(1, NaN)), NonFiniteError);
  });

  it("refuses options out of range", () => {
    const A = ones([2, 2]) as Float;
    assert.throws(() => sqrtmNewtonSchulz(A, { iterations: 0 }), ArgumentError);
    assert.throws(() => sqrtmNewtonSchulz(A, { norm: "max" as never }), ArgumentError);
    assert.throws(() => sqrtmNewtonSchulz(ones([2, 3]) as Float), ShapeError);
  });
});
