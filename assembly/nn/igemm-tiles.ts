/**
 * The register tiles of igemm.ts: `count` rows (those past it are computed from the last row and dropped) by at most four
 * vectors of columns, of which `cols` columns are stored; then C is added, bias, relu, as `mode` and `bias` (0: none) say.
 * Eight sums fill the registers of SSE/AVX beside what a step loads. V8 hoists every load of a basic block to its top; the
 * conditional exits between the four steps of a turn keep it from spilling (36 → 40 GFLOP/s, f32).
 */
import { lanes, loadPartial, storePartial } from "../simd";

/** Bits of `mode`: add to C instead of overwriting it; apply relu. */
export const ACCUMULATE = 1;
export const RELU = 2;

/** Address `base` + entry `i` of a table, the last valid entry standing in for those past `count`. */
// @ts-ignore: decorator
@inline
export function entry(base: usize, table: usize, i: i32, count: i32): usize {
  return base + load<u32>(table + ((<usize>min(i, count - 1)) << 2));
}

// @ts-ignore: decorator
@inline
function finish<T>(ptr: usize, sum: v128, mode: i32, bias: usize): void {
  if (mode & ACCUMULATE) sum = v128.add<T>(v128.load(ptr), sum);
  if (bias) sum = v128.add<T>(sum, v128.load(bias));
  // pmax(x, 0) is x < 0 ? 0 : x, which keeps NaN.
  if (mode & RELU) sum = v128.pmax<T>(sum, v128.splat<T>(0));
  v128.store(ptr, sum);
}

/** `finish` for the first `count` lanes; nothing else is read or written. */
function finishEdge<T>(ptr: usize, sum: v128, count: i32, mode: i32, bias: usize): void {
  if (count <= 0) return;
  if (mode & ACCUMULATE) sum = v128.add<T>(loadPartial<T>(ptr, count, 0), sum);
  if (bias) sum = v128.add<T>(sum, loadPartial<T>(bias, count, 0));
  if (mode & RELU) sum = v128.pmax<T>(sum, v128.splat<T>(0));
  storePartial<T>(ptr, sum, count);
}

function finishRow<T>(c: usize, s0: v128, s1: v128, s2: v128, s3: v128, cols: i32, mode: i32, bias: usize): void {
  const v = lanes<T>();
  if (cols == 4 * v) {
    finish<T>(c, s0, mode, bias);
    finish<T>(c + 16, s1, mode, bias ? bias + 16 : 0);
    finish<T>(c + 32, s2, mode, bias ? bias + 32 : 0);
    finish<T>(c + 48, s3, mode, bias ? bias + 48 : 0);
  } else {
    finishEdge<T>(c, s0, min(cols, v), mode, bias);
    finishEdge<T>(c + 16, s1, min(cols - v, v), mode, bias ? bias + 16 : 0);
    finishEdge<T>(c + 32, s2, min(cols - 2 * v, v), mode, bias ? bias + 32 : 0);
    finishEdge<T>(c + 48, s3, min(cols - 3 * v, v), mode, bias ? bias + 48 : 0);
  }
}

