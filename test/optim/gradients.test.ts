import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { valueAndGrad } from "../../src/autodiff/grad.js";
import { ArgumentError, DtypeError, ShapeError } from "../../src/errors.js";
import { accumulator, adam, clipGradNorm, ema, sgd } from "../../src/optim/index.js";
import { linear } from "../../src/ops/linear.js";
import { mean } from "../../src/ops/mean.js";
import { slice } from "../../src/ops/slice.js";
import { square } from "../../src/ops/square.js";
import { sub } from "../../src/ops/sub.js";
import { ones, tensor } from "../../src/tensor/create.js";
import { memoryStats } from "../../src/tensor/scope.js";
import { scope } from "../../src/tensor/scoped.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { bits, constantOf, DTYPES, param } from "./support.js";

type Wide = Tensor<"float64">;

describe("optim.accumulator", () => {
  const [x, y] = [constantOf([12, 3], 1) as Wide, constantOf([12, 2], 2) as Wide];
  const model = () => ({ weight: param([2, 3], 3) as Wide, bias: param([2], 4) as Wide });
  const rows = (a: Wide, from: number, to: number) => slice(a, `${from}:${to}`) as Wide;
  const gradientOf = (wrt: ReturnType<typeof model>) =>
    valueAndGrad((xs: Wide, ys: Wide) => mean(square(sub(linear(xs, wrt.weight, wrt.bias), ys))), { wrt });

  const close = (a: Tensor<DType>, b: Tensor<DType>) => {
    const expected = b.data();
    a.data().forEach((v, i) => assert.ok(Math.abs(v - expected[i]!) <= 8 * 2 ** -52, `${v} against ${expected[i]}`));
  };

  for (const cuts of [
    [0, 4, 8, 12],
    [0, 5, 6, 12],
    [0, 12],
  ]) {
    it(`micro-batches cut at ${cuts.join(", ")} give the step of one big batch`, () => {
      const [big, small] = [model(), model()];
      const [one, two] = [sgd(big, { lr: 0.1 }), sgd(small, { lr: 0.1 })];
      const sums = accumulator(small);
      for (let t = 0; t < 3; t++) {
        scope(() => one.step(gradientOf(big)(x, y).grads));
        for (let i = 1; i < cuts.length; i++) {
          const [from, to] = [cuts[i - 1]!, cuts[i]!];
          scope(() => sums.add(gradientOf(small)(rows(x, from, to), rows(y, from, to)).grads, to - from));
        }
        assert.equal(sums.weight, 12);
        two.step(sums.grads());
        sums.reset();
      }
      close(small.weight, big.weight);
      close(small.bias, big.bias);
    });
  }

  it("adds in the order of the calls, exactly", () => {
    const w = param([2], 0, "float32");
    const sums = accumulator({ w });
    for (const g of [1, 2 ** 24, -(2 ** 24)]) sums.add({ w: tensor([g, 2 * g]) });
    assert.deepEqual(sums.grads({ scale: 1 }).w!.toArray(), [0, 0]);
    sums.reset();
    for (const g of [2 ** 24, -(2 ** 24), 1]) sums.add({ w: tensor([g, 2 * g]) });
    assert.deepEqual(sums.grads({ scale: 0.5 }).w!.toArray(), [0.5, 1]);
    sums.reset();
    sums.add({ w: tensor([3, 5]) }, 2);
    sums.add({ w: tensor([1, 1]) }, 2);
    assert.deepEqual(sums.grads().w!.toArray(), [2, 3]);
  });

  it("refuses what does not fit, and adds nothing of it", () => {
    const params = { a: param([2], 0), b: param([3], 1) };
    const sums = accumulator(params);
    const good = { a: constantOf([2], 5), b: constantOf([3], 6) };
    assert.throws(() => sums.grads(), /nothing was added/);
    sums.add(good);
    assert.throws(() => sums.add({ ...good, b: constantOf([2], 1) }), ShapeError);
    assert.throws(() => sums.add({ ...good, b: constantOf([3], 1, "float32") }), DtypeError);
    assert.throws(() => sums.add({ a: good.a }), ArgumentError);
    assert.throws(() => sums.add(good, 0), ArgumentError);
    assert.throws(() => sums.grads({ scale: NaN }), ArgumentError);
    assert.throws(() => accumulator({ a: ones([1]) }), /"a" is no parameter/);
    assert.equal(sums.weight, 1);
    assert.deepEqual(bits(sums.grads()), bits(good));
    const { resident } = memoryStats();
    sums.dispose();
    assert.equal(memoryStats().resident, resident - 128);
  });
});

