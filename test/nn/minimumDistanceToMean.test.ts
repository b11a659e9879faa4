/** Classification of positive definite matrices by the nearest mean. */
import assert from "node:assert/strict";
import { ArgumentError, DtypeError, ShapeError, linalg, nn, ones, tensor, type Tensor } from "../../src/index.js";
import { assertGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, type Dtype, type Float } from "./support.js";

const METRICS = ["affineInvariant", "logEuclidean"] as const;
const labelled = (...values: number[]): Tensor<"int32"> => tensor(Int32Array.from(values));

/** Covariances of two kinds, alternating: large in the first or in the last coordinates. */
function kinds(count: number, seed: number, dtype: Dtype): { X: Float; y: Tensor<"int32"> } {
  const scales = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? [3, 3, 1, 1] : [1, 1, 3, 3]));
  const F = filledWith([count, 20, 4], seed, dtype).mul(tensor(scales, { dtype }).reshape(count, 1, 4));
  return { X: linalg.gram(F as Float).div(20) as Float, y: labelled(...scales.map((_, i) => i % 2)) };
}

describe("nn.MinimumDistanceToMean", () => {
  for (const metric of METRICS) {
    for (const dtype of DTYPES) {
      it(`tells two kinds of covariance apart, ${metric}, ${dtype}`, () => {
        const { X, y } = kinds(20, 1, dtype);
        const classifier = new nn.MinimumDistanceToMean(4, 2, { metric, dtype });
        assert.equal(classifier.fit(X, y), classifier);
        const test = kinds(30, 2, dtype);
        assert.deepEqual([...classifier.predict(test.X).data()], [...test.y.data()]);
        const even = X.slice("::2") as Float;
        const mean = linalg.spdMean(even.astype("float64") as Float, { metric }).astype(dtype);
        assertSameBits(classifier.means.slice([0]), mean);
        const scores = classifier.forward(test.X);
        assert.deepEqual([scores.dtype, ...scores.shape], [dtype, 30, 2]);
        assertSameBits(scores.mul(-1).argmin(1), classifier.predict(test.X));
      });
    }
  }

  it("goes on from a saved state", () => {
    const { X, y } = kinds(20, 1, "float32");
    const [one, two] = [new nn.MinimumDistanceToMean(4, 2), new nn.MinimumDistanceToMean(4, 2)];
    one.fit(X, y);
    assert.deepEqual(Object.keys(one.state()), ["means"]);
    assert.deepEqual(Object.keys(one.parameters()), []);
    two.loadState(one.state());
    assertSameBits(two.forward(X), one.forward(X));
  });

  it("its scores have a gradient", () => {
    const { X, y } = kinds(6, 1, "float64");
    const classifier = new nn.MinimumDistanceToMean(4, 2, { dtype: "float64" }).fit(X, y);
    assertGradient("scores", (x: Float) => classifier.forward(x), [X]);
  });

  it("1×1 matrices, one class, no matrices to classify", () => {
    const classifier = new nn.MinimumDistanceToMean(1, 1).fit(tensor([[[1]], [[4]]]), labelled(0, 0));
    assert.ok(Math.abs(classifier.means.item() - 2) < 1e-6);
    assert.deepEqual([...classifier.predict(ones([0, 1, 1])).shape], [0]);
  });

  it("refuses what does not fit, and keeps its means", () => {
    const { X, y } = kinds(6, 1, "float32");
    const classifier = new nn.MinimumDistanceToMean(4, 2).fit(X, y);
    const before = classifier.means.toArray();
    assert.throws(() => classifier.fit(X, labelled(0, 0, 0, 0, 0, 0)), /class 1 has no matrix/);
    assert.throws(() => classifier.fit(X, labelled(0, 1, 2, 0, 1, 0)), ArgumentError);
    assert.throws(() => classifier.fit(X, labelled(0, 1)), ShapeError);
    assert.throws(() => classifier.fit(X, tensor([0, 1, 0, 1, 0, 1])), DtypeError);
    assert.throws(() => classifier.fit(X.mul(-1) as Float, y));
    assert.throws(() => classifier.predict(ones([2, 3, 3])), ShapeError);
    assert.throws(() => classifier.predict(X.astype("float64") as never), DtypeError);
    assert.throws(() => new nn.MinimumDistanceToMean(4, 0), ArgumentError);
    assert.throws(() => new nn.MinimumDistanceToMean(4, 2, { metric: "riemann" as never }), ArgumentError);
    assert.deepEqual(classifier.means.toArray(), before);
  });
});
