import { NonFiniteError } from "../errors.js";
import type { Module } from "../nn/module.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";

/** One step's worth of data, as `data.batches` serves it; more fields are handed through to the loss. */
export interface Batch {
  /** What `model.forward` takes; the first axis counts samples. */
  readonly images: Tensor<FloatDType>;
  /** The class of each sample, [B]. */
  readonly labels: Tensor<"int32">;
}

/** Batches in order; those that wait for a file or the network are asynchronous. */
export type Batches<B extends Batch = Batch> = Iterable<B> | AsyncIterable<B>;

/**
 * The batches of epoch `epoch` (from 0) without the first `skip`, in the same order whenever they are asked for: what
 * makes a resumed run equal to an uninterrupted one.
 */
export type EpochData<B extends Batch = Batch> = (epoch: number, skip: number) => Batches<B>;

/** The scalar to be made small, a mean over the batch, and the logits [B, classes], or null when there are none. */
export type Loss<M extends Module = Module, B extends Batch = Batch> = (
  model: M,
  batch: B,
) => readonly [loss: Tensor<DType>, logits: Tensor<DType> | null];

/** What a step of training reports. */
export interface StepReport {
  /** The epoch the step belongs to, from 0. */
  readonly epoch: number;
  /** Steps done, this one included, over all epochs: where a checkpoint taken now goes on. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Whether this was the last step of its epoch. */
  readonly epochEnd: boolean;
  /** Mean loss of the batch, before the step. */
  readonly loss: number;
  /** Share of the batch that was classified right, or null when the loss returns no logits. */
  readonly accuracy: number | null;
  /** Learning rate of the step. */
  readonly lr: number;
  /** 2-norm of all gradients, before clipping. */
  readonly gradNorm: number;
  /** Samples in the batch. */
  readonly batchSize: number;
  /** Time of the step, getting its batch included, by the clock of the machine. */
  readonly seconds: number;
  /** `batchSize / seconds`. */
  readonly imagesPerSecond: number;
}

/**
 * The loss or a gradient became NaN or infinite. The step was not taken: model and optimizer are as they were before
 * it, so that what they hold, and the last checkpoint, are good. `report.step` is the step that failed, from 1.
 */
export class NonFiniteLossError extends NonFiniteError {
  constructor(
    op: string,
    readonly report: StepReport,
  ) {
    const { step, epoch, loss, gradNorm, lr } = report;
    const what = Number.isFinite(loss) ? `the norm of the gradients is ${gradNorm}` : `the loss is ${loss}`;
    super(
      op,
      0,
      `${what} in step ${step} (epoch ${epoch}, learning rate ${lr}); the step was not taken. ` +
        "A smaller learning rate, a warm-up or clipNorm usually helps",
    );
  }
}
