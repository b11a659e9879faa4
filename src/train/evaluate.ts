import { ArgumentError } from "../errors.js";
import type { Module } from "../nn/module.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { crossEntropyPerSample } from "./loss.js";
import { accuracy, confusionMatrix, predictionsOf } from "./metrics.js";
import { evaluating } from "./modes.js";
import { Breather } from "./pause.js";
import type { Batch, Batches, Loss } from "./types.js";

/** Options of {@link evaluate}. */
export interface EvaluateOptions<M extends Module = Module, B extends Batch = Batch> {
  /** A loss of your own, which must return logits (default: softmax cross-entropy of `model.forward(images)`). */
  readonly loss?: Loss<M, B>;
  /** Whether to return the softmax of the logits (default false). */
  readonly probabilities?: boolean;
  /** Ends the evaluation by throwing its reason. */
  readonly signal?: AbortSignal;
}

/** What {@link evaluate} found, samples in the order they were served. */
export interface Evaluation {
  /** Mean loss of a sample. */
  readonly loss: number;
  /** Share that was classified right. */
  readonly accuracy: number;
  /** Samples. */
  readonly count: number;
  readonly classes: number;
  /** Entry `label · classes + prediction` counts the samples of class `label` predicted as `prediction`. */
  readonly confusion: Int32Array<ArrayBuffer>;
  readonly predictions: Int32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  /** [count, classes], row-major; absent unless asked for. */
  readonly probabilities?: Float64Array<ArrayBuffer>;
}

/**
 * Loss and accuracy of a model in evaluation mode; afterwards every layer has the mode it had. The thread goes back to
 * the host about every 16 ms. With the default loss, the result does not depend on how samples are split into batches:
 * losses are added sample by sample, in double. A loss of your own is weighted by the size of its batch.
 * Samples with a negative label count for `predictions` only.
 *
 * @throws {ArgumentError} if there is no sample, the number of classes varies, or the loss returns no logits;
 * {@link ShapeError} unless logits are [B, classes] and labels [B].
 * @example
 * import { data, init, nn, train } from "matprop";
 * await init();
 * const set = data.synthetic({ seed: 1, size: 8, classes: 4, perClass: 16 });
 * const [height, width, channels] = set.shape;
 * const model = new nn.Sequential([new nn.Flatten(), new nn.Linear(height * width * channels, 4, { seed: 1 })]);
 * const { accuracy, confusion } = await train.evaluate(model, data.batches(set, { batchSize: 32 }));
 */
export async function evaluate<M extends Module, B extends Batch = Batch>(
  model: M,
  batches: Batches<B>,
  options: EvaluateOptions<M, B> = {},
): Promise<Evaluation> {
  const { probabilities = false, signal } = options;
  const measure = measurer(options.loss);
  const tally = new Tally();
  const breather = new Breather();
  signal?.throwIfAborted();
  for await (const batch of batches) {
    // Only while it computes: between batches the model may be anybody's.
    const backToTraining = evaluating(model);
    try {
      scope(() => {
        const { losses, logits } = measure(model, batch);
        tally.add(losses, logits, batch.labels, probabilities);
      });
    } finally {
      backToTraining();
    }
    await breather.breathe();
    signal?.throwIfAborted();
  }
  return tally.result();
}

/** The losses of a batch, one a sample, and its logits. */
type Measure<M, B> = (model: M, batch: B) => { losses: ArrayLike<number>; logits: Tensor<DType> };

function measurer<M extends Module, B extends Batch>(loss: Loss<M, B> | undefined): Measure<M, B> {
  if (loss === undefined) {
    return (model, batch) => {
      const [losses, logits] = crossEntropyPerSample(model, batch);
      return { losses: losses.data(), logits };
    };
  }
  return (model, batch) => {
    const [mean, logits] = loss(model, batch);
    if (logits === null) throw new ArgumentError("train.evaluate", "the loss must return [loss, logits]");
    return { losses: new Float64Array(batch.labels.size).fill(mean.item()), logits };
  };
}

/** Adds batches up in the order they come. */
class Tally {
  private readonly parts: { predictions: Int32Array; labels: Int32Array; probabilities: ArrayLike<number> }[] = [];
  private total = 0;
  private counted = 0;
  private classes = -1;

  add(losses: ArrayLike<number>, logits: Tensor<DType>, labelTensor: Tensor<DType>, wanted: boolean): void {
    const op = "train.evaluate";
    const predictions = predictionsOf(op, logits, labelTensor);
    const labels = Int32Array.from(labelTensor.data());
    const classes = logits.shape[1]!;
    if (this.classes >= 0 && classes !== this.classes) {
      throw new ArgumentError(op, `logits of ${this.classes} classes first, now of ${classes}`);
    }
    this.classes = classes;
    for (let i = 0; i < labels.length; i++) {
      if (labels[i]! < 0) continue;
      this.total += losses[i]!;
      this.counted++;
    }
    this.parts.push({ predictions, labels, probabilities: wanted ? softmax(logits).data() : [] });
  }

  result(): Evaluation {
    const predictions = join(
      Int32Array,
      this.parts.map((part) => part.predictions),
    );
    const labels = join(
      Int32Array,
      this.parts.map((part) => part.labels),
    );
    if (labels.length === 0) throw new ArgumentError("train.evaluate", "there is no sample to evaluate");
    const probabilities = join(
      Float64Array,
      this.parts.map((part) => part.probabilities),
    );
    return {
      loss: this.total / this.counted,
      accuracy: accuracy(predictions, labels),
      count: labels.length,
      classes: this.classes,
      confusion: confusionMatrix(predictions, labels, this.classes),
      predictions,
      labels,
      ...(probabilities.length > 0 && { probabilities }),
    };
  }
}

function softmax(logits: Tensor<DType>): Tensor<DType> {
  const dtype = logits.dtype as FloatDType;
  const [rows, classes] = logits.shape as [number, number];
  const out = allocate(logits.shape, dtype);
  wasm[dtype].softmax(rows, classes, address("train.evaluate", logits), address("train.evaluate", out));
  return out;
}

function join<A extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(
  make: new (length: number) => A,
  parts: readonly ArrayLike<number>[],
): A {
  const out = new make(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
