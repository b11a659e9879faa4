import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { ArgumentError, DtypeError, MatpropError, ScopeEndedError, ShapeError } from "../../src/errors.js";
import { adagrad, adam, adamw, rmsprop, sgd, type Optimizer } from "../../src/optim/index.js";
import { mul } from "../../src/ops/mul.js";
import { power } from "../../src/optim/power.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { hash } from "../../src/tensor/hash.js";
import { memoryStats } from "../../src/tensor/scope.js";
import { scope } from "../../src/tensor/scoped.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { bits, constantOf, param, values } from "./support.js";

/** First digits of the hash of parameters and state: the same on every engine (docs/determinism.md). */
const PINNED = {
  sgd: "a819b8a3776bd7eb",
  "sgd with momentum": "07cb44a690ac8208",
  adam: "e38758a162619d5e",
  adamw: "9c6b5442e389ef9b",
  rmsprop: "0504f9c11edec4d5",
  "rmsprop with momentum": "20f9b77ff772f80c",
  adagrad: "c828b9b5f8b56b66",
};

type Record_ = Record<string, Tensor<DType>>;

const ALL: [string, (params: Record_) => Optimizer][] = [
  ["sgd", (p) => sgd(p, { lr: 0.1 })],
  ["sgd with momentum", (p) => sgd(p, { lr: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.01 })],
  ["adam", (p) => adam(p)],
  ["adamw", (p) => adamw(p, { lr: 0.01 })],
  ["rmsprop", (p) => rmsprop(p)],
  ["rmsprop with momentum", (p) => rmsprop(p, { momentum: 0.9, weightDecay: 0.1 })],
  ["adagrad", (p) => adagrad(p, { lrDecay: 0.1, initialAccumulatorValue: 0.5 })],
];

const SIZES = { "conv.weight": [3, 2, 3], "conv.bias": [3], empty: [0, 4], scalar: [] as number[] };

function parameters(seed = 0): Record_ {
  return Object.fromEntries(
    Object.entries(SIZES).map(([name, shape], i) => [name, param(shape, seed + i, i % 2 ? "float32" : "float64")]),
  );
}

function gradients(params: Record_, seed: number): Record_ {
  return Object.fromEntries(
    Object.entries(params).map(([name, p], i) => [name, constantOf([...p.shape], seed * 7 + i, p.dtype as "float32")]),
  );
}

describe("optim: formulas the golden cases leave out", () => {
  it("sgd: dampening enters from the second step on", () => {
    const w = param([5], 1);
    const expected = w.data();
    const optimizer = sgd({ w }, { lr: 0.5, momentum: 0.25, dampening: 0.5 });
    const velocity = new Float64Array(5);
    for (let t = 1; t <= 3; t++) {
      const g = values(5, t);
      optimizer.step({ w: tensor(g, { dtype: "float64" }) });
      g.forEach((gi, i) => {
        velocity[i] = t === 1 ? gi : 0.25 * velocity[i]! + 0.5 * gi;
        expected[i]! -= 0.5 * velocity[i]!;
      });
      assert.deepEqual(w.data(), expected, `step ${t}`);
    }
  });

  it("rmsprop with momentum, adagrad with a decaying rate", () => {
    const [a, b] = [param([3], 1), param([3], 1)];
    const first = rmsprop({ a }, { lr: 0.1, alpha: 0.5, eps: 0.5, momentum: 0.5, weightDecay: 0.25 });
    const second = adagrad({ b }, { lr: 0.1, lrDecay: 1, eps: 0.5, initialAccumulatorValue: 0.25, weightDecay: 0.5 });
    const [pa, pb] = [a.data(), b.data()];
    const [square, velocity, sums] = [new Float64Array(3), new Float64Array(3), new Float64Array(3).fill(0.25)];
    for (let t = 1; t <= 4; t++) {
      const g = values(3, t);
      first.step({ a: tensor(g, { dtype: "float64" }) });
      second.step({ b: tensor(g, { dtype: "float64" }) });
      g.forEach((gi, i) => {
        const ga = gi + 0.25 * pa[i]!;
        square[i] = 0.5 * square[i]! + 0.5 * (ga * ga);
        velocity[i] = 0.5 * velocity[i]! + ga / (Math.sqrt(square[i]!) + 0.5);
        pa[i]! -= 0.1 * velocity[i]!;
        const gb = gi + 0.5 * pb[i]!;
        sums[i] = sums[i]! + gb * gb;
        pb[i]! -= (0.1 / (1 + (t - 1))) * (gb / (Math.sqrt(sums[i]!) + 0.5));
      });
      assert.deepEqual([a.data(), b.data()], [pa, pb], `step ${t}`);
    }
  });

  it("adam's bias correction holds up after many steps", () => {
    for (const beta of [0.9, 0.999, 0.99999]) {
      for (const t of [0, 1, 2, 3, 1000, 123457]) {
        const expected = Math.exp(t * Math.log(beta));
        assert.ok(Math.abs(power(beta, t) - expected) <= 2 * t * 2 ** -52 * expected, `${beta} ** ${t}`);
      }
    }
    assert.equal(power(0.5, 1074), 2 ** -1074);
    assert.equal(power(0.5, 1e6), 0);
  });

  it("keeps the sign and size of a constant gradient: adam moves by lr whatever its scale", () => {
    for (const scale of [1e-6, 1, 1e6]) {
      const w = param([4], 3);
      const before = w.data();
      adam({ w }, { lr: 0.125, eps: 0 }).step({ w: tensor([scale, -scale, scale, -scale], { dtype: "float64" }) });
      w.data().forEach((x, i) => assert.ok(Math.abs(x - (before[i]! - (i % 2 ? -0.125 : 0.125))) < 1e-15));
    }
  });
});

