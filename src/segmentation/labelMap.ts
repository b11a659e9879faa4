import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import type { DType } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";

/** A segmentation: the number of the segment of every pixel, row-major. Which numbers they are says nothing. */
export interface LabelMap {
  readonly labels: Uint8Array | Uint16Array | Int32Array;
  readonly height: number;
  readonly width: number;
}

/** A label map, or the same as an integer tensor [H, W]. */
export type Segmentation = LabelMap | Tensor<"int32"> | Tensor<"uint8">;

/** A label map with the numbers 0 … count − 1 in order of their first pixel, so that equal partitions are equal arrays. */
export interface CompactMap {
  readonly labels: Int32Array;
  readonly height: number;
  readonly width: number;
  readonly count: number;
}

/**
 * Checks a segmentation and numbers its segments 0, 1, … in order of their first pixel.
 *
 * @throws {DtypeError} for a tensor that is neither int32 nor uint8; {@link ShapeError} unless there is one label a pixel;
 * {@link ArgumentError} for no pixels or a negative label.
 */
export function compact(op: string, map: Segmentation): CompactMap {
  const { labels, height, width } = map instanceof Tensor ? fromTensor(op, map) : map;
  if (labels.length !== height * width) {
    throw new ShapeError(op, `expected ${height} × ${width} labels, got ${labels.length}`);
  }
  if (labels.length === 0) throw new ArgumentError(op, "a segmentation needs at least one pixel");
  let largest = 0;
  for (const label of labels) largest = Math.max(largest, label);
  // Label maps hold small numbers; a map with a few huge ones pays for a Map instead of for a huge array.
  const numbers = largest < 0x10000 ? arrayNumbers(largest) : mapNumbers();
  const out = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label < 0) throw new ArgumentError(op, `labels must not be negative, pixel ${i} has ${label}`);
    out[i] = numbers.of(label);
  }
  return { labels: out, height, width, count: numbers.count() };
}

interface Numbers {
  of(label: number): number;
  count(): number;
}

function arrayNumbers(largest: number): Numbers {
  const numbers = new Int32Array(largest + 1).fill(-1);
  let count = 0;
  return {
    of: (label) => (numbers[label]! < 0 ? (numbers[label] = count++) : numbers[label]!),
    count: () => count,
  };
}

function mapNumbers(): Numbers {
  const numbers = new Map<number, number>();
  return {
    of(label) {
      const known = numbers.get(label);
      if (known !== undefined) return known;
      numbers.set(label, numbers.size);
      return numbers.size - 1;
    },
    count: () => numbers.size,
  };
}

function fromTensor(op: string, map: Tensor<"int32"> | Tensor<"uint8">): LabelMap {
  const { dtype, shape }: Tensor<DType> = map;
  if (dtype !== "int32" && dtype !== "uint8") {
    throw new DtypeError(op, `a segmentation is an int32 or uint8 tensor, got ${dtype}`);
  }
  if (shape.length !== 2) throw new ShapeError(op, `a segmentation has shape [H, W], got [${shape.join(", ")}]`);
  return { labels: map.data(), height: shape[0]!, width: shape[1]! };
}

/** Pixels of each segment. */
export function segmentSizes({ labels, count }: CompactMap): Int32Array {
  const sizes = new Int32Array(count);
  for (const label of labels) sizes[label]!++;
  return sizes;
}

/** Throws unless both maps have one size. */
export function checkSameSize(op: string, a: CompactMap, b: CompactMap): void {
  if (a.height !== b.height || a.width !== b.width) {
    throw new ShapeError(op, `maps of ${a.height} × ${a.width} and ${b.height} × ${b.width} pixels`);
  }
}
