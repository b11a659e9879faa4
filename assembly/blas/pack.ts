/**
 * Copies of matrix blocks in the order in which the macro-kernel (macro.ts) reads them.
 *
 * `packB`: the k×n matrix op(B) in blocks of KC rows; a block is a row of panels: as many as fit of four vectors (NR =
 * 16 f32 / 8 f64 columns), then of two vectors, and of one for the last columns that fit in it, padded with zeros.
 * A panel holds its rows one after another. Size `packedSize`; block p starts at p·KC·roundUp(n, lanes) elements.
 * `transpose`: dst_cr = [w_r·]src_rc for an r×c matrix. S is the type read, T the type written: the same, or S = f32
 * and T = f64 (widening is exact). Strides count elements. Source and destination are disjoint; nothing outside the
 * matrices is read.
 */
import { at, lanes, loadPartial, roundUp } from "../simd";

/** Rows of op(B) in a block: 18 of the 32 KiB of L1 hold a panel of KC × 4 vectors. Part of the order of summation. */
// @ts-ignore: decorator
@inline
export const KC: i32 = 288;

/** Rows of a block of A: with KC, 72 or 144 KiB of L2. */
// @ts-ignore: decorator
@inline
export const MC: i32 = 64;
/** Columns of a block of B: bounds the work space to 1 or 2 MiB. */
// @ts-ignore: decorator
@inline
export const NC: i32 = 1024;
/** The same where A is one block of rows and each panel is read once: the smaller copy stays in L2 beside its source. */
// @ts-ignore: decorator
@inline
export const NARROW: i32 = 256;
/** Padding of a packed row of A, lest all rows fall on the same cache sets. */
// @ts-ignore: decorator
@inline
export const PAD: i32 = 16;
/** A matrix B of at most so many bytes stays in L1 and is read in place. */
// @ts-ignore: decorator
@inline
export const SMALL: usize = 16384;

/** Vectors of the next panel, `cols` columns being left. */
// @ts-ignore: decorator
@inline
export function panelVectors<T>(cols: i32): i32 {
  return cols >= 4 * lanes<T>() ? 4 : cols > lanes<T>() ? 2 : 1;
}

/** Bytes of the packed form of a k×n matrix. */
// @ts-ignore: decorator
@inline
export function packedSize<T>(n: i32, k: i32): usize {
  return <usize>max(k, 0) * roundUp(<usize>max(n, 0), lanes<T>()) * sizeof<T>();
}

// @ts-ignore: decorator
@inline
function loadAs<S, T>(ptr: usize): v128 {
  if (sizeof<S>() == sizeof<T>()) return v128.load(ptr);
  return f64x2.promote_low_f32x4(v128.load64_zero(ptr));
}

// @ts-ignore: decorator
@inline
function loadPartialAs<S, T>(ptr: usize, count: i32): v128 {
  if (sizeof<S>() == sizeof<T>()) return loadPartial<T>(ptr, count, <T>0);
  let v = f64x2.splat(0);
  if (count > 0) v = f64x2.replace_lane(v, 0, <f64>load<f32>(ptr));
  if (count > 1) v = f64x2.replace_lane(v, 1, <f64>load<f32>(ptr, 4));
  return v;
}

// prettier-ignore
export function transpose<S, T>(
  rows: i32, cols: i32, src: usize, lds: i32, dst: usize, ldd: i32, weights: usize,
): void {
  const s = <usize>lds * sizeof<S>();
  const d = <usize>ldd * sizeof<T>();
  const step = lanes<T>();
  let r = 0;
  for (; r + step <= rows; r += step) {
    let from = src + <usize>r * s;
    let to = at<T>(dst, r);
    let w0 = v128.splat<T>(<T>1);
    let w1 = w0;
    let w2 = w0;
    let w3 = w0;
    if (weights) {
      w0 = v128.splat<T>(<T>load<S>(at<S>(weights, r)));
      w1 = v128.splat<T>(<T>load<S>(at<S>(weights, r + 1)));
      if (sizeof<T>() == 4) {
        w2 = v128.splat<T>(<T>load<S>(at<S>(weights, r + 2)));
        w3 = v128.splat<T>(<T>load<S>(at<S>(weights, r + 3)));
      }
    }
    let c = 0;
    for (; c + step <= cols; c += step) {
      let x0 = loadAs<S, T>(from);
      let x1 = loadAs<S, T>(from + s);
      if (sizeof<T>() == 4) {
        let x2 = loadAs<S, T>(from + 2 * s);
        let x3 = loadAs<S, T>(from + 3 * s);
        if (weights) {
          x0 = v128.mul<T>(w0, x0);
          x1 = v128.mul<T>(w1, x1);
          x2 = v128.mul<T>(w2, x2);
          x3 = v128.mul<T>(w3, x3);
        }
        const y0 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
        const y1 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
        const y2 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
        const y3 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
        v128.store(to, v128.shuffle<i64>(y0, y2, 0, 2));
        v128.store(to + d, v128.shuffle<i64>(y0, y2, 1, 3));
        v128.store(to + 2 * d, v128.shuffle<i64>(y1, y3, 0, 2));
        v128.store(to + 3 * d, v128.shuffle<i64>(y1, y3, 1, 3));
      } else {
        if (weights) {
          x0 = v128.mul<T>(w0, x0);
          x1 = v128.mul<T>(w1, x1);
        }
        v128.store(to, v128.shuffle<i64>(x0, x1, 0, 2));
        v128.store(to + d, v128.shuffle<i64>(x0, x1, 1, 3));
      }
      from += <usize>step * sizeof<S>();
      to += <usize>step * d;
    }
    if (c < cols) transposeTail<S, T>(step, cols - c, from, s, to, d, weights ? at<S>(weights, r) : 0);
  }
  if (r < rows) {
    transposeTail<S, T>(rows - r, cols, src + <usize>r * s, s, at<T>(dst, r), d, weights ? at<S>(weights, r) : 0);
  }
}

