import assert from "node:assert/strict";
import { ArgumentError, FormatError, ScopeEndedError, ShapeError } from "../../src/errors.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.js";
import { ones } from "../../src/tensor/create.js";
import { hash } from "../../src/tensor/hash.js";
import { PACKAGE_VERSION } from "../../src/train/version.js";
import { readText } from "../support/host.js";
import { nn, optim, train } from "./rooms.js";
import { batches, Noisy, OPTIMIZERS } from "./support.js";

interface Run {
  model: Noisy;
  optimizer: optim.Optimizer;
  ema: optim.Ema;
}

const EPOCHS = 3;
const STEPS = 20;
const schedule = () => optim.schedules.warmup({ steps: 4, after: optim.schedules.cosine({ lr: 0.05, steps: 20 }) });

/** New objects with other weights, so that whatever is not restored shows. */
function fresh(name: string, seed = 1): Run {
  const model = new Noisy(seed);
  return { model, optimizer: OPTIMIZERS[name]!(model), ema: optim.ema(model.parameters(), { decay: 0.75 }) };
}

async function advance(run: Run, from: number, to: number): Promise<train.StepReport> {
  const { model, optimizer, ema } = run;
  let last: train.StepReport | undefined;
  const options = { epochs: EPOCHS, optimizer, ema, schedule: schedule(), clipNorm: 1, startStep: from };
  for await (const report of train.fit(model, batches, options)) {
    last = report;
    if (report.step === to) break;
  }
  return last!;
}

const untimed = (report: train.StepReport) => ({ ...report, seconds: 0, imagesPerSecond: 0 });

const bits = ({ model, optimizer, ema }: Run) => [hash(model.state()), hash(optimizer.state()), hash(ema.state())];

describe("train.checkpoint", () => {
  for (const name of Object.keys(OPTIMIZERS)) {
    // 7 and 13 lie inside an epoch of 8 steps, 8 and 16 at its end.
    for (const stops of [[7], [8], [3, 13, 16]]) {
      it(`${name}: stopped after ${stops.join(", ")} of ${STEPS} steps and resumed ≡ never stopped`, async () => {
        const straight = fresh(name);
        const end = await advance(straight, 0, STEPS);
        let run = fresh(name);
        let at = 0;
        for (const [i, stop] of stops.entries()) {
          const { step, epoch } = await advance(run, at, stop);
          const bytes = train.checkpoint(run, { step, epoch, seed: 11 });
          run = fresh(name, 100 + i);
          run.optimizer.lr = 0.7;
          const restored = train.restore(bytes, run);
          assert.deepEqual(restored, { step: stop, epoch, seed: 11, version: PACKAGE_VERSION, metadata: {} });
          at = restored.step;
        }
        const resumed = await advance(run, at, STEPS);
        assert.deepEqual(bits(run), bits(straight));
        assert.deepEqual(untimed(resumed), untimed(end));
      });
    }
  }

  it("is one safetensors file with the whole state, the same bytes for the same state", async () => {
    const run = fresh("sgd");
    await advance(run, 0, 2);
    const bytes = train.checkpoint(run, { step: 2, seed: 4, metadata: { config: '{"a":1}' } });
    assert.deepEqual(train.checkpoint(run, { step: 2, seed: 4, metadata: { config: '{"a":1}' } }), bytes);
    const { tensors, metadata } = decodeSafetensors(bytes);
    const names = Object.keys(tensors);
    for (const name of [
      "model/average",
      "model/draws",
      "model/first.weight",
      "optimizer/step",
      "optimizer/lr",
      "optimizer/momentum/first.weight",
      "ema/second.bias",
    ]) {
      assert.ok(names.includes(name), name);
    }
    assert.equal(tensors["model/draws"]!.dtype, "int32");
    assert.equal(tensors["optimizer/step"]!.item(), 2);
    assert.equal(metadata.config, '{"a":1}');
    assert.deepEqual(JSON.parse(metadata["matprop.checkpoint"]!), {
      format: 1,
      version: PACKAGE_VERSION,
      step: 2,
      epoch: 0,
      seed: 4,
      parts: ["model", "optimizer", "ema"],
    });
    assert.deepEqual(train.restore(bytes, fresh("sgd", 9)).metadata, { config: '{"a":1}' });
  });

  it("knows the version of the package", () => {
    const { version } = JSON.parse(readText("package.json"));
    assert.equal(PACKAGE_VERSION, version);
  });

  it("restores a model alone from a checkpoint of everything", async () => {
    const run = fresh("adamw");
    await advance(run, 0, 3);
    const model = new Noisy(50);
    train.restore(train.checkpoint(run, { step: 3 }), { model });
    assert.equal(hash(model.state()), hash(run.model.state()));
  });

  it("refuses what cannot be written", () => {
    const run = fresh("sgd");
    assert.throws(() => train.checkpoint(run, { step: -1 }), /train.checkpoint: step must be an integer ≥ 0, got -1/);
    assert.throws(() => train.checkpoint(run, { step: 0, epoch: 0.5 }), /epoch must be/);
    assert.throws(() => train.checkpoint(run, { step: 0, seed: NaN }), /seed must be/);
    assert.throws(() => train.checkpoint(run, { step: 0, metadata: { "matprop.checkpoint": "" } }), ArgumentError);
    run.ema.apply();
    assert.throws(() => train.checkpoint(run, { step: 0 }), /averages of ema are applied/);
    run.ema.restore();
    run.model.dispose();
    assert.throws(() => train.checkpoint(run, { step: 0 }), ScopeEndedError);
  });
});

