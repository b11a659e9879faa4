import { ArgumentError, ShapeError } from "../errors.js";

/** Height, width and channels of an image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Images of one size with their classes: what every reader returns and `batches` takes. Plain data, never changed. */
export interface LabelledImages {
  /** Pixels 0 … 255, row-major [N, H, W, C]. */
  readonly images: Uint8Array;
  /** Class of each image, an index into `classes`, or −1 where it is not known. Its length is N. */
  readonly labels: Int32Array;
  /** [H, W, C]. */
  readonly shape: ImageShape;
  /** Name of each class. */
  readonly classes: readonly string[];
}

/** Two parts of one data set, with equal shape and classes. */
export interface TrainTest<S = LabelledImages> {
  readonly train: S;
  readonly test: S;
}

/** What {@link fromArrays} takes. */
export interface ImageArrays {
  /** Pixels 0 … 255, row-major [N, H, W, C]. Not copied. */
  readonly images: Uint8Array | Uint8ClampedArray;
  /** Class indices; −1 or nothing at all where they are not known. */
  readonly labels?: ArrayLike<number>;
  /** [H, W, C], or [H, W] of grey images. */
  readonly shape: ImageShape | readonly [height: number, width: number];
  /** Class names (default: the numbers up to the largest label). */
  readonly classes?: readonly string[];
}

/**
 * A data set from arrays of your own.
 *
 * @throws {ShapeError} if the number of pixels does not fit shape and labels; {@link ArgumentError} for a label that is
 * no class index.
 * @example
 * import { data } from "matprop";
 * const set = data.fromArrays({ images: new Uint8Array(2 * 8 * 8), labels: [0, 1], shape: [8, 8], classes: ["a", "b"] });
 */
export function fromArrays({ images, labels, shape, classes }: ImageArrays): LabelledImages {
  const op = "data.fromArrays";
  const full = checkImageShape(op, [shape[0], shape[1], shape[2] ?? 1]);
  const pixels = new Uint8Array(images.buffer, images.byteOffset, images.byteLength);
  const known = labels === undefined ? unknownLabels(op, pixels, full) : checkedLabels(op, labels);
  const set = { images: pixels, labels: known, shape: full, classes: classes ?? numberedClasses(known) };
  checkImages(op, set);
  const bad = set.labels.findIndex((label) => label >= set.classes.length);
  if (bad >= 0) {
    throw new ArgumentError(op, `label ${bad} is ${set.labels[bad]}, but there are ${set.classes.length} classes`);
  }
  return set;
}

function unknownLabels(op: string, pixels: Uint8Array, shape: ImageShape): Int32Array {
  const n = pixels.length / imageSize(shape);
  if (!Number.isInteger(n)) {
    throw new ShapeError(op, `${pixels.length} pixels are no whole number of images [${shape.join(", ")}]`);
  }
  return new Int32Array(n).fill(-1);
}

function checkedLabels(op: string, labels: ArrayLike<number>): Int32Array {
  const out = Int32Array.from(labels);
  for (let i = 0; i < out.length; i++) {
    if (out[i] !== labels[i] || out[i]! < -1) {
      throw new ArgumentError(op, `label ${i} must be a class index or −1, got ${labels[i]}`);
    }
  }
  return out;
}

/** "0", "1", … up to the largest label. */
export function numberedClasses(labels: Int32Array): string[] {
  let largest = -1;
  for (const label of labels) largest = Math.max(largest, label);
  return Array.from({ length: largest + 1 }, (_, i) => String(i));
}

/** Values of one image. */
export function imageSize(shape: ImageShape): number {
  return shape[0] * shape[1] * shape[2];
}

/** Throws unless all three sizes are positive integers. */
export function checkImageShape(op: string, shape: ImageShape): ImageShape {
  if (shape.length !== 3 || !shape.every((size) => Number.isInteger(size) && size > 0)) {
    throw new ShapeError(op, `an image shape is three positive integers [H, W, C], got [${shape.join(", ")}]`);
  }
  return shape;
}

/** Throws unless the parts of a data set fit together. Constant time: every public function may call it. */
export function checkImages(op: string, set: LabelledImages): void {
  checkImageShape(op, set.shape);
  const expected = set.labels.length * imageSize(set.shape);
  if (set.images.length !== expected) {
    const shape = `[${[set.labels.length, ...set.shape].join(", ")}]`;
    throw new ShapeError(op, `expected ${expected} pixels for ${shape}, got ${set.images.length}`);
  }
}

/**
 * Data sets one after the other, copied.
 *
 * @throws {ShapeError} unless image shapes agree; {@link ArgumentError} unless there is a set and classes agree.
 * @example
 * import { data } from "matprop";
 * const a = data.synthetic({ seed: 1, size: 8, perClass: 2 });
 * const b = data.synthetic({ seed: 2, size: 8, perClass: 3 });
 * console.log(data.concat([a, b]).labels.length === 5 * a.classes.length); // true
 */
export function concat(sets: readonly LabelledImages[]): LabelledImages {
  const op = "data.concat";
  const first = sets[0];
  if (!first) throw new ArgumentError(op, "needs at least one data set");
  let n = 0;
  for (const set of sets) {
    checkImages(op, set);
    if (set.shape.some((size, axis) => size !== first.shape[axis])) {
      throw new ShapeError(op, `images of shape [${set.shape.join(", ")}] after [${first.shape.join(", ")}]`);
    }
    if (set.classes.length !== first.classes.length || set.classes.some((name, i) => name !== first.classes[i])) {
      throw new ArgumentError(op, "the sets have different classes");
    }
    n += set.labels.length;
  }
  const images = new Uint8Array(n * imageSize(first.shape));
  const labels = new Int32Array(n);
  let at = 0;
  for (const set of sets) {
    images.set(set.images, at * imageSize(first.shape));
    labels.set(set.labels, at);
    at += set.labels.length;
  }
  return { images, labels, shape: first.shape, classes: first.classes };
}
