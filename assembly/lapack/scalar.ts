/** Machine constants and small scalar helpers of the decompositions. */

/** Unit roundoff: 2⁻²⁴ or 2⁻⁵³. */
// @ts-ignore: decorator
@inline
export function unitRoundoff<T>(): T {
  return sizeof<T>() == 4 ? <T>reinterpret<f32>(0x33800000) : <T>reinterpret<f64>(0x3ca0000000000000);
}

/** Smallest normal number. */
// @ts-ignore: decorator
@inline
export function safeMin<T>(): T {
  return sizeof<T>() == 4 ? <T>reinterpret<f32>(0x00800000) : <T>reinterpret<f64>(0x0010000000000000);
}

/** Below this (2⁻⁹⁰, 2⁻⁹⁰⁰) a sum of squares may have lost digits to underflow. */
// @ts-ignore: decorator
@inline
export function tiny<T>(): T {
  return sizeof<T>() == 4 ? <T>reinterpret<f32>(0x12800000) : <T>reinterpret<f64>(0x07b0000000000000);
}

// @ts-ignore: decorator
@inline
export function notANumber<T>(): T {
  return sizeof<T>() == 4 ? <T>reinterpret<f32>(0x7fc00000) : <T>reinterpret<f64>(0x7ff8000000000000);
}

// @ts-ignore: decorator
@inline
export function finite<T>(x: T): bool {
  return abs<T>(x) <= (sizeof<T>() == 4 ? <T>f32.MAX_VALUE : <T>f64.MAX_VALUE);
}

/** 2^k as a product-safe factor: k must lie in the normal range (−126 … 127, −1022 … 1023). */
// @ts-ignore: decorator
@inline
export function powerOfTwo<T>(k: i32): T {
  return sizeof<T>() == 4 ? <T>reinterpret<f32>((k + 127) << 23) : <T>reinterpret<f64>((<i64>(k + 1023)) << 52);
}

/** x·2^k for any k within twice the exponent range; exact unless the result is subnormal or overflows. */
// @ts-ignore: decorator
@inline
export function scaleByPower<T>(x: T, k: i32): T {
  const half = k >> 1;
  return x * powerOfTwo<T>(half) * powerOfTwo<T>(k - half);
}

/** The k with 2^k ≤ x < 2^(k+1), for finite x > 0 (subnormal ones included). */
export function exponentOf<T>(x: T): i32 {
  if (sizeof<T>() == 4) {
    const bits = reinterpret<i32>(<f32>x);
    return bits >= 0x00800000 ? (bits >> 23) - 127 : -118 - clz<i32>(bits);
  }
  const bits = reinterpret<i64>(<f64>x);
  return bits >= 0x0010000000000000 ? <i32>(bits >> 52) - 1023 : -1011 - <i32>clz<i64>(bits);
}

/** The lanes added as (l0+l2)+(l1+l3), or l0+l1. */
// @ts-ignore: decorator
@inline
export function sumLanes<T>(v: v128): T {
  if (sizeof<T>() == 4) {
    return (
      v128.extract_lane<T>(v, 0) +
      v128.extract_lane<T>(v, 2) +
      (v128.extract_lane<T>(v, 1) + v128.extract_lane<T>(v, 3))
    );
  }
  return v128.extract_lane<T>(v, 0) + v128.extract_lane<T>(v, 1);
}

/** Quiet NaN into `n` elements at `ptr`. */
export function fillNaN<T>(n: i32, ptr: usize): void {
  for (let i = 0; i < n; i++) store<T>(ptr + (<usize>i) * sizeof<T>(), notANumber<T>());
}
