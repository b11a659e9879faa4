import { FormatError } from "../errors.js";
import { asBytes, type Bytes } from "../io/bytes.js";
import { numberedClasses, type ImageShape, type LabelledImages } from "./images.js";

/** The array of an IDX file of unsigned bytes. */
export interface Idx {
  /** Sizes: [N] for labels, [N, H, W] for images. */
  readonly shape: readonly number[];
  /** The elements, row-major, copied. */
  readonly values: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
const MAX_RANK = 4;

/**
 * Reads an IDX file, the format of MNIST: two zero bytes, the element type (0x08, unsigned byte), the number of axes,
 * the big-endian 32-bit sizes, then the elements.
 *
 * @param file the bytes of the file (not compressed).
 * @throws {FormatError} if the magic number, the element type, the sizes or the length are wrong.
 * @example
 * import { data } from "matprop";
 * const { shape, values } = data.parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1)); // [ 3 ] and 7, 2, 1
 */
export function parseIdx(file: Bytes): Idx {
  const op = "data.parseIdx";
  const bytes = asBytes(op, file);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    const hint = bytes[0] === 0x1f && bytes[1] === 0x8b ? "; it is gzip-compressed: decompress it first" : "";
    throw new FormatError(op, `an IDX file starts with two zero bytes${hint}`);
  }
  const [type, rank] = [bytes[2]!, bytes[3]!];
  if (type !== UNSIGNED_BYTE) {
    throw new FormatError(op, `element type 0x${type.toString(16).padStart(2, "0")}; only 0x08 (bytes) is supported`);
  }
  if (rank < 1 || rank > MAX_RANK) throw new FormatError(op, `${rank} axes; labels have 1, images 3 or 4`);
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new FormatError(op, `the file ends inside its ${start}-byte header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (size !== bytes.length - start) {
    const have = bytes.length - start;
    throw new FormatError(op, `shape [${shape.join(", ")}] needs ${size} bytes, but ${have} follow the header`);
  }
  return { shape, values: bytes.slice(start) };
}

/**
 * A data set from an IDX file of images ([N, H, W], or [N, H, W, C]) and one of labels ([N]).
 *
 * @param classes class names (default: the numbers up to the largest label).
 * @throws {FormatError} if a file is malformed or the two do not belong together.
 * @example
 * import { data } from "matprop";
 * const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9, 200); // one image of 1 × 2 pixels
 * const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 4);
 * console.log(data.fromIdx(images, labels).shape); // [ 1, 2, 1 ]
 */
export function fromIdx(images: Bytes, labels: Bytes, classes?: readonly string[]): LabelledImages {
  return combineIdx("data.fromIdx", parseIdx(images), parseIdx(labels), classes);
}

/** {@link fromIdx} of two files that are parsed already. */
export function combineIdx(op: string, pixels: Idx, answers: Idx, classes?: readonly string[]): LabelledImages {
  const [n, height, width, channels = 1] = pixels.shape;
  if (height === undefined || width === undefined || answers.shape.length !== 1) {
    const got = `[${pixels.shape.join(", ")}] and [${answers.shape.join(", ")}]`;
    throw new FormatError(op, `expected images [N, H, W] and labels [N], got ${got}`);
  }
  if (n !== answers.shape[0]) throw new FormatError(op, `${n} images, but ${answers.shape[0]} labels`);
  const shape: ImageShape = [height, width, channels];
  if (shape.includes(0)) throw new FormatError(op, `images of no size: [${shape.join(", ")}]`);
  const known = Int32Array.from(answers.values);
  const names = classes ?? numberedClasses(known);
  const bad = known.findIndex((label) => label >= names.length);
  if (bad >= 0) throw new FormatError(op, `label ${bad} is ${known[bad]}, but there are ${names.length} classes`);
  return { images: pixels.values, labels: known, shape, classes: names };
}
