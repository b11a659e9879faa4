/**
 * Moves between a strided view and contiguous memory. `dims` and `strides` point to `ndim` i32 (elements; 0 repeats,
 * negative runs backward); `view` is the address of the view's element [0, …, 0]; `dense` is contiguous in the order of
 * `dims`. The two do not overlap. No work space. Sizes in the names are bytes of an element.
 * - `copy_strided1/4/8(ndim, dims, strides, view, dense)`: dense = view (permute, slice, flip, broadcast).
 * - `put_strided1/4/8(ndim, dims, strides, dense, view)`: view = dense (concatenation, stacking); nothing else is touched.
 * - `sadd_strided(ndim, dims, strides, dense, view)`: view += dense, in the order of `dense` where an element repeats
 *   (adjoint of `copy_strided`; the caller zeroes what surrounds the view).
 */
import { at, lanes } from "../simd";
import { copyBytes } from "./bytes";
import { transposes } from "./transpose";

/** One row: `n` elements, `stride` bytes apart in the view. */
type StridedRow = (n: i32, stride: usize, view: usize, dense: usize) => void;

/** Walks the outer dimensions; returns the address behind the last dense element. */
function walk(row: StridedRow, size: i32, ndim: i32, dims: usize, strides: usize, view: usize, dense: usize): usize {
  const n = ndim > 0 ? load<i32>(dims) : 1;
  if (n == 0) return dense;
  const stride = ndim > 0 ? <usize>load<i32>(strides) * size : 0;
  if (ndim <= 1) {
    row(n, stride, view, dense);
    return dense + <usize>n * size;
  }
  for (let i = 0; i < n; i++, view += stride) {
    dense = walk(row, size, ndim - 1, dims + 4, strides + 4, view, dense);
  }
  return dense;
}

// @ts-ignore: decorator
@inline
function copyRow<T>(n: i32, stride: usize, view: usize, dense: usize): void {
  if (stride == sizeof<T>()) {
    copyBytes(<usize>n * sizeof<T>(), view, dense);
    return;
  }
  const end = at<T>(dense, n);
  while (dense != end) {
    store<T>(dense, load<T>(view));
    view += stride;
    dense += sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function putRow<T>(n: i32, stride: usize, view: usize, dense: usize): void {
  if (stride == sizeof<T>()) {
    copyBytes(<usize>n * sizeof<T>(), dense, view);
    return;
  }
  const end = at<T>(dense, n);
  while (dense != end) {
    store<T>(view, load<T>(dense));
    view += stride;
    dense += sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function addRow<T>(n: i32, stride: usize, view: usize, dense: usize): void {
  let i = 0;
  if (stride == sizeof<T>()) {
    for (; i <= n - lanes<T>(); i += lanes<T>()) {
      const p = at<T>(view, i);
      v128.store(p, v128.add<T>(v128.load(p), v128.load(at<T>(dense, i))));
    }
  }
  view += <usize>i * stride;
  for (; i < n; i++, view += stride) store<T>(view, load<T>(view) + load<T>(at<T>(dense, i)));
}

function copyRow1(n: i32, stride: usize, view: usize, dense: usize): void {
  copyRow<u8>(n, stride, view, dense);
}
function copyRow4(n: i32, stride: usize, view: usize, dense: usize): void {
  copyRow<i32>(n, stride, view, dense);
}
function copyRow8(n: i32, stride: usize, view: usize, dense: usize): void {
  copyRow<i64>(n, stride, view, dense);
}
function putRow1(n: i32, stride: usize, view: usize, dense: usize): void {
  putRow<u8>(n, stride, view, dense);
}
function putRow4(n: i32, stride: usize, view: usize, dense: usize): void {
  putRow<i32>(n, stride, view, dense);
}
function putRow8(n: i32, stride: usize, view: usize, dense: usize): void {
  putRow<i64>(n, stride, view, dense);
}
function saddRow(n: i32, stride: usize, view: usize, dense: usize): void {
  addRow<f32>(n, stride, view, dense);
}
function daddRow(n: i32, stride: usize, view: usize, dense: usize): void {
  addRow<f64>(n, stride, view, dense);
}

export function copy_strided1(ndim: i32, dims: usize, strides: usize, view: usize, dense: usize): void {
  walk(copyRow1, 1, ndim, dims, strides, view, dense);
}
export function copy_strided4(ndim: i32, dims: usize, strides: usize, view: usize, dense: usize): void {
  if (!transposes<i32>(ndim, dims, strides, view, dense)) walk(copyRow4, 4, ndim, dims, strides, view, dense);
}
export function copy_strided8(ndim: i32, dims: usize, strides: usize, view: usize, dense: usize): void {
  if (!transposes<i64>(ndim, dims, strides, view, dense)) walk(copyRow8, 8, ndim, dims, strides, view, dense);
}
export function put_strided1(ndim: i32, dims: usize, strides: usize, dense: usize, view: usize): void {
  walk(putRow1, 1, ndim, dims, strides, view, dense);
}
export function put_strided4(ndim: i32, dims: usize, strides: usize, dense: usize, view: usize): void {
  walk(putRow4, 4, ndim, dims, strides, view, dense);
}
export function put_strided8(ndim: i32, dims: usize, strides: usize, dense: usize, view: usize): void {
  walk(putRow8, 8, ndim, dims, strides, view, dense);
}
export function sadd_strided(ndim: i32, dims: usize, strides: usize, dense: usize, view: usize): void {
  walk(saddRow, 4, ndim, dims, strides, view, dense);
}
export function dadd_strided(ndim: i32, dims: usize, strides: usize, dense: usize, view: usize): void {
  walk(daddRow, 8, ndim, dims, strides, view, dense);
}
