/**
 * Sums into an array, n elements each.
 * - `saccumulate`: y += x. - `saxpby`: y = alpha·x + beta·y, products first; beta = 0 writes alpha·x and never reads y.
 * y may be x. No work space.
 */
import { lanes } from "../simd";
import { read, write } from "./tail";

/** `plain`: y + x, without the products. */
// @ts-ignore: decorator
@inline
function axpby<T>(plain: bool, n: i32, alpha: T, x: usize, beta: T, y: usize): void {
  const va = v128.splat<T>(alpha);
  const vb = v128.splat<T>(beta);
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    let v = read<T>(x, whole);
    if (plain) {
      v = v128.add<T>(v, read<T>(y, whole));
    } else {
      v = v128.mul<T>(va, v);
      if (beta != <T>0) v = v128.add<T>(v, v128.mul<T>(vb, read<T>(y, whole)));
    }
    write<T>(y, v, whole);
    x += step;
    y += step;
    n -= whole ? lanes<T>() : 1;
  }
}

export function saccumulate(n: i32, x: usize, y: usize): void {
  axpby<f32>(true, n, 1, x, 1, y);
}
export function daccumulate(n: i32, x: usize, y: usize): void {
  axpby<f64>(true, n, 1, x, 1, y);
}
export function saxpby(n: i32, alpha: f32, x: usize, beta: f32, y: usize): void {
  axpby<f32>(false, n, alpha, x, beta, y);
}
export function daxpby(n: i32, alpha: f64, x: usize, beta: f64, y: usize): void {
  axpby<f64>(false, n, alpha, x, beta, y);
}
