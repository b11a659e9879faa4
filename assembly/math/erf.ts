/**
 * erf(x), lane by lane; odd to the bit.
 * f64: seven regions with one polynomial each (erf-table.ts): |x| < ½ in x², then of degree seventeen around 1 … 6, from
 * where erf is 1. f32: a rational function of x² of degree 6 over 5 in double arithmetic, for |x| ≤ 4.
 * erf(±0) = ±0, erf(±∞) = ±1. Accuracy: 0.99 ulp (f64), 0.54 ulp (f32).
 */
export { serf, derf } from "./arrays";
import { ERF_TABLE } from "./erf-table";
import { withSignOf } from "./exp-core";
import { demote, gather, promoteHigh, promoteLow } from "./lanes";

// @ts-ignore: decorator
@inline
function lite(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), f64x2.splat(4));
  const u = f64x2.mul(magnitude, magnitude);
  let p = f64x2.add(f64x2.splat(4.681523041598814e-6), f64x2.mul(u, f64x2.splat(-1.3187030080512598e-8)));
  p = f64x2.add(f64x2.splat(0.0003795092747184866), f64x2.mul(u, p));
  p = f64x2.add(f64x2.splat(0.003850252446428224), f64x2.mul(u, p));
  p = f64x2.add(f64x2.splat(0.05431741876146214), f64x2.mul(u, p));
  p = f64x2.add(f64x2.splat(0.1852273949660629), f64x2.mul(u, p));
  p = f64x2.add(f64x2.splat(1.1283791693110843), f64x2.mul(u, p));
  let q = f64x2.add(f64x2.splat(0.001307567077766893), f64x2.mul(u, f64x2.splat(6.307995139956168e-5)));
  q = f64x2.add(f64x2.splat(0.015463027259601423), f64x2.mul(u, q));
  q = f64x2.add(f64x2.splat(0.11396601689324662), f64x2.mul(u, q));
  q = f64x2.add(f64x2.splat(0.49748691659021266), f64x2.mul(u, q));
  q = f64x2.add(f64x2.splat(1), f64x2.mul(u, q));
  return withSignOf(x, f64x2.div(f64x2.mul(magnitude, p), q));
}

/** c + u·(d + u·y), where (c, d) is pair `pair` of the coefficients of each lane's region. */
// @ts-ignore: decorator
@inline
function twoSteps(y: v128, u: v128, first: usize, second: usize, pair: usize): v128 {
  const a = v128.load(first + (pair << 4));
  const b = v128.load(second + (pair << 4));
  const odd = f64x2.add(gather(a, b, 1), f64x2.mul(u, y));
  return f64x2.add(gather(a, b, 0), f64x2.mul(u, odd));
}

// @ts-ignore: decorator
@inline
function double(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), f64x2.splat(5.9999999));
  const central = f64x2.lt(magnitude, f64x2.splat(0.5));
  const center = v128.andnot(f64x2.floor(f64x2.add(magnitude, f64x2.splat(0.5))), central);
  const region = i32x4.trunc_sat_f64x2_s_zero(center);
  const first = ERF_TABLE + <usize>(i32x4.extract_lane(region, 0) * 144);
  const second = ERF_TABLE + <usize>(i32x4.extract_lane(region, 1) * 144);
  // y = base + t·(c1 + u·(c2 + …)): t = u = x − center, or in the middle t = base = x and u = x².
  const distance = f64x2.sub(magnitude, center);
  const t = v128.bitselect(magnitude, distance, central);
  const u = v128.bitselect(f64x2.mul(magnitude, magnitude), distance, central);

  let y = f64x2.splat(0);
  for (let pair: usize = 8; pair > 0; pair--) y = twoSteps(y, u, first, second, pair);
  const c = v128.load(first);
  const d = v128.load(second);
  const slope = f64x2.add(gather(c, d, 1), f64x2.mul(u, y));
  const base = v128.bitselect(magnitude, gather(c, d, 0), central);
  return withSignOf(x, f64x2.add(base, f64x2.mul(t, slope)));
}

/** Two numbers of type T in double, in and out (the float32 result not yet rounded). */
// @ts-ignore: decorator
@inline
function pair<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? lite(x) : double(x);
}

// @ts-ignore: decorator
@inline
export function verf<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? demote(pair<T>(promoteLow(x)), pair<T>(promoteHigh(x))) : pair<T>(x);
}
