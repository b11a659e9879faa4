import assert from "node:assert/strict";
import {
  ArgumentError,
  DegenerateError,
  grad,
  initSync,
  linalg,
  matmul,
  mul,
  NonFiniteError,
  random,
  scope,
  ShapeError,
  slice,
  square,
  sum,
  tensor,
  transpose,
  unsqueeze,
  type Tensor,
} from "../../src/index.js";
import { sample } from "./table.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";

type Float = Tensor<"float64"> | Tensor<"float32">;
type Double = Tensor<"float64">;

const SHAPES: readonly (readonly number[])[] = [
  [4, 4],
  [6, 3],
  [3, 6],
  [1, 1],
  [5, 1],
  [1, 4],
  [2, 5, 3],
  [2, 2, 2, 3],
];

const rebuild = ({ U, S, Vh }: { U: Float; S: Float; Vh: Float }): Float =>
  matmul(mul(U as Double, unsqueeze(S as Double, -2)), Vh as Double);

/** Everything that does not change with signs: values, squares of the vectors, and products of U and V. */
const invariants = (A: Double, options: linalg.SvdOptions = {}): readonly Double[] => {
  const { U, S, Vh } = linalg.svd(A, options);
  return [S, square(U), square(Vh), matmul(U, Vh)];
};

const largest = (x: Float): number => Math.max(0, ...Array.from(x.data() as Float64Array, Math.abs));

