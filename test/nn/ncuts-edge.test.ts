/** Where normalized cuts of features usually break: dead pixels, parts apart, constant images, collinear channels, scale. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import { concat, DegenerateError, grad, nn, ones, tensor, valueAndGrad, zeros, type Tensor } from "../../src/index.js";
import { assertGradient } from "../support/gradients.js";
import { denseLoss } from "./ncuts-support.js";
import { DTYPES, filledWith, type Float } from "./support.js";

const { normalizedCutsLoss } = nn.functional;

const int32 = (values: readonly number[]) => tensor(Int32Array.from(values));
const features = (shape: readonly number[], seed = 0): Float => filledWith(shape, seed).abs().add(0.05) as Float;
const LABELS = [0, 0, 1, 1, 1, 2, 2, 0, 2, 1];

describe("normalizedCutsLoss at its edges", () => {
  const L = features([3], 8);

  it("a pixel without features is lifted to the floor and gets no gradient through its degree", () => {
    const rows = features([9, 3], 1);
    const F = concat([rows, zeros([1, 3], { dtype: "float64" })], 0) as Float;
    for (const rank of [undefined, 2]) {
      for (const target of ["degree", "indicator"] as const) {
        const { value, grads } = valueAndGrad((x: Float) => normalizedCutsLoss(x, L, int32(LABELS), { rank, target }))(
          F,
        );
        assert.ok(Number.isFinite(value.item()));
        assert.ok((grads[0] as Float).data().every(Number.isFinite));
      }
      // With a floor that many degrees are below: the dense form has it as max(deg, floor), constant where it is lifted.
      const minDegree = 12;
      const floored = (x: Float, l: Float): Tensor<DType> =>
        normalizedCutsLoss(x, l, int32(LABELS), { rank, minDegree });
      assertGradient(`floor, rank ${rank}`, floored, [F, L]);
      const reference = denseLoss(F, L, LABELS, { rank, minDegree });
      assert.ok(floored(F, L).allclose(reference, { rtol: 1e-12 }));
    }
  });

  it("parts that do not touch: the eigenvalue 1 repeats inside the rank, and the gradient is the dense one", () => {
    // Three blocks of pixels, each with two channels of its own: the affinity has three connected parts.
    const F = concat(
      [0, 1, 2].map((block) => {
        const own = features([4, 2], block);
        const before = zeros([4, 2 * block], { dtype: "float64" });
        const after = zeros([4, 4 - 2 * block], { dtype: "float64" });
        return concat([before, own, after], 1);
      }),
      0,
    ) as Float;
    const Lambda = ones([6], { dtype: "float64" }) as Float;
    const truth = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
    const own = valueAndGrad((x: Float) => normalizedCutsLoss(x, Lambda, int32(truth), { rank: 3 }))(F);
    assert.ok(Math.abs(own.value.item()) < 1e-13, "the parts are the segments");
    assert.ok((own.grads[0] as Float).abs().max().item() < 1e-12);
    const other = truth.map((t, i) => (i % 3 === 0 ? (t + 1) % 3 : t));
    assertGradient("three parts", (x: Float) => normalizedCutsLoss(x, Lambda, int32(other), { rank: 3 }), [F]);
    assert.throws(() => normalizedCutsLoss(F, Lambda, int32(truth), { rank: 2 }), DegenerateError);
  });

  it("a constant image has rank 1: exact without a rank or with rank 1, a named error above", () => {
    for (const dtype of DTYPES) {
      const F = ones([10, 3], { dtype }).mul(0.3) as Float;
      const Lambda = ones([3], { dtype }) as Float;
      for (const rank of [undefined, 1]) {
        const { value, grads } = valueAndGrad((x: Float) => normalizedCutsLoss(x, Lambda, int32(LABELS), { rank }))(F);
        // Π_M = 11ᵀ/10 lies in the range of the target: J = ½(1 + 3) − 1.
        assert.ok(Math.abs(value.item() - 1) < (dtype === "float32" ? 1e-6 : 1e-13));
        assert.ok((grads[0] as Float).data().every(Number.isFinite));
      }
      assert.throws(() => normalizedCutsLoss(F, Lambda, int32(LABELS), { rank: 2 }), DegenerateError);
    }
  });

  it("collinear channels: the value of the independent ones; the rank-r gradient is exact in every direction", () => {
    const basis = features([10, 3], 4);
    const mix = features([3, 5], 5);
    for (const dtype of DTYPES) {
      const F = basis.matmul(mix).astype(dtype) as Float;
      const Lambda = features([5], 6).astype(dtype) as Float;
      const full = normalizedCutsLoss(F, Lambda, int32(LABELS));
      const projected = normalizedCutsLoss(basis.astype(dtype), asMetric(mix, Lambda).astype(dtype), int32(LABELS));
      assert.ok(
        full.allclose(projected, { rtol: 0, atol: dtype === "float32" ? 1e-4 : 1e-10 }),
        `${full} ${projected}`,
      );
    }
    const F = basis.matmul(mix) as Float;
    const Lambda = features([5], 6);
    assertGradient("rank 2", (x: Float) => normalizedCutsLoss(x, Lambda, int32(LABELS), { rank: 2 }), [F]);
    // Without a rank, along directions that keep it: F moves with its basis and its mixture.
    assertGradient("full", (b: Float, m: Float) => normalizedCutsLoss(b.matmul(m) as Float, Lambda, int32(LABELS)), [
      basis,
      mix,
    ]);
  });

  it("a singular metric is its range: RRᵀ with fewer columns, along which the gradient of R is exact", () => {
    const F = features([10, 4], 2);
    const R = features([4, 2], 3);
    const loss = (f: Float, r: Float): Tensor<DType> =>
      normalizedCutsLoss(f, r.matmul(r.transpose()) as Float, int32(LABELS));
    const reduced = normalizedCutsLoss(F.matmul(R) as Float, ones([2], { dtype: "float64" }) as Float, int32(LABELS));
    assert.ok(loss(F, R).allclose(reduced, { rtol: 1e-11 }));
    assertGradient("RRᵀ", loss, [F, R]);
  });

  it("badly conditioned float64 features keep the digits that a Gram matrix would lose", () => {
    const F = features([10, 4], 2);
    const tiny = concat([F.slice(":, 0:3"), F.slice(":, 0:1").add(F.slice(":, 3:4").mul(1e-9))], 1) as Float;
    const Lambda = ones([4], { dtype: "float64" }) as Float;
    // The last channel of a metric for F that gives these degrees, but for 1e-12, and is regular.
    const metric = tensor(
      [
        [2, 0, 0, 1e-9],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [1e-9, 0, 0, 1e-12],
      ],
      { dtype: "float64" },
    ) as Float;
    const same = normalizedCutsLoss(F, metric, int32(LABELS));
    const got = normalizedCutsLoss(tiny, Lambda, int32(LABELS));
    assert.ok(got.allclose(same, { rtol: 1e-5 }), `${got} ${same}`);
  });

  it("scale is of no account: features times c leave J as it is, their gradient divides by c", () => {
    const F = features([10, 3], 7);
    const loss = (x: Float): Float => normalizedCutsLoss(x, L, int32(LABELS), { rank: 2 });
    const g = grad(loss)(F) as Float;
    for (const c of [2 ** -100, 2 ** 100]) {
      assert.ok(loss(F.mul(c) as Float).allclose(loss(F), { rtol: 1e-12 }));
      assert.ok((grad(loss)(F.mul(c) as Float) as Float).mul(c).allclose(g, { rtol: 1e-8, atol: 1e-12 }));
    }
  });
});

/** Λ as the metric of the basis: mix·Λ·mixᵀ. */
function asMetric(mix: Float, Lambda: Float): Float {
  const L = Lambda.astype("float64") as Float;
  return mix.mul(L).matmul(mix.transpose()) as Float;
}
