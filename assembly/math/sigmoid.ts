/**
 * 1 / (1 + exp(−x)), lane by lane.
 * f64: from z = exp(−|x|) in two doubles, 1/(1 + z) or z/(1 + z) (exp-core.ts); f32 in double arithmetic.
 * sigmoid(−∞) = 0, sigmoid(∞) = 1. Accuracy: 0.76 ulp (f64), 0.51 ulp (f32).
 */
export { ssigmoid, dsigmoid } from "./arrays";
import { EXP_LIMIT, SIGMOID, expCore, expLite, expWide } from "./exp-core";
import { demote, promoteHigh, promoteLow } from "./lanes";

// @ts-ignore: decorator
@inline
function lite(x: v128): v128 {
  return expLite(f64x2.pmin(f64x2.pmax(f64x2.neg(x), f64x2.splat(-110)), f64x2.splat(110)), SIGMOID);
}

/** y done over beyond the limit: below −708 sigmoid is exp, above 708 it is 1, and NaN is NaN. */
function replaceFar(x: v128, y: v128): v128 {
  const limit = f64x2.splat(EXP_LIMIT);
  const low = v128.bitselect(expWide(x, f64x2.splat(0)), y, f64x2.le(x, f64x2.neg(limit)));
  const high = v128.bitselect(f64x2.splat(1), low, f64x2.ge(x, limit));
  return v128.bitselect(high, x, f64x2.eq(x, x));
}

/** Two numbers of type T in double, in and out (the float32 result not yet rounded). */
// @ts-ignore: decorator
@inline
function pair<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return lite(x);
  const magnitude = f64x2.abs(x);
  const y = expCore(f64x2.neg(magnitude), x, SIGMOID);
  return i64x2.all_true(f64x2.lt(magnitude, f64x2.splat(EXP_LIMIT))) ? y : replaceFar(x, y);
}

// @ts-ignore: decorator
@inline
export function vsigmoid<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? demote(pair<T>(promoteLow(x)), pair<T>(promoteHigh(x))) : pair<T>(x);
}
