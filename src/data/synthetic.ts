import { ArgumentError } from "../errors.js";
import { imageSize, type ImageShape, type LabelledImages } from "./images.js";
import { checkInteger, checkSeed, PhiloxStream, Purpose } from "./philox.js";
import { TEXTURES } from "./textures.js";

/** What {@link synthetic} makes. */
export interface SyntheticOptions {
  /** A non-negative integer. The textures of a class are the same for every seed; the images are others. */
  readonly seed: number;
  /** Height and width in pixels, at least 8 (default 32). */
  readonly size?: number;
  /** Number of classes, 2 to 10 (default 10). */
  readonly classes?: number;
  /** Images of each class (default 100). */
  readonly perClass?: number;
  /** 1 for grey, 3 for colour (default 1). */
  readonly channels?: 1 | 3;
}

/** Standard deviation of the noise over a texture of standard deviation 1. */
const NOISE = 0.6;

/**
 * A texture data set made on the spot, for trying things out where no images are at hand: gratings in four directions,
 * checkers, blobs and noise of different correlation. Every image is brought to a random brightness and contrast that
 * say nothing of its class, so that mean and spread of the pixels are useless and second-order statistics of local
 * features are what tells the classes apart. Integer and IEEE arithmetic only: the same pixels everywhere.
 * Classes take turns (image i has class i mod `classes`).
 *
 * @throws {ArgumentError} for options out of range.
 * @example
 * import { data } from "matprop";
 * const set = data.synthetic({ seed: 1, size: 24, classes: 6, perClass: 50 });
 * const [train, test] = data.split(set, { fraction: 0.2, seed: 1 });
 */
export function synthetic(options: SyntheticOptions): LabelledImages {
  const op = "data.synthetic";
  const { seed, size = 32, classes = TEXTURES.length, perClass = 100, channels = 1 } = options;
  checkSeed(op, seed);
  checkInteger(op, "size", size, 8, 4096);
  checkInteger(op, "classes", classes, 2, TEXTURES.length);
  checkInteger(op, "perClass", perClass, 0, 0xffffff);
  if (channels !== 1 && channels !== 3) throw new ArgumentError(op, `channels must be 1 or 3, got ${String(channels)}`);
  const shape: ImageShape = [size, size, channels];
  const n = classes * perClass;
  const images = new Uint8Array(n * imageSize(shape));
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  for (let i = 0; i < n; i++) {
    const label = i % classes;
    const stream = new PhiloxStream(seed, Purpose.synthetic, Math.floor(i / classes), label);
    const field = TEXTURES[label]!.draw(stream, size);
    standardize(field);
    paint(stream, field, images.subarray(i * imageSize(shape), (i + 1) * imageSize(shape)), channels);
  }
  return { images, labels, shape, classes: TEXTURES.slice(0, classes).map(({ name }) => name) };
}

/** Mean 0 and standard deviation 1. */
function standardize(field: Float64Array): void {
  let sum = 0;
  for (const value of field) sum += value;
  const mean = sum / field.length;
  let squares = 0;
  for (const value of field) squares += (value - mean) * (value - mean);
  const scale = squares > 0 ? 1 / Math.sqrt(squares / field.length) : 0;
  for (let i = 0; i < field.length; i++) field[i] = (field[i]! - mean) * scale;
}

/** Noise, then brightness and contrast of the picture, then (in colour) a tint of each channel. */
function paint(stream: PhiloxStream, field: Float64Array, out: Uint8Array, channels: number): void {
  const brightness = 108 + 40 * stream.uniform();
  const contrast = 24 + 16 * stream.uniform();
  const tints = Array.from({ length: channels }, () => (channels === 1 ? 1 : 0.5 + stream.uniform()));
  const noisy = new Float64Array(field.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < field.length; i++) noisy[i] = field[i]! + NOISE * bell(stream);
    standardize(noisy);
    for (let i = 0; i < field.length; i++) {
      const value = Math.floor(brightness + tints[c]! * contrast * noisy[i]! + 0.5);
      out[i * channels + c] = Math.max(0, Math.min(255, value));
    }
  }
}

/** Nearly normal, mean 0, variance 1: the sum of the four bytes of one word, scaled. */
function bell(stream: PhiloxStream): number {
  const word = stream.next();
  const sum = (word & 0xff) + ((word >>> 8) & 0xff) + ((word >>> 16) & 0xff) + (word >>> 24);
  // Four uniform bytes have mean 510 and variance 4 · (256² − 1) / 12.
  return (sum - 510) / 147.80054127099805;
}