describe("optim: state", () => {
  for (const [name, make] of ALL) {
    it(`${name}: saved and loaded, it goes on bit for bit`, () => {
      const straight = parameters();
      const one = make(straight);
      const resumed = parameters();
      let other = make(resumed);
      for (let t = 0; t < 12; t++) {
        if (t === 5) {
          const saved = Object.fromEntries(
            Object.entries(other.state()).map(([path, x]) => [
              path,
              tensor(x.data() as Float64Array, { shape: x.shape }),
            ]),
          );
          other.dispose();
          other = make(resumed);
          other.loadState(saved);
          assert.equal(other.steps, 5);
        }
        if (t === 3) one.lr = other.lr = 0.03;
        one.step(gradients(straight, t));
        other.step(gradients(resumed, t));
      }
      assert.deepEqual(bits(resumed, other.state()), bits(straight, one.state()));
      assert.equal(other.lr, 0.03);
    });

    it(`${name}: two runs give the same bits, inside a scope or outside`, () => {
      const [a, b] = [parameters(), parameters()];
      const [one, two] = [make(a), make(b)];
      for (let t = 0; t < 4; t++) {
        one.step(gradients(a, t));
        scope(() => two.step(gradients(b, t)));
      }
      assert.deepEqual(bits(a, one.state()), bits(b, two.state()));
    });
  }

  it("has the pinned bits after ten steps", () => {
    const found = ALL.map(([name, make]) => {
      const params = parameters();
      const optimizer = make(params);
      for (let t = 0; t < 10; t++) optimizer.step(gradients(params, t));
      return [name, hash({ ...params, ...optimizer.state() }).slice(0, 16)];
    });
    assert.deepEqual(Object.fromEntries(found), PINNED);
  });

  it("names its tensors by kind and path", () => {
    const names = (optimizer: Optimizer) => Object.keys(optimizer.state()).sort();
    const w = param([2], 0);
    assert.deepEqual(names(sgd({ w }, { lr: 1 })), ["lr", "step"]);
    assert.deepEqual(names(sgd({ w }, { lr: 1, momentum: 0.9 })), ["lr", "momentum/w", "step"]);
    assert.deepEqual(names(adam({ w })), ["firstMoment/w", "lr", "secondMoment/w", "step"]);
    assert.deepEqual(names(adamw({ w })), ["firstMoment/w", "lr", "secondMoment/w", "step"]);
    assert.deepEqual(names(rmsprop({ w }, { momentum: 0.5 })), ["lr", "momentum/w", "secondMoment/w", "step"]);
    assert.deepEqual(names(adagrad({ w })), ["lr", "step", "sumOfSquares/w"]);
    assert.deepEqual(adagrad({ w }, { initialAccumulatorValue: 2 }).state()["sumOfSquares/w"]!.toArray(), [2, 2]);
  });

  it("refuses a state that does not fit, and changes nothing", () => {
    const params = parameters();
    const optimizer = adam(params);
    optimizer.step(gradients(params, 1));
    const good = optimizer.state();
    const before = bits(good);
    const wrong: [Record<string, Tensor<DType>>, typeof MatpropError | (new (...a: any[]) => Error)][] = [
      [{}, ArgumentError],
      [{ ...good, extra: ones([1]) }, ArgumentError],
      [{ ...good, "firstMoment/scalar": zeros([1]) }, ShapeError],
      [{ ...good, step: tensor(3) }, DtypeError],
      [{ ...good, step: tensor(1.5, { dtype: "float64" }) }, ArgumentError],
      [{ ...good, step: tensor(-1, { dtype: "float64" }) }, ArgumentError],
      [{ ...good, lr: tensor(NaN, { dtype: "float64" }) }, ArgumentError],
    ];
    for (const [record, expected] of wrong) {
      assert.throws(() => optimizer.loadState(record), expected as typeof ArgumentError);
      assert.deepEqual(bits(optimizer.state()), before);
    }
    // The last of the names: those before it must not be loaded already.
    const other = adam(parameters(50));
    const ended: Tensor<DType>[] = [];
    scope(() => void ended.push(mul(ones([]), 2)));
    assert.throws(() => optimizer.loadState({ ...other.state(), "secondMoment/scalar": ended[0]! }), ScopeEndedError);
    assert.throws(() => optimizer.loadState({ ...other.state(), "secondMoment/conv.weight": ones([]) }), MatpropError);
    assert.deepEqual(bits(optimizer.state()), before);
    assert.throws(() => sgd(params, { lr: 1 }).loadState(good), /unknown: \[firstMoment\/conv.weight/);
  });

  it("gives its memory back", () => {
    const w = param([1000], 0);
    const before = memoryStats().resident;
    const optimizer = adam({ w });
    assert.ok(memoryStats().resident >= before + 16000);
    optimizer.dispose();
    assert.equal(memoryStats().resident, before);
    assert.throws(() => optimizer.step({ w: zeros([1000], { dtype: "float64" }) }), ScopeEndedError);
    {
      using other = sgd({ w }, { lr: 1, momentum: 0.5 });
      other.step({ w: zeros([1000], { dtype: "float64" }) });
    }
    assert.equal(memoryStats().resident, before);
  });

  it("does not grow over many steps", () => {
    const params = parameters();
    const optimizer = adamw(params);
    const run = (t: number) => scope(() => optimizer.step(gradients(params, t)));
    for (let t = 0; t < 10; t++) run(t);
    const { arena, resident, total } = memoryStats();
    for (let t = 0; t < 2000; t++) run(t);
    assert.deepEqual(
      { arena, resident, total },
      (({ arena, resident, total }) => ({ arena, resident, total }))(memoryStats()),
    );
  });
});

describe("optim: a step that fails has changed nothing", () => {
  for (const [name, make] of ALL) {
    it(name, () => {
      const params = parameters();
      const optimizer = make(params);
      optimizer.step(gradients(params, 1));
      const before = bits(params, optimizer.state());
      const good = gradients(params, 2);
      const { "conv.bias": _, ...missing } = good;
      const ended: Tensor<DType>[] = [];
      scope(() => void ended.push(mul(ones([], { dtype: "float32" }), 2)));
      const failures: [Record<string, any>, new (...a: any[]) => Error, RegExp][] = [
        [missing, ArgumentError, /missing: \[conv.bias\]/],
        [{ ...good, other: good.scalar }, ArgumentError, /unknown: \[other\]/],
        [{ ...good, scalar: null }, ArgumentError, /"scalar" is no tensor/],
        [{ ...good, scalar: ones([1], { dtype: "float32" }) }, ShapeError, /"scalar" must have shape \[\], got \[1\]/],
        [{ ...good, scalar: ones([], { dtype: "float64" }) }, DtypeError, /"scalar" must be float32, got float64/],
        [{ ...good, scalar: ended[0] }, ScopeEndedError, /scope has ended/],
        [null as never, ArgumentError, /record of gradients/],
      ];
      for (const [grads, kind, message] of failures) {
        assert.throws(
          () => optimizer.step(grads),
          (error: unknown) =>
            error instanceof kind && message.test(error.message) && /^optim\.\w+\.step: /.test(error.message),
        );
        assert.deepEqual(bits(params, optimizer.state()), before);
      }
      params.scalar!._storage.dispose();
      const alive = { ...params, scalar: ones([]) };
      const left = bits(alive, optimizer.state());
      assert.throws(() => optimizer.step(good), ScopeEndedError);
      assert.deepEqual(bits(alive, optimizer.state()), left);
    });
  }
});
