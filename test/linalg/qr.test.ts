import assert from "node:assert/strict";
import {
  grad,
  initSync,
  linalg,
  matmul,
  NonFiniteError,
  random,
  ShapeError,
  SingularMatrixError,
  sum,
  tensor,
  transpose,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";

type Double = Tensor<"float64">;

const SHAPES: readonly (readonly number[])[] = [
  [4, 4],
  [6, 3],
  [3, 6],
  [1, 1],
  [5, 1],
  [1, 4],
  [2, 5, 3],
  [2, 3, 5],
  [40, 37],
];

const largest = (x: Tensor): number => Math.max(0, ...Array.from(x.data(), Math.abs));

/** The columns of A in the order of `pivots`, item by item. */
function permuted(A: Double, pivots: Tensor<"int32">): Double {
  const n = A.shape[A.rank - 1]!;
  const rows = A.shape[A.rank - 2]!;
  const [a, p] = [A.data(), pivots.data()];
  return tensor(
    a.map((_, i) => a[Math.floor(i / n) * n + p[Math.floor(i / (rows * n)) * n + (i % n)]!]!),
    { shape: A.shape },
  );
}

describe("linalg.qr", () => {
  before(() => initSync());

  for (const dtype of ["float64", "float32"] as const) {
    const tolerance = dtype === "float64" ? 1e-13 : 1e-4;

    it(`factors batches of every shape, ${dtype}`, () => {
      for (const shape of SHAPES) {
        const A = random.normal(shape, { seed: 3, dtype }) as Double;
        const [m, n] = shape.slice(-2) as [number, number];
        const k = Math.min(m, n);
        const plain = linalg.qr(A);
        const pivoted = linalg.qr(A, { pivot: true });
        assert.ok(!("pivots" in plain));
        assert.deepEqual(pivoted.pivots.shape, [...shape.slice(0, -2), n]);
        for (const { Q, R } of [plain, pivoted]) {
          assert.deepEqual(
            [Q.shape.slice(-2), R.shape.slice(-2)],
            [
              [m, k],
              [k, n],
            ],
          );
          const gram = matmul(transpose(Q), Q);
          gram.data().forEach((x, i) => assert.ok(Math.abs(x - Number((i % (k * k)) % (k + 1) === 0)) < tolerance));
          R.data().forEach((x, at) => {
            const [i, j] = [Math.floor(at / n) % k, at % n];
            assert.ok(i === j ? x >= 0 : i < j || x === 0, `${shape}: R[${i}, ${j}] = ${x}`);
          });
        }
        assert.ok(largest(matmul(plain.Q, plain.R).sub(A)) < tolerance);
        assert.ok(largest(matmul(pivoted.Q, pivoted.R).sub(permuted(A, pivoted.pivots))) < tolerance);
      }
    });
  }

  it("answers empty matrices and batches", () => {
    for (const shape of [
      [0, 3],
      [3, 0],
      [0, 0],
      [0, 2, 3],
      [2, 0, 3],
    ]) {
      const A = tensor(new Float64Array(0), { shape });
      const k = Math.min(...shape.slice(-2));
      for (const pivot of [false, true]) {
        const { Q, R } = linalg.qr(A, { pivot });
        assert.deepEqual(
          [Q.shape, R.shape],
          [
            [...shape.slice(0, -1), k],
            [...shape.slice(0, -2), k, shape.at(-1)],
          ],
        );
        assert.deepEqual(grad((x: Double) => sum(linalg.qr(x, { pivot }).R))(A).shape, shape);
      }
    }
    assert.deepEqual(
      linalg.qr(tensor(new Float64Array(0), { shape: [0, 3] }), { pivot: true }).pivots.toArray(),
      [0, 1, 2],
    );
  });

  it("says what is wrong", () => {
    assert.throws(() => linalg.qr(tensor([1, 2])), ShapeError);
    const bad = tensor([[[1, 2]], [[NaN, 1]]]);
    assert.throws(
      () => linalg.qr(bad),
      (error) => error instanceof NonFiniteError && error.batchIndex === 1,
    );
    const dependent = tensor(
      [
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 0],
          [1, 0],
        ],
      ],
      { dtype: "float64" },
    );
    assert.throws(
      () => grad((x: Double) => sum(linalg.qr(x).R))(dependent),
      (error) => error instanceof SingularMatrixError && error.batchIndex === 1 && error.op === "qr",
    );
  });

  for (const dtype of ["float64", "float32"] as const) {
    it(`has a gradient that agrees with differences, ${dtype}`, () => {
      for (const shape of SHAPES.slice(0, -1)) {
        // Columns near orthogonal, with norms far apart lest the differences change the pivots.
        const [m, n] = shape.slice(-2) as [number, number];
        const weights = Float64Array.from({ length: m * n }, (_, i) =>
          Math.floor(i / n) === i % n ? 1 + ((5 * (i % n)) % 7) : 0,
        );
        const diagonal = tensor(weights, { shape: [m, n] }).astype(dtype);
        const A = random.normal(shape, { seed: 21, dtype }).mul(0.2).add(diagonal);
        for (const pivot of [false, true]) {
          assertGradient(
            `qr ${shape}`,
            (x: Double) => {
              const { Q, R } = linalg.qr(x, { pivot });
              return [Q, R];
            },
            [A],
          );
        }
      }
    });
  }

  it("has a gradient for each factor by itself, and a second derivative", () => {
    for (const shape of [
      [4, 4],
      [5, 3],
      [3, 5],
      [2, 3, 2],
    ]) {
      const A = random.normal(shape, { seed: 22, dtype: "float64" });
      assertGradient(`R ${shape}`, (x: Double) => linalg.qr(x).R, [A]);
      assertGradient(`Q ${shape}`, (x: Double) => linalg.qr(x).Q, [A]);
      assertSecondGradient(
        `qr ${shape}`,
        (x: Double) => {
          const { Q, R } = linalg.qr(x, { pivot: true });
          return [Q, R];
        },
        [A],
      );
    }
  });
});
