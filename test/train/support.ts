/** What the training tests share: a small data set, and a model with everything a checkpoint has to carry. */
import { initSync } from "../../src/wasm/load.js";
import { data as dataRoom, nn, optim } from "./rooms.js";
import { relu } from "../../src/ops/index.js";
import { add } from "../../src/ops/add.js";
import { astype } from "../../src/ops/astype.js";
import { mean } from "../../src/ops/mean.js";
import { mul } from "../../src/ops/mul.js";
import { sub } from "../../src/ops/sub.js";
import { assign } from "../../src/tensor/assign.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { random } from "../../src/tensor/random.js";
import type { Tensor } from "../../src/tensor/tensor.js";

initSync();

export const CLASSES = 4;

/** 72 images of 4 classes. */
export const set = dataRoom.synthetic({ seed: 3, size: 8, classes: CLASSES, perClass: 18 });

export const BATCH = 10;

/** 8 batches an epoch, the last of 2 images. */
export const batches = (epoch: number, skip: number) =>
  dataRoom.batches(set, {
    batchSize: BATCH,
    shuffle: 11,
    epoch,
    start: skip,
    augment: { flip: true },
    mean: 0.5,
    std: 0.25,
  });

export const STEPS_PER_EPOCH = 8;

type Float = Tensor<"float32">;

/** A classifier with a running mean and a noise generator, as batch normalization and dropout have them. */
export class Noisy extends nn.Module {
  readonly first;
  readonly second;
  readonly average = nn.buffer(zeros([12]));
  readonly draws = nn.buffer(tensor(Int32Array.of(0)));
  /** Set to make the forward pass fail, after the buffers have changed. */
  failure: Error | null = null;

  constructor(seed = 1) {
    super();
    const [height, width, channels] = set.shape;
    this.first = new nn.Linear(height * width * channels, 12, { seed });
    this.second = new nn.Linear(12, CLASSES, { seed: seed + 1 });
  }

  override forward(x: Tensor): Tensor {
    const hidden = relu(this.first.forward(new nn.Flatten().forward(x)) as Float);
    if (!this.training) return this.second.forward(sub(hidden, this.average as Float));
    const [draw] = this.draws.data() as Int32Array;
    const keep = astype(random.bernoulli(hidden.shape, { seed: 5, stream: draw!, p: 0.8 }), "float32") as Float;
    const center = mean(hidden, 0);
    assign(this.average, add(mul(this.average as Float, 0.875), mul(center, 0.125)));
    assign(this.draws, tensor(Int32Array.of(draw! + 1)));
    if (this.failure !== null) throw this.failure;
    return this.second.forward(mul(sub(hidden, center), keep));
  }
}

export const OPTIMIZERS: Record<string, (model: nn.Module) => optim.Optimizer> = {
  sgd: (model) => optim.sgd(model.parameters(), { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-4 }),
  adamw: (model) => optim.adamw(model.parameters(), { lr: 0.01 }),
  rmsprop: (model) => optim.rmsprop(model.parameters(), { momentum: 0.5 }),
};

export async function drain<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
