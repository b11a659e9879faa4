import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import {
  ArgumentError,
  DegenerateError,
  NonFiniteError,
  NotPositiveDefiniteError,
  ShapeError,
  grad,
  linalg,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSameBits, DTYPES, filledWith, type Float } from "../nn/support.js";

/** Positive definite matrices of a batch. */
function positive(shape: number[], seed: number, dtype: "float32" | "float64" = "float64"): Float {
  return linalg.gram(filledWith(shape, seed, dtype), { eps: 0.5 });
}

const diagonal = (values: number[], dtype: "float32" | "float64" = "float64"): Float =>
  tensor(
    values.map((x, i) => values.map((_, j) => (i === j ? x : 0))),
    { dtype },
  );

const FUNCTIONS: Record<string, (A: Float) => Tensor<DType>> = {
  logm: linalg.logm,
  expm: (A) => linalg.expm(A.mul(0.125) as Float),
  sqrtm: linalg.sqrtm,
  invSqrtm: linalg.invSqrtm,
  powm: (A) => linalg.powm(A, 0.3),
  gram: (A) => linalg.gram(A, { eps: 0.1 }),
  eigvalsh: linalg.eigvalsh,
  eigh: (A) => linalg.eigh(A).eigenvectors,
};

describe("linalg", () => {
  for (const [name, f] of Object.entries(FUNCTIONS)) {
    it(`${name}: the adjoint agrees with differences, batched`, () => {
      assertGradient(f, [positive([2, 7, 4], 3)]);
    });
    it(`${name}: an item has the same bits alone and in a batch`, () => {
      for (const dtype of DTYPES) {
        for (const n of [1, 5, 16, 33]) {
          const batch = positive([3, n + 2, n], n, dtype);
          const out = f(batch);
          for (let i = 0; i < 3; i++) assertSameBits(f(batch.slice([i]) as Float), out.slice([i]), `${dtype} n = ${n}`);
        }
      }
    });
    if (name === "gram") continue;
    it(`${name} acts on the symmetric part, and its gradient is exactly symmetric`, () => {
      const A = positive([6, 5], 1);
      const B = filledWith([5, 5], 2);
      const skewed = A.add(B.sub(B.transpose())) as Float;
      const symmetric = skewed.add(skewed.transpose()).mul(0.5) as Float;
      assert.ok(f(skewed).allclose(f(symmetric), { rtol: 1e-12, atol: 1e-12 }));
      const g = grad((x: Tensor<DType>) => {
        const y = f(x as Float) as Float;
        return y.mul(filledWith(y.shape, 9)).sum();
      })(A);
      assertSameBits(g, g.transpose());
    });
    it(`${name} refuses what is not square or not finite, naming the item`, () => {
      assert.throws(() => f(filledWith([2, 3])), ShapeError);
      const bad = tensor(
        [
          [
            [1, 0],
            [0, 1],
          ],
          [
            [1, NaN],
            [NaN, 1],
          ],
        ],
        { dtype: "float64" },
      ) as Float;
      assert.throws(
        () => f(bad),
        (error) => error instanceof NonFiniteError && error.batchIndex === 1,
      );
    });
  }

  it("matrix functions name the first item that is outside their domain", () => {
    const batch = tensor(
      [
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 0],
          [0, -1],
        ],
      ],
      { dtype: "float64" },
    );
    for (const name of ["logm", "sqrtm", "invSqrtm", "powm"]) {
      assert.throws(
        () => FUNCTIONS[name]!(batch as Float),
        (error) => error instanceof NotPositiveDefiniteError && error.batchIndex === 1 && error.op === name,
      );
    }
  });

  it("powm: integer powers take any spectrum; the exponent must be finite", () => {
    assert.deepEqual(linalg.powm(diagonal([-2, 3]), 3).toArray(), [
      [-8, 0],
      [0, 27],
    ]);
    assert.throws(() => linalg.powm(diagonal([1, 2]), NaN), ArgumentError);
  });

  it("the weighted Gram matrix: values, adjoints of features and weights", () => {
    const F = filledWith([2, 5, 3], 1);
    const w = filledWith([2, 5], 2).abs() as Float;
    const wanted = F.transpose()
      .matmul(F.mul(w.unsqueeze(-1)))
      .add(
        tensor(
          [
            [2, 0, 0],
            [0, 2, 0],
            [0, 0, 2],
          ],
          { dtype: "float64" },
        ),
      );
    assert.ok(linalg.gram(F, { weights: w, eps: 2 }).allclose(wanted, { rtol: 1e-13 }));
    assertGradient((x, v) => linalg.gram(x!, { weights: v!, eps: 2 }), [F, w]);
    assert.throws(() => linalg.gram(F, { weights: filledWith([2, 3]) }), /weights must be \[2, 5\]/);
    assertGradient(
      (x) => grad((y: Tensor<DType>) => (linalg.gram(y as Float) as Float).mul(filledWith([3, 3], 5)).sum())(x!),
      [filledWith([5, 3])],
    );
  });
});

