/**
 * log(1 + x), lane by lane.
 * f64: log of the rounded u = 1 + x, with the rounding error of u over u added to the low part (log-core.ts).
 * f32: in double arithmetic. log1p(±0) = ±0, log1p(−1) = −∞, log1p(x < −1) = NaN. Accuracy: 0.88 ulp (f64), 0.51 (f32).
 */
export { slog1p, dlog1p } from "./arrays";
import { LOG, LOG1P, logCore, logLite, logSpecial } from "./log-core";
import { withSignOf } from "./exp-core";
import { demote, hex, promoteHigh, promoteLow, sumError } from "./lanes";

/** Lanes in (−1, 2^1000), where 1/(1 + x) is a normal number. */
// @ts-ignore: decorator
@inline
function isRegular(x: v128): v128 {
  return v128.and(f64x2.gt(x, f64x2.splat(-1)), f64x2.lt(x, hex(0x7e70000000000000)));
}

/** y done over where x is not regular: from 2^1000 on 1 does not count, −1 and below are as 0 and below for log. */
function replaceOutside(x: v128, y: v128): v128 {
  const u = f64x2.add(x, f64x2.splat(1));
  return v128.bitselect(y, logSpecial<f64>(u, logCore(u, u, LOG)), isRegular(x));
}

/** 1 + x in double loses something only below 2^-29: from 2^-20 down two terms of the series are exact enough. */
// @ts-ignore: decorator
@inline
function lite(x: v128): v128 {
  const series = f64x2.sub(x, f64x2.mul(f64x2.mul(x, x), f64x2.splat(0.5)));
  const tiny = f64x2.lt(f64x2.abs(x), hex(0x3eb0000000000000));
  return v128.bitselect(series, logLite(f64x2.add(f64x2.splat(1), x)), tiny);
}

// @ts-ignore: decorator
@inline
function double(x: v128): v128 {
  const one = f64x2.splat(1);
  const u = f64x2.add(one, x);
  return withSignOf(x, logCore(u, sumError(one, x, u), LOG1P));
}

/** Two numbers of type T in double, in and out (the float32 result not yet rounded). A call: float32 needs it twice. */
function pair<T>(x: v128): v128 {
  const y = sizeof<T>() == 4 ? lite(x) : double(x);
  return i64x2.all_true(isRegular(x)) ? y : replaceOutside(x, y);
}

// @ts-ignore: decorator
@inline
export function vlog1p<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? demote(pair<T>(promoteLow(x)), pair<T>(promoteHigh(x))) : pair<T>(x);
}
