import { FormatError } from "../../errors.js";
import type { ImageShape } from "../images.js";
import { toChannels } from "../imageData.js";
import type { Samples } from "./decode.js";
import { checkPixels, isPng } from "./probe.js";

/** A decoded picture. */
export interface Picture {
  /** Row-major [H, W, C]. */
  readonly pixels: Uint8Array;
  readonly shape: ImageShape;
}

/** Turns files into pictures. */
export type PictureDecoder = (bytes: Uint8Array) => Picture;

/**
 * A decoder of PNG and JPEG files to grey (1) or RGB (3) pixels. The codecs are the same everywhere, so are the pixels.
 * Gamma, colour profiles and EXIF orientation are ignored; 16-bit samples are rounded to 8.
 *
 * The decoder throws FormatError if a file is damaged, no picture of these formats or above 100 megapixels.
 */
export async function pictureDecoder(op: string, channels: number, background = 255): Promise<PictureDecoder> {
  const { decodePng, decodeJpeg } = await import("./decode.js");
  return (bytes) => {
    const { width, height } = checkPixels(op, bytes);
    const [format, decode] = isPng(bytes) ? (["PNG", decodePng] as const) : (["JPEG", decodeJpeg] as const);
    const samples = decoding(op, format, () => decode(bytes));
    const found = samples.pixels.length / samples.channels;
    if (found !== width * height) {
      throw new FormatError(op, `damaged ${format}: ${width} × ${height} pixels announced, but ${found} decoded`);
    }
    const pixels = toChannels(op, samples.pixels, samples.channels, channels, background);
    return { pixels, shape: [height, width, channels] };
  };
}

/** Whatever the codecs throw means a damaged file. */
function decoding(op: string, format: string, run: () => Samples): Samples {
  try {
    return run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const damaged = new FormatError(op, `damaged ${format}: ${reason}`);
    damaged.cause = error;
    throw damaged;
  }
}
