import assert from "node:assert/strict";
import { ArgumentError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { valueAndGrad } from "../../src/autodiff/grad.js";
import { scope } from "../../src/tensor/scoped.js";
import { hash } from "../../src/tensor/hash.js";
import { tensor } from "../../src/tensor/create.js";
import { sum } from "../../src/ops/sum.js";
import { mul } from "../../src/ops/mul.js";
import { crossEntropy } from "../../src/ops/crossEntropy.js";
import { macrotask } from "../../src/wasm/macrotask.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { nn, optim, train } from "./rooms.js";
import { BATCH, batches, drain, Noisy, OPTIMIZERS, set, STEPS_PER_EPOCH } from "./support.js";

const pair = (seed = 1) => {
  const model = new Noisy(seed);
  return { model, optimizer: OPTIMIZERS.sgd!(model) };
};

const fingerprint = ({ model, optimizer }: { model: nn.Module; optimizer: optim.Optimizer }) => [
  hash(model.state()),
  hash(optimizer.state()),
];

describe("train.fit", () => {
  it("trains: the loss falls and the images are learnt", async () => {
    const { model, optimizer } = pair();
    const before = await train.evaluate(model, batches(0, 0));
    const reports = await drain(train.fit(model, batches, { epochs: 40, optimizer }));
    const after = await train.evaluate(model, batches(0, 0));
    assert.equal(reports.length, 40 * STEPS_PER_EPOCH);
    assert.ok(after.loss < 0.5 * before.loss, `${before.loss} → ${after.loss}`);
    assert.ok(after.accuracy > 0.9, `accuracy ${after.accuracy}`);
  });

  it("reports every step in order", async () => {
    const { model, optimizer } = pair();
    const schedule = optim.schedules.step({ lr: 0.5, every: 5, gamma: 0.5 });
    const reports = await drain(train.fit(model, batches, { epochs: 2, optimizer, schedule }));
    reports.forEach((report, i) => {
      assert.equal(report.step, i + 1);
      assert.equal(report.steps, 16);
      assert.equal(report.epoch, i < 8 ? 0 : 1);
      assert.equal(report.epochEnd, i === 7 || i === 15);
      assert.equal(report.lr, schedule(i));
      assert.equal(report.batchSize, report.epochEnd ? 2 : BATCH);
      assert.ok(report.loss > 0 && report.gradNorm > 0 && report.seconds > 0);
      assert.ok(report.accuracy !== null && Math.abs((report.accuracy * report.batchSize) % 1) < 1e-9);
      assert.equal(report.imagesPerSecond, report.batchSize / report.seconds);
    });
    assert.equal(optimizer.steps, 16);
  });

  it("is the loop of the design page", async () => {
    const one = pair();
    const two = pair();
    await drain(train.fit(one.model, batches, { epochs: 1, optimizer: one.optimizer }));
    const gradient = valueAndGrad(
      (x: Tensor<"float32">, y: Tensor<"int32">) => crossEntropy(two.model.forward(x) as Tensor<"float32">, y),
      { wrt: two.model.parameters() },
    );
    for (const { images, labels } of batches(0, 0)) scope(() => two.optimizer.step(gradient(images, labels).grads));
    assert.deepEqual(fingerprint(one), fingerprint(two));
  });

  it("gives the same bits again, whatever the consumer does between steps", async () => {
    const [one, two] = [pair(), pair()];
    await drain(train.fit(one.model, batches, { epochs: 2, optimizer: one.optimizer }));
    for await (const { step } of train.fit(two.model, batches, { epochs: 2, optimizer: two.optimizer })) {
      if (step % 3 === 0) await train.evaluate(two.model, batches(9, 0));
      if (step % 5 === 0) await macrotask();
    }
    assert.deepEqual(fingerprint(one), fingerprint(two));
  });

  it("resumes anywhere from startStep", async () => {
    const straight = pair();
    await drain(train.fit(straight.model, batches, { epochs: 3, optimizer: straight.optimizer }));
    const resumed = pair();
    for (const [from, to] of [
      [0, 3],
      [3, 8],
      [8, 19],
      [19, 24],
    ] as const) {
      const run = train.fit(resumed.model, batches, { epochs: 3, optimizer: resumed.optimizer, startStep: from });
      for await (const { step } of run) if (step === to) break;
    }
    assert.deepEqual(fingerprint(resumed), fingerprint(straight));
    const none = train.fit(resumed.model, batches, { epochs: 3, optimizer: resumed.optimizer, startStep: 24 });
    assert.deepEqual(await drain(none), []);
  });

  it("trains only what the optimizer has", async () => {
    const model = new Noisy();
    const { "second.weight": weight } = model.parameters();
    const first = hash({ w: model.first.weight });
    const second = hash({ weight: weight! });
    await drain(
      train.fit(model, batches, { epochs: 1, optimizer: optim.sgd({ "second.weight": weight! }, { lr: 0.1 }) }),
    );
    assert.equal(hash({ w: model.first.weight }), first);
    assert.notEqual(hash({ weight: weight! }), second);
  });

  it("clips, averages and calls back", async () => {
    const [free, clipped] = [pair(), pair()];
    const average = optim.ema(clipped.model.parameters(), { decay: 0.5 });
    const calls: string[] = [];
    const [one] = await drain(train.fit(free.model, batches, { epochs: 1, optimizer: free.optimizer }));
    const reports = await drain(
      train.fit(clipped.model, batches, {
        epochs: 1,
        optimizer: clipped.optimizer,
        clipNorm: 1e-3,
        ema: average,
        callbacks: [
          { onStep: async ({ step }) => void (await macrotask(), calls.push(`step ${step}`)) },
          { onStep: ({ step }) => calls.push(`and ${step}`), onEpoch: ({ epoch }) => calls.push(`epoch ${epoch}`) },
        ],
      }),
    );
    assert.equal(reports[0]!.gradNorm, one!.gradNorm);
    assert.notDeepEqual(fingerprint(free), fingerprint(clipped));
    assert.deepEqual(calls.slice(0, 3), ["step 1", "and 1", "step 2"]);
    assert.deepEqual(calls.slice(-3), ["step 8", "and 8", "epoch 0"]);
    const again = pair();
    const byHand = optim.ema(again.model.parameters(), { decay: 0.5 });
    for await (const _ of train.fit(again.model, batches, { epochs: 1, optimizer: again.optimizer, clipNorm: 1e-3 })) {
      byHand.update();
    }
    assert.equal(hash(average.values()), hash(byHand.values()));
  });

  it("takes asynchronous batches, batches without end, and a loss without logits", async () => {
    const model = new nn.Linear(2, 1, { seed: 1 });
    async function* endless() {
      for (;;) {
        await macrotask();
        yield {
          images: tensor([
            [1, 2],
            [3, 4],
          ]),
          labels: tensor(Int32Array.of(0, 0)),
        };
      }
    }
    const reports = await drain(
      train.fit(model, endless, {
        epochs: 2,
        stepsPerEpoch: 3,
        optimizer: optim.adam(model.parameters()),
        loss: (m, { images }) => {
          const z = m.forward(images) as Tensor<"float32">;
          return [sum(mul(z, z)), null];
        },
      }),
    );
    assert.equal(reports.length, 6);
    assert.ok(reports.every(({ accuracy }) => accuracy === null));
    assert.ok(reports[5]!.loss < reports[0]!.loss);
  });
});

describe("train.fit: stopping", () => {
  it("ends after the step during which the signal was aborted, and can go on", async () => {
    const stopped = pair();
    const straight = pair();
    const controller = new AbortController();
    let last = 0;
    const callbacks = { onStep: ({ step }: train.StepReport) => void (step === 5 && controller.abort()) };
    const run = { epochs: 2, optimizer: stopped.optimizer, signal: controller.signal, callbacks };
    for await (const { step } of train.fit(stopped.model, batches, run)) last = step;
    assert.equal(last, 5);
    assert.equal(stopped.optimizer.steps, 5);
    assert.deepEqual(await drain(train.fit(stopped.model, batches, { ...run, startStep: 5 })), []);
    await drain(train.fit(stopped.model, batches, { epochs: 2, optimizer: stopped.optimizer, startStep: 5 }));
    await drain(train.fit(straight.model, batches, { epochs: 2, optimizer: straight.optimizer }));
    assert.deepEqual(fingerprint(stopped), fingerprint(straight));
  });

  it("lets timers run: a signal from outside arrives", async () => {
    const { model, optimizer } = pair();
    const signal = AbortSignal.timeout(60);
    const reports = await drain(train.fit(model, batches, { epochs: 1e6, optimizer, signal }));
    assert.ok(reports.length > 0 && reports.length < 1e6);
  });
});

describe("train.fit: a step that fails is undone", () => {
  async function failsAtStep(
    n: number,
    break_: (model: Noisy) => void,
    options: Partial<train.FitOptions<Noisy>> = {},
  ) {
    const { model, optimizer } = pair();
    let good: string[] = [];
    let caught: unknown;
    try {
      const schedule = optim.schedules.step({ lr: 0.05, every: 1, gamma: 0.5 });
      for await (const { step } of train.fit(model, batches, { epochs: 1, optimizer, schedule, ...options })) {
        if (step !== n - 1) continue;
        good = fingerprint({ model, optimizer });
        break_(model);
      }
    } catch (error) {
      caught = error;
    }
    model.failure = null;
    assert.deepEqual(fingerprint({ model, optimizer }), good, "the step left traces");
    return caught as Error;
  }

  it("when a layer throws after the buffers have changed", async () => {
    const failure = new Error("no convergence");
    assert.equal(await failsAtStep(4, (model) => (model.failure = failure)), failure);
  });

  const poisoned = (value: number) => {
    let calls = 0;
    const loss: train.Loss<Noisy> = (model, { images, labels }) => {
      const logits = model.forward(images) as Tensor<"float32">;
      const loss = crossEntropy(logits, labels);
      return [++calls === 3 ? mul(loss, value) : loss, logits];
    };
    return { loss };
  };

  it("when the loss is NaN or infinite, with the report of the step", async () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const error = await failsAtStep(3, () => undefined, poisoned(value));
      assert.ok(error instanceof train.NonFiniteLossError && error instanceof NonFiniteError);
      assert.equal(error.code, "NON_FINITE");
      assert.equal(error.op, "train.fit");
      const { step, epoch, lr, loss, batchSize } = error.report;
      assert.deepEqual(
        { step, epoch, lr, loss, batchSize },
        { step: 3, epoch: 0, lr: 0.0125, loss: value, batchSize: BATCH },
      );
      assert.match(error.message, new RegExp(`the loss is ${value} in step 3 \\(epoch 0, learning rate 0.0125\\)`));
    }
  });

  it("when only the gradient is infinite", async () => {
    const big = 1e30;
    let calls = 0;
    const loss: train.Loss<Noisy> = (model, { images, labels }) => {
      const logits = model.forward(images) as Tensor<"float32">;
      const value = crossEntropy(logits, labels);
      return [++calls === 2 ? mul(value, big) : value, logits];
    };
    const error = await failsAtStep(2, () => undefined, { loss });
    assert.ok(error instanceof train.NonFiniteLossError);
    assert.ok(Number.isFinite(error.report.loss) && error.report.gradNorm === Infinity);
    assert.match(error.message, /the norm of the gradients is Infinity in step 2/);
  });

  it("when the averages are applied, or the labels do not fit", async () => {
    const { model, optimizer } = pair();
    const average = optim.ema(model.parameters());
    average.apply();
    const run = (options: Partial<train.FitOptions>, data: train.EpochData = batches) =>
      drain(train.fit<nn.Module>(model, data, { epochs: 1, optimizer, stepsPerEpoch: 1, ...options }));
    await assert.rejects(run({ ema: average }), /averages of ema are applied/);
    average.restore();
    const [batch] = batches(0, 0);
    const scalar = { images: batch!.images, labels: tensor(1, { dtype: "int32" }) };
    await assert.rejects(
      run({}, () => [scalar]),
      ShapeError,
    );
    await assert.rejects(
      run({ loss: (m, b) => [sum(m.forward(b.images) as Tensor<"float32">), null] }, () => [scalar]),
      ShapeError,
    );
    assert.equal(optimizer.steps, 0);
  });
});

