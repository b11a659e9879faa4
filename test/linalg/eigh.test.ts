import assert from "node:assert/strict";
import type { FloatDType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DtypeError,
  grad,
  init,
  linalg,
  NonFiniteError,
  NotPositiveDefiniteError,
} from "../../src/index.js";
import { eye, ShapeError, slice, tensor, type Tensor } from "../../src/index.js";
import { assertGradient } from "../support/gradients.js";
import { randomSymmetric, uniform } from "../support/matrices.js";
import { ulpOf } from "../support/residual.js";

type Float = Tensor<FloatDType>;

const symmetric = (n: number, batch: number, dtype: FloatDType = "float64"): Float => {
  const values = Array.from({ length: batch }, (_, i) => Array.from(randomSymmetric(n, n + i))).flat();
  return tensor(values, { shape: [batch, n, n], dtype });
};

/** Well-conditioned positive definite matrices. */
function positive(n: number, batch: number, dtype: FloatDType = "float64"): Float {
  const random = uniform(n + 100);
  const F = tensor(
    Array.from({ length: batch * 2 * n * n }, () => random()),
    { shape: [batch, 2 * n, n], dtype },
  );
  return linalg.gram(F, { eps: 0.25 }) as Float;
}

const bits = (x: Float): number[] => Array.from(x.data());

before(() => init());

describe("eigh of a part of the spectrum", () => {
  for (const dtype of ["float32", "float64"] as const) {
    for (const n of [1, 2, 7, 32, 33, 70, 130]) {
      it(`has the bits of the whole, ${dtype}, n = ${n}`, () => {
        const A = symmetric(n, 2, dtype);
        const all = linalg.eigh(A);
        for (const [low, high] of [
          [0, n],
          [0, 1],
          [n - 1, n],
          [n >> 1, n],
          [n >> 2, (n >> 2) + (n >> 1)],
        ] as const) {
          const { eigenvalues, eigenvectors } = linalg.eigh(A, { subset: [low, high] });
          assert.deepEqual(eigenvalues.shape, [2, high - low]);
          assert.deepEqual(eigenvectors.shape, [2, n, high - low]);
          assert.deepEqual(bits(eigenvalues), bits(slice(all.eigenvalues, [null, [low, high]])), `[${low}, ${high})`);
          const part = slice(all.eigenvectors, [null, null, [low, high]]);
          assert.deepEqual(bits(eigenvectors), bits(part), `vectors [${low}, ${high})`);
        }
      });
    }
  }

  it("is empty where nothing is asked for", () => {
    const { eigenvalues, eigenvectors } = linalg.eigh(symmetric(5, 1), { subset: [3, 3] });
    assert.deepEqual(
      [eigenvalues.shape, eigenvectors.shape],
      [
        [1, 0],
        [1, 5, 0],
      ],
    );
    assert.deepEqual(linalg.eigh(tensor([], { shape: [0, 0] }), { subset: [0, 0] }).eigenvectors.shape, [0, 0]);
  });

  it("has the gradient of the selected pairs, through all of them", () => {
    const A = symmetric(6, 2);
    for (const subset of [
      [0, 2],
      [2, 5],
      [0, 6],
    ] as const) {
      const f = (x: Float) => {
        const { eigenvalues, eigenvectors } = linalg.eigh(x, { subset });
        return [eigenvalues, eigenvectors];
      };
      assertGradient(`subset ${subset}`, f as never, [A]);
    }
    const g = grad((x) => linalg.eigh(x as Float, { subset: [4, 4] }).eigenvalues.sum())(A);
    assert.ok(bits(g as Float).every((x) => x === 0));
  });

  it("meets a closed gap only where a selected vector takes part", () => {
    const A = tensor([1, 0, 0, 0, 2, 0, 0, 0, 2], { shape: [3, 3], dtype: "float64" });
    const first = (low: number) => grad((x) => linalg.eigh(x as Float, { subset: [low, low + 1] }).eigenvectors.sum());
    assert.ok(bits(first(0)(A) as Float).every(Number.isFinite));
    assert.throws(() => first(1)(A), /1 and 2|gap/);
  });

  it("refuses ranges outside the spectrum", () => {
    const A = symmetric(4, 1);
    for (const subset of [[-1, 2], [0, 5], [3, 2], [0.5, 2], [1], [0, NaN], "x", null]) {
      assert.throws(() => linalg.eigh(A, { subset: subset as never }), ArgumentError, `${subset}`);
    }
    const bad = tensor([NaN, 0, 0, 1], { shape: [2, 2] });
    assert.throws(() => linalg.eigh(bad, { subset: [0, 1] }), NonFiniteError);
  });
});

