/** Riemannian batch normalisation of positive definite matrices. */
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
import { assertGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, type Dtype, type Float } from "./support.js";

const { spdBatchNorm } = nn.functional;
const positive = (shape: number[], seed: number, dtype: Dtype = "float64"): Float =>
  linalg.gram(filledWith(shape, seed, dtype), { eps: 0.3 });
const identity = (n: number): Float => eye(n, { dtype: "float64" }) as Float;
const closeTo = (a: Tensor<DType>, b: Tensor<DType>, tolerance: number): void =>
  assert.ok((a as Float).allclose(b as Float, { rtol: tolerance, atol: tolerance }), `${a} against ${b}`);

describe("nn.SPDBatchNorm", () => {
  const X = positive([8, 9, 4], 3);
  const G = positive([9, 4], 5);

  it("with the Karcher mean, the mean of the output is I, or the bias G", () => {
    const centred = spdBatchNorm(X, null, { training: true, steps: Infinity });
    closeTo(linalg.spdMean(centred), identity(4), 1e-12);
    closeTo(linalg.spdMean(spdBatchNorm(X, G, { training: true, steps: Infinity })), G, 1e-11);
  });

  it("transport keeps distances; one step comes closer to I than the arithmetic mean", () => {
    const off = [0, 1, 2].map((steps) => {
      const Y = spdBatchNorm(X, null, { training: true, steps });
      const pair = (Z: Tensor<DType>) => linalg.spdDistance(Z.slice([0]) as Float, Z.slice([1]) as Float);
      closeTo(pair(Y), pair(X), 1e-11);
      return linalg.spdDistance(identity(4), linalg.spdMean(Y)).item();
    });
    assert.ok(off[2]! < off[1]! && off[1]! < off[0]!, `${off}`);
    // Zero steps: the arithmetic mean itself is taken to I.
    closeTo(spdBatchNorm(X, null, { training: true, steps: 0 }).mean(0), identity(4), 1e-12);
  });

  it("derivatives agree with differences, in training and evaluation, for matrices and bias", () => {
    for (const steps of [0, 1, 3, Infinity]) {
      assertGradient(`steps ${steps}`, (x: Float, g: Float) => spdBatchNorm(x, g, { training: true, steps }), [X, G]);
    }
    const runningMean = positive([9, 4], 6);
    assertGradient("evaluation", (x: Float, g: Float) => spdBatchNorm(x, g, { runningMean }), [X, G]);
    assertGradient("1×1", (x: Float) => spdBatchNorm(x, null, { training: true }), [positive([5, 1, 1], 2)]);
    assertGradient("float32", (x: Float) => spdBatchNorm(x, null, { training: true }), [X.astype("float32")]);
  });

  it("the running mean moves along the geodesic in training, and serves in evaluation", () => {
    for (const dtype of DTYPES) {
      const layer = new nn.SPDBatchNorm(4, { momentum: 0.25, steps: Infinity, dtype });
      const x = X.astype(dtype) as Float;
      const y = layer.forward(x as Tensor);
      assert.equal(y.dtype, dtype);
      const expected = linalg.spdGeodesic(identity(4), linalg.spdMean(X), 0.25);
      closeTo(layer.runningMean.astype("float64"), expected, dtype === "float32" ? 1e-5 : 1e-12);
      const before = layer.runningMean.toArray();
      const seen = layer.eval().forward(x as Tensor);
      assert.deepEqual(layer.runningMean.toArray(), before);
      assertSameBits(seen, spdBatchNorm(x as Tensor, layer.weight, { runningMean: layer.runningMean }));
      const S = linalg.invSqrtm(layer.runningMean.astype("float64") as Float);
      closeTo(seen.astype("float64"), S.matmul(X).matmul(S), dtype === "float32" ? 1e-5 : 1e-12);
      const fresh = new nn.SPDBatchNorm(4, { dtype });
      fresh.loadState(layer.state());
      assertSameBits(fresh.eval().forward(x as Tensor), seen);
    }
  });

  it("every leading axis is batch; without affine there is no parameter", () => {
    const layer = new nn.SPDBatchNorm(4, { affine: false, dtype: "float64" });
    assert.deepEqual(Object.keys(layer.parameters()), []);
    assertSameBits(layer.forward(X.reshape(2, 4, 4, 4) as Tensor).reshape(8, 4, 4), layer.forward(X as Tensor));
    assert.deepEqual([...layer.eval().forward(zeros([0, 4, 4], { dtype: "float64" })).shape], [0, 4, 4]);
  });

  it("refuses what it cannot normalise, by name, and keeps its running mean", () => {
    const layer = new nn.SPDBatchNorm(4, { dtype: "float64" });
    assert.throws(() => layer.forward(X.slice(":1") as Tensor), ShapeError);
    assert.throws(() => layer.forward(X.astype("float32") as never), DtypeError);
    assert.throws(() => layer.forward(positive([3, 9, 5], 1) as Tensor), ShapeError);
    const bad = (error: unknown): boolean => error instanceof NotPositiveDefiniteError && error.op === "spdBatchNorm";
    assert.throws(() => layer.forward(X.mul(-1) as Tensor), bad);
    assert.deepEqual(layer.runningMean.toArray(), identity(4).toArray());
    assert.throws(() => spdBatchNorm(X), ArgumentError);
    assert.throws(() => spdBatchNorm(X, null, { training: true, runningMean: G }), ArgumentError);
    assert.throws(() => spdBatchNorm(X, null, { training: true, steps: 1.5 }), ArgumentError);
    assert.throws(() => spdBatchNorm(X, null, { training: true, momentum: 2 }), ArgumentError);
    assert.throws(() => new nn.SPDBatchNorm(0), ArgumentError);
  });
});