describe("train.fit: options", () => {
  it("refuses at once what makes no sense", () => {
    const { model, optimizer } = pair();
    const go =
      (options: Partial<train.FitOptions<Noisy>>, data: unknown = batches) =>
      () =>
        train.fit(model, data as train.EpochData, { epochs: 1, optimizer, ...options });
    const refused: [() => unknown, RegExp][] = [
      [go({}, set), /data must be a function/],
      [go({ optimizer: undefined as never }), /the option optimizer is required/],
      [go({ optimizer: pair().optimizer }), /the optimizer has no parameter of this model/],
      [go({ epochs: 1.5 }), /epochs must be an integer ≥ 0, got 1.5/],
      [go({ startStep: -1 }), /startStep must be an integer ≥ 0/],
      [go({ startStep: 9 }), /startStep is 9, the whole run has 8 steps/],
      [go({ clipNorm: 0 }), /clipNorm must be positive, got 0/],
      [go({ stepsPerEpoch: 0 }), /stepsPerEpoch must be an integer ≥ 1/],
      [go({}, function* () {}), /stepsPerEpoch is required/],
    ];
    for (const [run, message] of refused) {
      assert.throws(run, (error: unknown) => error instanceof ArgumentError && message.test(error.message));
    }
  });

  it("says when an epoch is too short", async () => {
    const { model, optimizer } = pair();
    const run = train.fit(model, batches, { epochs: 1, optimizer, stepsPerEpoch: 9 });
    await assert.rejects(drain(run), /epoch 0 ended after 8 of 9 batches/);
    assert.equal(optimizer.steps, 8);
    const empty = train.fit(model, () => [], { epochs: 1, optimizer, stepsPerEpoch: 2 });
    await assert.rejects(drain(empty), /epoch 0 ended after 0 of 2 batches/);
  });
});
