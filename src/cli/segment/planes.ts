import { pow, tensor, type data } from "../library.js";

/** Channels of {@link planesOf}: L, a, b, x, y. */
export const PLANES = 5;

/** Pixels that a plane's unit of length spans, as a share of the longer side: x and y run from −1 to 1 there. */
const COLOUR_SCALE = [50, 30, 30] as const;

/** Linear light to CIE XYZ for sRGB primaries, each row divided by the white point D65. */
const XYZ = [
  [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339 / 1.08883, 0.119192 / 1.08883, 0.9503041 / 1.08883],
] as const;

let linear: Float64Array | undefined;

/** Linear light of each 8-bit level of sRGB, by our own kernels. */
function linearLight(): Float64Array {
  if (linear) return linear;
  const levels = Float64Array.from({ length: 256 }, (_, i) => i / 255);
  const shifted = tensor(levels.map((c) => (c + 0.055) / 1.055));
  const curve = pow(shifted, 2.4).data();
  linear = levels.map((c, i) => (c > 0.04045 ? curve[i]! : c / 12.92));
  return linear;
}

/**
 * What the network sees of an image, row-major [H, W, 5]: CIE L*a*b* brought to about −1 … 1, and the position from the
 * middle, −1 … 1 along the longer side.
 *
 * Source: CIE 15 and IEC 61966-2-1 (sRGB, D65).
 */
export function planesOf({ pixels, height, width }: data.SegmentedImage): Float32Array {
  const light = linearLight();
  const relative = new Float64Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [light[pixels[i]!]!, light[pixels[i + 1]!]!, light[pixels[i + 2]!]!];
    for (let c = 0; c < 3; c++) relative[i + c] = XYZ[c]![0] * r + XYZ[c]![1] * g + XYZ[c]![2] * b;
  }
  const roots = pow(tensor(relative), 1 / 3).data();
  const f = (i: number): number => (relative[i]! > 0.008856 ? roots[i]! : 7.787 * relative[i]! + 16 / 116);
  const half = Math.max(height, width) / 2;
  const planes = new Float32Array(PLANES * height * width);
  for (let i = 0; i < height * width; i++) {
    const [x, y, z] = [f(3 * i), f(3 * i + 1), f(3 * i + 2)];
    const at = PLANES * i;
    planes[at] = (116 * y - 16) / COLOUR_SCALE[0] - 1;
    planes[at + 1] = (500 * (x - y)) / COLOUR_SCALE[1];
    planes[at + 2] = (200 * (y - z)) / COLOUR_SCALE[2];
    planes[at + 3] = ((i % width) - (width - 1) / 2) / half;
    planes[at + 4] = (Math.floor(i / width) - (height - 1) / 2) / half;
  }
  return planes;
}
