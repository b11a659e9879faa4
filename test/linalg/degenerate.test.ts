/** The choices at closed gaps beside "raise", "drop" and "broaden": series, clamped pole, power iteration. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DegenerateError,
  grad,
  linalg,
  NotPositiveDefiniteError,
  slice,
  stopGradient,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { assertSecondGradient } from "../support/gradients.js";
import { withSpectrum } from "../support/matrices.js";
import { DTYPES, filledWith, type Dtype, type Float } from "../nn/support.js";

const positive = (spectrum: readonly number[], seed: number, dtype: Dtype = "float64"): Float => {
  const n = spectrum.length;
  return tensor(withSpectrum([...spectrum], seed), { shape: [n, n], dtype }) as Float;
};
const diagonal = (...values: number[]): Float =>
  tensor(
    values.flatMap((x, i) => values.map((_, j) => (i === j ? x : 0))),
    { shape: [values.length, values.length], dtype: "float64" },
  ) as Float;

/** A loss of single vectors that does not see their signs. */
const vectorLoss =
  (options: linalg.EighOptions = {}) =>
  (A: Tensor<DType>): Tensor<DType> => {
    const { eigenvectors: Z } = linalg.eigh(A as Float, options);
    return Z.square()
      .mul(filledWith(Z.shape, 3, Z.dtype))
      .sum();
  };
const svdLoss =
  (options: linalg.SvdOptions = {}) =>
  (A: Tensor<DType>): Tensor<DType> => {
    const { U, Vh } = linalg.svd(A as Float, options);
    const first = U.square()
      .mul(filledWith(U.shape, 4, U.dtype))
      .sum();
    return first.add(
      Vh.square()
        .mul(filledWith(Vh.shape, 5, Vh.dtype))
        .sum(),
    );
  };

const difference = (a: Tensor<DType>, b: Tensor<DType>): number =>
  Math.max(
    ...(a as Float)
      .sub(b as Float)
      .data()
      .map(Math.abs),
  ) / Math.max(...(b as Float).data().map(Math.abs));

/** The leading vectors by `steps` of power iteration from where they are, deflating on both sides after each. */
function powerIteration(A: Float, steps: number): Float[] {
  const n = A.shape[0]!;
  const { eigenvectors: Z } = linalg.eigh(stopGradient(A) as Float);
  let M = A;
  return Array.from({ length: n }, (_, i) => {
    let v = slice(Z, [null, [n - 1 - i, n - i]]) as Float;
    for (let k = 0; k < steps; k++) {
      const next = M.matmul(v);
      v = next.div(next.square().sum().sqrt()) as Float;
    }
    const rest = (x: Float): Float => x.sub(v.matmul(v.mT.matmul(x))) as Float;
    M = rest(rest(M).mT as Float).mT as Float;
    return v;
  });
}

