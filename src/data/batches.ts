import { ArgumentError, DtypeError } from "../errors.js";
import { newArray, type FloatDType, type TypedArrayOf } from "../tensor/dtype.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { Augmenter, type Augment, type Window } from "./augment.js";
import { imageSize, type LabelledImages } from "./images.js";
import type { LabelledMatrices } from "./matrices.js";
import { checkInteger, checkSeed, PhiloxStream, Purpose } from "./philox.js";
import { checkSamples, isMatrices, sampleSize, type LabelledSamples } from "./samples.js";

/** How {@link batches} serves a data set. `augment`, `mean` and `std` are for images. */
export interface BatchOptions<D extends FloatDType = "float32"> {
  /** Samples a batch; the last one may have fewer. */
  readonly batchSize: number;
  /** Seed of the order, or false for the order of the set (default false). */
  readonly shuffle?: number | false;
  /** Which pass over the data: each has an order and augmentations of its own (default 0). */
  readonly epoch?: number;
  /** Batches of the epoch to leave out, to resume inside it (default 0). */
  readonly start?: number;
  /** Random changes (default: none). */
  readonly augment?: Augment;
  /** Leave out a last batch that is not full (default false). */
  readonly dropLast?: boolean;
  /** Subtracted from pixels scaled to 0 … 1: one number, or one per channel (default 0). */
  readonly mean?: number | readonly number[];
  /** Then divided by: one number, or one per channel (default 1). */
  readonly std?: number | readonly number[];
  /** Type of the images or matrices (default float32). */
  readonly dtype?: D;
}

/** One step's worth of data. */
export interface Batch<D extends FloatDType = "float32"> {
  /** Images [B, H, W, C]: (pixel / 255 − mean) / std; matrices [B, n, n] as they are. */
  readonly images: Tensor<D>;
  /** [B]. */
  readonly labels: Tensor<"int32">;
  /** Where in the data set each one is. */
  readonly indices: Int32Array;
}

/** The batches of one epoch; every iteration serves them anew. */
export interface Batches<D extends FloatDType = "float32"> extends Iterable<Batch<D>> {
  /** Batches of the whole epoch, those before `start` included. */
  readonly length: number;
}

/**
 * Serves a data set in batches. The order is a pure function of (shuffle, epoch), an augmentation of (seed, epoch,
 * index of the image): any step can be served again, or a run resumed at it, bit for bit.
 *
 * @throws {ArgumentError} for options out of range, or of images where there are matrices; {@link DtypeError} unless `dtype` is a float type.
 * @example
 * import { data } from "matprop";
 * const set = data.synthetic({ seed: 1, size: 16, perClass: 8 });
 * for (let epoch = 0; epoch < 2; epoch++) {
 *   const options = { batchSize: 32, shuffle: 5, epoch, augment: { flip: true, shift: 2 }, mean: 0.5, std: 0.25 };
 *   for (const { images, labels } of data.batches(set, options)) console.log(epoch, images.shape, labels.shape);
 * }
 */
export function batches<D extends FloatDType = "float32">(set: LabelledSamples, options: BatchOptions<D>): Batches<D> {
  const op = "data.batches";
  checkSamples(op, set);
  const { batchSize, shuffle = false, epoch = 0, start = 0, dropLast = false, dtype = "float32" as D } = options;
  checkInteger(op, "batchSize", batchSize, 1, 0x7fffffff);
  checkInteger(op, "epoch", epoch, 0, 0xffffffff);
  if (dtype !== "float32" && dtype !== "float64") {
    throw new DtypeError(op, `images are float32 or float64, got ${String(dtype)}`);
  }
  const n = set.labels.length;
  const length = dropLast ? Math.floor(n / batchSize) : Math.ceil(n / batchSize);
  checkInteger(op, "start", start, 0, length);
  const seed = shuffle === false ? 0 : shuffle;
  const source = isMatrices(set) ? matrixSource(op, set, options) : imageSource(op, set, options, seed, dtype);
  const order = shuffle === false ? undefined : epochOrder(n, { seed, epoch });

  function serve(step: number): Batch<D> {
    const size = Math.min(batchSize, n - step * batchSize);
    const indices = Int32Array.from({ length: size }, (_, i) => order?.[step * batchSize + i] ?? step * batchSize + i);
    const { shape } = source;
    const values = newArray(
      dtype,
      shape.reduce((product, length) => product * length, size),
    );
    indices.forEach((index, i) => source.copy(index, epoch, values, (values.length / size) * i));
    return {
      images: fromArray(values, [size, ...shape], dtype),
      labels: fromArray(
        indices.map((index) => set.labels[index]!),
        [size],
        "int32",
      ),
      indices,
    };
  }

  return {
    length,
    *[Symbol.iterator]() {
      for (let step = start; step < length; step++) yield serve(step);
    },
  };
}

