/**
 * Rows by index along the middle axis; `index` points to m i32.
 * - `gather(outer, n, bytes, m, index, x, y)`: y[o, k, :] = x[o, index[k], :]; x [outer, n, row], y [outer, m, row], a row
 *   of `bytes` bytes.
 * - `sscatter_add(outer, n, inner, m, index, g, y)`: y[o, index[k], :] += g[o, k, :] in ascending k (the adjoint, into
 *   y zeroed by the caller); g [outer, m, inner], y [outer, n, inner].
 * Both return 0, or p + 1 for the first position p whose index is not in [0, n): then nothing is written. y does not
 * overlap an input. No work space.
 */
import { at, lanes } from "../simd";
import { copyBytes } from "./bytes";

/** p + 1 for the first of `m` indices outside [0, n), else 0. */
export function firstOutside(m: i32, index: usize, n: i32): i32 {
  for (let k = 0; k < m; k++) {
    if (load<u32>(at<i32>(index, k)) >= <u32>n) return k + 1;
  }
  return 0;
}

export function gather(outer: i32, n: i32, bytes: i32, m: i32, index: usize, x: usize, y: usize): i32 {
  const wrong = firstOutside(m, index, n);
  if (wrong) return wrong;
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < m; k++, y += bytes) {
      const from = x + <usize>load<i32>(at<i32>(index, k)) * bytes;
      if (bytes == 4) store<i32>(y, load<i32>(from));
      else if (bytes == 8) store<i64>(y, load<i64>(from));
      else copyBytes(bytes, from, y);
    }
    x += <usize>n * bytes;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function scatterAdd<T>(outer: i32, n: i32, inner: i32, m: i32, index: usize, g: usize, y: usize): i32 {
  const wrong = firstOutside(m, index, n);
  if (wrong) return wrong;
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < m; k++, g += row) {
      const to = y + <usize>load<i32>(at<i32>(index, k)) * row;
      let j = 0;
      for (; j <= inner - lanes<T>(); j += lanes<T>()) {
        const p = at<T>(to, j);
        v128.store(p, v128.add<T>(v128.load(p), v128.load(at<T>(g, j))));
      }
      for (; j < inner; j++) store<T>(at<T>(to, j), load<T>(at<T>(to, j)) + load<T>(at<T>(g, j)));
    }
    y += <usize>n * row;
  }
  return 0;
}

export function sscatter_add(outer: i32, n: i32, inner: i32, m: i32, index: usize, g: usize, y: usize): i32 {
  return scatterAdd<f32>(outer, n, inner, m, index, g, y);
}
export function dscatter_add(outer: i32, n: i32, inner: i32, m: i32, index: usize, g: usize, y: usize): i32 {
  return scatterAdd<f64>(outer, n, inner, m, index, g, y);
}
