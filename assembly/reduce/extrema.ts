/**
 * Largest and smallest elements over the middle axis of an [outer, n, inner] array; y is [outer, inner].
 * - `smax`, `smin`: the value. NaN wins over everything, −0 is below 0; n = 0 gives −∞ (max) or +∞ (min).
 * - `sargmax`, `sargmin`: its index as i32, the lowest one of equals (−0 equals 0) and of NaNs; n = 0 gives 0.
 * y does not overlap x. No work space. The order of comparison does not matter.
 */
import { storeTail } from "../elementwise/tail";
import { at, lanes } from "../simd";
import { read } from "./strided";

// @ts-ignore: decorator
@inline
function pick<T>(max: bool, a: v128, b: v128): v128 {
  return max ? v128.max<T>(a, b) : v128.min<T>(a, b);
}

/** The extremum of `n` > 0 contiguous elements. */
// @ts-ignore: decorator
@inline
function fold<T>(max: bool, n: i32, x: usize): T {
  let m0 = v128.load_splat<T>(x);
  let m1 = m0;
  const end = at<T>(x, n);
  const endVectors = x + ((<usize>n * sizeof<T>()) & ~31);
  while (x != endVectors) {
    m0 = pick<T>(max, m0, v128.load(x));
    m1 = pick<T>(max, m1, v128.load(x, 16));
    x += 32;
  }
  while (x != end) {
    m0 = pick<T>(max, m0, v128.load_splat<T>(x));
    x += sizeof<T>();
  }
  m0 = pick<T>(max, m0, m1);
  m0 = pick<T>(max, m0, v128.shuffle<i64>(m0, m0, 1, 0));
  if (sizeof<T>() == 4) m0 = pick<T>(max, m0, v128.shuffle<i32>(m0, m0, 1, 0, 3, 2));
  return v128.extract_lane<T>(m0, 0);
}

function largest<T>(n: i32, x: usize): T {
  return fold<T>(true, n, x);
}
function smallest<T>(n: i32, x: usize): T {
  return fold<T>(false, n, x);
}

/** y[j] = the extremum of y[j] and x[j], `inner` elements. */
function foldRow<T>(max: bool, inner: i32, x: usize, y: usize): void {
  const end = at<T>(y, inner);
  const endVectors = y + ((<usize>inner * sizeof<T>()) & ~15);
  while (y != endVectors) {
    v128.store(y, pick<T>(max, v128.load(y), v128.load(x)));
    x += 16;
    y += 16;
  }
  while (y != end) {
    v128.store_lane<T>(y, pick<T>(max, v128.load_splat<T>(y), v128.load_splat<T>(x)), 0);
    x += sizeof<T>();
    y += sizeof<T>();
  }
}

function extrema<T>(max: bool, outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++, y += row) {
    if (n == 0) {
      for (let j = 0; j < inner; j++) store<T>(at<T>(y, j), max ? <T>-Infinity : <T>Infinity);
    } else if (inner == 1) {
      store<T>(y, max ? largest<T>(n, x) : smallest<T>(n, x));
      x = at<T>(x, n);
    } else {
      memory.copy(y, x, row);
      x += row;
      for (let i = 1; i < n; i++, x += row) foldRow<T>(max, inner, x, y);
    }
  }
}

/** The first index of the extremum of `n` > 0 contiguous elements. */
function argContiguous<T>(max: bool, n: i32, x: usize): i32 {
  const m = max ? largest<T>(n, x) : smallest<T>(n, x);
  for (let i = 0; i < n; i++) {
    const v = load<T>(at<T>(x, i));
    if (v == m || v != v) return i;
  }
  return 0;
}

/** The same for one vector of `count` columns, rows `stride` bytes apart; one i32 a column. */
function argColumns<T>(max: bool, n: i32, stride: usize, count: i32, x: usize, y: usize): void {
  let best = read<T>(x, count);
  let index = v128.splat<i32>(0);
  for (let i = 1; i < n; i++) {
    x += stride;
    const v = read<T>(x, count);
    // Not "greater": a NaN is taken as well, unless the best one is a NaN already.
    const keep = max ? v128.le<T>(v, best) : v128.ge<T>(v, best);
    const take = v128.andnot(v128.eq<T>(best, best), keep);
    best = v128.bitselect(v, best, take);
    index = v128.bitselect(sizeof<T>() == 4 ? v128.splat<i32>(i) : v128.splat<i64>(i), index, take);
  }
  if (sizeof<T>() == 8) v128.store64_lane(y, v128.shuffle<i32>(index, index, 0, 2, 0, 2), 0);
  else if (count < 4) storeTail<f32>(y, index, count);
  else v128.store(y, index);
}

function arg<T>(max: bool, outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  const stride = <usize>inner * sizeof<T>();
  const width = min<i32>(inner, lanes<T>());
  for (let o = 0; o < outer; o++) {
    if (n == 0) {
      memory.fill(y, 0, (<usize>inner) << 2);
    } else if (inner == 1) {
      store<i32>(y, argContiguous<T>(max, n, x));
    } else {
      for (let j = 0; j < inner; j += width) {
        // The last vector overlaps its neighbour and repeats its answers.
        const from = min<i32>(j, inner - width);
        argColumns<T>(max, n, stride, width, at<T>(x, from), at<i32>(y, from));
      }
    }
    x += <usize>n * stride;
    y = at<i32>(y, inner);
  }
}

export function smax(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  extrema<f32>(true, outer, n, inner, x, y);
}
export function dmax(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  extrema<f64>(true, outer, n, inner, x, y);
}
export function smin(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  extrema<f32>(false, outer, n, inner, x, y);
}
export function dmin(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  extrema<f64>(false, outer, n, inner, x, y);
}
export function sargmax(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  arg<f32>(true, outer, n, inner, x, y);
}
export function dargmax(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  arg<f64>(true, outer, n, inner, x, y);
}
export function sargmin(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  arg<f32>(false, outer, n, inner, x, y);
}
export function dargmin(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  arg<f64>(false, outer, n, inner, x, y);
}
