/**
 * y_i = f(x_i), correctly rounded operations only (transcendental ones are in `activations.ts` and `math/`).
 * Shapes: n elements each; y may be x, or not overlap it. No work space.
 * neg, abs: sign bit only. round: half to even. recip: 1/x. square: x·x. relu: max(x, 0), NaN stays, −0 becomes 0.
 * sign: ±1; ±0 and NaN are returned as they are. signSqrt: sign(x)·√|x|.
 */
import { at } from "../simd";
import { wholeBytes } from "./tail";

const NEG = 0;
const ABS = 1;
const SQRT = 2;
const SQUARE = 3;
const RECIP = 4;
const SIGN = 5;
const FLOOR = 6;
const CEIL = 7;
const ROUND = 8;
const RELU = 9;
const SIGN_SQRT = 10;

// @ts-ignore: decorator
@inline
function apply<T>(op: i32, x: v128): v128 {
  if (op == NEG) return v128.neg<T>(x);
  if (op == ABS) return v128.abs<T>(x);
  if (op == SQRT) return v128.sqrt<T>(x);
  if (op == SQUARE) return v128.mul<T>(x, x);
  if (op == RECIP) return v128.div<T>(v128.splat<T>(1), x);
  if (op == SIGN) {
    const zero = v128.splat<T>(0);
    const ordered = v128.or(v128.lt<T>(x, zero), v128.gt<T>(x, zero));
    const one = v128.bitselect(x, v128.splat<T>(1), v128.neg<T>(zero));
    return v128.bitselect(one, x, ordered);
  }
  if (op == FLOOR) return v128.floor<T>(x);
  if (op == CEIL) return v128.ceil<T>(x);
  if (op == ROUND) return v128.nearest<T>(x);
  if (op == RELU) return v128.max<T>(x, v128.splat<T>(0));
  return v128.bitselect(x, v128.sqrt<T>(v128.abs<T>(x)), v128.neg<T>(v128.splat<T>(0)));
}

// @ts-ignore: decorator
@inline
function unary<T>(op: i32, n: i32, x: usize, y: usize): void {
  const end = at<T>(x, n);
  const endVectors = x + wholeBytes<T>(n);
  while (x != endVectors) {
    v128.store(y, apply<T>(op, v128.load(x)));
    x += 16;
    y += 16;
  }
  while (x != end) {
    v128.store_lane<T>(y, apply<T>(op, v128.load_splat<T>(x)), 0);
    x += sizeof<T>();
    y += sizeof<T>();
  }
}

export function sneg(n: i32, x: usize, y: usize): void {
  unary<f32>(NEG, n, x, y);
}
export function dneg(n: i32, x: usize, y: usize): void {
  unary<f64>(NEG, n, x, y);
}
export function sabs(n: i32, x: usize, y: usize): void {
  unary<f32>(ABS, n, x, y);
}
export function dabs(n: i32, x: usize, y: usize): void {
  unary<f64>(ABS, n, x, y);
}
export function ssqrt(n: i32, x: usize, y: usize): void {
  unary<f32>(SQRT, n, x, y);
}
export function dsqrt(n: i32, x: usize, y: usize): void {
  unary<f64>(SQRT, n, x, y);
}
export function ssquare(n: i32, x: usize, y: usize): void {
  unary<f32>(SQUARE, n, x, y);
}
export function dsquare(n: i32, x: usize, y: usize): void {
  unary<f64>(SQUARE, n, x, y);
}
export function srecip(n: i32, x: usize, y: usize): void {
  unary<f32>(RECIP, n, x, y);
}
export function drecip(n: i32, x: usize, y: usize): void {
  unary<f64>(RECIP, n, x, y);
}
export function ssign(n: i32, x: usize, y: usize): void {
  unary<f32>(SIGN, n, x, y);
}
export function dsign(n: i32, x: usize, y: usize): void {
  unary<f64>(SIGN, n, x, y);
}
export function sfloor(n: i32, x: usize, y: usize): void {
  unary<f32>(FLOOR, n, x, y);
}
export function dfloor(n: i32, x: usize, y: usize): void {
  unary<f64>(FLOOR, n, x, y);
}
export function sceil(n: i32, x: usize, y: usize): void {
  unary<f32>(CEIL, n, x, y);
}
export function dceil(n: i32, x: usize, y: usize): void {
  unary<f64>(CEIL, n, x, y);
}
export function sround(n: i32, x: usize, y: usize): void {
  unary<f32>(ROUND, n, x, y);
}
export function dround(n: i32, x: usize, y: usize): void {
  unary<f64>(ROUND, n, x, y);
}
export function srelu(n: i32, x: usize, y: usize): void {
  unary<f32>(RELU, n, x, y);
}
export function drelu(n: i32, x: usize, y: usize): void {
  unary<f64>(RELU, n, x, y);
}
export function ssignSqrt(n: i32, x: usize, y: usize): void {
  unary<f32>(SIGN_SQRT, n, x, y);
}
export function dsignSqrt(n: i32, x: usize, y: usize): void {
  unary<f64>(SIGN_SQRT, n, x, y);
}
