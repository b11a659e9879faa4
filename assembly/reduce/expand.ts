/**
 * The adjoint of a sum (scale = 1) or mean (scale = 1/n): y[o, i, j] = scale · x[o, j], x [outer, inner],
 * y [outer, n, inner]. y does not overlap x. No work space. One product an element.
 */
import { at } from "../simd";
import { wholeBytes } from "../elementwise/tail";

// @ts-ignore: decorator
@inline
function expand<T>(outer: i32, n: i32, inner: i32, scale: T, x: usize, y: usize): void {
  const s = v128.splat<T>(scale);
  // With inner = 1 the n copies of one element are a single row of that element.
  const rows = inner == 1 ? 1 : n;
  const width = inner == 1 ? n : inner;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < rows; i++) {
      let p = x;
      let v = inner == 1 ? v128.mul<T>(s, v128.load_splat<T>(x)) : s;
      const end = at<T>(y, width);
      const endVectors = y + wholeBytes<T>(width);
      while (y != endVectors) {
        if (inner != 1) v = v128.mul<T>(s, v128.load(p));
        v128.store(y, v);
        p += 16;
        y += 16;
      }
      while (y != end) {
        if (inner != 1) v = v128.mul<T>(s, v128.load_splat<T>(p));
        v128.store_lane<T>(y, v, 0);
        p += sizeof<T>();
        y += sizeof<T>();
      }
    }
    x = at<T>(x, inner);
  }
}

export function sexpand(outer: i32, n: i32, inner: i32, scale: f32, x: usize, y: usize): void {
  expand<f32>(outer, n, inner, scale, x, y);
}
export function dexpand(outer: i32, n: i32, inner: i32, scale: f64, x: usize, y: usize): void {
  expand<f64>(outer, n, inner, scale, x, y);
}
