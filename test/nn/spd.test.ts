/** Covariance pooling and the layers of SPD networks: values, derivatives, modules, errors. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DtypeError,
  NotPositiveDefiniteError,
  ShapeError,
  eye,
  grad,
  linalg,
  nn,
  ones,
  optim,
  scope,
  stack,
  tensor,
  valueAndGrad,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, type Float } from "../nn/support.js";

const { biMap, expEig, isqrtCov, logEig, mpnCov, reEig, triuPack } = nn.functional;

const positive = (shape: number[], seed: number, dtype: "float32" | "float64" = "float64"): Float =>
  linalg.gram(filledWith(shape, seed, dtype), { eps: 0.5 });

const centred = (X: Float): Float => X.sub(X.mean(-2, { keepdims: true })) as Float;

describe("covariance pooling", () => {
  const X = filledWith([2, 9, 4], 5);

  it("mpnCov: squared, the plain root is the covariance; its norms are 1 when normalised", () => {
    const P = linalg.gram(centred(X)).div(9);
    const root = mpnCov(X) as Float;
    assert.ok(root.matmul(root).allclose(P, { rtol: 1e-12, atol: 1e-13 }));
    const fro = mpnCov(X, { normalize: "fro" }).square().sum([-2, -1]);
    assert.ok(fro.allclose(tensor([1, 1], { dtype: "float64" }), { rtol: 1e-13 }));
    const largest = linalg.eigvalsh(mpnCov(X, { normalize: "l2", alpha: 0.3 })).slice(":, -1");
    assert.ok(largest.allclose(tensor([1, 1], { dtype: "float64" }), { rtol: 1e-13 }));
  });

  it("first and second derivatives agree with differences in every normalisation", () => {
    for (const normalize of ["none", "l2", "fro"] as const) {
      const f = (x: Float): Tensor<DType> => mpnCov(x, { normalize, eps: 1e-2, alpha: normalize === "l2" ? 0.7 : 0.5 });
      assertGradient(normalize, f, [X]);
      assertGradient(normalize, f, [filledWith([3, 6], 2)]);
    }
    assertSecondGradient("mpnCov", (x: Float) => mpnCov(x, { normalize: "fro", eps: 1e-2 }), [filledWith([9, 4], 5)]);
    assertGradient("isqrtCov", (x: Float) => isqrtCov(x), [X]);
    assertGradient("isqrtCov", (x: Float) => isqrtCov(x, { norm: "fro", iterations: 3 }), [filledWith([3, 6], 2)]);
    assertSecondGradient("isqrtCov", (x: Float) => isqrtCov(x), [filledWith([9, 4], 5)]);
  });

  it("maps, batches and single matrices agree, in the dtype of the features", () => {
    for (const dtype of DTYPES) {
      const map = filledWith([2, 3, 3, 4], 5, dtype);
      const rows = map.reshape(2, 9, 4) as Float;
      for (const f of [(x: Float) => mpnCov(x), (x: Float) => isqrtCov(x)]) {
        const pooled = f(map);
        assert.equal(pooled.dtype, dtype);
        assertSameBits(f(rows), pooled);
        for (let i = 0; i < 2; i++) assertSameBits(f(rows.slice([i]) as Float), pooled.slice([i]));
      }
    }
  });

  it("the layers pack the upper triangle, and train", () => {
    assertSameBits(new nn.MatrixPowerPooling({ eps: 0.1 }).forward(X), triuPack(mpnCov(X, { eps: 0.1 })));
    assertSameBits(new nn.ISqrtCovPooling().forward(X), triuPack(isqrtCov(X)));
    assert.deepEqual([...new nn.ISqrtCovPooling({ vectorize: false }).forward(X).shape], [2, 4, 4]);
    assert.deepEqual([...new nn.MatrixPowerPooling({ vectorize: false }).forward(X).shape], [2, 4, 4]);
  });

  it("refuses what it cannot pool, by name", () => {
    assert.throws(() => mpnCov(filledWith([4])), ShapeError);
    assert.throws(() => isqrtCov(filledWith([2, 0, 4])), ShapeError);
    assert.throws(() => mpnCov(X, { normalize: "max" as never }), ArgumentError);
    assert.throws(() => mpnCov(X, { alpha: NaN }), ArgumentError);
    assert.throws(() => mpnCov(tensor([[1, 2]], { dtype: "int32" }) as never), DtypeError);
    const still = stack([X.slice("0"), ones(X.shape.slice(1), { dtype: X.dtype })]) as Float;
    for (const normalize of ["l2", "fro"] as const) {
      const refusal = { name: "NotPositiveDefiniteError", op: "mpnCov", batchIndex: 1 };
      assert.throws(() => mpnCov(still, { normalize }), refusal, normalize);
    }
    assert.ok(mpnCov(still).data().every(Number.isFinite));
  });

  it("numerical errors name the layer, forwards and backwards", () => {
    const pool = nn.functional.secondOrderPooling;
    const broken = stack([X.slice("0"), X.slice("0").mul(NaN)]) as Float;
    const flat = stack([X.slice("0"), X.slice("0").mul(0)]) as Float;
    const layers: Record<string, (x: Float) => Tensor<DType>> = {
      mpnCov: (x) => mpnCov(x),
      isqrtCov: (x) => isqrtCov(x),
      secondOrderPooling: (x) => pool(x, { f: "sqrt", eps: 0 }),
      logEig: (x) => logEig(linalg.gram(x)),
      expEig: (x) => expEig(linalg.gram(x)),
      reEig: (x) => reEig(linalg.gram(x)),
    };
    for (const [op, layer] of Object.entries(layers)) {
      assert.throws(() => layer(broken), { name: "NonFiniteError", op, batchIndex: 1 });
      if (op === "expEig" || op === "reEig") continue;
      const slope = (): unknown => grad((x) => layer(x as Float).sum())(flat);
      assert.throws(slope, { name: "NotPositiveDefiniteError", op, batchIndex: 1 });
    }
  });
});

describe("SPD layers", () => {
  it("biMap: values and both derivatives, batched", () => {
    const [X, W] = [positive([2, 6, 4], 3), filledWith([3, 4], 6)];
    assert.ok(biMap(X, W).allclose(W.matmul(X).matmul(W.transpose()), { rtol: 1e-13, atol: 1e-13 }));
    assertGradient("biMap", biMap, [X, W]);
    assertSecondGradient("biMap", biMap, [X, W]);
    assert.throws(() => biMap(X, filledWith([3, 5])), ShapeError);
    assert.throws(() => biMap(X, filledWith([3, 4], 0, "float32")), DtypeError);
  });

  it("reEig lifts small eigenvalues and leaves the others", () => {
    const A = positive([2, 6, 4], 3);
    const eps = linalg.eigvalsh(A).slice("0, 1:3").mean().item();
    const expected = linalg.eigvalsh(A).maximum(eps);
    assert.ok(linalg.eigvalsh(reEig(A, { eps })).allclose(expected, { rtol: 1e-13 }));
    assertGradient("reEig", (x: Float) => reEig(x, { eps }), [A]);
    assertSecondGradient("reEig", (x: Float) => reEig(x, { eps }), [A]);
    assert.throws(() => reEig(A, { eps: NaN }), ArgumentError);
  });

  it("reEig's gradient is right at the repeated eigenvalues it makes, through BiMap and LogEig", () => {
    const W = nn.init.orthogonal([4, 6], { seed: 3, dtype: "float64" });
    const X = linalg.gram(filledWith([2, 6], 4), { eps: 1e-3 });
    const net = (x: Float): Tensor<DType> => logEig(biMap(reEig(x, { eps: 0.1 }), W));
    assertGradient("repeated", net, [X]);
  });

  it("logEig and expEig are inverse, in double precision inside", () => {
    for (const dtype of DTYPES) {
      const A = positive([2, 6, 4], 3, dtype);
      const back = expEig(logEig(A));
      assert.equal(back.dtype, dtype);
      const tolerance = dtype === "float32" ? 1e-5 : 1e-12;
      assert.ok(back.allclose(A, { rtol: tolerance, atol: tolerance }));
    }
    assert.throws(() => logEig(eye(2).mul(-1)), NotPositiveDefiniteError);
  });

  it("a network of BiMap, ReEig and LogEig learns to tell two kinds of covariance apart", () => {
    const kinds = [0, 1].map((kind) => {
      const F = filledWith([8, 12, 6], kind + 1, "float32");
      return linalg.gram(F.mul(tensor(kind ? [1, 1, 1, 2, 2, 2] : [2, 2, 2, 1, 1, 1])), { eps: 1e-2 }).div(12);
    }) as [Float, Float];
    const y = tensor([...new Array(8).fill(0), ...new Array(8).fill(1)], { dtype: "int32" });
    const X = tensor([...kinds[0].data(), ...kinds[1].data()], { shape: [16, 6, 6] }) as Float;
    const layers = [new nn.BiMap(6, 4, { seed: 1 }), new nn.ReEig({ eps: 1e-2 }), new nn.LogEig(), new nn.Flatten()];
    const model = new nn.Sequential([...layers, new nn.Linear(16, 2, { seed: 2 })]);
    const opt = optim.adam(model.parameters(), { lr: 0.05 });
    const step = valueAndGrad((x: Tensor) => nn.functional.crossEntropy(model.forward(x), y), {
      wrt: model.parameters(),
    });
    const losses = Array.from({ length: 40 }, () =>
      scope(() => {
        const { value, grads } = step(X as Tensor);
        opt.step(grads);
        return value.item();
      }),
    );
    assert.ok(losses[39]! < 0.1 * losses[0]!, `${losses[0]} → ${losses[39]}`);
  });
});
