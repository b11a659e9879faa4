/** Optimizers on the Stiefel manifold and on positive definite matrices. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  NonFiniteError,
  NotPositiveDefiniteError,
  ShapeError,
  eye,
  linalg,
  nn,
  ones,
  optim,
  scope,
  tensor,
  train,
  valueAndGrad,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { filledWith, type Dtype, type Float } from "../nn/support.js";
import { bits, DTYPES } from "./support.js";

const ulp = { float32: 2 ** -23, float64: 2 ** -52 };
const OPTIMIZERS: Record<string, (p: nn.TensorRecord) => ReturnType<typeof optim.sgd>> = {
  sgd: (p) => optim.sgd(p, { lr: 0.02 }),
  "sgd with momentum": (p) => optim.sgd(p, { lr: 0.02, momentum: 0.9, dampening: 0.1, weightDecay: 0.01 }),
  nesterov: (p) => optim.sgd(p, { lr: 0.02, momentum: 0.9, nesterov: true }),
  adam: (p) => optim.adam(p, { lr: 0.02, weightDecay: 0.01 }),
  adamw: (p) => optim.adamw(p, { lr: 0.02 }),
};

const stiefel = (m: number, n: number, dtype: Dtype = "float64", seed = 1): Float =>
  nn.parameter(nn.init.orthogonal([m, n], { seed, dtype }), { manifold: "stiefel" }) as Float;
const positive = (shape: number[], seed: number, dtype: Dtype = "float64"): Float =>
  linalg.gram(filledWith(shape, seed, dtype), { eps: 0.5 });
const largest = (x: Tensor<DType>): number => Math.max(0, ...x.data().map(Math.abs));
const offOrthonormal = (W: Float): number => {
  const [m, n] = W.shape as [number, number];
  const wide = W.astype("float64");
  return largest((m <= n ? wide.matmul(wide.mT) : wide.mT.matmul(wide)).sub(eye(Math.min(m, n), { dtype: "float64" })));
};

/** `count` steps on a loss; returns its last value. */
function descend(params: nn.TensorRecord, opt: ReturnType<typeof optim.sgd>, loss: () => Tensor<DType>, count: number) {
  const gradient = valueAndGrad(loss, { wrt: params });
  let last = Infinity;
  for (let t = 0; t < count; t++) {
    last = scope(() => {
      const { value, grads } = gradient();
      opt.step(grads as nn.TensorRecord);
      return value.item();
    });
  }
  return last;
}

describe("optim on the Stiefel manifold", () => {
  for (const [name, make] of Object.entries(OPTIMIZERS)) {
    for (const dtype of DTYPES) {
      it(`${name} keeps WWᵀ = I to a few ulp over 1000 steps, ${dtype}`, function () {
        this.timeout(60000);
        for (const [m, n] of [
          [3, 6],
          [6, 3],
        ] as const) {
          const W = stiefel(m, n, dtype);
          const [target, before] = [filledWith([m, n], 5, dtype), W.toArray()];
          descend({ W }, make({ W }), () => W.sub(target).square().sum(), 1000);
          assert.ok(offOrthonormal(W) <= 4 * n * ulp[dtype], `${m}×${n}: off by ${offOrthonormal(W) / ulp[dtype]} ulp`);
          assert.notDeepEqual(W.toArray(), before);
        }
      });
    }
  }

  it("maximises tr(WAWᵀ): the rows span the dominant subspace", () => {
    const A = positive([20, 6], 3);
    const { eigenvalues } = linalg.eigh(A);
    const best = eigenvalues.slice("-2:").sum().item();
    for (const [name, make] of Object.entries({
      sgd: (p: nn.TensorRecord) => optim.sgd(p, { lr: 0.02 }),
      momentum: (p: nn.TensorRecord) => optim.sgd(p, { lr: 0.005, momentum: 0.9 }),
      adam: (p: nn.TensorRecord) => optim.adam(p, { lr: 0.03 }),
    })) {
      const W = stiefel(2, 6);
      const opt = make({ W });
      descend(
        { W },
        opt,
        () =>
          nn.functional
            .biMap(A, W)
            .mul(eye(2, { dtype: "float64" }))
            .sum()
            .neg(),
        400,
      );
      opt.lr = opt.lr / 30;
      const value = descend(
        { W },
        opt,
        () =>
          nn.functional
            .biMap(A, W)
            .mul(eye(2, { dtype: "float64" }))
            .sum()
            .neg(),
        200,
      );
      assert.ok(Math.abs(value + best) <= 1e-4 * best, `${name}: ${-value} of ${best}`);
      const projector = W.mT.matmul(W);
      const error = largest(projector.sub(linalg.spectralProjector(A, 2)));
      assert.ok(error < 0.02, `${name}: projector off by ${error}`);
    }
  });

  it("the first step of plain descent is the QR retraction of the projected gradient", () => {
    const W = stiefel(2, 4);
    const g = filledWith([2, 4], 9);
    const gWt = g.matmul(W.mT);
    const tangent = g.sub(gWt.add(gWt.mT).mul(0.5).matmul(W));
    const { Q, R } = linalg.qr(W.sub(tangent.mul(0.1)).mT as Float);
    assert.ok(
      R.data()
        .filter((_, i) => i % 3 === 0)
        .every((d) => d > 0),
    );
    optim.sgd({ W }, { lr: 0.1 }).step({ W: g });
    assert.ok(largest(W.sub(Q.mT)) <= 4e-16);
  });

  it("a batch of matrices, one number of the second moment each; 1×1 stays ±1", () => {
    const frames = tensor(
      [...nn.init.orthogonal([2, 4], { seed: 1 }).data(), ...nn.init.orthogonal([2, 4], { seed: 2 }).data()],
      { shape: [2, 2, 4] },
    );
    const W = nn.parameter(frames, { manifold: "stiefel" });
    const one = nn.parameter(tensor([[-1]]), { manifold: "stiefel" });
    const opt = optim.adam({ W, one }, { lr: 0.1 });
    assert.deepEqual([...opt.state()["secondMoment/W"]!.shape], [2, 1, 1]);
    for (let t = 0; t < 5; t++) opt.step({ W: filledWith([2, 2, 4], t, "float32"), one: ones([1, 1]) });
    for (const i of [0, 1]) assert.ok(offOrthonormal(W.slice([i]) as Float) < 1e-6);
    assert.equal(one.item(), -1);
  });
});

