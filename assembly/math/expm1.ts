/**
 * exp(x) − 1, lane by lane.
 * f64: 2^k·((p − 2^-k + r) + …) with the errors of the first two sums kept (exp-core.ts); from 40 on it is exp(x).
 * f32: in double arithmetic. expm1(±0) = ±0, expm1(−∞) = −1, expm1(∞) = ∞. Accuracy: 0.68 ulp (f64), 0.51 ulp (f32).
 */
export { sexpm1, dexpm1 } from "./arrays";
import { EXPM1, expCore, expLite, expWide, withSignOf } from "./exp-core";
import { demote, promoteHigh, promoteLow } from "./lanes";

// @ts-ignore: decorator
@inline
function lite(x: v128): v128 {
  return withSignOf(x, expLite(f64x2.pmax(f64x2.pmin(x, f64x2.splat(95)), f64x2.splat(-110)), EXPM1));
}

// @ts-ignore: decorator
@inline
function near(x: v128): v128 {
  return withSignOf(x, expCore(f64x2.pmax(x, f64x2.splat(-45)), x, EXPM1));
}

/** y with exp(x) in the lanes where −1 no longer counts: overflow and NaN too. */
function replaceFar(x: v128, y: v128): v128 {
  return v128.bitselect(y, expWide(x, f64x2.splat(0)), f64x2.lt(x, f64x2.splat(40)));
}

/** Two numbers of type T in double, in and out (the float32 result not yet rounded). A call: float32 needs it twice. */
function pair<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return lite(x);
  const y = near(x);
  return i64x2.all_true(f64x2.lt(x, f64x2.splat(40))) ? y : replaceFar(x, y);
}

// @ts-ignore: decorator
@inline
export function vexpm1<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? demote(pair<T>(promoteLow(x)), pair<T>(promoteHigh(x))) : pair<T>(x);
}
