/**
 * Sums over the middle axis of an [outer, n, inner] array; y is [outer, inner].
 * - `ssum`: Σ x. - `ssumsq`: Σ x². - `ssumsqdev`: Σ (x − mean)², mean [outer, inner] (second pass of a variance).
 * y does not overlap an input; n = 0 writes zeros. No work space. Order: the reduction tree of docs/architecture.md, the
 * same bits for every outer and inner. Error: that of a sum of 64 terms and then of log₂(n/64) halvings.
 */
import { at } from "../simd";
import { contiguous } from "./contiguous";
import { strided } from "./strided";
import { DEVIATION, SQUARE, SUM } from "./tree";

function reduce<T>(op: i32, outer: i32, n: i32, inner: i32, x: usize, mean: usize, y: usize): void {
  const slice = <usize>n * <usize>inner * sizeof<T>();
  if (n == 0) {
    memory.fill(y, 0, <usize>outer * <usize>inner * sizeof<T>());
    return;
  }
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      const shift = op == DEVIATION ? v128.load_splat<T>(mean) : v128.splat<T>(0);
      store<T>(y, contiguous<T>(op, n, x, x, shift));
    } else if (inner > 1) {
      strided<T>(op, n, inner, x, x, mean, y);
    }
    x += slice;
    y = at<T>(y, inner);
    mean = at<T>(mean, inner);
  }
}

export function ssum(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  reduce<f32>(SUM, outer, n, inner, x, 0, y);
}
export function dsum(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  reduce<f64>(SUM, outer, n, inner, x, 0, y);
}
export function ssumsq(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  reduce<f32>(SQUARE, outer, n, inner, x, 0, y);
}
export function dsumsq(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  reduce<f64>(SQUARE, outer, n, inner, x, 0, y);
}
export function ssumsqdev(outer: i32, n: i32, inner: i32, x: usize, mean: usize, y: usize): void {
  reduce<f32>(DEVIATION, outer, n, inner, x, mean, y);
}
export function dsumsqdev(outer: i32, n: i32, inner: i32, x: usize, mean: usize, y: usize): void {
  reduce<f64>(DEVIATION, outer, n, inner, x, mean, y);
}
