/**
 * The frame of a divide and conquer merge (stedc.ts) and its deflation.
 *
 * A frame is work space for n values: arrays of f64, then of i32. Row r of zt (rows `stride` bytes apart) is the
 * eigenvector of value D[r], or in a thin zt its first and last entry within the block; `ORDER` lists the rows of each block by ascending value, counted from the block's start.
 * Types of rows, so that products skip what is zero: 1 nonzero in the left half alone, 3 in the right, 2 in both.
 *
 * Source: Cuppen, Numer. Math. 36 (1981); Dongarra and Sorensen, SIAM J. Sci. Stat. Comput. 8 (1987); LAPACK's dlaed2.
 */
import { at, lanes, roundUp, VECTOR_BYTES } from "../simd";
import { rotateRows } from "./columns";
import { unitRoundoff } from "./scalar";

/** Values, vector of the update, poles and weights of the secular equation, Löwner's z, distances, roots (three each). */
export const D: i32 = 0;
export const Z: i32 = 1;
export const POLES: i32 = 2;
export const WEIGHTS: i32 = 3;
export const SQUARES: i32 = 4;
export const REFINED: i32 = 5;
export const DELTA: i32 = 6;
export const ROOTS: i32 = 7;
export const CUTS: i32 = 10;
const DOUBLES: i32 = 11;
/** Rows by value, the same for both halves together, place and row of each pole, type of each row, deflated rows. */
export const ORDER: i32 = 0;
export const MERGED: i32 = 1;
export const PLACE: i32 = 2;
export const ROW: i32 = 3;
export const TYPE: i32 = 4;
export const DROPPED: i32 = 5;
const INTEGERS: i32 = 6;

// @ts-ignore: decorator
@inline
export function doubles(frame: usize, n: i32, which: i32): usize {
  return frame + <usize>which * roundUp(<usize>n * 8, VECTOR_BYTES);
}

// @ts-ignore: decorator
@inline
export function integers(frame: usize, n: i32, which: i32): usize {
  return doubles(frame, n, DOUBLES) + <usize>which * roundUp(<usize>n * 4, VECTOR_BYTES);
}

export function frameBytes(n: i32): usize {
  return integers(0, n, INTEGERS);
}

// @ts-ignore: decorator
@inline
export function real(array: usize, i: i32): f64 {
  return load<f64>(at<f64>(array, i));
}

// @ts-ignore: decorator
@inline
export function whole(array: usize, i: i32): i32 {
  return load<i32>(at<i32>(array, i));
}

/** Merges two ascending lists of places in `values` (the second at list + first): the places by value at `out`. */
export function mergeOrder(first: i32, second: i32, list: usize, values: usize, out: usize): void {
  let i = 0;
  let j = 0;
  while (i < first || j < second) {
    const left = i < first ? whole(list, i) : -1;
    const right = j < second ? whole(list, first + j) : -1;
    const takeLeft = right < 0 || (left >= 0 && real(values, left) <= real(values, right));
    store<i32>(at<i32>(out, i + j), takeLeft ? left : right);
    if (takeLeft) i++;
    else j++;
  }
}

/** Adds a row to the first `count` deflated ones, kept ascending. */
function drop(count: i32, row: i32, values: usize, dropped: usize): void {
  const x = real(values, row);
  let i = count;
  for (; i > 0 && real(values, whole(dropped, i - 1)) > x; i--) {
    store<i32>(at<i32>(dropped, i), whole(dropped, i - 1));
  }
  store<i32>(at<i32>(dropped, i), row);
}

/**
 * z = (last column of the left half, ± first of the right one)/√2: the vector of unit length; returns its largest. In a
 * thin zt the columns that vanish inside the larger block become zero.
 */
function updateVector<T>(thin: bool, n1: i32, n2: i32, zt: usize, stride: usize, negative: bool, z: usize): f64 {
  const half = sqrt<f64>(0.5);
  let top: f64 = 0;
  for (let i = 0; i < n1 + n2; i++) {
    const column = thin ? i32(i < n1) : n1 - i32(i < n1);
    const p = at<T>(zt + <usize>i * stride, column);
    let x = <f64>load<T>(p) * half;
    if (negative && i >= n1) x = -x;
    store<f64>(at<f64>(z, i), x);
    top = max<f64>(top, abs<f64>(x));
    if (thin) store<T>(p, 0);
  }
  return top;
}

