/**
 * y = the upper (`upper`) or lower triangle of x, zeros elsewhere; diagonal f·x_ii + d (with f = 0 x_ii is not read);
 * `batch` m×n matrices, row-major, rows packed. y may be x. Elementwise: no order of summation, no work space.
 */
import { copy } from "../blas/level1";
import { at } from "../simd";

function triangle<T>(upper: i32, f: T, d: T, m: i32, n: i32, batch: i32, x: usize, y: usize): void {
  const row = <usize>n * sizeof<T>();
  for (; batch > 0; batch--) {
    for (let i = 0; i < m; i++, x += row, y += row) {
      const from = min(upper ? i + 1 : 0, n);
      const until = upper ? n : min(i, n);
      const diagonal: T = i < n && f != 0 ? f * load<T>(at<T>(x, i)) + d : d;
      if (x != y) copy<T>(until - from, at<T>(x, from), at<T>(y, from));
      memory.fill(y, 0, <usize>from * sizeof<T>());
      memory.fill(at<T>(y, until), 0, <usize>(n - until) * sizeof<T>());
      if (i < n) store<T>(at<T>(y, i), diagonal);
    }
  }
}

// prettier-ignore
export function striangle(upper: i32, f: f32, d: f32, m: i32, n: i32, batch: i32, x: usize, y: usize): void {
  triangle<f32>(upper, f, d, m, n, batch, x, y);
}
// prettier-ignore
export function dtriangle(upper: i32, f: f64, d: f64, m: i32, n: i32, batch: i32, x: usize, y: usize): void {
  triangle<f64>(upper, f, d, m, n, batch, x, y);
}
