import type { DType } from "../tensor/dtype.js";
import { valueAndGrad } from "../autodiff/grad.js";
import { ArgumentError, ShapeError } from "../errors.js";
import type { Module } from "../nn/module.js";
import { checkCount } from "../optim/check.js";
import { clipGradNorm } from "../optim/clip.js";
import type { Ema } from "../optim/ema.js";
import type { Optimizer } from "../optim/optimizer.js";
import type { Schedule } from "../optim/schedules.js";
import { scope } from "../tensor/scoped.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { crossEntropyLoss } from "./loss.js";
import { accuracy, predictionsOf } from "./metrics.js";
import { Breather } from "./pause.js";
import { Rollback } from "./rollback.js";
import { NonFiniteLossError, type Batch, type EpochData, type Loss, type StepReport } from "./types.js";

/** What {@link fit} calls as it goes; a promise is awaited before the next step. */
export interface FitCallbacks {
  /** After every step, before its report is served. */
  readonly onStep?: (report: StepReport) => unknown;
  /** After the last step of every epoch, after its `onStep`. */
  readonly onEpoch?: (report: StepReport) => unknown;
}

/** Options of {@link fit}. */
export interface FitOptions<M extends Module = Module, B extends Batch = Batch> {
  /** Passes over the data in all, those before `startStep` included. */
  readonly epochs: number;
  /** Its parameters are trained; what else the model has stays as it is. */
  readonly optimizer: Optimizer;
  /** What is made small (default: mean softmax cross-entropy of `model.forward(images)`). */
  readonly loss?: Loss<M, B>;
  /** Learning rate by the number of steps done (default: the optimizer's own, unchanged). */
  readonly schedule?: Schedule;
  /** Largest 2-norm of all gradients together; longer ones are shortened (default: no limit). */
  readonly clipNorm?: number;
  /** Updated after every step. */
  readonly ema?: Ema;
  /** Called after steps and epochs. */
  readonly callbacks?: FitCallbacks | readonly FitCallbacks[];
  /** Ends the run after the step that is being done. */
  readonly signal?: AbortSignal;
  /** Steps that are done already, over all epochs: resumes there, also inside an epoch (default 0). */
  readonly startStep?: number;
  /** Batches an epoch (default: the `length` of what `data` returns, as `data.batches` has it). */
  readonly stepsPerEpoch?: number;
}

/**
 * Trains a model: an asynchronous iterator of steps that a command line, a worker and a notebook can share. Each item
 * is the report of a finished step, and nothing runs until the next is asked for, so the consumer may evaluate, save or
 * stop between any two. The thread goes back to the host about every 16 ms.
 *
 * Model and optimizer are all the state there is: after `report.step` steps, a checkpoint of both and the same call with
 * `startStep: report.step` go on bit for bit. A step that throws is undone: parameters, optimizer, running statistics
 * and generators are as before it.
 *
 * @param model put into training mode when the run starts.
 * @param data the batches of an epoch without the first `skip`, usually from `data.batches`.
 * @returns reports, one a step; it ends after the last epoch, or early, without error, when `signal` is aborted.
 * @throws {ArgumentError} at once for options that make no sense; while running, if an epoch has too few batches.
 * @throws {NonFiniteLossError} if the loss or a gradient is NaN or infinite; it carries the report of that step.
 * @example
 * import { data, init, nn, optim, train } from "matprop";
 * await init();
 * const set = data.synthetic({ seed: 1, size: 8, classes: 4, perClass: 16 });
 * const [height, width, channels] = set.shape;
 * const model = new nn.Sequential([new nn.Flatten(), new nn.Linear(height * width * channels, 4, { seed: 1 })]);
 * const batches = (epoch, skip) => data.batches(set, { batchSize: 16, shuffle: 7, epoch, start: skip });
 * const optimizer = optim.sgd(model.parameters(), { lr: 0.05 });
 * for await (const { step, steps, loss, accuracy } of train.fit(model, batches, { epochs: 2, optimizer })) {
 *   console.log(`${step}/${steps}`, loss, accuracy);
 * }
 */
export function fit<M extends Module, B extends Batch = Batch>(
  model: M,
  data: EpochData<B>,
  options: FitOptions<M, B>,
): AsyncGenerator<StepReport, void, void> {
  const op = "train.fit";
  const { epochs, optimizer, startStep = 0, clipNorm = Infinity } = options;
  if (typeof data !== "function") throw new ArgumentError(op, "data must be a function (epoch, skip) → batches");
  if (optimizer === undefined) throw new ArgumentError(op, "the option optimizer is required");
  checkCount(op, "epochs", epochs, 0);
  checkCount(op, "startStep", startStep, 0);
  if (!(clipNorm > 0)) throw new ArgumentError(op, `clipNorm must be positive, got ${String(clipNorm)}`);
  const stepsPerEpoch = options.stepsPerEpoch ?? (data(0, 0) as { readonly length?: unknown }).length;
  if (stepsPerEpoch === undefined) {
    throw new ArgumentError(op, "the option stepsPerEpoch is required: what data returns has no length");
  }
  checkCount(op, "stepsPerEpoch", stepsPerEpoch, 1);
  const steps = epochs * stepsPerEpoch;
  if (startStep > steps) throw new ArgumentError(op, `startStep is ${startStep}, the whole run has ${steps} steps`);
  const own = new Set(Object.values(model.state()));
  if (!Object.values(optimizer.parameters()).some((parameter) => own.has(parameter))) {
    throw new ArgumentError(op, "the optimizer has no parameter of this model");
  }
  return run(model, data, { ...options, startStep, stepsPerEpoch, steps, clipNorm });
}

