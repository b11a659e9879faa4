/** Correlation alignment of two domains. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DtypeError,
  NotPositiveDefiniteError,
  ShapeError,
  eye,
  linalg,
  nn,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { DTYPES, filledWith, type Float } from "./support.js";

const { coralLoss } = nn.functional;
const METRICS = ["euclidean", "logEuclidean"] as const;

describe("nn.functional.coralLoss", () => {
  const [S, T] = [filledWith([9, 4], 1), filledWith([12, 4], 2)];

  it("is the squared distance of the unbiased covariances, or of their logarithms, over 4d²", () => {
    const [a, b] = [S, T].map((x) => linalg.cov(x, { ddof: 1 })) as [Float, Float];
    const close = (x: Tensor<DType>, y: Tensor<DType>): boolean => Math.abs(x.item() - y.item()) <= 1e-14 * y.item();
    assert.ok(close(coralLoss(S, T), a.sub(b).square().sum().div(64)));
    const log = (C: Float): Float => linalg.logm(C.add(eye(4, { dtype: "float64" }).mul(0.1)) as Float);
    const expected = log(a).sub(log(b)).square().sum().div(64);
    const found = coralLoss(S, T, { metric: "logEuclidean", eps: 0.1 });
    assert.ok(Math.abs(found.item() - expected.item()) <= 1e-12 * expected.item());
  });

  it("is 0 for equal covariances, whatever the means, and does not see the order of rows", () => {
    for (const metric of METRICS) {
      assert.equal(coralLoss(S, S, { metric }).item(), 0);
      assert.ok(coralLoss(S, S.add(3) as Float, { metric }).item() < 1e-28);
      assert.ok(coralLoss(S, S.slice("::-1") as Float, { metric }).item() < 1e-28);
    }
  });

  it("first and second derivatives agree with differences, also with fewer rows than columns", () => {
    for (const metric of METRICS) {
      const f = (s: Float, t: Float): Tensor<DType> => coralLoss(s, t, { metric, eps: 0.1 });
      for (const pair of [
        [S, T],
        [filledWith([3, 5], 3), filledWith([2, 5], 4)],
        [filledWith([4, 1]), filledWith([3, 1], 2)],
      ]) {
        assertGradient(metric, f, pair);
        assertSecondGradient(metric, f, pair);
      }
      const single = [S, T].map((x) => x.astype("float32") as Float) as [Float, Float];
      assertGradient("float32", f, single);
      assert.ok(Math.abs(f(...single).item() - f(S, T).item()) < 1e-5 * f(S, T).item());
    }
  });

  it("no columns, and what it refuses", () => {
    for (const dtype of DTYPES) {
      for (const metric of METRICS) {
        const none = coralLoss(zeros([3, 0], { dtype }) as Float, zeros([2, 0], { dtype }) as Float, { metric });
        assert.deepEqual([none.item(), none.dtype, none.rank], [0, dtype, 0]);
      }
    }
    assert.throws(() => coralLoss(S, filledWith([9, 3], 1)), ShapeError);
    assert.throws(() => coralLoss(S, filledWith([1, 4], 1)), ShapeError);
    assert.throws(() => coralLoss(filledWith([2, 9, 4]), filledWith([2, 9, 4])), ShapeError);
    assert.throws(() => coralLoss(filledWith([4]), filledWith([4])), ShapeError);
    assert.throws(() => coralLoss(S, T.astype("float32") as Float), DtypeError);
    assert.throws(() => coralLoss(S, T, { metric: "riemann" as never }), ArgumentError);
    assert.throws(() => coralLoss(S, T, { eps: -1 }), ArgumentError);
    const singular = (error: unknown): boolean => error instanceof NotPositiveDefiniteError && error.op === "coralLoss";
    const flat = zeros([3, 2], { dtype: "float64" }) as Float;
    assert.throws(() => coralLoss(flat, flat, { metric: "logEuclidean", eps: 0 }), singular);
  });
});
