import assert from "node:assert/strict";
import { ArgumentError, ShapeError } from "../../src/errors.js";
import { crossEntropy } from "../../src/ops/crossEntropy.js";
import { tensor } from "../../src/tensor/create.js";
import { hash } from "../../src/tensor/hash.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { Breather } from "../../src/train/pause.js";
import { macrotask } from "../../src/wasm/macrotask.js";
import { data, nn, train } from "./rooms.js";
import { batches, CLASSES, Noisy, set } from "./support.js";

const served = (batchSize: number) => data.batches(set, { batchSize, mean: 0.5, std: 0.25 });

describe("train.evaluate", () => {
  it("does not depend on how samples are split into batches", async () => {
    const model = new Noisy();
    const whole = await train.evaluate(model, served(72), { probabilities: true });
    for (const size of [1, 7, 10, 64]) {
      assert.deepEqual(await train.evaluate(model, served(size), { probabilities: true }), whole, `batches of ${size}`);
    }
    assert.equal(whole.count, 72);
    assert.equal(whole.classes, CLASSES);
    assert.deepEqual([...whole.labels], [...set.labels]);
  });

  it("agrees with the definitions", async () => {
    const model = new Noisy().eval();
    const found = await train.evaluate(model, served(20), { probabilities: true });
    const { probabilities, predictions, labels, confusion } = found;
    let [loss, right] = [0, 0];
    for (let i = 0; i < 72; i++) {
      const row = Array.from(probabilities!.slice(i * CLASSES, (i + 1) * CLASSES));
      assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-6);
      assert.equal(predictions[i], row.indexOf(Math.max(...row)));
      loss -= Math.log(row[labels[i]!]!) / 72;
      right += Number(predictions[i] === labels[i]);
    }
    assert.ok(Math.abs(loss - found.loss) < 1e-5, `${loss} against ${found.loss}`);
    assert.equal(found.accuracy, right / 72);
    assert.equal(
      confusion.reduce((a, b) => a + b),
      72,
    );
    assert.equal(
      [0, 1, 2, 3].reduce((trace, c) => trace + confusion[c * CLASSES + c]!, 0),
      right,
    );
    assert.equal((await train.evaluate(model, served(20))).probabilities, undefined);
  });

  it("leaves the model as it was, every layer in its mode", async () => {
    const model = new Noisy();
    model.first.eval();
    const before = hash(model.state());
    await train.evaluate(model, served(30));
    assert.deepEqual([model.training, model.first.training, model.second.training], [true, false, true]);
    assert.equal(hash(model.state()), before);
    const wrong = [{ images: tensor([[1, 2]]), labels: tensor(Int32Array.of(0)) }];
    await assert.rejects(train.evaluate(model, wrong));
    assert.deepEqual([model.training, model.first.training, model.second.training], [true, false, true]);
  });

  it("takes a loss of one's own, and weights it by the batch", async () => {
    const model = new Noisy();
    const loss: train.Loss = (m, { images, labels }) => {
      const logits = m.forward(images) as Tensor<"float32">;
      return [crossEntropy(logits, labels), logits];
    };
    const own = await train.evaluate(model, served(50), { loss });
    const standard = await train.evaluate(model, served(50));
    assert.ok(Math.abs(own.loss - standard.loss) < 1e-6);
    assert.deepEqual({ ...own, loss: 0 }, { ...standard, loss: 0 });
    await assert.rejects(
      train.evaluate(model, served(50), { loss: (m, b) => [loss(m, b)[0], null] }),
      /must return \[loss, logits\]/,
    );
  });

  it("leaves out ignored labels", async () => {
    class Identity extends nn.Module {
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    const batch = {
      images: tensor([
        [0, 9],
        [9, 0],
        [9, 0],
      ]),
      labels: tensor(Int32Array.of(1, -100, 1)),
    };
    const found = await train.evaluate(new Identity(), [batch]);
    // Two samples count: −log softmax is log(1 + e⁻⁹) for the first and 9 more for the third.
    assert.ok(Math.abs(found.loss - (Math.log1p(Math.exp(-9)) + 4.5)) < 1e-6);
    assert.equal(found.accuracy, 0.5);
    assert.deepEqual([...found.predictions], [1, 0, 0]);
    assert.deepEqual([...found.confusion], [0, 0, 1, 1]);
  });

  it("refuses nothing at all and what is no classification, and stops on demand", async () => {
    const model = new nn.Linear(2, 3, { seed: 1 });
    await assert.rejects(
      train.evaluate(model, []),
      (e: unknown) => e instanceof ArgumentError && /no sample/.test(e.message),
    );
    const batch = { images: tensor([[[1, 2]]]), labels: tensor([[0]], { dtype: "int32" }) };
    await assert.rejects(train.evaluate(model, [batch]), ShapeError);
    await assert.rejects(
      train.evaluate(new Noisy(), batches(0, 0), { signal: AbortSignal.abort(new Error("enough")) }),
      /enough/,
    );
  });
});