describe("linalg.svd", () => {
  before(() => initSync());

  for (const dtype of ["float64", "float32"] as const) {
    const tolerance = dtype === "float64" ? 1e-14 : 4e-6;
    for (const method of ["dc", "jacobi"] as const) {
      it(`factors batches of every shape, ${dtype}, ${method}`, () => {
        for (const shape of SHAPES) {
          const A = random.normal(shape, { seed: 3, dtype });
          const { U, S, Vh } = linalg.svd(A as Double, { method });
          const k = Math.min(...shape.slice(-2));
          assert.deepEqual(U.shape, [...shape.slice(0, -1), k]);
          assert.deepEqual(S.shape, [...shape.slice(0, -2), k]);
          assert.deepEqual(Vh.shape, [...shape.slice(0, -2), k, shape[shape.length - 1]]);
          assert.ok(largest((rebuild({ U, S, Vh }) as Double).sub(A as Double)) < 20 * tolerance, `${shape}`);
          assert.ok(largest(linalg.svdvals(A as Double).sub(S)) < 20 * tolerance);
        }
      });
    }
  }

  it("gives full factors that extend the thin ones", () => {
    for (const shape of SHAPES) {
      const A = random.normal(shape, { seed: 4, dtype: "float64" }) as Double;
      const [m, n] = shape.slice(-2) as [number, number];
      const { U, S, Vh } = linalg.svd(A, { full: true });
      assert.deepEqual(
        [U.shape.slice(-2), Vh.shape.slice(-2)],
        [
          [m, m],
          [n, n],
        ],
      );
      const k = Math.min(m, n);
      const thin = {
        U: slice(U, [...shape.slice(0, -1).map(() => null), [0, k]]),
        S,
        Vh: slice(Vh, [...shape.slice(0, -2).map(() => null), [0, k]]),
      };
      assert.ok(largest((rebuild(thin) as Double).sub(A)) < 1e-13);
      for (const Q of [U, Vh]) {
        const gram = matmul(transpose(Q), Q);
        const size = Q.shape[Q.rank - 1]!;
        gram.data().forEach((x, i) => assert.ok(Math.abs(x - Number((i % (size * size)) % (size + 1) === 0)) < 1e-13));
      }
    }
  });

  it("answers empty matrices and batches", () => {
    for (const shape of [
      [0, 3],
      [3, 0],
      [0, 0],
      [0, 2, 3],
      [2, 0, 3],
    ]) {
      const A = tensor(new Float64Array(0), { shape });
      const { U, S, Vh } = linalg.svd(A);
      const k = Math.min(...shape.slice(-2));
      assert.deepEqual(
        [U.shape, S.shape, Vh.shape],
        [
          [...shape.slice(0, -1), k],
          [...shape.slice(0, -2), k],
          [...shape.slice(0, -2), k, shape.at(-1)],
        ],
      );
      assert.deepEqual(grad((x: Double) => sum(linalg.svd(x).S))(A).shape, shape);
      assert.deepEqual(grad((x: Double) => sum(linalg.svdvals(x)))(A).shape, shape);
    }
    assert.deepEqual(linalg.svd(tensor(new Float64Array(0), { shape: [0, 2] }), { full: true }).Vh.toArray(), [
      [1, 0],
      [0, 1],
    ]);
  });

  it("finds every singular value of graded matrices to a few ulp by Jacobi", () => {
    for (const dtype of ["float64", "float32"] as const) {
      const [ulp, step] = dtype === "float64" ? [2 ** -52, 40] : [2 ** -23, 12];
      for (const [m, n, byRows] of [
        [40, 6, false],
        [8, 6, false],
        [6, 6, false],
        [6, 6, true],
        [6, 8, true],
        [6, 40, true],
      ] as const) {
        // Orthonormal columns (or rows) times powers of two: these are the values.
        const tall = Math.max(m, n);
        const k = Math.min(m, n);
        const { U } = linalg.svd(random.normal([tall, k], { seed: m + n, dtype: "float64" }));
        const scaled = mul(
          U as Double,
          tensor(Float64Array.from({ length: k }, (_, j) => 2 ** (-step * ((j * 5) % k)))),
        );
        const graded = (byRows ? transpose(scaled) : scaled).astype(dtype) as Double;
        const S = linalg.svd(graded, { method: "jacobi" }).S.data();
        S.forEach((x, j) => {
          const expected = 2 ** (-step * j);
          assert.ok(Math.abs(x / expected - 1) < 10 * ulp, `${dtype} ${m}×${n}: value ${j} is ${x}, not ${expected}`);
        });
      }
    }
  });

  it("stops by Jacobi where rounding keeps a cosine above √2·u", () => {
    const { U, S, Vh } = linalg.svd(sample("any", 2, 2, "float32", 534703), { method: "jacobi" });
    assert.ok([...U.data(), ...S.data(), ...Vh.data()].every(Number.isFinite));
  });

  it("says what is wrong", () => {
    const A = tensor([
      [1, 2],
      [3, 4],
    ]);
    assert.throws(() => linalg.svd(tensor([1, 2])), ShapeError);
    assert.throws(() => linalg.svdvals(tensor([1, 2])), ShapeError);
    assert.throws(() => linalg.svd(A, { method: "qr" as "dc" }), ArgumentError);
    assert.throws(() => linalg.svd(A, { degenerate: "no" as "drop" }), ArgumentError);
    assert.throws(() => linalg.svd(A, { method: "jacobi", full: true }), ArgumentError);
    const bad = tensor([[[1, 2]], [[NaN, 1]]]);
    for (const run of [() => linalg.svd(bad), () => linalg.svdvals(bad), () => linalg.svd(bad, { method: "jacobi" })]) {
      assert.throws(run, (error) => error instanceof NonFiniteError && error.batchIndex === 1);
    }
  });
});

