/**
 * The packed right-hand matrix of igemm.ts: panels of as many whole tiles of four vectors of columns as fit, then at most
 * one of four, two or one vectors that holds the rest. A panel keeps its steps one after another; a step is its columns.
 */
import { lanes } from "../simd";

/** Columns of the panel that holds the next `n` remaining columns: 4, 2 or 1 vectors of `v` lanes. */
// @ts-ignore: decorator
@inline
export function panelWidth(n: i32, v: i32): i32 {
  return n > 2 * v ? 4 * v : n > v ? 2 * v : v;
}

/** Bytes of one step of the panels of n columns, elements of `size` bytes. */
export function stepBytes(n: i32, size: i32): usize {
  const v = 16 / size;
  const full = n / (4 * v);
  const rest = n - full * 4 * v;
  return <usize>(full << 6) + (rest > 0 ? <usize>panelWidth(rest, v) * size : 0);
}

/**
 * Writes steps k0 … k0+k of B[t, j] = src[t·strideT + j·strideJ] (strides in elements) into panels of `total` steps;
 * columns that pad a panel are zero.
 */
function pack<T>(n: i32, k: i32, src: usize, strideT: i32, strideJ: i32, total: i32, k0: i32, panels: usize): void {
  const stepT = <usize>strideT * sizeof<T>();
  const stepJ = <usize>strideJ * sizeof<T>();
  for (let j = 0; j < n;) {
    const width = panelWidth(n - j, lanes<T>());
    const count = min(width, n - j);
    let to = panels + (<usize>j * total + <usize>k0 * width) * sizeof<T>();
    const columnBase = src + <usize>j * stepJ;
    if (strideJ == 1 && count == width) {
      for (let t = 0; t < k; t++) {
        const from = columnBase + <usize>t * stepT;
        for (let o: usize = 0; o < <usize>width * sizeof<T>(); o += 16) v128.store(to + o, v128.load(from + o));
        to += <usize>width * sizeof<T>();
      }
    } else {
      for (let t = 0; t < k; t++) {
        let from = columnBase + <usize>t * stepT;
        for (let jj = 0; jj < count; jj++, from += stepJ) store<T>(to + <usize>jj * sizeof<T>(), load<T>(from));
        for (let jj = count; jj < width; jj++) store<T>(to + <usize>jj * sizeof<T>(), 0);
        to += <usize>width * sizeof<T>();
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