/**
 * Two values nearly equal: rotates the rows a and b so that z_a becomes 0, if that moves the matrix by at most `limit`.
 */
function rotateAway<T>(
  a: i32, b: i32, columns: i32, values: usize, z: usize, zt: usize, stride: usize, limit: f64,
): bool {
  const za = real(z, a);
  const zb = real(z, b);
  const length = sqrt<f64>(za * za + zb * zb);
  const c = zb / length;
  const s = za / length;
  const da = real(values, a);
  const db = real(values, b);
  if (abs<f64>((db - da) * c * s) > limit) return false;
  store<f64>(at<f64>(z, b), length);
  const bytes = <usize>((columns + lanes<T>() - 1) / lanes<T>()) * VECTOR_BYTES;
  rotateRows<T>(bytes, zt + <usize>a * stride, zt + <usize>b * stride, <T>c, <T>s);
  store<f64>(at<f64>(values, a), da * c * c + db * s * s);
  store<f64>(at<f64>(values, b), da * s * s + db * c * c);
  return true;
}

/**
 * Deflates the merge of two blocks of n1 and n2 rows, whose first row and column are at zt, `from` values into the
 * frame of n, joined by `cut`; `scale` is the largest entry of the tridiagonal matrix. Returns the number k of poles,
 * ascending in POLES with WEIGHTS and ROW; the other n1 + n2 − k rows are in DROPPED, ascending.
 */
export function deflate<T>(
  thin: bool, frame: usize, n: i32, from: i32, n1: i32, n2: i32, cut: f64, scale: f64, zt: usize, stride: usize,
): i32 {
  const size = n1 + n2;
  const values = at<f64>(doubles(frame, n, D), from);
  const order = at<i32>(integers(frame, n, ORDER), from);
  const z = doubles(frame, n, Z);
  const merged = integers(frame, n, MERGED);
  const type = integers(frame, n, TYPE);
  const dropped = integers(frame, n, DROPPED);
  for (let i = n1; i < size; i++) store<i32>(at<i32>(order, i), whole(order, i) + n1);
  mergeOrder(n1, n2, order, values, merged);
  const largestZ = updateVector<T>(thin, n1, n2, zt, stride, cut < 0, z);
  const lowest = real(values, whole(merged, 0));
  const highest = real(values, whole(merged, size - 1));
  const top = max<f64>(abs<f64>(lowest), abs<f64>(highest));
  const limit = 8 * <f64>unitRoundoff<T>() * max<f64>(top, largestZ * scale);
  const rho = 2 * abs<f64>(cut);
  for (let i = 0; i < size; i++) store<i32>(at<i32>(type, i), i < n1 ? 1 : 3);
  let k = 0;
  let count = 0;
  let pending = -1;
  for (let i = 0; i < size; i++) {
    const row = whole(merged, i);
    if (rho * abs<f64>(real(z, row)) <= limit) {
      drop(count++, row, values, dropped);
      continue;
    }
    if (pending >= 0) {
      if (rotateAway<T>(pending, row, thin ? 2 : size, values, z, zt, stride, limit)) {
        if (whole(type, pending) != whole(type, row)) {
          store<i32>(at<i32>(type, row), 2);
        }
        drop(count++, pending, values, dropped);
      } else keep(frame, n, k++, pending, values, z);
    }
    pending = row;
  }
  if (pending >= 0) keep(frame, n, k++, pending, values, z);
  return k;
}

function keep(frame: usize, n: i32, k: i32, row: i32, values: usize, z: usize): void {
  store<f64>(at<f64>(doubles(frame, n, POLES), k), real(values, row));
  store<f64>(at<f64>(doubles(frame, n, WEIGHTS), k), real(z, row));
  store<i32>(at<i32>(integers(frame, n, ROW), k), row);
}
