import { FormatError } from "../errors.js";
import { asBytes, type Bytes } from "../io/bytes.js";
import type { LabelledImages } from "./images.js";

/** The classes of CIFAR-10 in the order of its labels. */
export const CIFAR10_CLASSES: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;
const RECORD = 1 + CHANNELS * PLANE;

/**
 * Reads a CIFAR-10 binary file: records of 3073 bytes, a label and the red, green and blue planes of 32 × 32 pixels,
 * which become [N, 32, 32, 3].
 *
 * @param file the bytes of the file (not compressed).
 * @throws {FormatError} if the length is no whole number of records or a label is above 9.
 * @example
 * import { data } from "matprop";
 * const one = data.parseCifar10(new Uint8Array(3073)); // a black airplane
 * console.log(one.classes[one.labels[0]]); // airplane
 */
export function parseCifar10(file: Bytes): LabelledImages {
  const op = "data.parseCifar10";
  const bytes = asBytes(op, file);
  const n = bytes.length / RECORD;
  if (!Number.isInteger(n) || n === 0) {
    throw new FormatError(op, `CIFAR-10 has records of ${RECORD} bytes, but the file has ${bytes.length} bytes`);
  }
  const images = new Uint8Array(n * CHANNELS * PLANE);
  const labels = new Int32Array(n);
  for (let i = 0, at = 0; i < n; i++) {
    const record = bytes.subarray(i * RECORD, (i + 1) * RECORD);
    const label = record[0]!;
    if (label >= CIFAR10_CLASSES.length) throw new FormatError(op, `record ${i} has label ${label}, expected 0 … 9`);
    labels[i] = label;
    for (let pixel = 1; pixel <= PLANE; pixel++) {
      images[at++] = record[pixel]!;
      images[at++] = record[pixel + PLANE]!;
      images[at++] = record[pixel + 2 * PLANE]!;
    }
  }
  return { images, labels, shape: [SIDE, SIDE, CHANNELS], classes: CIFAR10_CLASSES };
}