describe("train: metrics", () => {
  it("accuracy", () => {
    assert.equal(train.accuracy([0, 1, 1, 2], Int32Array.of(0, 1, 2, 2)), 0.75);
    assert.equal(train.accuracy([0, 1], [0, -100]), 1);
    assert.ok(Number.isNaN(train.accuracy([], [])));
    assert.throws(() => train.accuracy([1], []), /1 predictions for 0 labels/);
  });

  it("confusionMatrix", () => {
    assert.deepEqual([...train.confusionMatrix([0, 1, 1, 2, 0], [0, 0, 1, 2, -1], 3)], [1, 1, 0, 0, 1, 0, 0, 0, 1]);
    assert.throws(
      () => train.confusionMatrix([0], [3], 3),
      /classes must be below 3, got label 3, prediction 0 for sample 0/,
    );
    assert.throws(() => train.confusionMatrix([3], [0], 3), ArgumentError);
  });

  it("classReport", () => {
    const [a, b, c] = train.classReport([8, 2, 0, 0, 10, 0, 0, 0, 0]);
    assert.deepEqual(a, { support: 10, precision: 1, recall: 0.8, f1: 16 / 18 });
    assert.deepEqual(b, { support: 10, precision: 10 / 12, recall: 1, f1: 20 / 22 });
    assert.deepEqual(c, { support: 0, precision: NaN, recall: NaN, f1: NaN });
    assert.throws(() => train.classReport([1, 2, 3]), ShapeError);
  });
});

describe("train: pauses", () => {
  /** Runs `body` on a host that lacks these globals. */
  async function without(names: readonly string[], body: () => Promise<void>): Promise<void> {
    const kept = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
    for (const name of names) Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
    try {
      await body();
    } finally {
      for (const [name, descriptor] of kept) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else Reflect.deleteProperty(globalThis, name);
      }
    }
  }

  for (const missing of [[], ["setImmediate"], ["setImmediate", "MessageChannel"]]) {
    it(`come back after a turn of the event loop without ${missing.join(" and ") || "anything missing"}`, async () => {
      await without(missing, async () => {
        const timer = { ran: false };
        setTimeout(() => (timer.ran = true), 0);
        for (let turns = 0; !timer.ran; turns++) {
          assert.ok(turns < 1e6, "timers never ran");
          await macrotask();
        }
      });
    });
  }

  it("happen only when a frame has passed", async () => {
    const breather = new Breather();
    /** Whether the thread is kept: no more than a promise's turn passes. */
    const kept = async (): Promise<boolean> => {
      let over = false;
      const breath = breather.breathe().then(() => (over = true));
      for (let i = 0; i < 10; i++) await Promise.resolve();
      const at = over;
      await breath;
      return at;
    };
    assert.equal(await kept(), true);
    const from = performance.now();
    while (performance.now() - from < 20);
    assert.equal(await kept(), false);
    assert.equal(await kept(), true);
  });
});
