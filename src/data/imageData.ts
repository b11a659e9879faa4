import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { isFloat, type DType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { fromArrays, imageSize, type ImageShape, type LabelledImages } from "./images.js";
import { checkSize, resizePixels, type Size } from "./resize.js";

/** What a canvas' `getImageData` returns: RGBA, 8 bits each. */
export interface ImageDataLike {
  readonly width: number;
  readonly height: number;
  /** 4 · width · height values. */
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** How pictures become the channels and size a network takes. */
export interface ImageDataOptions {
  /** 3 for colour, 1 for grey (default 3). */
  readonly channels?: 1 | 3;
  /** Grey level 0 … 255 behind transparent pixels (default 255, white). */
  readonly background?: number;
  /** Size to bring every image to; needed when they differ (default: their own). */
  readonly size?: Size;
  /** Class indices (default: −1, not known). */
  readonly labels?: ArrayLike<number>;
  /** Class names (default: the numbers up to the largest label). */
  readonly classes?: readonly string[];
}

/**
 * A data set of one or several pictures from a canvas, for prediction in a web page.
 *
 * @param pictures what `getImageData` returns, or plain objects like it.
 * @throws {ShapeError} if pixels and sizes do not fit; {@link DtypeError} for pixels that are no bytes (those of a canvas of
 * float16); {@link ArgumentError} for options out of range.
 * @example
 * import { data } from "matprop";
 * const picture = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 0, 255, 0, 0, 0, 0) };
 * console.log(data.fromImageData(picture).images); // Uint8Array(6) [ 255, 0, 0, 255, 255, 255 ]
 */
export function fromImageData(
  pictures: ImageDataLike | readonly ImageDataLike[],
  { channels = 3, background = 255, size, labels, classes }: ImageDataOptions = {},
): LabelledImages {
  const op = "data.fromImageData";
  const list = "data" in pictures ? [pictures] : pictures;
  const first = list[0];
  if (!first) throw new ArgumentError(op, "needs at least one picture");
  const [height, width] = checkSize(op, "size", size ?? [first.height, first.width]);
  const shape: ImageShape = [height, width, channels];
  const images = new Uint8Array(list.length * imageSize(shape));
  list.forEach((picture, i) => {
    checkSize(op, "the size of a picture", [picture.height, picture.width]);
    if (!ArrayBuffer.isView(picture.data) || picture.data.BYTES_PER_ELEMENT !== 1) {
      throw new DtypeError(op, `picture ${i} needs its pixels as Uint8ClampedArray or Uint8Array`);
    }
    if (picture.data.length !== 4 * picture.width * picture.height) {
      const what = `${picture.width} × ${picture.height}`;
      throw new ShapeError(op, `picture ${i} of ${what} has ${picture.data.length} values, expected RGBA`);
    }
    if (size === undefined && (picture.height !== height || picture.width !== width)) {
      throw new ShapeError(
        op,
        `picture ${i} is ${picture.width} × ${picture.height}, not ${width} × ${height}: set size`,
      );
    }
    const pixels = toChannels(op, picture.data, 4, channels, background);
    images.set(resizePixels(pixels, [picture.height, picture.width, channels], height, width), i * imageSize(shape));
  });
  return fromArrays({ images, labels, shape, classes });
}

/** How numbers become grey levels. */
export interface ToImageDataOptions {
  /** What is black and what is white (default [0, 1]; [0, 255] for uint8 and int32). Values beyond are clipped. */
  readonly range?: readonly [black: number, white: number];
}

/**
 * A picture of a matrix [H, W] (grey) or an image [H, W, C] with 1, 3 or, alpha being the last, 4 channels, as a canvas takes
 * it: `context.putImageData(new ImageData(picture.data, picture.width), 0, 0)`. Levels are rounded to the nearest, NaN is black.
 *
 * @throws {ShapeError} for other shapes and for no pixels; {@link ArgumentError} unless black and white are different numbers;
 * {@link DtypeError} if `image` is no tensor.
 * @example
 * import { data, tensor } from "matprop";
 * const { width, height, data: pixels } = data.toImageData(tensor([[0, 1]]));
 * console.log(width, height, pixels); // 2 1 Uint8ClampedArray(8) [ 0, 0, 0, 255, 255, 255, 255, 255 ]
 */
export function toImageData(
  image: Tensor<DType>,
  { range }: ToImageDataOptions = {},
): { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray<ArrayBuffer> } {
  const op = "data.toImageData";
  if (!(image instanceof Tensor)) throw new DtypeError(op, `needs a tensor, got ${typeof image}`);
  const [height, width, channels = 1] = image.shape;
  if (image.rank < 2 || image.rank > 3 || image.size === 0 || ![1, 3, 4].includes(channels)) {
    throw new ShapeError(op, `needs [H, W] or [H, W, C] with 1, 3 or 4 channels, got ${showShape(image.shape)}`);
  }
  const [black, white] = range ?? [0, isFloat(image.dtype) || image.dtype === "bool" ? 1 : 255];
  if (!Number.isFinite(white - black) || white === black) {
    throw new ArgumentError(op, `range must be two different finite numbers, got ${black} and ${white}`);
  }
  const values = image.data();
  const out = new Uint8ClampedArray(4 * height! * width!).fill(255);
  for (let p = 0, from = 0; p < out.length; p += 4, from += channels) {
    // The array rounds and clips by itself.
    for (let c = 0; c < Math.max(3, channels); c++) {
      out[p + c] = 255 * ((values[from + (channels === 1 ? 0 : c)]! - black) / (white - black));
    }
  }
  return { width: width!, height: height!, data: out };
}

/**
 * Interleaved grey, grey + alpha, RGB or RGBA pixels as 1 or 3 channels: transparency over the background, colour to
 * grey by the integer ITU-R BT.601 weights that Pillow uses too.
 */
export function toChannels(
  op: string,
  pixels: Uint8Array | Uint8ClampedArray,
  from: number,
  to: number,
  background: number,
): Uint8Array {
  if (to !== 1 && to !== 3) throw new ArgumentError(op, `channels must be 1 or 3, got ${to}`);
  if (!Number.isInteger(background) || background < 0 || background > 255) {
    throw new ArgumentError(op, `background must be an integer from 0 to 255, got ${background}`);
  }
  const n = pixels.length / from;
  const out = new Uint8Array(n * to);
  const [green, blue] = from < 3 ? [0, 0] : [1, 2];
  const alpha = from === 2 || from === 4 ? from - 1 : -1;
  for (let i = 0, at = 0; i < n; i++) {
    const p = i * from;
    const opacity = alpha < 0 ? 255 : pixels[p + alpha]!;
    const r = over(pixels[p]!, opacity, background);
    const g = over(pixels[p + green]!, opacity, background);
    const b = over(pixels[p + blue]!, opacity, background);
    if (to === 1) {
      out[at++] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
    } else {
      out[at++] = r;
      out[at++] = g;
      out[at++] = b;
    }
  }
  return out;
}

function over(value: number, opacity: number, background: number): number {
  return Math.floor((value * opacity + background * (255 - opacity) + 127) / 255);
}