describe("degenerate: taylor, pade, power", () => {
  for (const dtype of DTYPES) {
    it(`tend to the exact gradient where the gaps are wide, ${dtype}`, () => {
      const most = dtype === "float64" ? 1e-12 : 2e-5;
      const A = positive([0.2, 1, 3, 9], 1, dtype);
      const F = filledWith([2, 6, 3], 2, dtype);
      const choices: linalg.Degenerate[] = [
        { method: "taylor", order: 90 },
        { method: "power", iterations: 90 },
        "pade",
        { method: "broaden", eta: 1e-20 },
        { method: "drop" },
      ];
      for (const degenerate of choices) {
        const name = JSON.stringify(degenerate);
        assert.ok(difference(grad(vectorLoss({ degenerate }))(A), grad(vectorLoss())(A)) < most, `eigh ${name}`);
        const wide = F.mT as Float;
        assert.ok(difference(grad(svdLoss({ degenerate }))(F), grad(svdLoss())(F)) < 50 * most, `svd ${name}`);
        assert.ok(difference(grad(svdLoss({ degenerate }))(wide), grad(svdLoss())(wide)) < 50 * most, `wide ${name}`);
      }
    });
  }

  it("broadening does not square what float32 cannot hold", () => {
    const F = filledWith([5, 3], 2, "float32");
    const scaled = F.mul(2 ** 80) as Float;
    const slope = grad(svdLoss({ degenerate: "broaden" }))(scaled).mul(2 ** 80);
    assert.ok(difference(slope as Float, grad(svdLoss())(F)) < 1e-5);
  });

  it("taylor is the series cut after its order, term by term", () => {
    const [a, b] = [3, 2];
    const A = diagonal(b, a);
    const G = tensor([0, 1, 0, 0], { shape: [2, 2], dtype: "float64" });
    const of = (options: linalg.EighOptions): number =>
      grad((x) =>
        linalg
          .eigh(x as Float, options)
          .eigenvectors.mul(G)
          .sum(),
      )(A)
        .slice("0, 1")
        .item();
    const exact = of({});
    for (const order of [0, 1, 2, 9]) {
      let sum = 0;
      for (let k = 0; k <= order; k++) sum += (b / a) ** k / a;
      const share = of({ degenerate: { method: "taylor", order } }) / exact;
      assert.ok(Math.abs(share - sum * (a - b)) < 1e-14, `order ${order}: ${share}`);
    }
    assert.equal(of({ degenerate: "taylor" }), of({ degenerate: { method: "taylor", order: 9 } }));
    assert.equal(of({ degenerate: "power" }), of({ degenerate: { method: "taylor", order: 18 } }));
    assert.equal(of({ degenerate: "pade" }), exact);
    assert.ok(Math.abs(of({ degenerate: { method: "pade", delta: 1 } }) / exact - (a - b) / a) < 1e-15);
  });

  it("power is the gradient of power iteration with deflation", () => {
    for (const iterations of [1, 2, 5]) {
      const A = positive([0.5, 1, 1.5, 4], 7);
      const weights = [1, 2, 3, 4].map((seed) => filledWith([4, 1], seed));
      const explicit = grad((x) => {
        const symmetric = (x as Float).add((x as Float).mT).mul(0.5) as Float;
        return powerIteration(symmetric, iterations)
          .map((v, i) => v.mul(weights[i]!).sum())
          .reduce((s, t) => s.add(t));
      })(A);
      const byChoice = grad((x) => {
        const { eigenvectors: Z } = linalg.eigh(x as Float, { degenerate: { method: "power", iterations } });
        return weights
          .map((w, i) =>
            slice(Z, [null, [3 - i, 4 - i]])
              .mul(w)
              .sum(),
          )
          .reduce((s, t) => s.add(t));
      })(A);
      assert.ok(difference(byChoice, explicit) < 1e-12, `${iterations} iterations`);
    }
  });

  it("stay within their bounds at closed gaps", () => {
    const top = 4;
    const A = diagonal(1, top, top);
    const F = tensor([top, 0, 0, 0, top, 0, 0, 0, 1, 0, 0, 0], { shape: [4, 3], dtype: "float64" }) as Float;
    const G = tensor([0, 0, 0, 0, 0, 1, 0, 0, 0], { shape: [3, 3], dtype: "float64" });
    const largest = (x: Tensor<DType>): number => Math.max(...x.data().map(Math.abs));
    for (const [degenerate, bound] of [
      ["taylor", 10 / top],
      [{ method: "taylor", order: 4 }, 5 / top],
      ["power", 19 / top],
      [{ method: "pade", delta: 0.01 }, 100 / top],
    ] as const) {
      const name = JSON.stringify(degenerate);
      const byEigh = grad((x) =>
        linalg
          .eigh(x as Float, { degenerate })
          .eigenvectors.mul(G)
          .sum(),
      )(A);
      // The skew part is half of the one entry of the cotangent.
      assert.ok(Math.abs(largest(byEigh) - bound / 2) < 1e-13 * bound, `eigh ${name}: ${largest(byEigh)}`);
      const bySvd = grad((x) =>
        linalg
          .svd(x as Float, { degenerate })
          .Vh.slice("0, 1")
          .sum(),
      )(F);
      assert.ok(largest(bySvd) > 0.2 * bound && largest(bySvd) <= bound, `svd ${name}: ${largest(bySvd)}`);
    }
  });

  it("are differentiable once more", () => {
    const A = positive([0.5, 1, 1.5, 4], 3);
    for (const degenerate of ["taylor", "pade", "power"] as const) {
      const invariants = (x: Float): Tensor<DType> => linalg.eigh(x, { degenerate }).eigenvectors.square();
      const twice = grad((x) =>
        grad((y) =>
          invariants(y as Float)
            .mul(filledWith([4, 4], 2))
            .sum(),
        )(x)
          .square()
          .sum(),
      );
      assert.ok(twice(A).data().every(Number.isFinite), degenerate);
    }
    // Only the choice whose first derivative is exact has the second derivative of the function.
    assertSecondGradient("pade", (x: Float) => linalg.eigh(x, { degenerate: "pade" }).eigenvectors.square(), [A]);
  });

  it("refuse negative eigenvalues, and two zeros that a cotangent reaches", () => {
    const batch = tensor([...diagonal(1, 2, 3).data(), ...diagonal(-1, 2, 2).data()], {
      shape: [2, 3, 3],
      dtype: "float64",
    });
    const zeros = diagonal(0, 0, 1);
    for (const degenerate of ["taylor", "pade", "power"] as const) {
      assert.throws(
        () => grad(vectorLoss({ degenerate }))(batch),
        (e) => e instanceof NotPositiveDefiniteError && e.batchIndex === 1 && e.op === "eigh",
      );
      assert.throws(
        () => grad(vectorLoss({ degenerate }))(zeros),
        (e) => e instanceof DegenerateError && e.i === 0 && e.j === 1,
      );
      const third = grad((x) => slice(linalg.eigh(x as Float, { degenerate }).eigenvectors, "0, 2"))(zeros);
      assert.ok(third.data().every(Number.isFinite));
      // Rounding below 0 is no negative eigenvalue.
      const rankOne = filledWith([1, 4], 2);
      const leading = (x: Tensor<DType>): Tensor<DType> =>
        slice(linalg.eigh(x as Float, { degenerate }).eigenvectors, [null, 3])
          .square()
          .mul(filledWith([4], 1))
          .sum();
      assert.ok(grad(leading)(rankOne.mT.matmul(rankOne)).data().every(Number.isFinite));
      assert.throws(
        () => grad(svdLoss({ degenerate }))(zeros),
        (e) => e instanceof DegenerateError && e.op === "svd" && e.i === 1 && e.j === 2,
      );
    }
  });

  it("serve A·x = λ·B·x and a part of the spectrum", () => {
    const A = positive([0.2, 1, 3, 9], 1);
    const B = positive([0.5, 1, 2, 4], 2);
    const loss = (options: linalg.GeneralizedEighOptions<"float32" | "float64">) => (x: Tensor<DType>) =>
      linalg
        .eigh(x as Float, { B, subset: [1, 3], ...options })
        .eigenvectors.square()
        .mul(filledWith([4, 2], 3))
        .sum();
    assert.ok(difference(grad(loss({ degenerate: { method: "taylor", order: 400 } }))(A), grad(loss({}))(A)) < 1e-11);
  });

  it("check their options", () => {
    const A = diagonal(1, 2);
    for (const bad of [
      { degenerate: "ignore" },
      { degenerate: { method: "ignore" } },
      { degenerate: null },
      { degenerate: { method: "taylor", order: -1 } },
      { degenerate: { method: "taylor", order: 1.5 } },
      { degenerate: { method: "power", iterations: 0 } },
      { degenerate: { method: "pade", delta: 0 } },
      { degenerate: { method: "pade", delta: 2 } },
      { degenerate: { method: "broaden", eta: 0 } },
      { degenerate: { method: "broaden", eta: NaN } },
      { checkGauge: 1 },
      { checkGauge: null },
      { checkGauge: { tolerance: 0 } },
    ]) {
      assert.throws(() => linalg.eigh(A, bad as never), ArgumentError, JSON.stringify(bad));
      assert.throws(() => linalg.svd(A, bad as never), ArgumentError, JSON.stringify(bad));
    }
  });
});