/**
 * The order in which `batches` serves n images: the numbers 0 … n − 1, shuffled, as a pure function of n, seed and epoch.
 *
 * @throws {ArgumentError} unless the seed is a non-negative integer and the epoch is one below 2³².
 * @example
 * import { data } from "matprop";
 * console.log(data.epochOrder(5, { seed: 1, epoch: 0 }).length); // 5
 */
export function epochOrder(
  n: number,
  { seed, epoch = 0 }: { readonly seed: number; readonly epoch?: number },
): Int32Array {
  const op = "data.epochOrder";
  checkInteger(op, "n", n, 0, 0x7fffffff);
  checkInteger(op, "epoch", epoch, 0, 0xffffffff);
  checkSeed(op, seed);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  new PhiloxStream(seed, Purpose.order, epoch).shuffle(order);
  return order;
}

/** Where the values of a batch come from. */
interface Source {
  /** Of one sample, as it is served. */
  readonly shape: readonly number[];
  /** Writes a sample to `out` from `at` on. */
  copy(index: number, epoch: number, out: FloatArray, at: number): void;
}

type FloatArray = TypedArrayOf[FloatDType];

function imageSource(
  op: string,
  set: LabelledImages,
  { augment, mean = 0, std = 1 }: BatchOptions<FloatDType>,
  seed: number,
  dtype: FloatDType,
): Source {
  const [height, width, channels] = set.shape;
  const table = normalization(op, channels, mean, std, dtype);
  if (augment === undefined) {
    return { shape: set.shape, copy: (index, _, out, at) => copyImage(set, index, table, out, at) };
  }
  const augmenter = new Augmenter(op, [height, width, channels], augment, seed);
  return {
    shape: [augmenter.height, augmenter.width, channels],
    copy: (index, epoch, out, at) => copyWindow(set, index, augmenter.draw(index, epoch), table, out, at),
  };
}

function matrixSource(op: string, set: LabelledMatrices, options: BatchOptions<FloatDType>): Source {
  const given = (["augment", "mean", "std"] as const).find((name) => options[name] !== undefined);
  if (given !== undefined) throw new ArgumentError(op, `${given} is for images, and these are matrices`);
  const size = sampleSize(set);
  return {
    shape: set.shape,
    copy: (index, _, out, at) => out.set(set.matrices.subarray(index * size, (index + 1) * size), at),
  };
}

/** The value of pixel v in channel c, at c · 256 + v: one division per level instead of one per pixel. */
function normalization<D extends FloatDType>(
  op: string,
  channels: number,
  mean: number | readonly number[],
  std: number | readonly number[],
  dtype: D,
): TypedArrayOf[D] {
  const means = perChannel(op, "mean", mean, channels);
  const stds = perChannel(op, "std", std, channels);
  if (!stds.every((value) => value > 0)) throw new ArgumentError(op, `std must be positive, got ${String(std)}`);
  const table = newArray(dtype, channels * 256);
  for (let i = 0; i < table.length; i++) {
    const c = Math.floor(i / 256);
    table[i] = ((i % 256) / 255 - means[c]!) / stds[c]!;
  }
  return table;
}

function perChannel(op: string, name: string, value: number | readonly number[], channels: number): readonly number[] {
  const list = typeof value === "number" ? Array.from({ length: channels }, () => value) : value;
  if (!Array.isArray(list) || list.length !== channels || !list.every((item) => Number.isFinite(item))) {
    throw new ArgumentError(op, `${name} must be one number or one per channel (${channels}), got ${String(value)}`);
  }
  return list;
}

function copyImage(set: LabelledImages, index: number, table: FloatArray, out: FloatArray, at: number): void {
  const size = imageSize(set.shape);
  const channels = set.shape[2];
  const { images } = set;
  for (let c = 0; c < channels; c++) {
    const base = c * 256;
    const from = index * size;
    for (let i = c; i < size; i += channels) out[at + i] = table[base + images[from + i]!]!;
  }
}

function copyWindow(
  set: LabelledImages,
  index: number,
  { rows, columns }: Window,
  table: FloatArray,
  out: FloatArray,
  at: number,
): void {
  const [height, width, channels] = set.shape;
  const { images } = set;
  for (const row of rows) {
    const from = (index * height + row) * width;
    for (const column of columns) {
      const black = row < 0 || column < 0;
      const pixel = (from + column) * channels;
      for (let c = 0; c < channels; c++) out[at++] = table[c * 256 + (black ? 0 : images[pixel + c]!)]!;
    }
  }
}