describe("eigh at closed gaps", () => {
  const repeated = diagonal([2, 2, 3]);
  const vectors = (x: Tensor<DType>, options = {}): Float => linalg.eigh(x as Float, options).eigenvectors;

  it("raises DegenerateError with the pair, the gap and the item", () => {
    const batch = tensor([diagonal([1, 2, 3]).toArray(), repeated.toArray()] as number[][][], { dtype: "float64" });
    const loss = (x: Tensor<DType>): Tensor<DType> =>
      vectors(x)
        .mul(filledWith([2, 3, 3], 4))
        .sum();
    assert.throws(
      () => grad(loss)(batch),
      (error) => {
        assert.ok(error instanceof DegenerateError);
        assert.deepEqual([error.i, error.j, error.gap, error.batchIndex], [0, 1, 0, 1]);
        return /linalg\.logm/.test(error.message);
      },
    );
  });

  it("does not raise for losses that no closed pair reaches", () => {
    assert.deepEqual(
      grad((x) => linalg.eigh(x as Float).eigenvalues.sum())(repeated).toArray(),
      diagonal([1, 1, 1]).toArray(),
    );
    const third = grad((x) =>
      vectors(x)
        .slice(":, 2")
        .mul(filledWith([3], 1))
        .sum(),
    )(repeated);
    assert.ok(third.data().every(Number.isFinite));
  });

  it("raises also where the numerator vanishes: V f(Λ) Vᵀ written by hand", () => {
    const byHand = (x: Tensor<DType>): Tensor<DType> => {
      const { eigenvalues, eigenvectors: V } = linalg.eigh(x as Float);
      return V.mul(eigenvalues.unsqueeze(-2).log()).matmul(V.transpose()).sum();
    };
    assert.throws(() => grad(byHand)(repeated), DegenerateError);
    assert.ok(
      grad((x) => linalg.logm(x as Float).sum())(repeated)
        .data()
        .every(Number.isFinite),
    );
  });

  it('"drop" is right for a loss that sees only the span, "broaden" is finite', () => {
    const projector =
      (options: object) =>
      (x: Tensor<DType>): Tensor<DType> => {
        const V = vectors(x, options).slice(":, :2") as Float;
        return V.matmul(V.transpose())
          .mul(filledWith([3, 3], 2))
          .sum();
      };
    const dropped = grad(projector({ degenerate: "drop" }))(repeated);
    const near = grad(projector({}))(diagonal([2, 2 + 1e-6, 3]));
    assert.ok(dropped.allclose(near, { rtol: 1e-5, atol: 1e-6 }), `${dropped} ${near}`);
    const broad = grad(projector({ degenerate: { method: "broaden", eta: 1e-6 } }))(repeated);
    assert.ok(broad.data().every(Number.isFinite));
    assert.throws(() => linalg.eigh(repeated, { degenerate: "ignore" as never }), ArgumentError);
  });

  it("orders ascending, with the first entry of largest magnitude positive", () => {
    const { eigenvalues, eigenvectors } = linalg.eigh(positive([3, 9, 6], 2));
    const w = eigenvalues.toArray() as number[][];
    for (const row of w)
      assert.deepEqual(
        row,
        [...row].sort((p, q) => p - q),
      );
    for (const matrix of eigenvectors.transpose().toArray() as number[][][]) {
      for (const column of matrix) {
        const top = Math.max(...column.map(Math.abs));
        assert.ok(column.find((x) => Math.abs(x) === top)! > 0);
      }
    }
  });
});
