/**
 * x ^ y, lane by lane.
 * f64: exp(y·log(x)) with logarithm and product in two doubles (log-core.ts), as pow.c of ARM optimized-routines (MIT);
 * f32: in double arithmetic. Special values as C99 Annex F: x^0 = 1^y = 1 even for NaN, (−1)^±∞ = 1, odd integer y keep
 * the sign of x, negative x with other y give NaN. Accuracy: 0.76 ulp (f64), 0.51 ulp (f32).
 */
export { spow, dpow } from "./arrays";
import { EXP, expLite } from "./exp-core";
import { demote, isNormal, promoteHigh, promoteLow, scaledBits } from "./lanes";
import { POW, logCore, logLite } from "./log-core";

/** From here on |y| overflows or underflows any x but ±1, and y is an even integer. */
const HUGE: f64 = 3.6893488147419103e19;

/** exp(y·log(x)) for float32 numbers in double, 0 < x < ∞. */
// @ts-ignore: decorator
@inline
function regularLite(x: v128, y: v128): v128 {
  const product = f64x2.mul(y, logLite(x));
  return expLite(f64x2.pmax(f64x2.pmin(product, f64x2.splat(95)), f64x2.splat(-110)), EXP);
}

/** exp(y·log(x)) of doubles, 0 < x < ∞; `ix` as in logCore. A call: it is long, and `any` needs it too. */
function regular(ix: v128, y: v128): v128 {
  return logCore(ix, y, POW);
}

/** One pair of any numbers; `single` tells that they were float32. */
function any(x: f64, y: f64, single: bool): f64 {
  if (y == 0 || x == 1) return 1;
  if (isNaN(x) || isNaN(y)) return NaN;
  const ax = abs(x);
  const ay = abs(y);
  const negative = <i64>reinterpret<u64>(x) < 0;
  const whole = trunc(y) == y;
  const sign: f64 = negative && whole && ay < 9007199254740992 && (<i64>ay & 1) != 0 ? -1 : 1;
  if (ax == 0 || ax == Infinity) return copysign<f64>((ax == 0) == (y < 0) ? Infinity : 0, sign);
  if (ay >= HUGE) return ax == 1 ? 1 : (ax > 1) == (y > 0) ? Infinity : 0;
  if (negative && !whole) return NaN;
  const vx = f64x2.splat(ax);
  const vy = f64x2.splat(y);
  const z = single ? regularLite(vx, vy) : regular(scaledBits(vx), vy);
  return copysign<f64>(f64x2.extract_lane(z, 0), sign);
}

function anyPair(x: v128, y: v128, single: bool): v128 {
  const first = any(f64x2.extract_lane(x, 0), f64x2.extract_lane(y, 0), single);
  const second = any(f64x2.extract_lane(x, 1), f64x2.extract_lane(y, 1), single);
  return f64x2.replace_lane(f64x2.splat(first), 1, second);
}

/** Lanes with 0 < x < ∞, not subnormal, and |y| < HUGE. */
// @ts-ignore: decorator
@inline
function isRegular(x: v128, y: v128): v128 {
  return v128.and(isNormal(x), f64x2.lt(f64x2.abs(y), f64x2.splat(HUGE)));
}

/** Two pairs of type T in double, in and out (the float32 result not yet rounded). A call: twice inlined is slower. */
function pair<T>(x: v128, y: v128): v128 {
  if (sizeof<T>() == 4) return i64x2.all_true(isRegular(x, y)) ? regularLite(x, y) : anyPair(x, y, true);
  return i64x2.all_true(isRegular(x, y)) ? regular(x, y) : anyPair(x, y, false);
}

export function vpow<T>(x: v128, y: v128): v128 {
  if (sizeof<T>() == 8) return pair<T>(x, y);
  return demote(pair<T>(promoteLow(x), promoteLow(y)), pair<T>(promoteHigh(x), promoteHigh(y)));
}
