/**
 * Arrays made from nothing. No work space.
 * - `sfill`, `dfill(n, value, y)`: y_i = value.
 * - `seye(rows, cols, k, y)`: 1 where column − row = k, else 0.
 * - `soneHot(n, classes, index, y)`: row i of [n, classes] has a 1 at index[i] (i32). Returns 0, or p + 1 for the first
 *   position p whose index is not in [0, classes): then nothing is written.
 */
import { at } from "../simd";
import { firstOutside } from "../shape/gather";

// @ts-ignore: decorator
@inline
function fill<T>(n: i32, value: T, y: usize): void {
  const v = v128.splat<T>(value);
  let i = 0;
  const width = 16 / <i32>sizeof<T>();
  for (; i <= n - width; i += width) v128.store(at<T>(y, i), v);
  for (; i < n; i++) store<T>(at<T>(y, i), value);
}

export function sfill(n: i32, value: f32, y: usize): void {
  fill<f32>(n, value, y);
}
export function dfill(n: i32, value: f64, y: usize): void {
  fill<f64>(n, value, y);
}

// @ts-ignore: decorator
@inline
function eye<T>(rows: i32, cols: i32, k: i32, y: usize): void {
  memory.fill(y, 0, <usize>rows * <usize>cols * sizeof<T>());
  for (let i = max<i32>(0, -k); i < rows && i + k < cols; i++) {
    store<T>(y + (<usize>i * <usize>cols + <usize>(i + k)) * sizeof<T>(), 1);
  }
}

export function seye(rows: i32, cols: i32, k: i32, y: usize): void {
  eye<f32>(rows, cols, k, y);
}
export function deye(rows: i32, cols: i32, k: i32, y: usize): void {
  eye<f64>(rows, cols, k, y);
}

// @ts-ignore: decorator
@inline
function oneHot<T>(n: i32, classes: i32, index: usize, y: usize): i32 {
  const wrong = firstOutside(n, index, classes);
  if (wrong) return wrong;
  memory.fill(y, 0, <usize>n * <usize>classes * sizeof<T>());
  for (let i = 0; i < n; i++) {
    store<T>(y + (<usize>i * <usize>classes + load<i32>(at<i32>(index, i))) * sizeof<T>(), 1);
  }
  return 0;
}

export function soneHot(n: i32, classes: i32, index: usize, y: usize): i32 {
  return oneHot<f32>(n, classes, index, y);
}
export function doneHot(n: i32, classes: i32, index: usize, y: usize): i32 {
  return oneHot<f64>(n, classes, index, y);
}
