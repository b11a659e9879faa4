/**
 * Exponential moving average of parameters: avg ← avg + (1 − decay)·(x − avg), n elements, avg in place, x only read and
 * not overlapping. An average that equals x stays exactly so. No work space.
 */
import { read, write } from "../elementwise/tail";
import { lanes } from "../simd";

// @ts-ignore: decorator
@inline
function ema<T>(n: i32, decay: f64, x: usize, avg: usize): void {
  const weight = v128.splat<T>(<T>(1 - decay));
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    const a = read<T>(avg, whole);
    write<T>(avg, v128.add<T>(a, v128.mul<T>(weight, v128.sub<T>(read<T>(x, whole), a))), whole);
    x += step;
    avg += step;
    n -= whole ? lanes<T>() : 1;
  }
}

export function sema(n: i32, decay: f64, x: usize, avg: usize): void {
  ema<f32>(n, decay, x, avg);
}
export function dema(n: i32, decay: f64, x: usize, avg: usize): void {
  ema<f64>(n, decay, x, avg);
}