/** Inlined: with the nine steps of a first layer the call alone would be a fifth of its time. */
// @ts-ignore: decorator
@inline
export function tile2x4<T>(
  k: i32,
  a: usize,
  rows: usize,
  steps: usize,
  b: usize,
  c: usize,
  outs: usize,
  count: i32,
  cols: i32,
  mode: i32,
  bias: usize,
): void {
  const a0 = a + load<u32>(rows);
  const a1 = entry(a, rows, 1, count);
  let s00 = v128.splat<T>(0),
    s01 = v128.splat<T>(0),
    s02 = v128.splat<T>(0),
    s03 = v128.splat<T>(0);
  let s10 = v128.splat<T>(0),
    s11 = v128.splat<T>(0),
    s12 = v128.splat<T>(0),
    s13 = v128.splat<T>(0);
  const end = steps + ((<usize>k) << 2);
  while (steps != end) {
    {
      const offset = <usize>load<u32>(steps);
      const x0 = v128.load_splat<T>(a0 + offset);
      const x1 = v128.load_splat<T>(a1 + offset);
      const b0 = v128.load(b),
        b1 = v128.load(b, 16),
        b2 = v128.load(b, 32),
        b3 = v128.load(b, 48);
      s00 = v128.add<T>(s00, v128.mul<T>(x0, b0));
      s10 = v128.add<T>(s10, v128.mul<T>(x1, b0));
      s01 = v128.add<T>(s01, v128.mul<T>(x0, b1));
      s11 = v128.add<T>(s11, v128.mul<T>(x1, b1));
      s02 = v128.add<T>(s02, v128.mul<T>(x0, b2));
      s12 = v128.add<T>(s12, v128.mul<T>(x1, b2));
      s03 = v128.add<T>(s03, v128.mul<T>(x0, b3));
      s13 = v128.add<T>(s13, v128.mul<T>(x1, b3));
      steps += 4;
      b += 64;
      if (steps == end) break;
    }
    {
      const offset = <usize>load<u32>(steps);
      const x0 = v128.load_splat<T>(a0 + offset);
      const x1 = v128.load_splat<T>(a1 + offset);
      const b0 = v128.load(b),
        b1 = v128.load(b, 16),
        b2 = v128.load(b, 32),
        b3 = v128.load(b, 48);
      s00 = v128.add<T>(s00, v128.mul<T>(x0, b0));
      s10 = v128.add<T>(s10, v128.mul<T>(x1, b0));
      s01 = v128.add<T>(s01, v128.mul<T>(x0, b1));
      s11 = v128.add<T>(s11, v128.mul<T>(x1, b1));
      s02 = v128.add<T>(s02, v128.mul<T>(x0, b2));
      s12 = v128.add<T>(s12, v128.mul<T>(x1, b2));
      s03 = v128.add<T>(s03, v128.mul<T>(x0, b3));
      s13 = v128.add<T>(s13, v128.mul<T>(x1, b3));
      steps += 4;
      b += 64;
      if (steps == end) break;
    }
    {
      const offset = <usize>load<u32>(steps);
      const x0 = v128.load_splat<T>(a0 + offset);
      const x1 = v128.load_splat<T>(a1 + offset);
      const b0 = v128.load(b),
        b1 = v128.load(b, 16),
        b2 = v128.load(b, 32),
        b3 = v128.load(b, 48);
      s00 = v128.add<T>(s00, v128.mul<T>(x0, b0));
      s10 = v128.add<T>(s10, v128.mul<T>(x1, b0));
      s01 = v128.add<T>(s01, v128.mul<T>(x0, b1));
      s11 = v128.add<T>(s11, v128.mul<T>(x1, b1));
      s02 = v128.add<T>(s02, v128.mul<T>(x0, b2));
      s12 = v128.add<T>(s12, v128.mul<T>(x1, b2));
      s03 = v128.add<T>(s03, v128.mul<T>(x0, b3));
      s13 = v128.add<T>(s13, v128.mul<T>(x1, b3));
      steps += 4;
      b += 64;
      if (steps == end) break;
    }
    {
      const offset = <usize>load<u32>(steps);
      const x0 = v128.load_splat<T>(a0 + offset);
      const x1 = v128.load_splat<T>(a1 + offset);
      const b0 = v128.load(b),
        b1 = v128.load(b, 16),
        b2 = v128.load(b, 32),
        b3 = v128.load(b, 48);
      s00 = v128.add<T>(s00, v128.mul<T>(x0, b0));
      s10 = v128.add<T>(s10, v128.mul<T>(x1, b0));
      s01 = v128.add<T>(s01, v128.mul<T>(x0, b1));
      s11 = v128.add<T>(s11, v128.mul<T>(x1, b1));
      s02 = v128.add<T>(s02, v128.mul<T>(x0, b2));
      s12 = v128.add<T>(s12, v128.mul<T>(x1, b2));
      s03 = v128.add<T>(s03, v128.mul<T>(x0, b3));
      s13 = v128.add<T>(s13, v128.mul<T>(x1, b3));
      steps += 4;
      b += 64;
    }
  }
  const c0 = c + load<u32>(outs);
  if (count == 1 || cols != 4 * lanes<T>() || mode & ACCUMULATE) {
    finishRow<T>(c0, s00, s01, s02, s03, cols, mode, bias);
    if (count > 1) finishRow<T>(c + load<u32>(outs + 4), s10, s11, s12, s13, cols, mode, bias);
    return;
  }
  // The common end written out: for a first layer, nine steps long, it is a third of the time.
  if (bias) {
    const b0 = v128.load(bias),
      b1 = v128.load(bias, 16),
      b2 = v128.load(bias, 32),
      b3 = v128.load(bias, 48);
    s00 = v128.add<T>(s00, b0);
    s01 = v128.add<T>(s01, b1);
    s02 = v128.add<T>(s02, b2);
    s03 = v128.add<T>(s03, b3);
    s10 = v128.add<T>(s10, b0);
    s11 = v128.add<T>(s11, b1);
    s12 = v128.add<T>(s12, b2);
    s13 = v128.add<T>(s13, b3);
  }
  const floor = v128.splat<T>(mode & RELU ? 0 : <T>-Infinity);
  const c1 = c + load<u32>(outs + 4);
  v128.store(c0, v128.pmax<T>(s00, floor));
  v128.store(c0, v128.pmax<T>(s01, floor), 16);
  v128.store(c0, v128.pmax<T>(s02, floor), 32);
  v128.store(c0, v128.pmax<T>(s03, floor), 48);
  v128.store(c1, v128.pmax<T>(s10, floor));
  v128.store(c1, v128.pmax<T>(s11, floor), 16);
  v128.store(c1, v128.pmax<T>(s12, floor), 32);
  v128.store(c1, v128.pmax<T>(s13, floor), 48);
}