describe("gradient of linalg.svd", () => {
  before(() => initSync());

  for (const dtype of ["float64", "float32"] as const) {
    it(`agrees with differences in ${dtype}`, () => {
      for (const shape of SHAPES) {
        const A = random.normal(shape, { seed: 11, dtype });
        assertGradient(`svd ${shape}`, (x: Double) => invariants(x), [A]);
        assertGradient(`svdvals ${shape}`, (x: Double) => linalg.svdvals(x), [A]);
      }
    });
  }

  it("agrees with differences for each factor by itself, in full form and by Jacobi", () => {
    for (const shape of [
      [4, 4],
      [6, 3],
      [3, 6],
    ]) {
      const A = random.normal(shape, { seed: 5, dtype: "float64" });
      assertGradient("U", (x: Double) => square(linalg.svd(x).U), [A]);
      assertGradient("Vh", (x: Double) => square(linalg.svd(x).Vh), [A]);
      assertGradient("S", (x: Double) => square(linalg.svd(x).S), [A]);
      assertGradient("jacobi", (x: Double) => invariants(x, { method: "jacobi" }), [A]);
      const thinOfFull = (x: Double): Double[] => {
        const { U, Vh } = linalg.svd(x, { full: true });
        return [square(slice(U, [null, [0, 3]])), square(slice(Vh, [[0, 3]]))];
      };
      assertGradient("full", thinOfFull, [A]);
    }
  });

  it("has a second derivative", () => {
    for (const shape of [
      [3, 3],
      [4, 2],
      [2, 4],
      [2, 3, 2],
    ]) {
      const A = random.normal(shape, { seed: 8, dtype: "float64" });
      assertSecondGradient(`svd ${shape}`, (x: Double) => invariants(x), [A]);
      assertSecondGradient(`svdvals ${shape}`, (x: Double) => linalg.svdvals(x), [A]);
    }
  });

  const repeated = (): Double =>
    tensor(
      [
        [2, 0, 0],
        [0, 2, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
      { dtype: "float64" },
    );
  const weights = tensor([1, 2, 3], { dtype: "float64" });

  it("refuses a closed gap that a cotangent reaches, and names it", () => {
    const loss = (options: linalg.SvdOptions) => (x: Double) =>
      sum(mul(square(linalg.svd(x, options).Vh), unsqueeze(weights, -1)));
    const batch = (x: Double): Double =>
      tensor([random.normal([4, 3], { seed: 1, dtype: "float64" }).toArray(), x.toArray()], { dtype: "float64" });
    assert.throws(
      () => scope(() => grad(loss({}))(batch(repeated()))),
      (error) => error instanceof DegenerateError && error.i === 0 && error.j === 1 && error.batchIndex === 1,
    );
    for (const degenerate of ["drop", "broaden"] as const) {
      const g = grad(loss({ degenerate }))(repeated());
      assert.ok(g.data().every(Number.isFinite), degenerate);
    }
  });

  it("meets no gap in a loss of the values, and none where no cotangent reaches the pair", () => {
    const ones = grad((x: Double) => sum(linalg.svd(x).S))(repeated());
    assert.deepEqual(ones.toArray(), [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    assert.deepEqual(grad((x: Double) => sum(linalg.svdvals(x)))(repeated()).toArray(), ones.toArray());
    const third = grad((x: Double) => sum(square(slice(linalg.svd(x).Vh, [2]))))(repeated());
    assert.ok(third.data().every(Number.isFinite));
  });

  it("with drop is exact for a loss of the span alone", () => {
    // U₁V₁ᵀ of the repeated pair does not change when both are rotated together.
    const polar = (x: Double): Double => {
      const { U, Vh } = linalg.svd(x, { degenerate: "drop" });
      return matmul(U, Vh);
    };
    assertGradient("polar factor", polar, [repeated()]);
  });

  it("refuses the complement beside a zero value", () => {
    const zero = tensor(
      [
        [2, 0],
        [0, 0],
        [0, 0],
      ],
      { dtype: "float64" },
    );
    assert.throws(
      () => grad((x: Double) => sum(mul(square(linalg.svd(x).U), tensor([1, 2], { dtype: "float64" }))))(zero),
      (error) => error instanceof DegenerateError && error.i === 1 && error.j === 2,
    );
    const byV = grad((x: Double) =>
      sum(mul(square(linalg.svd(x).Vh), unsqueeze(tensor([1, 2], { dtype: "float64" }), -1))),
    )(zero);
    assert.ok(byV.data().every(Number.isFinite));
  });
});
