/** The vectors that `full` adds: only their span is a function of the matrix. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import { DegenerateError, GaugeError, grad, linalg, slice, tensor, type Tensor } from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { DTYPES, filledWith, type Float } from "../nn/support.js";

const TALL_AND_WIDE = [
  [5, 3],
  [3, 5],
  [4, 4],
  [2, 4, 2],
  [2, 2, 4],
  [4, 1],
  [1, 4],
];

/** The vectors beyond the first min(m, n), as columns. */
function added({ U, Vh }: { U: Float; Vh: Float }): Float {
  const [m, n] = [U.shape.at(-1)!, Vh.shape.at(-1)!];
  const all = U.shape.slice(0, -1).map(() => null);
  if (m >= n) return slice(U, [...all, [n, m]]) as Float;
  return slice(Vh.mT as Float, [...all, [m, n]]) as Float;
}

const projector = (A: Float, options: linalg.SvdOptions = {}): Float => {
  const N = added(linalg.svd(A, { full: true, ...options }));
  return N.matmul(N.mT) as Float;
};

describe("svd(A, { full: true })", () => {
  for (const dtype of DTYPES) {
    it(`has the gradient of U₂U₂ᵀ, V₂V₂ᵀ and of the rest beside it, ${dtype}`, () => {
      for (const shape of TALL_AND_WIDE) {
        const A = filledWith(shape, 5, dtype);
        const square = shape.at(-1) === shape.at(-2);
        const all = (x: Float): Tensor<DType>[] => {
          const { U, S, Vh } = linalg.svd(x, { full: true, checkGauge: true });
          const N = added({ U, Vh });
          const k = S.shape.at(-1)!;
          const none = U.shape.slice(0, -2).map(() => null);
          const thin = [slice(U, [...none, null, [0, k]]), slice(Vh, [...none, [0, k]])].map((y) => y.square());
          return [...thin, S, ...(square ? [] : [N.matmul(N.mT)])];
        };
        assertGradient(`everything, ${shape}`, all, [A]);
        if (!square) assertGradient(`the projector, ${shape}`, projector, [A]);
      }
    });
  }

  it("U₂U₂ᵀ has the gradient of I − AA⁺", () => {
    const A = filledWith([6, 3], 2);
    const W = filledWith([6, 6], 3);
    const byFull = grad((x) =>
      projector(x as Float)
        .mul(W)
        .sum(),
    )(A);
    const byPinv = grad((x) =>
      (x as Float)
        .matmul(linalg.pinv(x as Float))
        .mul(W)
        .sum()
        .neg(),
    )(A);
    assert.ok(byFull.allclose(byPinv, { rtol: 1e-12, atol: 1e-13 }));
  });

  it("has a second derivative", () => {
    for (const shape of [
      [4, 2],
      [2, 4],
    ]) {
      assertSecondGradient(`projector ${shape}`, projector, [filledWith(shape, 8)]);
    }
  });

  it("counts only the invariant part of a cotangent, and under checkGauge names the pair that turns", () => {
    for (const [shape, weights] of [
      [
        [2, 5, 2],
        [2, 5, 5],
      ],
      [
        [2, 2, 5],
        [2, 5, 5],
      ],
    ] as const) {
      const wide = shape[2] > shape[1];
      const W = filledWith(weights, 4);
      const loss = (checkGauge: boolean, w: Float) => (x: Tensor<DType>) => {
        const { U, Vh } = linalg.svd(x as Float, { full: true, checkGauge });
        return (wide ? Vh.mT : U).mul(w).sum();
      };
      const A = filledWith(shape, 9);
      assert.throws(
        () => grad(loss(true, W))(A),
        (e) => e instanceof GaugeError && e.code === "GAUGE" && e.i === 2 && e.j === 3 && e.batchIndex === 0,
      );
      // Only the second item turns.
      const quiet = W.mul(tensor([0, 1], { dtype: "float64" }).reshape([2, 1, 1])) as Float;
      assert.throws(
        () => grad(loss(true, quiet))(A),
        (e) => e instanceof GaugeError && e.batchIndex === 1 && e.residual > 1e-3,
      );
      // W + N·R for a skew R turns the added vectors alone: the gradient does not see it.
      const N = added(linalg.svd(A, { full: true }));
      const R = filledWith([2, 3, 3], 6);
      const turned = N.matmul(R.sub(R.mT));
      const padded = tensor(new Float64Array(50), { shape: [2, 5, 5] });
      const shift = padded.add(0).data();
      turned.data().forEach((x, at) => (shift[Math.floor(at / 3) * 5 + 2 + (at % 3)] = x));
      const moved = W.add(tensor(shift, { shape: [2, 5, 5] })) as Float;
      assert.ok(grad(loss(false, W))(A).allclose(grad(loss(false, moved))(A), { rtol: 1e-11, atol: 1e-12 }));
    }
  });

  it("refuses the complement of a rank-deficient matrix unless the zero value is dropped", () => {
    const A = tensor([2, 0, 0, 0, 0, 0, 0, 0], { shape: [4, 2], dtype: "float64" }) as Float;
    const W = filledWith([4, 4], 1);
    const loss =
      (options: linalg.SvdOptions) =>
      (x: Tensor<DType>): Tensor<DType> =>
        projector(x as Float, options)
          .mul(W)
          .sum();
    assert.throws(
      () => grad(loss({}))(A),
      (e) => e instanceof DegenerateError && e.i === 1 && e.j === 2,
    );
    assert.throws(
      () => grad(loss({ checkGauge: true, degenerate: "drop" }))(A),
      (e) => e instanceof GaugeError && e.i === 1 && e.j === 2,
    );
    assert.ok(
      grad(loss({ degenerate: "drop" }))(A)
        .data()
        .every(Number.isFinite),
    );
  });

  it("of empty matrices has an empty gradient", () => {
    for (const shape of [
      [3, 0],
      [0, 3],
      [0, 2, 3],
    ]) {
      const A = tensor(new Float64Array(0), { shape });
      assert.deepEqual(grad((x) => projector(x as Float, { checkGauge: true }).sum())(A).shape, shape);
    }
  });
});
