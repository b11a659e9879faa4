import { UsageError } from "../args.js";
import { optim, train } from "../library.js";
import { risingAndFalling } from "../training.js";
import { SegmentModel } from "./model.js";
import { crops, type CropBatch, type Sample } from "./samples.js";
import type { SegmentSettings } from "./settings.js";

/** Share of the steps in which the learning rate rises. */
const WARM_UP = 0.05;

/** Gradients are scaled down to this 2-norm: a single odd batch cannot throw the weights far. */
const CLIP_NORM = 2;

/** The smallest crop that the coarsest scale of the network can do anything with. */
const SMALLEST = 16;

/** A step and the crops in it that the loss could not compare by their leading eigenvectors. */
export interface SegmentStepReport extends train.StepReport {
  readonly unranked: number;
}

/** A training run that is set up and has not begun: the same settings and images make the same one. */
export class SegmentTraining {
  readonly model: SegmentModel;
  readonly optimizer: optim.Optimizer;
  readonly stepsPerEpoch: number;
  /** Steps of the whole run. */
  readonly steps: number;
  private readonly schedule: optim.Schedule;
  private readonly size: number;

  constructor(
    readonly settings: SegmentSettings,
    private readonly samples: readonly Sample[],
  ) {
    const { epochs, batch, lr, weightDecay } = settings;
    if (samples.length < batch) {
      throw new UsageError(`a batch of ${batch} needs as many images with segmentations, there are ${samples.length}`);
    }
    // Crops are squares that fit every image, and that the scales halve without a rest.
    const shortest = Math.min(...samples.map(({ image }) => Math.min(image.height, image.width)));
    this.size = Math.floor(shortest / 8) * 8;
    if (this.size < SMALLEST) throw new UsageError(`images of ${shortest} pixels are too small, at least ${SMALLEST}`);
    this.model = new SegmentModel(settings);
    this.optimizer = optim.adamw(this.model.parameters(), { lr, weightDecay });
    this.stepsPerEpoch = Math.floor(samples.length / batch);
    this.steps = epochs * this.stepsPerEpoch;
    this.schedule = risingAndFalling(lr, this.steps, WARM_UP);
  }

  /** The steps from `startStep` on, one report each; ends early, between two steps, when `signal` is aborted. */
  async *run(options: {
    readonly startStep: number;
    readonly signal: AbortSignal;
  }): AsyncGenerator<SegmentStepReport, void, void> {
    const { epochs, batch, seed } = this.settings;
    const { size, samples } = this;
    let unranked = 0;
    const steps = train.fit<SegmentModel, CropBatch>(
      this.model,
      (epoch, skip) => crops(samples, { batch, seed, epoch, skip, size }),
      {
        epochs,
        stepsPerEpoch: this.stepsPerEpoch,
        optimizer: this.optimizer,
        schedule: this.schedule,
        clipNorm: CLIP_NORM,
        loss: (model, { images, truths, seed }) => {
          const found = model.loss(images, truths, seed);
          unranked = found.unranked;
          return [found.loss, null];
        },
        ...options,
      },
    );
    for await (const report of steps) yield { ...report, unranked };
  }
}