describe("train.restore: a file that does not fit changes nothing", () => {
  const good = () => {
    const bytes = train.checkpoint(fresh("sgd"), { step: 5 });
    const { tensors, metadata } = decodeSafetensors(bytes);
    return { bytes, tensors, metadata };
  };
  const head = (change: Record<string, unknown>) => ({
    "matprop.checkpoint": JSON.stringify({ ...JSON.parse(good().metadata["matprop.checkpoint"]!), ...change }),
  });

  const attempts: [string, () => Uint8Array, new (...a: any[]) => Error, RegExp][] = [
    ["other tensors", () => encodeSafetensors({ w: ones([2]) }), FormatError, /no checkpoint/],
    ["no file", () => Uint8Array.of(1, 2, 3), FormatError, /./],
    ["a truncated file", () => good().bytes.slice(0, -1), FormatError, /./],
    ["no JSON", () => encodeSafetensors(good().tensors, { "matprop.checkpoint": "{" }), FormatError, /./],
    [
      "no object",
      () => encodeSafetensors(good().tensors, { "matprop.checkpoint": "[]" }),
      FormatError,
      /must be a JSON object/,
    ],
    [
      "a later format",
      () => encodeSafetensors(good().tensors, head({ format: 2 })),
      FormatError,
      /checkpoint format 2/,
    ],
    ["a negative step", () => encodeSafetensors(good().tensors, head({ step: -1 })), FormatError, /step must be/],
    ["no version", () => encodeSafetensors(good().tensors, head({ version: 1 })), FormatError, /version must be text/],
    ["unknown parts", () => encodeSafetensors(good().tensors, head({ parts: ["x"] })), FormatError, /parts must be/],
    [
      "unknown tensors",
      () => encodeSafetensors({ ...good().tensors, x: ones([]) }, head({})),
      FormatError,
      /no tensor called "x"/,
    ],
    [
      "a model of another shape",
      () => encodeSafetensors({ ...good().tensors, "model/second.bias": ones([5]) }, head({})),
      ShapeError,
      /"second.bias" must have shape \[4\], got \[5\]/,
    ],
    [
      "a model tensor too many",
      () => encodeSafetensors({ ...good().tensors, "model/x": ones([5]) }, head({})),
      ArgumentError,
      /unknown: \[x\]/,
    ],
    [
      "another optimizer",
      () => train.checkpoint(fresh("adamw"), { step: 5 }),
      ArgumentError,
      /missing: \[momentum\/first/,
    ],
    [
      "another average",
      () => encodeSafetensors({ ...good().tensors, "ema/second.bias": ones([5]) }, head({})),
      ShapeError,
      /average "second.bias"/,
    ],
    [
      "no optimizer",
      () => train.checkpoint({ model: new Noisy() }, { step: 5 }),
      ArgumentError,
      /taken without optimizer/,
    ],
  ];

  for (const [what, make, kind, message] of attempts) {
    it(what, () => {
      const run = fresh("sgd", 3);
      const before = bits(run);
      const bytes = make();
      assert.throws(
        () => train.restore(bytes, run),
        (error: unknown) => error instanceof kind && message.test(error.message),
      );
      assert.deepEqual(bits(run), before);
    });
  }

  it("averages that are applied, a model that is disposed", () => {
    const { bytes } = good();
    const run = fresh("sgd", 3);
    run.ema.apply();
    assert.throws(() => train.restore(bytes, run), /averages of ema are applied/);
    run.ema.restore();
    run.model.dispose();
    const before = hash(run.optimizer.state());
    assert.throws(() => train.restore(bytes, run), ScopeEndedError);
    assert.equal(hash(run.optimizer.state()), before);
    const { model } = fresh("sgd", 3);
    const { "second.bias": last, ...rest } = model.state();
    last!._storage.dispose();
    const untouched = hash(rest);
    assert.throws(() => train.restore(bytes, { model }), ScopeEndedError);
    assert.equal(hash(rest), untouched);
  });

  it("a plain layer without buffers works as well", () => {
    const bytes = train.checkpoint({ model: new nn.Linear(3, 2, { seed: 1 }) }, { step: 0 });
    const model = new nn.Linear(3, 2, { seed: 2 });
    train.restore(bytes, { model });
    assert.equal(hash(model.state()), hash(new nn.Linear(3, 2, { seed: 1 }).state()));
  });
});
