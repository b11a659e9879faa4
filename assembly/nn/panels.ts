/**
 * The packed right-hand matrix of igemm.ts: panels of as many whole tiles of four vectors (of double two) of columns as fit,
 * then at most one that holds the rest. A panel keeps its steps one after another; a step is its columns.
 */
import { transpose } from "../blas/pack";
import { lanes, loadPartial } from "../simd";

/**
 * Columns of the panel that holds the next `n` remaining columns: 4, 2 or 1 vectors of `v` lanes; of double at most 2, for
 * which there is no wider tile.
 */
// @ts-ignore: decorator
@inline
export function panelWidth(n: i32, v: i32): i32 {
  return n > 2 * v && v == 4 ? 4 * v : n > v ? 2 * v : v;
}

/** Bytes of one step of the panels of n columns, elements of `size` bytes. */
export function stepBytes(n: i32, size: i32): usize {
  const v = 16 / size;
  const widest = panelWidth(i32.MAX_VALUE, v);
  const whole = (n / widest) * widest;
  const rest = n - whole;
  return <usize>((rest > 0 ? whole + panelWidth(rest, v) : whole) * size);
}

/**
 * Writes steps k0 … k0+k of B[t, j] = src[t·strideT + j·strideJ] (strides in elements, one of them 1) into panels of
 * `total` steps; columns that pad a panel are zero.
 */
function pack<T>(n: i32, k: i32, src: usize, strideT: i32, strideJ: i32, total: i32, k0: i32, panels: usize): void {
  for (let j = 0; j < n;) {
    const width = panelWidth(n - j, lanes<T>());
    const count = min(width, n - j);
    const row = <usize>width * sizeof<T>();
    let to = panels + (<usize>j * total + <usize>k0 * width) * sizeof<T>();
    let from = src + <usize>j * <usize>strideJ * sizeof<T>();
    if (strideT == 1) {
      if (count < width) memory.fill(to, 0, <usize>k * row);
      transpose<T, T>(count, k, from, strideJ, to, width, 0);
    } else {
      const bytes = <usize>count * sizeof<T>();
      for (let t = 0; t < k; t++, from += <usize>strideT * sizeof<T>(), to += row) {
        for (let o: usize = 0; o < row; o += 16) {
          const left = o < bytes ? <i32>((bytes - o) / sizeof<T>()) : 0;
          v128.store(to + o, left >= lanes<T>() ? v128.load(from + o) : loadPartial<T>(from + o, left, 0));
        }
      }
    }
    j += width;
  }
}

/** `pack` for elements of `size` bytes. */
export function packPanels(
  size: i32,
  n: i32,
  k: i32,
  src: usize,
  strideT: i32,
  strideJ: i32,
  total: i32,
  k0: i32,
  panels: usize,
): void {
  if (size == 4) pack<f32>(n, k, src, strideT, strideJ, total, k0, panels);
  else pack<f64>(n, k, src, strideT, strideJ, total, k0, panels);
}

/** `transpose` of assembly/blas/pack.ts for elements of `size` bytes. */
export function turn(size: i32, rows: i32, cols: i32, src: usize, lds: i32, dst: usize, ldd: i32): void {
  if (size == 4) transpose<f32, f32>(rows, cols, src, lds, dst, ldd, 0);
  else transpose<f64, f64>(rows, cols, src, lds, dst, ldd, 0);
}
