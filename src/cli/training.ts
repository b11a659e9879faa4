import { data, nn, optim, scope, train, type LabelledImages, type LabelledSamples, type Tensor } from "./library.js";
import { buildModel, type Classifier } from "./models.js";
import { modelSpec, type Settings } from "./settings.js";

/** Normalization of images, measured on the training set: (pixel / 255 − mean) / std; matrices have none. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Images a batch where nothing is trained: the result does not depend on it. */
const TEST_BATCH = 250;

/** Share of the steps in which the learning rate rises. */
const WARM_UP = 0.1;

/** Gradients are scaled down to this 2-norm: a single odd batch cannot throw the weights far. */
const CLIP_NORM = 5;

/** The learning rate rises to `lr` in a share of the steps and falls in the others, both ways by half a cosine wave. */
export function risingAndFalling(lr: number, steps: number, rising: number): optim.Schedule {
  const { warmup, cosine } = optim.schedules;
  const warm = Math.min(steps - 1, Math.round(rising * steps));
  return warmup({ steps: warm, after: cosine({ lr, steps: steps - warm }) });
}

/** A training run that is set up and has not begun: the same settings and images make the same one. */
export class Training {
  readonly model: Classifier;
  readonly optimizer: optim.Optimizer;
  readonly schedule: optim.Schedule;
  readonly normalization: Normalization;
  readonly stepsPerEpoch: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Whether a last batch of a single image is left out: batch normalization has nothing to measure there. */
  private readonly dropLast: boolean;

  constructor(
    readonly settings: Settings,
    private readonly set: LabelledSamples,
  ) {
    const { epochs, batch, lr, weightDecay, frozen } = settings;
    this.model = buildModel(modelSpec(settings, set));
    this.optimizer = optim.adamw(this.model.trainable(frozen), { lr, weightDecay });
    this.normalization = data.isMatrices(set) ? { mean: [], std: [] } : data.statistics(set);
    const { length } = set.labels;
    this.dropLast = length > batch && length % batch === 1;
    this.stepsPerEpoch = this.dropLast ? Math.floor(length / batch) : Math.ceil(length / batch);
    this.steps = epochs * this.stepsPerEpoch;
    this.schedule = risingAndFalling(lr, this.steps, WARM_UP);
  }

  /** The steps from `startStep` on, one report each; ends early, between two steps, when `signal` is aborted. */
  run(
    options: { readonly startStep?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<train.StepReport, void, void> {
    const { epochs } = this.settings;
    return train.fit(this.model, (epoch, skip) => this.batches(epoch, skip), {
      epochs,
      stepsPerEpoch: this.stepsPerEpoch,
      optimizer: this.optimizer,
      schedule: this.schedule,
      clipNorm: CLIP_NORM,
      ...options,
    });
  }

  private batches(epoch: number, skip: number): data.Batches<"float32" | "float64"> {
    const { batch, seed, augment } = this.settings;
    return batchesOf(this.set, this.model, this.normalization, {
      batchSize: batch,
      shuffle: seed,
      epoch,
      start: skip,
      dropLast: this.dropLast,
      ...(augment ? { augment } : {}),
    });
  }
}

/** Batches as a model takes them. */
function batchesOf(
  set: LabelledSamples,
  { dtype }: Classifier,
  { mean, std }: Normalization,
  options: data.BatchOptions,
): data.Batches<"float32" | "float64"> {
  return data.batches(set, { ...options, dtype, ...(data.isMatrices(set) ? {} : { mean, std }) });
}

/** Loss, accuracy and confusion matrix of a model on a data set, and its probabilities for every sample. */
export function evaluateOn(
  model: Classifier,
  set: LabelledSamples,
  normalization: Normalization,
): Promise<train.Evaluation> {
  const batches = batchesOf(set, model, normalization, { batchSize: TEST_BATCH });
  return train.evaluate(model, batches, { probabilities: true });
}

/** Probabilities of the classes, row-major [N, classes]. The model must be in evaluation mode. */
export function probabilitiesOf(model: Classifier, set: LabelledImages, { mean, std }: Normalization): Float32Array {
  const rows: Float32Array[] = [];
  for (const { images } of data.batches(set, { batchSize: TEST_BATCH, mean, std })) {
    rows.push(scope(() => nn.functional.softmax(model.forward(images) as Tensor<"float32">).data() as Float32Array));
  }
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}
