import { ArgumentError } from "../errors.js";
import { checkImages, checkImageShape, imageSize, type ImageShape, type LabelledImages } from "./images.js";

/** One number for a square, or [height, width]. */
export type Size = number | readonly [height: number, width: number];

/** `[height, width]`, or an ArgumentError unless both are positive integers. */
export function checkSize(op: string, name: string, size: Size): readonly [number, number] {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  if (!Number.isInteger(height) || !Number.isInteger(width) || height < 1 || width < 1) {
    throw new ArgumentError(op, `${name} must be one or two positive integers, got ${String(size)}`);
  }
  return [height, width];
}

/** For each output position: the input positions it reads and their integer weights, which add to `total`. */
interface Axis {
  readonly indices: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
  readonly total: number;
}

/**
 * Every image brought to another size: an axis that shrinks is averaged over exact (fractional) boxes, one that grows
 * is interpolated linearly between pixel centres. All sums are exact integers, rounded once, so the pixels are the
 * same everywhere. The aspect ratio is not kept.
 *
 * @throws {ArgumentError} unless `size` is one or two positive integers.
 * @example
 * import { data } from "matprop";
 * const set = data.synthetic({ seed: 1, size: 16, perClass: 1 });
 * console.log(data.resize(set, 8).shape); // [ 8, 8, 1 ]
 */
export function resize(set: LabelledImages, size: Size): LabelledImages {
  const op = "data.resize";
  checkImages(op, set);
  const [height, width] = checkSize(op, "size", size);
  const shape: ImageShape = [height, width, set.shape[2]];
  const images = new Uint8Array(set.labels.length * imageSize(shape));
  for (let i = 0; i < set.labels.length; i++) {
    const source = set.images.subarray(i * imageSize(set.shape), (i + 1) * imageSize(set.shape));
    images.set(resizePixels(source, set.shape, height, width), i * imageSize(shape));
  }
  return { ...set, images, shape };
}

/**
 * The middle of every image: what a network trained on random crops is tested on.
 *
 * @throws {ArgumentError} unless `size` is one or two positive integers, at most those of the images.
 * @example
 * import { data } from "matprop";
 * const set = data.synthetic({ seed: 1, size: 16, perClass: 1 });
 * console.log(data.centerCrop(set, [12, 14]).shape); // [ 12, 14, 1 ]
 */
export function centerCrop(set: LabelledImages, size: Size): LabelledImages {
  const op = "data.centerCrop";
  checkImages(op, set);
  const [height, width] = checkSize(op, "size", size);
  const [fullHeight, fullWidth, channels] = set.shape;
  if (height > fullHeight || width > fullWidth) {
    throw new ArgumentError(op, `${height} × ${width} is larger than the images, ${fullHeight} × ${fullWidth}`);
  }
  const top = Math.floor((fullHeight - height) / 2);
  const left = Math.floor((fullWidth - width) / 2);
  const row = width * channels;
  const images = new Uint8Array(set.labels.length * height * row);
  for (let i = 0, at = 0; i < set.labels.length; i++) {
    for (let y = 0; y < height; y++, at += row) {
      const from = ((i * fullHeight + top + y) * fullWidth + left) * channels;
      images.set(set.images.subarray(from, from + row), at);
    }
  }
  return { ...set, images, shape: [height, width, channels] };
}

/** One image [H, W, C] at another height and width. */
export function resizePixels(pixels: Uint8Array, shape: ImageShape, height: number, width: number): Uint8Array {
  const [fullHeight, fullWidth, channels] = checkImageShape("data.resize", shape);
  if (fullHeight === height && fullWidth === width) return pixels;
  const rows = axisWeights(fullHeight, height);
  const columns = axisWeights(fullWidth, width);
  // Sums stay below 255 · H · W · h · w < 2⁵³, exact in doubles.
  const narrow = new Float64Array(fullHeight * width * channels);
  for (let y = 0, at = 0; y < fullHeight; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        narrow[at++] = weighted(pixels, columns, x, y * fullWidth * channels + c, channels);
      }
    }
  }
  const out = new Uint8Array(height * width * channels);
  const stride = width * channels;
  const total = rows.total * columns.total;
  for (let y = 0, at = 0; y < height; y++) {
    for (let rest = 0; rest < stride; rest++) {
      const sum = weighted(narrow, rows, y, rest, stride);
      out[at++] = Math.floor((2 * sum + total) / (2 * total));
    }
  }
  return out;
}

function weighted(values: Uint8Array | Float64Array, axis: Axis, at: number, offset: number, stride: number): number {
  const indices = axis.indices[at]!;
  const weights = axis.weights[at]!;
  let sum = 0;
  for (let k = 0; k < indices.length; k++) sum += weights[k]! * values[offset + indices[k]! * stride]!;
  return sum;
}

function axisWeights(from: number, to: number): Axis {
  return to <= from ? boxWeights(from, to) : linearWeights(from, to);
}

/** In units of 1/to of an input pixel: output j covers [j·from, (j+1)·from), input i covers [i·to, (i+1)·to). */
function boxWeights(from: number, to: number): Axis {
  const indices: number[][] = [];
  const weights: number[][] = [];
  for (let j = 0; j < to; j++) {
    const [low, high] = [j * from, (j + 1) * from];
    const [inside, shares]: [number[], number[]] = [[], []];
    for (let i = Math.floor(low / to); i * to < high; i++) {
      inside.push(i);
      shares.push(Math.min(high, (i + 1) * to) - Math.max(low, i * to));
    }
    indices.push(inside);
    weights.push(shares);
  }
  return { indices, weights, total: from };
}

/** Output j sits at input coordinate (j + ½)·from/to − ½ = ((2j + 1)·from − to) / 2to; edges repeat. */
function linearWeights(from: number, to: number): Axis {
  const indices: number[][] = [];
  const weights: number[][] = [];
  for (let j = 0; j < to; j++) {
    const position = (2 * j + 1) * from - to;
    const below = Math.floor(position / (2 * to));
    const share = position - below * 2 * to;
    indices.push([Math.max(0, below), Math.min(from - 1, below + 1)]);
    weights.push([2 * to - share, share]);
  }
  return { indices, weights, total: 2 * to };
}
