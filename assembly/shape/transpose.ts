/**
 * Dense copies of views whose last dimension is strided while another one is contiguous (transposes, permutations): those
 * two dimensions are transposed in register blocks (4×4 or 2×2), in strips one cache line wide.
 */
import { at, lanes } from "../simd";

/** A lanes×lanes block: `to` rows `ld` elements apart from `from` rows `stride` elements apart. */
// @ts-ignore: decorator
@inline
function block<T>(from: usize, stride: usize, to: usize, ld: usize): void {
  if (sizeof<T>() == 8) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + stride);
    v128.store(to, v128.shuffle<i64>(r0, r1, 0, 2));
    v128.store(to + ld, v128.shuffle<i64>(r0, r1, 1, 3));
    return;
  }
  const r0 = v128.load(from);
  const r1 = v128.load(from + stride);
  const r2 = v128.load(from + 2 * stride);
  const r3 = v128.load(from + 3 * stride);
  const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const c = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(a, c, 0, 2));
  v128.store(to + ld, v128.shuffle<i64>(a, c, 1, 3));
  v128.store(to + 2 * ld, v128.shuffle<i64>(b, d, 0, 2));
  v128.store(to + 3 * ld, v128.shuffle<i64>(b, d, 1, 3));
}

/** to[i·ld + j] = from[i + j·stride] for i < rows, j < cols; `stride` and `ld` in bytes. */
function transpose<T>(rows: i32, cols: i32, from: usize, stride: usize, to: usize, ld: usize): void {
  const strip = 64 / <i32>sizeof<T>();
  const w = lanes<T>();
  for (let i0 = 0; i0 < rows; i0 += strip) {
    const i1 = min<i32>(rows, i0 + strip);
    const iVectors = i0 + ((i1 - i0) & -w);
    let j = 0;
    for (; j <= cols - w; j += w) {
      const column = from + <usize>j * stride;
      let i = i0;
      for (; i < iVectors; i += w) block<T>(at<T>(column, i), stride, at<T>(to + <usize>i * ld, j), ld);
      for (; i < i1; i++) {
        const out = at<T>(to + <usize>i * ld, j);
        for (let k = 0; k < w; k++) store<T>(at<T>(out, k), load<T>(at<T>(column + <usize>k * stride, i)));
      }
    }
    for (; j < cols; j++) {
      const column = from + <usize>j * stride;
      for (let i = i0; i < i1; i++) store<T>(at<T>(to + <usize>i * ld, j), load<T>(at<T>(column, i)));
    }
  }
}

/** The dimensions other than `unit` (stride 1) and the last; `size` is the number of dense elements from `k` on. */
function walk<T>(
  k: i32,
  ndim: i32,
  unit: i32,
  dims: usize,
  strides: usize,
  size: i32,
  ld: usize,
  from: usize,
  to: usize,
): void {
  const n = load<i32>(dims + ((<usize>k) << 2));
  const stride = <usize>load<i32>(strides + ((<usize>k) << 2)) * sizeof<T>();
  if (k == ndim - 1) {
    transpose<T>(load<i32>(dims + ((<usize>unit) << 2)), n, from, stride, to, ld);
    return;
  }
  const inner = size / n;
  const step = <usize>inner * sizeof<T>();
  if (k == unit) {
    walk<T>(k + 1, ndim, unit, dims, strides, inner, step, from, to);
    return;
  }
  for (let i = 0; i < n; i++) {
    walk<T>(k + 1, ndim, unit, dims, strides, inner, ld, from, to);
    from += stride;
    to += step;
  }
}

/** Copies the view if it is such a transpose; false leaves it to the caller. */
export function transposes<T>(ndim: i32, dims: usize, strides: usize, view: usize, dense: usize): bool {
  let unit = -1;
  let size = 1;
  for (let k = 0; k < ndim; k++) {
    const n = load<i32>(dims + ((<usize>k) << 2));
    if (n >= lanes<T>() && load<i32>(strides + ((<usize>k) << 2)) == 1) unit = k;
    size *= n;
  }
  if (size == 0 || unit < 0 || unit == ndim - 1) return false;
  if (load<i32>(dims + ((<usize>(ndim - 1)) << 2)) < lanes<T>()) return false;
  walk<T>(0, ndim, unit, dims, strides, size, 0, view, dense);
  return true;
}
