/** What every elementary function needs: bit patterns, f32 vectors as two f64 halves, error-free sums, look-up. */

/** Two lanes of the double with this bit pattern (constants of published algorithms are quoted in hexadecimal). */
// @ts-ignore: decorator
@inline
export function hex(bits: u64): v128 {
  return f64x2.splat(reinterpret<f64>(bits));
}

// @ts-ignore: decorator
@inline
export function signBits(x: v128): v128 {
  return v128.and(x, i64x2.splat(0x8000000000000000));
}

/** Lanes 0 and 1 of an f32 vector in double: exact. */
// @ts-ignore: decorator
@inline
export function promoteLow(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** Lanes 2 and 3 of an f32 vector in double: exact. */
// @ts-ignore: decorator
@inline
export function promoteHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

/** The f32 vector of two f64 halves, each lane rounded once. */
// @ts-ignore: decorator
@inline
export function demote(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** The rounding error of `sum = a + b` (Knuth: six operations, no condition on the magnitudes). */
// @ts-ignore: decorator
@inline
export function sumError(a: v128, b: v128, sum: v128): v128 {
  const bb = f64x2.sub(sum, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(sum, bb)), f64x2.sub(b, bb));
}

/** The rounding error of `sum = a + b` where |a| ≥ |b| or a = 0 (Dekker). */
// @ts-ignore: decorator
@inline
export function fastSumError(a: v128, b: v128, sum: v128): v128 {
  return f64x2.add(f64x2.sub(a, sum), b);
}

/** x with the lower 27 bits of its significand cleared: the product of two such numbers is exact. */
// @ts-ignore: decorator
@inline
export function head(x: v128): v128 {
  return v128.and(x, i64x2.splat(0xfffffffff8000000));
}

/**
 * (nh + nl) / (dh + dl) rounded almost correctly with one division: a quotient of 26 bits, whose product with the head
 * of the divisor is exact, and the remainder over the divisor.
 */
// @ts-ignore: decorator
@inline
export function divide(nh: v128, nl: v128, dh: v128, dl: v128): v128 {
  const reciprocal = f64x2.div(f64x2.splat(1), dh);
  const divisor = head(dh);
  const rest = f64x2.add(dl, f64x2.sub(dh, divisor));
  const quotient = head(f64x2.mul(nh, reciprocal));
  const exact = f64x2.sub(nh, f64x2.mul(quotient, divisor));
  const remainder = f64x2.add(f64x2.sub(exact, f64x2.mul(quotient, rest)), nl);
  return f64x2.add(quotient, f64x2.mul(remainder, reciprocal));
}

/** Low (`half` = 0) or high (1) elements of the two pairs of doubles at `a` and `b`. */
// @ts-ignore: decorator
@inline
export function gather(a: v128, b: v128, half: i32): v128 {
  return half == 0 ? v128.shuffle<f64>(a, b, 0, 2) : v128.shuffle<f64>(a, b, 1, 3);
}

/** Lanes that hold a normal number greater than zero. */
// @ts-ignore: decorator
@inline
export function isNormal(x: v128): v128 {
  return v128.and(f64x2.ge(x, hex(0x0010000000000000)), f64x2.lt(x, f64x2.splat(Infinity)));
}

/** The bits of x > 0 with an exponent that goes on below the normal numbers: those of 2^52·x less 52 << 52. */
// @ts-ignore: decorator
@inline
export function scaledBits(x: v128): v128 {
  const scaled = i64x2.sub(f64x2.mul(x, hex(0x4330000000000000)), i64x2.splat(52 << 52));
  return v128.bitselect(scaled, x, f64x2.lt(x, hex(0x0010000000000000)));
}