describe("optim on positive definite matrices", () => {
  const X = positive([6, 9, 4], 3);
  const loss = (P: Float): Tensor<DType> => linalg.spdDistance(P, X, { squared: true }).mean();

  for (const [name, make] of Object.entries({
    sgd: (p: nn.TensorRecord) => optim.sgd(p, { lr: 0.2 }),
    momentum: (p: nn.TensorRecord) => optim.sgd(p, { lr: 0.05, momentum: 0.8, nesterov: true }),
    adam: (p: nn.TensorRecord) => optim.adam(p, { lr: 0.1 }),
  })) {
    it(`${name} finds the Karcher mean by descent`, () => {
      const P = nn.parameter(eye(4, { dtype: "float64" }), { manifold: "spd" }) as Float;
      const opt = make({ P });
      descend({ P }, opt, () => loss(P), 150);
      opt.lr = opt.lr / 20;
      descend({ P }, opt, () => loss(P), 100);
      const mean = linalg.spdMean(X);
      const off = linalg.spdDistance(mean, P).item();
      assert.ok(off < (name === "adam" ? 1e-2 : 1e-9), `${name}: ${off} from the mean`);
    });
  }

  for (const dtype of DTYPES) {
    it(`matrices stay exactly symmetric and positive definite whatever the gradient, ${dtype}`, () => {
      for (const make of Object.values(OPTIMIZERS)) {
        const P = nn.parameter(positive([9, 4], 1, dtype), { manifold: "spd" }) as Float;
        const opt = make({ P });
        for (let t = 0; t < 100; t++) {
          opt.step({ P: filledWith([4, 4], t, dtype).div(linalg.norm(P).square()) });
          assert.deepEqual(P.mT.toArray(), P.toArray());
          linalg.cholesky(P);
        }
      }
    });
  }

  it("one step is the exponential map of −lr·P sym(g) P", () => {
    const start = positive([9, 4], 1);
    const P = nn.parameter(start, { manifold: "spd" }) as Float;
    const g = filledWith([4, 4], 9);
    optim.sgd({ P }, { lr: 0.01 }).step({ P: g });
    const direction = start.matmul(g.add(g.mT).mul(0.5)).matmul(start).mul(-0.01);
    assert.ok(largest(P.sub(linalg.spdExp(start, direction as Float))) < 1e-13 * largest(P));
  });

  it("momentum is transported along the geodesic: a constant direction keeps its speed", () => {
    // On the diagonal matrices, where g = −1/p is a geodesic field, t steps of lr are e^{t·lr}.
    const P = nn.parameter(eye(2, { dtype: "float64" }), { manifold: "spd" }) as Float;
    const opt = optim.sgd({ P }, { lr: 0.1, momentum: 0.5, dampening: 0.5 });
    for (let t = 0; t < 10; t++) opt.step({ P: linalg.inv(P).neg() });
    assert.ok(largest(P.sub(eye(2, { dtype: "float64" }).mul(Math.E))) < 1e-13);
  });
});

