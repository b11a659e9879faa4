/** What is common to data sets of images and of matrices. */
import { ArgumentError } from "../errors.js";
import { checkImages, type LabelledImages } from "./images.js";
import { checkMatrices, type LabelledMatrices } from "./matrices.js";

/** A data set of either kind. */
export type LabelledSamples = LabelledImages | LabelledMatrices;

/** Which kind a data set is of. */
export function isMatrices(set: LabelledSamples): set is LabelledMatrices {
  return "matrices" in set;
}

/** Throws unless the parts of a data set fit together. Constant time. */
export function checkSamples(op: string, set: LabelledSamples): void {
  if (isMatrices(set)) checkMatrices(op, set);
  else checkImages(op, set);
}

/** Values of one sample. */
export function sampleSize({ shape }: LabelledSamples): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * The samples with the given indices, in that order, copied.
 *
 * @throws {ArgumentError} if an index is out of range.
 * @example
 * import { data } from "matprop";
 * const set = data.synthetic({ seed: 1, size: 8, perClass: 4 });
 * console.log(data.subset(set, [0, 2]).labels.length); // 2
 */
export function subset<S extends LabelledSamples>(set: S, indices: ArrayLike<number>): S {
  const op = "data.subset";
  checkSamples(op, set);
  const n = set.labels.length;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= n) {
      throw new ArgumentError(op, `index ${index} is outside 0 … ${n - 1}`);
    }
  }
  const { shape, classes } = set;
  const size = sampleSize(set);
  const labels = picked(set.labels, indices, new Int32Array(indices.length));
  if (!isMatrices(set)) {
    return { images: picked(set.images, indices, new Uint8Array(indices.length * size)), labels, shape, classes } as S;
  }
  const matrices = picked(set.matrices, indices, new Float64Array(indices.length * size));
  const groups = set.groups && { groups: picked(set.groups, indices, new Int32Array(indices.length)) };
  return { matrices, labels, shape, classes, ...groups } as S;
}

/** Fills `out` with the rows of `from` that have the given indices. */
function picked<A extends Uint8Array | Int32Array | Float64Array>(from: A, indices: ArrayLike<number>, out: A): A {
  const size = out.length / indices.length;
  for (let i = 0; i < indices.length; i++) {
    out.set(from.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
  }
  return out;
}
