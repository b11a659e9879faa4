/** Leading eigenvectors of normalised affinities: against the dense matrix, by differences, and where they run out. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  concat,
  DegenerateError,
  grad,
  linalg,
  ones,
  ShapeError,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { affinity } from "../nn/ncuts-support.js";
import { assertSameBits, DTYPES, filledWith, type Float } from "../nn/support.js";
import { assertGradient } from "../support/gradients.js";

const { normalizedCutsEmbedding } = linalg;

const features = (shape: readonly number[], seed = 0, dtype: "float32" | "float64" = "float64"): Float =>
  filledWith(shape, seed, dtype).abs().add(0.05) as Float;

/** D^{-1/2}WD^{-1/2}. */
function normalised(W: Float): Float {
  const root = W.sum(-1).sqrt().reshape(-1, 1) as Float;
  return W.div(root).div(root.transpose()) as Float;
}

describe("normalizedCutsEmbedding", () => {
  it("is the leading eigenvectors of the dense matrix, with their signs, in both dtypes", () => {
    for (const dtype of DTYPES) {
      for (const L of [features([5], 2, dtype), features([5, 5], 3, dtype)]) {
        const F = features([30, 5], 1, dtype);
        const M = normalised(affinity(F.astype("float64"), L.astype("float64")));
        const { eigenvalues, eigenvectors } = normalizedCutsEmbedding(F, L, { k: 2, eigenvalues: true });
        assert.equal(eigenvectors.dtype, dtype);
        const dense = linalg.eigh(M);
        const atol = dtype === "float32" ? 1e-5 : 1e-12;
        const lead = dense.eigenvectors.slice(":, ::-1").slice(":, 0:2");
        assert.ok(eigenvectors.astype("float64").allclose(lead, { rtol: 0, atol }));
        assert.ok(
          eigenvalues.astype("float64").allclose(dense.eigenvalues.slice("::-1").slice("0:2"), { rtol: 0, atol }),
        );
        assertSameBits(normalizedCutsEmbedding(F, L, { k: 2 }), eigenvectors);
      }
    }
  });

  it("keeps the shape of maps and batches, each image as alone", () => {
    const F = features([2, 4, 5, 6], 4);
    const L = features([6], 5);
    const { eigenvalues, eigenvectors } = normalizedCutsEmbedding(F, L, { k: 3, eigenvalues: true });
    assert.deepEqual(
      [[...eigenvectors.shape], [...eigenvalues.shape]],
      [
        [2, 4, 5, 3],
        [2, 3],
      ],
    );
    for (let n = 0; n < 2; n++) {
      const one = normalizedCutsEmbedding(F.slice([n]) as Float, L, { k: 3, eigenvalues: true });
      assertSameBits(eigenvectors.slice([n]), one.eigenvectors);
      assertSameBits(eigenvalues.slice([n]), one.eigenvalues);
      assertSameBits(
        normalizedCutsEmbedding(F.slice([n]).reshape(20, 6) as Float, L, { k: 3 }).reshape(4, 5, 3),
        one.eigenvectors,
      );
    }
  });

  it("its gradient agrees with differences, eigenvalues and all, also in batches and with as many features as pixels", () => {
    const f = (k: number) => (F: Float, L: Float) => {
      const both = normalizedCutsEmbedding(F, L, { k, eigenvalues: true, minDegree: 1e-9 });
      return [both.eigenvectors, both.eigenvalues];
    };
    assertGradient("diagonal", f(2), [features([9, 4], 1), features([4], 2)]);
    assertGradient("all features", f(4), [features([9, 4], 1), features([4], 2)]);
    assertGradient("full", f(2), [features([9, 4], 1), features([4, 4], 2)]);
    assertGradient("batch", f(2), [features([2, 3, 3, 4], 1), features([4], 2)]);
    assertGradient("square", f(3), [features([5, 5], 1), features([5, 5], 2)]);
  });

  it("a constant image has one eigenvector; the rest is zero and takes no gradient", () => {
    for (const dtype of DTYPES) {
      const F = ones([3, 4, 2], { dtype }).mul(0.7) as Float;
      const L = ones([2], { dtype }) as Float;
      const { eigenvalues, eigenvectors } = normalizedCutsEmbedding(F, L, { k: 3, eigenvalues: true });
      const wanted = concat([ones([3, 4, 1], { dtype }).div(Math.sqrt(12)), ones([3, 4, 2], { dtype }).mul(0)], -1);
      assert.ok(eigenvectors.allclose(wanted, { rtol: 1e-6 }));
      assert.ok(eigenvalues.allclose(tensor([1, 0, 0], { dtype }), { atol: 1e-6 }));
      const g = grad((x: Float) => normalizedCutsEmbedding(x, L, { k: 3 }).square().slice(":, :, 0:1").sum())(F);
      assert.ok(g.data().every(Number.isFinite));
    }
  });

  it("refuses what does not fit, and a gradient through a closed gap", () => {
    const [F, L] = [features([6, 3]), features([3])];
    for (const k of [0, 7, 1.5]) assert.throws(() => normalizedCutsEmbedding(F, L, { k }), ArgumentError);
    assert.throws(() => normalizedCutsEmbedding(features([6]), L, { k: 1 }), ShapeError);
    const pairs = tensor(
      [
        [1, 0],
        [1, 0],
        [0, 1],
        [0, 1],
      ],
      { dtype: "float64" },
    ) as Float;
    const weights = filledWith([4, 2], 3);
    const through = (x: Float): Tensor<DType> =>
      normalizedCutsEmbedding(x, ones([2], { dtype: "float64" }) as Float, { k: 2 })
        .mul(weights)
        .sum();
    assert.throws(() => grad(through)(pairs), DegenerateError);
  });
});
