/** Segmentations as people give them: label maps or one-hot matrices, one or several to an image. */
import { ArgumentError, ShapeError } from "../../errors.js";
import type { DType } from "../../tensor/dtype.js";
import { sameShape, showShape, sizeOf, type Shape } from "../../tensor/shape.js";
import { viewOf, type Tensor } from "../../tensor/tensor.js";
import { checkTensor } from "./check.js";

/** Segmentations of one image: a map of int32 labels, several [a, ..], a one-hot matrix, or an array of these. */
export type ImagePartition = Tensor<DType> | readonly ImagePartition[];

/**
 * The segments of all annotators of one image as columns 0 … columns − 1, in the order of annotators and labels. Pixels
 * that no annotator tells apart form a cell, so that a pass over pixels costs the same for one annotator and for many.
 */
export interface Partition {
  readonly annotators: number;
  readonly columns: number;
  readonly cells: number;
  /** The cell of each pixel; cells are numbered by their first pixel. */
  readonly cellOf: Int32Array;
  /** The columns of each cell, one an annotator: cells × annotators. */
  readonly columnsOf: Int32Array;
}

/** One partition an image: `E` is that of a single image, or with a count of images an array or a stacked tensor. */
export function partitions(op: string, E: ImagePartition, spatial: Shape, images: number | null): Partition[] {
  if (images === null) return [partitionOf(op, E, spatial)];
  const parts = Array.isArray(E) ? (E as readonly ImagePartition[]) : unstacked(op, E as Tensor<DType>, images);
  if (parts.length !== images) {
    throw new ShapeError(op, `needs the segmentations of ${images} images, got an array of ${parts.length}`);
  }
  return parts.map((part) => partitionOf(op, part, spatial));
}

/** The items of a stack; views, nothing is copied. */
function unstacked(op: string, E: Tensor<DType>, images: number): Tensor<DType>[] {
  checkTensor(op, E);
  if (E.shape[0] !== images) {
    const wanted = `of ${images} images, stacked or (several annotators) in an array`;
    throw new ShapeError(op, `needs the segmentations ${wanted}, got ${showShape(E.shape)}`);
  }
  const shape = E.shape.slice(1);
  return Array.from({ length: images }, (_, i) => viewOf(E, shape, i * sizeOf(shape)));
}

function partitionOf(op: string, E: ImagePartition, spatial: Shape): Partition {
  const maps = labelMaps(op, E, spatial);
  if (maps.length === 0) throw new ShapeError(op, "needs at least one segmentation an image, got none");
  const pixels = sizeOf(spatial);
  const annotators = maps.length;
  const ids = new Int32Array(annotators * pixels);
  let columns = 0;
  let cells = 0;
  const cellOf = new Int32Array(pixels);
  maps.forEach((labels, a) => {
    const own = ids.subarray(a * pixels, (a + 1) * pixels);
    columns += numberAscending(labels, own, columns);
    cells = refine(cellOf, own, columns);
  });
  const columnsOf = new Int32Array(cells * annotators);
  for (let i = 0; i < pixels; i++) {
    for (let a = 0; a < annotators; a++) columnsOf[cellOf[i]! * annotators + a] = ids[a * pixels + i]!;
  }
  return { annotators, columns, cells, cellOf, columnsOf };
}

/** Splits cells by ids below `limit`, in place; returns how many there are then, numbered by their first pixel. */
function refine(cellOf: Int32Array, ids: Int32Array, limit: number): number {
  const numbers = new Map<number, number>();
  let [lastKey, last] = [-1, -1];
  for (let i = 0; i < cellOf.length; i++) {
    const key = cellOf[i]! * limit + ids[i]!;
    if (key !== lastKey) {
      last = numbers.get(key) ?? numbers.size;
      if (last === numbers.size) numbers.set(key, last);
      lastKey = key;
    }
    cellOf[i] = last;
  }
  return numbers.size;
}

/** One label map an annotator. */
function labelMaps(op: string, E: ImagePartition, spatial: Shape): Int32Array[] {
  if (Array.isArray(E)) return (E as readonly ImagePartition[]).flatMap((part) => labelMaps(op, part, spatial));
  checkTensor(op, E);
  const pixels = sizeOf(spatial);
  const fits = (shape: Shape): boolean => sameShape(shape, spatial) || sameShape(shape, [pixels]);
  if (E.dtype !== "int32") {
    if (!fits(E.shape.slice(0, -1))) {
      const wanted = `one-hot [${spatial.join(", ")}, k] or int32 labels [${spatial.join(", ")}]`;
      const hint = fits(E.shape) ? '; labels must be int32: astype("int32")' : "";
      throw new ShapeError(op, `segmentations must be ${wanted}, got ${E.dtype} ${showShape(E.shape)}${hint}`);
    }
    return [fromOneHot(op, E, pixels)];
  }
  const labels = E.data() as Int32Array;
  if (fits(E.shape)) return [labels];
  if (!fits(E.shape.slice(1))) {
    const wanted = `[${spatial.join(", ")}], or [a, ${spatial.join(", ")}] of several annotators`;
    throw new ShapeError(op, `int32 labels must be ${wanted}, got ${showShape(E.shape)}`);
  }
  return Array.from({ length: E.shape[0]! }, (_, a) => labels.subarray(a * pixels, (a + 1) * pixels));
}

function fromOneHot(op: string, E: Tensor<DType>, pixels: number): Int32Array {
  const k = E.shape[E.rank - 1]!;
  const values = E.data();
  const labels = new Int32Array(pixels).fill(-1);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < k; c++) {
      const value = values[i * k + c]!;
      if (value === 0) continue;
      if (value !== 1 || labels[i] !== -1) throw notOneHot(op, i);
      labels[i] = c;
    }
    if (labels[i] === -1) throw notOneHot(op, i);
  }
  return labels;
}

const notOneHot = (op: string, row: number): ArgumentError =>
  new ArgumentError(op, `row ${row} of the one-hot segmentation must hold a single 1 and zeros`);

/**
 * Numbers the labels that occur from `first` on in ascending order, into `ids`; returns how many there are. Not by first
 * pixel: sums over the columns then have one order for an image and its mirror image.
 */
function numberAscending(labels: Int32Array, ids: Int32Array, first: number): number {
  const seen = new Map<number, number>();
  let last = 0;
  for (let i = 0; i < labels.length; i++) {
    if (i > 0 && labels[i] === last) continue;
    last = labels[i]!;
    if (!seen.has(last)) seen.set(last, 0);
  }
  const order = [...seen.keys()].sort((a, b) => a - b);
  order.forEach((label, c) => seen.set(label, first + c));
  for (let i = 0; i < labels.length; i++) {
    ids[i] = i > 0 && labels[i] === labels[i - 1] ? ids[i - 1]! : seen.get(labels[i]!)!;
  }
  return order.length;
}