describe("optim with parameters on manifolds", () => {
  const model = () =>
    new nn.Sequential([
      new nn.BiMap(5, 3, { seed: 1 }),
      new nn.SPDBatchNorm(3),
      new nn.ReEig({ eps: 1e-3 }),
      new nn.LogEig(),
      new nn.Flatten(),
      new nn.Linear(9, 2, { seed: 2 }),
    ]);
  const x = positive([8, 9, 5], 3, "float32");
  const labels = tensor(Int32Array.from([0, 1, 0, 1, 0, 1, 0, 1]));
  const gradientOf = (net: nn.Module) =>
    valueAndGrad(() => nn.functional.crossEntropy(net.forward(x), labels), { wrt: net.parameters() });

  for (const [name, make] of Object.entries(OPTIMIZERS)) {
    it(`${name}: saved and loaded, it goes on bit for bit`, () => {
      const straight = model();
      const one = make(straight.parameters());
      let resumed = model();
      let other = make(resumed.parameters());
      for (let t = 0; t < 8; t++) {
        if (t === 4) {
          const bytes = train.checkpoint({ model: resumed, optimizer: other }, { step: t });
          resumed = model();
          other = make(resumed.parameters());
          train.restore(bytes, { model: resumed, optimizer: other });
        }
        scope(() => one.step(gradientOf(straight)().grads));
        scope(() => other.step(gradientOf(resumed)().grads));
      }
      assert.deepEqual(bits(resumed.state(), other.state()), bits(straight.state(), one.state()));
      assert.ok(offOrthonormal(straight.parameters()["layers.0.weight"] as Float) < 1e-6);
    });
  }

  it("flat parameters move as without manifolds", () => {
    const [flat, mixed] = [nn.parameter(ones([3])), nn.parameter(ones([3]))];
    const [one, two] = [optim.adam({ flat }), optim.adam({ flat: mixed, W: stiefel(2, 3) })];
    const g = filledWith([3], 1, "float32");
    one.step({ flat: g });
    two.step({ flat: g, W: filledWith([2, 3], 2) });
    assert.deepEqual(mixed.toArray(), flat.toArray());
  });

  it("a failed step leaves parameters and state as they were", () => {
    const flat = nn.parameter(ones([3], { dtype: "float64" }));
    const P = nn.parameter(eye(2, { dtype: "float64" }), { manifold: "spd" });
    const params = { flat, W: stiefel(2, 3), P };
    const opt = optim.sgd(params, { lr: 1, momentum: 0.9 });
    const good = { flat: ones([3], { dtype: "float64" }), W: filledWith([2, 3], 1), P: filledWith([2, 2], 2) };
    opt.step(good);
    const before = bits(params, opt.state());
    const nan = (shape: number[]) => zeros(shape, { dtype: "float64" }).div(0);
    const named = (path: string) => (error: unknown) =>
      error instanceof NonFiniteError && error.op === "optim.sgd.step" && error.message.includes(`"${path}"`);
    assert.throws(() => opt.step({ ...good, W: nan([2, 3]) }), named("W"));
    assert.throws(() => opt.step({ ...good, P: nan([2, 2]) }), named("P"));
    assert.throws(() => opt.step({ ...good, P: eye(2, { dtype: "float64" }).mul(-1e4) }), named("P"));
    assert.deepEqual(bits(params, opt.state()), before);
  });

  it("train.fit trains a network of them", async () => {
    const net = model();
    const optimizer = optim.adam(net.parameters(), { lr: 0.05 });
    const batches = () => [
      { images: x, labels },
      { images: x, labels },
    ];
    const losses: number[] = [];
    const loss = (m: nn.Module, batch: { labels: Tensor<"int32"> }) => {
      const logits = m.forward(x);
      return [nn.functional.crossEntropy(logits, batch.labels), logits] as const;
    };
    for await (const step of train.fit(net, batches as never, { epochs: 20, optimizer, loss: loss as never })) {
      losses.push(step.loss);
    }
    assert.ok(losses.at(-1)! < 0.5 * losses[0]!, `${losses[0]} → ${losses.at(-1)}`);
    assert.ok(offOrthonormal(net.parameters()["layers.0.weight"] as Float) < 1e-6);
    linalg.cholesky(net.parameters()["layers.1.weight"] as Float);
  });

  it("refuses what is not on its manifold, and optimizers that do not know manifolds", () => {
    assert.throws(() => nn.parameter(ones([2, 3]), { manifold: "stiefel" }), /orthonormal rows/);
    assert.throws(() => nn.parameter(ones([3, 2]), { manifold: "stiefel" }), /orthonormal columns/);
    assert.throws(
      () =>
        nn.parameter(
          tensor([
            [1, 2],
            [0, 5],
          ]),
          { manifold: "spd" },
        ),
      /symmetric/,
    );
    assert.throws(
      () =>
        nn.parameter(
          tensor([
            [1, 2],
            [2, 1],
          ]),
          { manifold: "spd" },
        ),
      NotPositiveDefiniteError,
    );
    assert.throws(() => nn.parameter(ones([2, 3]), { manifold: "spd" }), ShapeError);
    assert.throws(() => nn.parameter(ones([2]), { manifold: "stiefel" }), ShapeError);
    assert.throws(() => nn.parameter(eye(2), { manifold: "sphere" as never }), ArgumentError);
    assert.throws(() => optim.rmsprop(new nn.BiMap(4, 2).parameters()), /"weight" must stay on the stiefel manifold/);
    assert.throws(() => optim.adagrad(new nn.SPDBatchNorm(4).parameters()), ArgumentError);
    optim.rmsprop(new nn.BiMap(4, 2, { manifold: null }).parameters());
  });
});
