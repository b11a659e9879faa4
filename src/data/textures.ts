import type { PhiloxStream } from "./philox.js";

/** A class of `synthetic`: its field is brought to mean 0 and standard deviation 1 afterwards. */
export interface Texture {
  readonly name: string;
  /** One sample, size × size, row-major. */
  readonly draw: (stream: PhiloxStream, size: number) => Float64Array;
}

/** The classes in the order in which a data set of fewer takes them. */
export const TEXTURES: readonly Texture[] = [
  { name: "horizontal stripes", draw: grating(1, 0) },
  { name: "vertical stripes", draw: grating(0, 1) },
  { name: "falling stripes", draw: grating(1, -1) },
  { name: "rising stripes", draw: grating(1, 1) },
  { name: "checkers", draw: checkers },
  { name: "blobs", draw: blobs },
  { name: "white noise", draw: noise(0, 0) },
  { name: "flat noise", draw: noise(0, 3) },
  { name: "tall noise", draw: noise(3, 0) },
  { name: "coarse noise", draw: noise(2, 2) },
];

/** 1 at whole numbers, −1 halfway between, straight lines in between. */
function triangle(t: number): number {
  return 4 * Math.abs(t - Math.floor(t) - 0.5) - 1;
}

/** A triangle wave of random phase and period 4 … 8 whose direction wavers a little around (rows, columns). */
function grating(rows: number, columns: number) {
  return (stream: PhiloxStream, size: number): Float64Array => {
    const length = Math.sqrt(rows * rows + columns * columns) * (4 + 4 * stream.uniform());
    const down = (rows + 0.3 * (stream.uniform() - 0.5)) / length;
    const right = (columns + 0.3 * (stream.uniform() - 0.5)) / length;
    const phase = stream.uniform();
    const field = new Float64Array(size * size);
    for (let y = 0, at = 0; y < size; y++) {
      for (let x = 0; x < size; x++) field[at++] = triangle(phase + down * y + right * x);
    }
    return field;
  };
}

/** The product of two waves across each other. */
function checkers(stream: PhiloxStream, size: number): Float64Array {
  const period = 5 + 4 * stream.uniform();
  const skew = (0.3 * (stream.uniform() - 0.5)) / period;
  const [phaseY, phaseX] = [stream.uniform(), stream.uniform()];
  const field = new Float64Array(size * size);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      field[at++] = triangle(phaseY + y / period + skew * x) * triangle(phaseX + x / period - skew * y);
    }
  }
  return field;
}

/** Paraboloid bumps of radius 2 … 4, light or dark, about one for every 36 pixels. */
function blobs(stream: PhiloxStream, size: number): Float64Array {
  const field = new Float64Array(size * size);
  const count = Math.ceil((size * size) / 36);
  for (let i = 0; i < count; i++) {
    const [cy, cx] = [stream.uniform() * size, stream.uniform() * size];
    const radius = 2 + 2 * stream.uniform();
    const sign = (stream.next() & 1) === 0 ? 1 : -1;
    for (let y = Math.max(0, Math.ceil(cy - radius)); y < Math.min(size, cy + radius); y++) {
      for (let x = Math.max(0, Math.ceil(cx - radius)); x < Math.min(size, cx + radius); x++) {
        const distance = ((y - cy) * (y - cy) + (x - cx) * (x - cx)) / (radius * radius);
        if (distance < 1) field[y * size + x]! += sign * (1 - distance);
      }
    }
  }
  return field;
}

/** White noise averaged over boxes of 2·rows + 1 by 2·columns + 1 pixels. */
function noise(rows: number, columns: number) {
  return (stream: PhiloxStream, size: number): Float64Array => {
    const [height, width] = [size + 2 * rows, size + 2 * columns];
    const white = new Int32Array(height * width);
    for (let i = 0; i < white.length; i++) white[i] = (stream.next() >>> 16) - 0x8000;
    const field = new Float64Array(size * size);
    for (let y = 0, at = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let dy = 0; dy <= 2 * rows; dy++) {
          for (let dx = 0; dx <= 2 * columns; dx++) sum += white[(y + dy) * width + x + dx]!;
        }
        field[at++] = sum;
      }
    }
    return field;
  };
}