type Plan<M extends Module, B extends Batch> = FitOptions<M, B> & {
  readonly startStep: number;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  readonly clipNorm: number;
};

async function* run<M extends Module, B extends Batch>(
  model: M,
  data: EpochData<B>,
  plan: Plan<M, B>,
): AsyncGenerator<StepReport, void, void> {
  const { signal, stepsPerEpoch, steps } = plan;
  const callbacks = ([] as readonly FitCallbacks[]).concat(plan.callbacks ?? []);
  const loss: Loss<M, B> = plan.loss ?? crossEntropyLoss;
  const breather = new Breather();
  model.train();
  const trainer = new Trainer(model, loss, plan);
  try {
    for (let done = plan.startStep; done < steps;) {
      const epoch = Math.floor(done / stepsPerEpoch);
      const end = (epoch + 1) * stepsPerEpoch;
      if (signal?.aborted) return;
      let start = performance.now();
      for await (const batch of data(epoch, done % stepsPerEpoch)) {
        const report = trainer.step(batch, done, start);
        done = report.step;
        for (const { onStep, onEpoch } of callbacks) {
          await onStep?.(report);
          if (report.epochEnd) await onEpoch?.(report);
        }
        yield report;
        await breather.breathe();
        if (signal?.aborted) return;
        if (done === end) break;
        start = performance.now();
      }
      if (done < end) {
        const served = done - epoch * stepsPerEpoch;
        throw new ArgumentError("train.fit", `epoch ${epoch} ended after ${served} of ${stepsPerEpoch} batches`);
      }
    }
  } finally {
    trainer.dispose();
  }
}

/** Does single steps, each wholly or not at all. */
class Trainer<M extends Module, B extends Batch> {
  private readonly rollback: Rollback;
  private readonly gradient;

  constructor(
    model: M,
    loss: Loss<M, B>,
    private readonly plan: Plan<M, B>,
  ) {
    this.rollback = new Rollback(model);
    const wrt = plan.optimizer.parameters();
    this.gradient = valueAndGrad((batch: B) => loss(model, batch), { wrt, hasAux: true });
  }

  step(batch: B, done: number, start: number): StepReport {
    const { optimizer, schedule, ema } = this.plan;
    if (ema?.applied) throw new ArgumentError("train.fit", "the averages of ema are applied; restore() them first");
    const before = optimizer.lr;
    this.rollback.save();
    try {
      if (schedule !== undefined) optimizer.lr = schedule(done);
      return scope(() => this.change(batch, done, start));
    } catch (error) {
      this.rollback.undo();
      optimizer.lr = before;
      throw error;
    }
  }

  dispose(): void {
    this.rollback.dispose();
  }

  private change(batch: B, done: number, start: number): StepReport {
    const { optimizer, ema, clipNorm, stepsPerEpoch, steps } = this.plan;
    const { value, grads, aux: logits } = this.gradient(batch);
    const { grads: clipped, norm } = clipGradNorm(grads, clipNorm);
    const measured = {
      epoch: Math.floor(done / stepsPerEpoch),
      step: done + 1,
      steps,
      epochEnd: (done + 1) % stepsPerEpoch === 0,
      loss: value.item(),
      accuracy:
        logits === null ? null : accuracy(predictionsOf("train.fit", logits, batch.labels), batch.labels.data()),
      lr: optimizer.lr,
      gradNorm: norm,
      batchSize: batchSizeOf(batch),
    };
    const report = (): StepReport => {
      const seconds = (performance.now() - start) / 1000;
      return { ...measured, seconds, imagesPerSecond: measured.batchSize / seconds };
    };
    if (!Number.isFinite(measured.loss) || !Number.isFinite(norm)) throw new NonFiniteLossError("train.fit", report());
    optimizer.step(clipped);
    ema?.update();
    return report();
  }
}

function batchSizeOf({ labels }: { readonly labels: Tensor<DType> }): number {
  const [size] = labels.shape;
  if (size === undefined) {
    throw new ShapeError("train.fit", `labels must have one entry a sample, got shape ${showShape(labels.shape)}`);
  }
  return size;
}
