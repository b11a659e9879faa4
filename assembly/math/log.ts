/**
 * log(x), lane by lane.
 * f64: table of 128 intervals, the sum kept in two doubles (log-core.ts); f32 in double arithmetic.
 * log(±0) = −∞, log(x < 0) = NaN, log(∞) = ∞. Accuracy: 0.51 ulp (f64 and f32).
 */
export { slog, dlog } from "./arrays";
import { LOG, logCore, logLite, logSpecial } from "./log-core";
import { demote, isNormal, promoteHigh, promoteLow } from "./lanes";

/** Two numbers of type T in double, in and out (the float32 result not yet rounded). */
// @ts-ignore: decorator
@inline
function pair<T>(x: v128): v128 {
  const y = sizeof<T>() == 4 ? logLite(x) : logCore(x, x, LOG);
  return i64x2.all_true(isNormal(x)) ? y : logSpecial<T>(x, y);
}

// @ts-ignore: decorator
@inline
export function vlog<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? demote(pair<T>(promoteLow(x)), pair<T>(promoteHigh(x))) : pair<T>(x);
}
