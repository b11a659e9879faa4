/**
 * y_i = x_i in another element type, n elements each; y does not overlap x. No work space.
 * To a float: rounded to nearest even. To i32 and u8: truncated, saturating, NaN gives 0. `cast_…_bool`: 1 where x ≠ 0
 * (NaN counts as true), else 0. u8 truth values are cast like numbers.
 */
import { at } from "../simd";

export function cast_f32_f64(n: i32, x: usize, y: usize): void {
  let i = 0;
  for (; i <= n - 2; i += 2) v128.store(at<f64>(y, i), f64x2.promote_low_f32x4(v128.load64_zero(at<f32>(x, i))));
  if (i < n) store<f64>(at<f64>(y, i), <f64>load<f32>(at<f32>(x, i)));
}
export function cast_f64_f32(n: i32, x: usize, y: usize): void {
  let i = 0;
  for (; i <= n - 2; i += 2) {
    v128.store64_lane(at<f32>(y, i), f32x4.demote_f64x2_zero(v128.load(at<f64>(x, i))), 0);
  }
  if (i < n) store<f32>(at<f32>(y, i), <f32>load<f64>(at<f64>(x, i)));
}

/** Element by element; a float becomes an integer by the saturating instruction, which never traps. */
// @ts-ignore: decorator
@inline
function convert<F, T>(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) store<T>(at<T>(y, i), <T>load<F>(at<F>(x, i)));
}

export function cast_i32_f32(n: i32, x: usize, y: usize): void {
  convert<i32, f32>(n, x, y);
}
export function cast_i32_f64(n: i32, x: usize, y: usize): void {
  convert<i32, f64>(n, x, y);
}
export function cast_u8_f32(n: i32, x: usize, y: usize): void {
  convert<u8, f32>(n, x, y);
}
export function cast_u8_f64(n: i32, x: usize, y: usize): void {
  convert<u8, f64>(n, x, y);
}
export function cast_u8_i32(n: i32, x: usize, y: usize): void {
  convert<u8, i32>(n, x, y);
}

// @ts-ignore: decorator
@inline
function toByte<F>(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) store<u8>(y + i, <u8>max<i32>(0, min<i32>(255, <i32>load<F>(at<F>(x, i)))));
}

// @ts-ignore: decorator
@inline
function toBool<F>(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) store<u8>(y + i, <u8>(load<F>(at<F>(x, i)) != <F>0));
}

export function cast_f32_i32(n: i32, x: usize, y: usize): void {
  convert<f32, i32>(n, x, y);
}
export function cast_f64_i32(n: i32, x: usize, y: usize): void {
  convert<f64, i32>(n, x, y);
}
export function cast_f32_u8(n: i32, x: usize, y: usize): void {
  toByte<f32>(n, x, y);
}
export function cast_f64_u8(n: i32, x: usize, y: usize): void {
  toByte<f64>(n, x, y);
}
export function cast_i32_u8(n: i32, x: usize, y: usize): void {
  toByte<i32>(n, x, y);
}
export function cast_f32_bool(n: i32, x: usize, y: usize): void {
  toBool<f32>(n, x, y);
}
export function cast_f64_bool(n: i32, x: usize, y: usize): void {
  toBool<f64>(n, x, y);
}
export function cast_i32_bool(n: i32, x: usize, y: usize): void {
  toBool<i32>(n, x, y);
}