/** `transpose` element by element, strides in bytes. */
function transposeTail<S, T>(rows: i32, cols: i32, src: usize, s: usize, dst: usize, d: usize, weights: usize): void {
  for (let r = 0; r < rows; r++, src += s, dst += sizeof<T>()) {
    let from = src;
    let to = dst;
    const weight: T = weights ? <T>load<S>(at<S>(weights, r)) : <T>1;
    for (let c = 0; c < cols; c++, from += sizeof<S>(), to += d) {
      const x = <T>load<S>(from);
      store<T>(to, weights ? weight * x : x);
    }
  }
}

/** Panels copied side by side: a kilobyte of each row at a time, where a line alone would leave the prefetcher idle. */
// @ts-ignore: decorator
@inline
const GROUP: i32 = 16;

/** Copies k rows of `panels` panels of four vectors. */
function packPanels<S, T>(panels: i32, k: i32, b: usize, ldb: usize, out: usize): void {
  const bytes = <usize>lanes<T>() * sizeof<S>();
  const step = <usize>k * 64;
  for (let p = 0; p < k; p++, b += ldb, out += 64) {
    let from = b;
    let to = out;
    for (let i = panels; i > 0; i--, from += 4 * bytes, to += step) {
      v128.store(to, loadAs<S, T>(from));
      v128.store(to, loadAs<S, T>(from + bytes), 16);
      v128.store(to, loadAs<S, T>(from + 2 * bytes), 32);
      v128.store(to, loadAs<S, T>(from + 3 * bytes), 48);
    }
  }
}

/** Copies k rows of `cols` columns into a panel of one or two vectors, padding them with zeros. */
function packEdge<S, T>(cols: i32, k: i32, b: usize, ldb: usize, out: usize): void {
  const W = lanes<T>();
  for (; k > 0; k--, b += ldb) {
    let from = b;
    for (let c = cols; c > 0; c -= W, from += <usize>W * sizeof<S>(), out += 16) {
      v128.store(out, c < W ? loadPartialAs<S, T>(from, c) : loadAs<S, T>(from));
    }
  }
}

/** Packs the k×n matrix op(B) (stored n×k when `transB`); returns the end of what it wrote. */
export function packB<S, T>(transB: i32, n: i32, k: i32, b: usize, ldb: i32, out: usize): usize {
  const rowB = <usize>ldb * sizeof<S>();
  for (let p = 0; p < k; p += KC) {
    const kc = min(KC, k - p);
    let from = transB ? at<S>(b, p) : b + <usize>p * rowB;
    for (let j = n; j > 0; ) {
      const vectors = panelVectors<T>(j);
      let cols = min(j, vectors * lanes<T>());
      if (transB) {
        if (vectors < 4) memory.fill(out, 0, <usize>(kc * vectors) * 16);
        transpose<S, T>(cols, kc, from, ldb, out, vectors * lanes<T>(), 0);
        from += <usize>cols * rowB;
      } else {
        if (vectors == 4) {
          const panels = min(GROUP, j / cols);
          packPanels<S, T>(panels, kc, from, rowB, out);
          cols *= panels;
        } else {
          packEdge<S, T>(cols, kc, from, rowB, out);
        }
        from = at<S>(from, cols);
      }
      j -= cols;
      out += packedSize<T>(cols, kc);
    }
  }
  return out;
}
