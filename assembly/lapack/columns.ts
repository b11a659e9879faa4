/**
 * Columns of one-sided Jacobi: contiguous, zero-padded to blocks of two vectors, none larger than the scale of
 * jacobi.ts.
 */
import { roundUp, VECTOR_BYTES } from "../simd";
import { largest } from "./canonical";
import { exponentOf, safeMin, scaleByPower, sumLanes, tiny, unitRoundoff } from "./scalar";

const BLOCK: usize = 2 * VECTOR_BYTES;

// @ts-ignore: decorator
@inline
export function columnBytes<T>(m: i32): usize {
  return roundUp((<usize>m) * sizeof<T>(), BLOCK);
}

/** x·y over whole blocks of two vectors, an accumulator a lane, the two vectors added first. */
export function dotBlocks<T>(bytes: usize, x: usize, y: usize): T {
  let s0 = v128.splat<T>(0);
  let s1 = s0;
  for (let j: usize = 0; j < bytes; j += BLOCK) {
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x + j), v128.load(y + j)));
    s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x + j, VECTOR_BYTES), v128.load(y + j, VECTOR_BYTES)));
  }
  return sumLanes<T>(v128.add<T>(s0, s1));
}

/** x·y·2^k where |x_i·y_i| may underflow: both are scaled by about 2^(k/2) first. */
function dotScaled<T>(bytes: usize, x: usize, y: usize, kx: i32, ky: i32): T {
  let sum: T = 0;
  for (let j: usize = 0; j < bytes; j += sizeof<T>()) {
    sum += scaleByPower<T>(load<T>(x + j), kx) * scaleByPower<T>(load<T>(y + j), ky);
  }
  return sum;
}

/** ‖x‖; a column so small that rotations would lose its digits to underflow (2⁻¹⁰², 2⁻⁹⁶⁹) is set to zero. */
export function norm<T>(bytes: usize, x: usize): T {
  const square = dotBlocks<T>(bytes, x, x);
  if (square >= tiny<T>()) return sqrt<T>(square);
  const top = largest<T>(1, <i32>(bytes / sizeof<T>()), x, 0);
  if (top * unitRoundoff<T>() < safeMin<T>()) {
    memory.fill(x, 0, bytes);
    return 0;
  }
  const k = -exponentOf<T>(top);
  return scaleByPower<T>(sqrt<T>(dotScaled<T>(bytes, x, x, k, k)), -k);
}

/** Norm of column x whose square, summed with one accumulator a lane, is `sum`. */
// @ts-ignore: decorator
@inline
function rootOf<T>(bytes: usize, x: usize, sum: v128): T {
  const square = sumLanes<T>(sum);
  return square >= tiny<T>() ? sqrt<T>(square) : norm<T>(bytes, x);
}

/** (x, y) ← (c·x − s·y, s·x + c·y) and their norms at nx, ny, in one pass. */
export function rotateColumns<T>(bytes: usize, x: usize, y: usize, c: T, s: T, nx: usize, ny: usize): void {
  const cc = v128.splat<T>(c);
  const ss = v128.splat<T>(s);
  let sx = v128.splat<T>(0);
  let sy = sx;
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const p = v128.load(x + j);
    const q = v128.load(y + j);
    const u = v128.sub<T>(v128.mul<T>(cc, p), v128.mul<T>(ss, q));
    const v = v128.add<T>(v128.mul<T>(ss, p), v128.mul<T>(cc, q));
    v128.store(x + j, u);
    v128.store(y + j, v);
    sx = v128.add<T>(sx, v128.mul<T>(u, u));
    sy = v128.add<T>(sy, v128.mul<T>(v, v));
  }
  store<T>(nx, rootOf<T>(bytes, x, sx));
  store<T>(ny, rootOf<T>(bytes, y, sy));
}

/** (x, y) ← (c·x − s·y, s·x + c·y). */
export function rotateRows<T>(bytes: usize, x: usize, y: usize, c: T, s: T): void {
  const cc = v128.splat<T>(c);
  const ss = v128.splat<T>(s);
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const p = v128.load(x + j);
    const q = v128.load(y + j);
    v128.store(x + j, v128.sub<T>(v128.mul<T>(cc, p), v128.mul<T>(ss, q)));
    v128.store(y + j, v128.add<T>(v128.mul<T>(ss, p), v128.mul<T>(cc, q)));
  }
}

/** y ← y − (x·f)·g: with |x·f| about 1 and g about |y| nothing underflows, however small y is beside x. */
export function subtract<T>(bytes: usize, x: usize, y: usize, f: T, g: T): void {
  const ff = v128.splat<T>(f);
  const gg = v128.splat<T>(g);
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const p = v128.mul<T>(v128.mul<T>(v128.load(x + j), ff), gg);
    v128.store(y + j, v128.sub<T>(v128.load(y + j), p));
  }
}

export function swapRows(bytes: usize, x: usize, y: usize): void {
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const p = v128.load(x + j);
    v128.store(x + j, v128.load(y + j));
    v128.store(y + j, p);
  }
}

/** The cosine of the angle between x and y of norms a and b. */
// @ts-ignore: decorator
@inline
export function cosineOf<T>(bytes: usize, x: usize, y: usize, a: T, b: T): T {
  if (a * b >= tiny<T>()) return dotBlocks<T>(bytes, x, y) / a / b;
  const kx = -exponentOf<T>(a);
  const ky = -exponentOf<T>(b);
  return dotScaled<T>(bytes, x, y, kx, ky) / scaleByPower<T>(a, kx) / scaleByPower<T>(b, ky);
}