describe("eigh of A·x = λ·B·x", () => {
  for (const dtype of ["float32", "float64"] as const) {
    for (const n of [1, 2, 5, 32, 33, 80]) {
      it(`solves it with B-orthonormal vectors, ${dtype}, n = ${n}`, () => {
        const ulp = ulpOf(dtype === "float32" ? "s" : "d");
        const [A, B] = [symmetric(n, 2, dtype), positive(n, 2, dtype)];
        const { eigenvalues, eigenvectors: X } = linalg.eigh(A, { B });
        const inner = X.mT.matmul(B.matmul(X)).sub(eye(n, { dtype }));
        const rest = A.matmul(X).sub(B.matmul(X).mul(eigenvalues.reshape([2, 1, n])));
        const largest = (x: Float): number => Math.max(...bits(x).map(Math.abs));
        const size = largest(A) * largest(X) + largest(B) * largest(X) * largest(eigenvalues);
        assert.ok(largest(inner) < 30 * n * ulp * largest(B), `XᵀBX: ${largest(inner)}`);
        assert.ok(largest(rest) < 30 * n * ulp * size, `residual: ${largest(rest)}`);
        const columns = X.transpose().toArray() as number[][][];
        for (const column of columns.flat()) {
          const magnitudes = column.map(Math.abs);
          assert.ok(column[magnitudes.indexOf(Math.max(...magnitudes))]! > 0);
        }
        const part = linalg.eigh(A, { B, subset: [0, 1] });
        assert.deepEqual(bits(part.eigenvalues), bits(slice(eigenvalues, [null, [0, 1]])));
        assert.deepEqual(bits(part.eigenvectors), bits(slice(X, [null, null, [0, 1]])));
      });
    }
  }

  it("has gradients for A and for B", () => {
    const f = (a: Float, b: Float) => {
      const { eigenvalues, eigenvectors } = linalg.eigh(a, { B: b });
      return [eigenvalues, eigenvectors];
    };
    assertGradient("generalised", f as never, [symmetric(5, 2), positive(5, 2)]);
    assertGradient("one B for all", f as never, [symmetric(4, 3), slice(positive(4, 1), "0")]);
  });

  it("is the ordinary problem for B = I", () => {
    const A = symmetric(9, 1);
    const [one, two] = [linalg.eigh(A), linalg.eigh(A, { B: eye(9, { dtype: "float64" }) })];
    assert.ok(one.eigenvalues.allclose(two.eigenvalues, { rtol: 1e-13, atol: 1e-14 }));
    assert.ok(one.eigenvectors.allclose(two.eigenvectors, { rtol: 1e-11, atol: 1e-12 }));
  });

  it("says what is wrong with B", () => {
    const A = symmetric(3, 1);
    const named = (error: unknown): boolean => (error as { op: string }).op === "eigh";
    const indefinite = tensor([1, 0, 0, 0, -1, 0, 0, 0, 1], { shape: [3, 3], dtype: "float64" });
    assert.throws(() => linalg.eigh(A, { B: indefinite }), NotPositiveDefiniteError);
    assert.throws(() => linalg.eigh(A, { B: indefinite }), named);
    assert.throws(() => linalg.eigh(A, { B: indefinite.mul(NaN) }), NonFiniteError);
    assert.throws(() => linalg.eigh(A, { B: eye(4, { dtype: "float64" }) }), ShapeError);
    assert.throws(() => linalg.eigh(A, { B: eye(3) as never }), DtypeError);
  });
});
