/**
 * tanh(x), lane by lane; odd to the bit.
 * (e^2|x| − 1) / (e^2|x| + 1), both in two doubles and divided so (exp-core.ts); f32 in double arithmetic, unsplit.
 * tanh(±0) = ±0, tanh(±∞) = ±1. Accuracy: 0.68 ulp (f64), 0.51 ulp (f32).
 */
export { stanh, dtanh } from "./arrays";
import { TANH, expCore, expLite, withSignOf } from "./exp-core";
import { demote, promoteHigh, promoteLow } from "./lanes";

/** 2|x|, no more than 40, where tanh is 1 to the last bit. */
// @ts-ignore: decorator
@inline
function argument(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), f64x2.splat(20));
  return f64x2.add(magnitude, magnitude);
}

// @ts-ignore: decorator
@inline
function lite(x: v128): v128 {
  return withSignOf(x, expLite(argument(x), TANH));
}

/** Two numbers of type T in double, in and out (the float32 result not yet rounded). */
// @ts-ignore: decorator
@inline
function pair<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return lite(x);
  return withSignOf(x, expCore(argument(x), x, TANH));
}

// @ts-ignore: decorator
@inline
export function vtanh<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? demote(pair<T>(promoteLow(x)), pair<T>(promoteHigh(x))) : pair<T>(x);
}
