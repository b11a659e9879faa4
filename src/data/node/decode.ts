/**
 * The image codecs and the only file that knows them. They are development dependencies, so the build bundles them into
 * it: it imports nothing of the project, lest the bundle hold a second copy, and is loaded by a dynamic import, so that
 * nobody pays for it who reads no pictures. It throws whatever the codecs throw.
 */
import { convertIndexedToRgb, decode } from "fast-png";
import jpeg from "jpeg-js";

/** Decoded samples of 8 bits, row-major and interleaved. */
export interface Samples {
  readonly pixels: Uint8Array;
  /** 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA. */
  readonly channels: number;
}

const MAX_JPEG_MEGABYTES = 2048;

/** Any PNG; 16-bit samples are rounded to 8, fewer bits are spread over 0 … 255. */
export function decodePng(bytes: Uint8Array): Samples {
  const image = decode(bytes, { checkCrc: true });
  const { data, depth, width, height, channels, palette } = image;
  if (palette) return { pixels: convertIndexedToRgb(image), channels: palette[0]?.length ?? 3 };
  if (data instanceof Uint16Array) {
    return { pixels: Uint8Array.from(data, (value) => Math.floor((value + 128) / 257)), channels };
  }
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { pixels: depth < 8 ? unpackGrey(samples, width, height, depth) : samples, channels };
}

/** Grey samples of 1, 2 or 4 bits, spread over 0 … 255. */
function unpackGrey(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const largest = (1 << depth) - 1;
  return unpack(packed, width, height, depth).map((value) => (value * 255) / largest);
}

/** Samples of 1, 2 or 4 bits, packed from the high end, rows starting on whole bytes. */
function unpack(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  const largest = (1 << depth) - 1;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = packed[y * rowBytes + (bit >> 3)]!;
      out[at++] = (byte >> (8 - depth - (bit & 7))) & largest;
    }
  }
  return out;
}

/** Baseline and progressive JPEG. */
export function decodeJpeg(bytes: Uint8Array): Samples {
  const image = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxMemoryUsageInMB: MAX_JPEG_MEGABYTES,
  });
  return { pixels: image.data, channels: 3 };
}

/** The numbers that a PNG of labels holds: grey levels as they are, palette indices, or 65536 r + 256 g + b. */
export function decodePngLabels(bytes: Uint8Array): Int32Array {
  const { data, depth, width, height, channels, palette } = decode(bytes, { checkCrc: true });
  if (data instanceof Uint16Array) {
    if (channels !== 1) throw new Error(`labels of 16 bits are grey, this has ${channels} channels`);
    return Int32Array.from(data);
  }
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (depth < 8) return Int32Array.from(unpack(samples, width, height, depth));
  if (palette || channels === 1) return Int32Array.from(samples);
  if (channels === 2) return Int32Array.from({ length: width * height }, (_, i) => samples[2 * i]!);
  return Int32Array.from({ length: width * height }, (_, i) => {
    const at = channels * i;
    return (samples[at]! << 16) | (samples[at + 1]! << 8) | samples[at + 2]!;
  });
}
