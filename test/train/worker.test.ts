import assert from "node:assert/strict";
import { startWorker } from "../support/host.js";
import { remoteTraining, serveTraining, type RemoteTraining } from "../../src/worker.js";
import type { Settings } from "./program.js";
import { train } from "./rooms.js";
import { batches, drain, Noisy, OPTIMIZERS, STEPS_PER_EPOCH } from "./support.js";

const EPOCHS = 3;
const STEPS = EPOCHS * STEPS_PER_EPOCH;
/** Long enough for many steps, were they done. */
const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

/** The checkpoint after training here, without a worker. */
async function trainedHere(epochs = EPOCHS): Promise<Uint8Array> {
  const model = new Noisy(1);
  const optimizer = OPTIMIZERS.sgd!(model);
  await drain(train.fit(model, batches, { epochs, optimizer }));
  return train.checkpoint({ model, optimizer }, { step: epochs * STEPS_PER_EPOCH, epoch: epochs, seed: 7 });
}

describe("train: in a worker", () => {
  let run: RemoteTraining<Settings, string>;
  let terminate: () => unknown;
  const values: string[] = [];
  beforeEach(() => {
    values.length = 0;
    const started = startWorker("test/train/program.ts");
    ({ terminate } = started);
    run = remoteTraining(started.worker, { onValue: (value) => values.push(value) });
  });
  afterEach(() => terminate());

  it("reports every step and comes to the weights of the same training here", async () => {
    const end = run.start({ epochs: EPOCHS });
    const reports = await drain(run);
    assert.deepEqual(
      reports.map(({ step }) => step),
      Array.from({ length: STEPS }, (_, i) => i + 1),
    );
    assert.deepEqual(await end, { step: STEPS, stopped: false });
    assert.deepEqual(values, ["epoch 0", "epoch 1", "epoch 2"]);
    assert.deepEqual(await run.checkpoint(), await trainedHere());
    assert.deepEqual(await drain(run), [], "the run is over");
  });

  it("pauses between two steps, gives a checkpoint meanwhile, and resumes", async () => {
    // Many more steps than a worker takes before it looks for commands again.
    const epochs = 60;
    const end = run.start({ epochs });
    run.pause();
    const bytes = await run.checkpoint();
    const model = new Noisy(9);
    const { step } = train.restore(bytes, { model });
    await moment();
    assert.equal(train.restore(await run.checkpoint(), { model }).step, step, "it stood still");
    assert.ok(step < epochs * STEPS_PER_EPOCH);
    run.resume();
    await end;
    assert.deepEqual(await run.checkpoint(), await trainedHere(epochs));
  });

  it("stops after a step, and goes on from a checkpoint to the same weights, in the same worker or another", async () => {
    const end = run.start({ epochs: 1e6 });
    for await (const { step } of run) if (step >= 5) run.stop();
    const { step, stopped } = await end;
    assert.ok(stopped && step >= 5 && step < 1e6, `${step} steps`);
    const checkpoint = await run.checkpoint();
    const epochs = Math.ceil(step / STEPS_PER_EPOCH) + 1;
    const expected = await trainedHere(epochs);
    const again = run.start({ epochs }, { checkpoint });
    const [first] = await drain(run);
    assert.equal(first.step, step + 1);
    assert.deepEqual(await again, { step: epochs * STEPS_PER_EPOCH, stopped: false });
    assert.deepEqual(await run.checkpoint(), expected);
    const other = startWorker("test/train/program.ts");
    try {
      const elsewhere = remoteTraining<Settings>(other.worker);
      await elsewhere.start({ epochs }, { checkpoint });
      assert.deepEqual(await elsewhere.checkpoint(), expected);
    } finally {
      await other.terminate();
    }
  });

  it("a new start stops the run that is going on", async () => {
    const first = run.start({ epochs: 1e6 });
    await run[Symbol.asyncIterator]().next();
    const second = run.start({ epochs: EPOCHS });
    assert.equal((await first).stopped, true);
    assert.deepEqual(await second, { step: STEPS, stopped: false });
    assert.deepEqual(await run.checkpoint(), await trainedHere());
  });

  it("errors of a run reach whoever waits for it, by name, and the worker stays usable", async () => {
    await assert.rejects(run.checkpoint(), { name: "ArgumentError", message: /nothing has been trained yet/ });
    await assert.rejects(run.start({ epochs: 1, refuses: true }), {
      name: "ArgumentError",
      message: "program: refused",
    });
    void run.start({ epochs: 1, fails: 3 });
    await assert.rejects(drain(run), { name: "RangeError", message: "in the forward pass" });
    assert.equal(train.restore(await run.checkpoint(), { model: new Noisy(2) }).step, 3, "the failing step was undone");
    await run.start({ epochs: EPOCHS });
    assert.deepEqual(await run.checkpoint(), await trainedHere());
  });
});

describe("train: worker entries", () => {
  it("say what they need", () => {
    assert.throws(() => remoteTraining(3 as never), { name: "ArgumentError", message: /got number/ });
    assert.throws(() => serveTraining(() => ({}) as never), { name: "ArgumentError", message: /must run in a worker/ });
  });
});