describe("optim.clipGradNorm", () => {
  for (const dtype of DTYPES) {
    it(`shortens all gradients together, ${dtype}`, () => {
      const grads = { b: tensor([0, 12], { dtype }), a: tensor([[3], [4]], { dtype }) };
      const { grads: short, norm } = clipGradNorm(grads, 6.5);
      assert.equal(norm, 13);
      const factor = 6.5 / (13 + 1e-6);
      const round = dtype === "float32" ? Math.fround : (v: number) => v;
      assert.deepEqual(
        short.a.toArray(),
        [3, 4].map((v) => [round(v * round(factor))]),
      );
      assert.deepEqual(short.b.toArray(), [0, round(12 * round(factor))]);
      assert.deepEqual(grads.a.toArray(), [[3], [4]]);
      const same = clipGradNorm(grads, 14);
      assert.ok(same.grads.a === grads.a && same.grads.b === grads.b);
      assert.equal(clipGradNorm(grads, Infinity).norm, 13);
      assert.deepEqual(clipGradNorm(grads, 0).grads.b.toArray(), [0, 0]);
    });
  }

  it("does not depend on the order of the record", () => {
    const parts = Array.from({ length: 9 }, (_, i) => [`p${i}`, constantOf([7 + i], i)] as const);
    const forth = clipGradNorm(Object.fromEntries(parts), 1);
    const back = clipGradNorm(Object.fromEntries([...parts].reverse()), 1);
    assert.equal(forth.norm, back.norm);
    assert.deepEqual(bits(forth.grads), bits(back.grads));
    // 1 + 16 · 2⁻⁵⁴: lost when added to 1 one by one, as the names say, and not the other way round.
    const tiny = Array.from({ length: 16 }, (_, i) => [`t${i}`, tensor(2 ** -27, { dtype: "float64" })] as const);
    const one = ["a", tensor(1, { dtype: "float64" })] as const;
    assert.equal(clipGradNorm(Object.fromEntries([...tiny, one]), 2).norm, 1);
  });

  it("reports a norm that is not finite and leaves the gradients alone", () => {
    for (const [bad, norm] of [
      [NaN, NaN],
      [Infinity, Infinity],
      [-Infinity, Infinity],
    ] as const) {
      const grads = { a: tensor([1, bad]), b: ones([3]) };
      const clipped = clipGradNorm(grads, 1);
      assert.equal(clipped.norm, norm);
      assert.ok(clipped.grads.a === grads.a && clipped.grads.b === grads.b);
    }
  });

  it("counts a tied gradient once, mixes dtypes, takes nothing at all", () => {
    const g = tensor([3], { dtype: "float64" });
    const { grads, norm } = clipGradNorm({ one: g, two: g, other: tensor([4]) }, 2.5);
    assert.equal(norm, 5);
    assert.ok(grads.one === grads.two && Math.abs(grads.one.item() - 1.5) < 1e-6);
    assert.deepEqual(clipGradNorm({}, 1), { grads: {}, norm: 0 });
    assert.throws(() => clipGradNorm({ g }, -1), ArgumentError);
    assert.throws(() => clipGradNorm({ g }, NaN), ArgumentError);
    assert.throws(
      () => clipGradNorm({ labels: tensor(Int32Array.of(1)) }, 1),
      /"labels" must be a float tensor, got int32/,
    );
    assert.throws(() => clipGradNorm({ g: null as never }, 1), DtypeError);
  });
});

describe("optim.ema", () => {
  for (const dtype of DTYPES) {
    it(`follows average + (1 − decay)(p − average), ${dtype}`, () => {
      const w = param([5], 1, dtype);
      const average = ema({ w }, { decay: 0.75 });
      const expected = w.data();
      const optimizer = sgd({ w }, { lr: 0.5 });
      for (let t = 0; t < 4; t++) {
        optimizer.step({ w: constantOf([5], t, dtype) });
        average.update();
        const now = w.data();
        const round = dtype === "float32" ? Math.fround : (v: number) => v;
        for (let i = 0; i < 5; i++) expected[i] = round(expected[i]! + round(0.25 * round(now[i]! - expected[i]!)));
      }
      assert.deepEqual(average.values().w!.data(), expected);
    });
  }

  it("applies and restores bit for bit, and says when called out of order", () => {
    const params = { w: param([4], 1), b: param([2], 2, "float32") };
    const average = ema(params, { decay: 0.5 });
    adam(params, { lr: 0.1 }).step({ w: constantOf([4], 3), b: constantOf([2], 4, "float32") });
    average.update();
    const { resident } = memoryStats();
    const [trained, averaged] = bits(params, average.values());
    assert.notEqual(trained, averaged);
    average.apply();
    assert.ok(average.applied);
    assert.deepEqual(bits(params, average.values()), [averaged, averaged]);
    assert.throws(() => average.update(), /restore\(\) the parameters first/);
    assert.throws(() => average.apply(), /applied already/);
    average.restore();
    assert.deepEqual(bits(params, average.values()), [trained, averaged]);
    assert.throws(() => average.restore(), /not applied/);
    assert.equal(memoryStats().resident, resident);
  });

  it("loads a saved state, or nothing of one that does not fit", () => {
    const w = param([3], 1);
    const average = ema({ w });
    assert.equal(average.decay, 0.999);
    const before = bits(average.state());
    assert.throws(() => average.loadState({}), ArgumentError);
    assert.throws(() => average.loadState({ w: constantOf([2], 1) }), ShapeError);
    assert.throws(() => average.loadState({ w: constantOf([3], 1, "float32") }), DtypeError);
    assert.deepEqual(bits(average.state()), before);
    average.loadState({ w: constantOf([3], 9) });
    assert.deepEqual(average.values().w!.data(), constantOf([3], 9).data());
    assert.throws(() => ema({ w }, { decay: 1.5 }), ArgumentError);
    assert.throws(() => ema({ w: ones([2]) }), /"w" is no parameter/);
  });
});
