/**
 * The two layouts of small matrices. `L` is the type of an element: `T` inside one matrix (rows are whole vectors), or
 * `v128` across matrices (an element is a vector with one matrix a lane). Kernels generic over `<T, L>` do the same
 * operations in the same order in both, so that an item has the same bits alone and in a batch.
 */
import { at, lanes, VECTOR_BYTES } from "../../simd";
import { sumLanes } from "../scalar";

/** Largest order that takes the small solvers, one constant for both dtypes: a choice by the shape of one item. */
export const SMALL: i32 = 32;

/** Bytes of the record of one step of QL: vectors c, s, and what a sweep that ends here leaves: diagonal, coupling, sign. */
export const RECORD: usize = 80;

// @ts-ignore: decorator
@inline
export function isAcross<L>(): bool {
  return sizeof<L>() == VECTOR_BYTES;
}

/** Bytes from row to row: n rounded up to 4 elements, the period of the partial sums. */
// @ts-ignore: decorator
@inline
export function rowBytes<L>(n: i32): usize {
  return (<usize>((n + 3) & ~3)) * sizeof<L>();
}

/** Bytes of the whole vectors that hold `n` elements. */
// @ts-ignore: decorator
@inline
export function vectorBytes<L>(n: i32): usize {
  return (<usize>n * sizeof<L>() + (VECTOR_BYTES - 1)) & ~(VECTOR_BYTES - 1);
}

/** Element i as a factor of a whole vector. */
// @ts-ignore: decorator
@inline
export function pick<T, L>(base: usize, i: i32): v128 {
  return isAcross<L>() ? v128.load(at<L>(base, i)) : v128.load_splat<T>(at<L>(base, i));
}

// @ts-ignore: decorator
@inline
export function put<T, L>(base: usize, i: i32, x: T): void {
  if (isAcross<L>()) v128.store(at<L>(base, i), v128.splat<T>(x));
  else store<T>(at<L>(base, i), x);
}

export function clear(p: usize, bytes: usize): void {
  const zero = i64x2.splat(0);
  for (let end = p + bytes; p < end; p += VECTOR_BYTES) v128.store(p, zero);
}

/**
 * Σ x_j·y_j, in every lane: four partial sums by j mod 4, each ascending, added as (s0 + s2) + (s1 + s3). Rows are read
 * up to a multiple of four elements: one of the factors is 0 there, the other finite.
 */
export function dot<T, L>(n: i32, x: usize, y: usize): v128 {
  const end = x + rowBytes<L>(n);
  let s0 = v128.splat<T>(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  if (isAcross<L>()) {
    for (; x < end; x += 64, y += 64) {
      s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x), v128.load(y)));
      s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x, 16), v128.load(y, 16)));
      s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x, 32), v128.load(y, 32)));
      s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x, 48), v128.load(y, 48)));
    }
    return v128.add<T>(v128.add<T>(s0, s2), v128.add<T>(s1, s3));
  }
  for (; x < end; x += 4 * sizeof<T>(), y += 4 * sizeof<T>()) {
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x), v128.load(y)));
    if (lanes<T>() == 2) s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x, 16), v128.load(y, 16)));
  }
  return v128.splat<T>(sumLanes<T>(v128.add<T>(s0, s1)));
}

/**
 * Transposes blocks of lanes × lanes elements, with the signs `flip` (0 or −0 in each lane of the source): vectors at
 * s0 … s3 (s0, s1 for f64) go to the lanes of vectors at dst, `pitch` bytes apart; then the sources move on by
 * `stepIn` and dst by `stepOut`.
 */
export function transposeStrip<T>(
  blocks: i32,
  s0: usize,
  s1: usize,
  s2: usize,
  s3: usize,
  stepIn: usize,
  flip: v128,
  dst: usize,
  pitch: usize,
  stepOut: usize,
): void {
  for (; blocks > 0; blocks--) {
    const x0 = v128.xor(v128.load(s0), flip);
    const x1 = v128.xor(v128.load(s1), flip);
    if (lanes<T>() == 2) {
      v128.store(dst, v128.shuffle<f64>(x0, x1, 0, 2));
      v128.store(dst + pitch, v128.shuffle<f64>(x0, x1, 1, 3));
    } else {
      const x2 = v128.xor(v128.load(s2), flip);
      const x3 = v128.xor(v128.load(s3), flip);
      const y0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const y1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const y2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const y3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(dst, v128.shuffle<f64>(y0, y2, 0, 2));
      v128.store(dst + pitch, v128.shuffle<f64>(y0, y2, 1, 3));
      v128.store(dst + 2 * pitch, v128.shuffle<f64>(y1, y3, 0, 2));
      v128.store(dst + 3 * pitch, v128.shuffle<f64>(y1, y3, 1, 3));
      s2 += stepIn;
      s3 += stepIn;
    }
    s0 += stepIn;
    s1 += stepIn;
    dst += stepOut;
  }
}

/** Lane j of vector i of an array of vectors. */
// @ts-ignore: decorator
@inline
export function laneAt<T>(base: usize, i: i32, j: i32): usize {
  return base + <usize>i * VECTOR_BYTES + <usize>j * sizeof<T>();
}
