/**
 * How a convolution walks over its source images (X for the forward pass and the weight gradient, dY for the input
 * gradient). A *pixel* is one row of the implicit im2col matrix. Pixels are taken in bands that stay in the L2 cache: some
 * rows of one image, or a few whole small images. A band's source rows are used where they lie or, when the taps of some
 * pixel reach over the border, copied into a buffer with zeros around them: K times less traffic than an im2col block.
 * The size of a band depends on the shape of one item alone.
 */
import { roundUp } from "../simd";

/** The descriptor of the ABI: eighteen i32. Output sizes OH, OW are the caller's; `groups` divides C and O. */
// @ts-ignore: decorator
@unmanaged
export class ConvDesc {
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  o: i32;
  kh: i32;
  kw: i32;
  strideH: i32;
  strideW: i32;
  padTop: i32;
  padBottom: i32;
  padLeft: i32;
  padRight: i32;
  dilationH: i32;
  dilationW: i32;
  groups: i32;
  oh: i32;
  ow: i32;
}

/** Bytes of source and pixels that one band may hold (at least one row of pixels in any case). */
const BAND_BYTES: usize = 1 << 18;
const BAND_PIXELS: i32 = 1024;

// @ts-ignore: decorator
@unmanaged
export class Sweep {
  /** Source images. */
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  /** Source position of tap (0, 0) of pixel (0, 0): negative inside the padding. */
  top: i32;
  left: i32;
  /** Pixel rows and columns of one image, their distance in the source, and how far taps reach beyond a pixel. */
  rows: i32;
  cols: i32;
  stepH: i32;
  stepW: i32;
  reachH: i32;
  reachW: i32;
  /** Bytes of one element. */
  size: i32;
  /** Whether bands are copied, and the elements of one row of what is then read. */
  copied: i32;
  pitch: i32;
  bandRows: i32;
  bandImages: i32;
  /** Bytes between two images of a band. */
  imageBytes: usize;
}

/** Bytes reserved for a Sweep at the head of a work space. */
export const SWEEP_BYTES: usize = 128;

/** Completes a Sweep whose geometry and `size` are set. */
export function planBands(s: Sweep): void {
  const width = (s.cols - 1) * s.stepW + s.reachW + 1;
  s.copied = i32(s.top < 0 || s.left < 0 || s.top + (s.rows - 1) * s.stepH + s.reachH >= s.h || s.left + width > s.w);
  s.pitch = (s.copied ? width : s.w) * s.c;
  const rowBytes = <usize>max(s.pitch, 1) * s.size;
  const fit = <i32>min<usize>(BAND_BYTES / rowBytes, 1 << 20) - s.reachH - 1;
  const rows = min(BAND_PIXELS / max(s.cols, 1), fit < 0 ? 0 : fit / s.stepH + 1);
  s.bandRows = min(max(rows, 1), max(s.rows, 1));
  s.imageBytes = s.copied ? bandImageBytes(s) : <usize>s.h * s.w * s.c * s.size;
  s.bandImages = 1;
  if (s.bandRows >= s.rows && s.rows > 0) {
    const images = min<usize>(BAND_PIXELS / max(s.rows * s.cols, 1), BAND_BYTES / max<usize>(bandImageBytes(s), 1));
    s.bandImages = max(<i32>images, 1);
  }
}

/** Bytes of the source rows under the pixel rows of one image's band. */
function bandImageBytes(s: Sweep): usize {
  return <usize>((s.bandRows - 1) * s.stepH + s.reachH + 1) * s.pitch * s.size;
}

/** Upper bound of what a band's tables of pixels (two of them) and its buffer take; `reach` rows lie under a row of pixels. */
export function bandBound(cols: i32, width: i32, reach: i32, channels: i32, size: i32): usize {
  const oneRow = <usize>(reach + 1) * width * channels * size;
  return 2 * tableBytes(max(BAND_PIXELS, cols)) + max(BAND_BYTES, oneRow);
}

/** Bytes of a table of `count` u32, kept on 16-byte boundaries. */
// @ts-ignore: decorator
@inline
export function tableBytes(count: i32): usize {
  return roundUp((<usize>count) << 2, 16);
}

/** Pixels of a full band. */
// @ts-ignore: decorator
@inline
export function bandPixels(s: Sweep): i32 {
  return s.bandImages * s.bandRows * s.cols;
}

/** Address of tap (0, 0) of pixel (row, 0) of image `image`, after copying its band into `buffer` if need be. */
export function openBand(s: Sweep, x: usize, image: i32, images: i32, row: i32, rows: i32, buffer: usize): usize {
  const pixelBytes = <usize>s.c * s.size;
  const sourceRow = <usize>s.w * pixelBytes;
  const sourceImage = <usize>s.h * sourceRow;
  const first = s.top + row * s.stepH;
  if (!s.copied) return x + <usize>image * sourceImage + <usize>first * sourceRow + <usize>s.left * pixelBytes;
  const bufferRow = <usize>s.pitch * s.size;
  const width = s.pitch / max(s.c, 1);
  const from = min(max(s.left, 0), s.w);
  const to = max(min(s.left + width, s.w), from);
  const before = min(<usize>(from - s.left) * pixelBytes, bufferRow);
  const inside = <usize>(to - from) * pixelBytes;
  const count = (rows - 1) * s.stepH + s.reachH + 1;
  for (let i = 0; i < images; i++) {
    const base = x + <usize>(image + i) * sourceImage + <usize>from * pixelBytes;
    let out = buffer + <usize>i * s.imageBytes;
    for (let r = first; r < first + count; r++, out += bufferRow) {
      if (r < 0 || r >= s.h) memory.fill(out, 0, bufferRow);
      else {
        if (before > 0) memory.fill(out, 0, before);
        if (inside > 0) memory.copy(out + before, base + <usize>r * sourceRow, inside);
        const used = before + inside;
        if (used < bufferRow) memory.fill(out + used, 0, bufferRow - used);
      }
    }
  }
  return buffer;
}

/**
 * Table of taps: byte offsets from a pixel of channels 0 … channels−1 at source position (row, col). Returns the end.
 */
export function writeTap(s: Sweep, table: usize, row: i32, col: i32, channels: i32): usize {
  const base = (row * s.pitch + col * s.c) * s.size;
  for (let c = 0; c < channels; c++, table += 4) store<u32>(table, base + c * s.size);
  return table;
}

/** Table of the pixels of a band: byte offsets of their tap (0, 0) from that of the band's first pixel. */
export function writePixels(s: Sweep, table: usize): void {
  for (let i = 0; i < s.bandImages; i++) {
    for (let r = 0; r < s.bandRows; r++) {
      let at = <u32>(<usize>i * s.imageBytes) + <u32>(r * s.stepH * s.pitch * s.size);
      for (let q = 0; q < s.cols; q++, table += 4, at += <u32>(s.stepW * s.c * s.size)) store<u32>(table, at);
    }
  }
}

/** Table of `count` multiples of `step` bytes. */
export function writeRamp(table: usize, count: i32, step: usize): void {
  let at: u32 = 0;
  for (let i = 0; i < count; i++, table += 4, at += <u32>step) store<u32>(table, at);
}