/** Four rows by two vectors, or by one when `cols` fits one. */
export function tile4<T>(
  k: i32,
  a: usize,
  rows: usize,
  steps: usize,
  b: usize,
  c: usize,
  outs: usize,
  count: i32,
  cols: i32,
  mode: i32,
  bias: usize,
): void {
  const a0 = a + load<u32>(rows);
  const a1 = entry(a, rows, 1, count);
  const a2 = entry(a, rows, 2, count);
  const a3 = entry(a, rows, 3, count);
  let s00 = v128.splat<T>(0),
    s10 = v128.splat<T>(0),
    s20 = v128.splat<T>(0),
    s30 = v128.splat<T>(0);
  let s01 = v128.splat<T>(0),
    s11 = v128.splat<T>(0),
    s21 = v128.splat<T>(0),
    s31 = v128.splat<T>(0);
  const end = steps + ((<usize>k) << 2);
  if (cols > lanes<T>()) {
    while (steps != end) {
      const offset = <usize>load<u32>(steps);
      const b0 = v128.load(b),
        b1 = v128.load(b, 16);
      const x0 = v128.load_splat<T>(a0 + offset);
      const x1 = v128.load_splat<T>(a1 + offset);
      const x2 = v128.load_splat<T>(a2 + offset);
      const x3 = v128.load_splat<T>(a3 + offset);
      s00 = v128.add<T>(s00, v128.mul<T>(x0, b0));
      s01 = v128.add<T>(s01, v128.mul<T>(x0, b1));
      s10 = v128.add<T>(s10, v128.mul<T>(x1, b0));
      s11 = v128.add<T>(s11, v128.mul<T>(x1, b1));
      s20 = v128.add<T>(s20, v128.mul<T>(x2, b0));
      s21 = v128.add<T>(s21, v128.mul<T>(x2, b1));
      s30 = v128.add<T>(s30, v128.mul<T>(x3, b0));
      s31 = v128.add<T>(s31, v128.mul<T>(x3, b1));
      steps += 4;
      b += 32;
    }
  } else {
    while (steps != end) {
      const offset = <usize>load<u32>(steps);
      const b0 = v128.load(b);
      s00 = v128.add<T>(s00, v128.mul<T>(v128.load_splat<T>(a0 + offset), b0));
      s10 = v128.add<T>(s10, v128.mul<T>(v128.load_splat<T>(a1 + offset), b0));
      s20 = v128.add<T>(s20, v128.mul<T>(v128.load_splat<T>(a2 + offset), b0));
      s30 = v128.add<T>(s30, v128.mul<T>(v128.load_splat<T>(a3 + offset), b0));
      steps += 4;
      b += 16;
    }
  }
  finishPair<T>(c + load<u32>(outs), s00, s01, cols, mode, bias);
  if (count > 1) finishPair<T>(c + load<u32>(outs + 4), s10, s11, cols, mode, bias);
  if (count > 2) finishPair<T>(c + load<u32>(outs + 8), s20, s21, cols, mode, bias);
  if (count > 3) finishPair<T>(c + load<u32>(outs + 12), s30, s31, cols, mode, bias);
}

// @ts-ignore: decorator
@inline
function finishPair<T>(c: usize, s0: v128, s1: v128, cols: i32, mode: i32, bias: usize): void {
  const v = lanes<T>();
  finishEdge<T>(c, s0, min(cols, v), mode, bias);
  finishEdge<T>(c + 16, s1, min(cols - v, v), mode, bias ? bias + 16 : 0);
}
