/**
 * exp(x), lane by lane. f64: table and degree five (exp-core.ts), subnormal results rounded twice. f32: in single
 * precision, degree six: faster than two halves in double, and what softmax and its like spend their time in.
 * exp(−∞) = 0, exp(∞) = ∞. Accuracy: 0.52 ulp (f64; 0.76 where the result is subnormal), 0.94 ulp (f32, exhaustive).
 */
export { sexp, dexp } from "./arrays";
import { EXP, EXP_LIMIT, expCore, expWide } from "./exp-core";

/** Four floats: 2^n·exp(r), |r| ≤ ln2/2, with the rounding error of r; the last product may round to subnormal or ∞. */
// @ts-ignore: decorator
@inline
function single(x: v128): v128 {
  const shift = f32x4.splat(12582912);
  const limited = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  const t = f32x4.add(f32x4.mul(limited, f32x4.splat(1.44269504)), shift);
  const n = f32x4.sub(t, shift);
  const high = f32x4.sub(limited, f32x4.mul(n, f32x4.splat(0.693359375)));
  const low = f32x4.mul(n, f32x4.splat(-2.12194440e-4));
  const r = f32x4.sub(high, low);
  const rest = f32x4.sub(f32x4.sub(high, r), low);
  const r2 = f32x4.mul(r, r);
  const c23 = f32x4.add(f32x4.splat(0.5), f32x4.mul(r, f32x4.splat(0.166665152)));
  const c45 = f32x4.add(f32x4.splat(0.0416662581), f32x4.mul(r, f32x4.splat(0.00836929586)));
  const series = f32x4.add(c23, f32x4.mul(r2, f32x4.add(c45, f32x4.mul(r2, f32x4.splat(0.00139466778)))));
  const y = f32x4.add(f32x4.splat(1), f32x4.add(r, f32x4.add(rest, f32x4.mul(r2, series))));
  const k = i32x4.sub(t, shift);
  const half = i32x4.shr_s(k, 1);
  const one = f32x4.splat(1);
  const scaled = f32x4.mul(y, i32x4.add(one, i32x4.shl(half, 23)));
  return f32x4.mul(scaled, i32x4.add(one, i32x4.shl(i32x4.sub(k, half), 23)));
}

// @ts-ignore: decorator
@inline
export function vexp<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return single(x);
  const y = expCore(x, f64x2.splat(0), EXP);
  return i64x2.all_true(f64x2.lt(f64x2.abs(x), f64x2.splat(EXP_LIMIT))) ? y : expWide(x, f64x2.splat(0));
}
