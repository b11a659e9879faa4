/**
 * cos(x), lane by lane.
 * Cody–Waite up to 2^20, Payne–Hanek beyond, polynomials of fdlibm (trig-core.ts); f32 in double arithmetic.
 * cos(±∞) = NaN. Accuracy over the whole range: 0.81 ulp (f64), 0.51 ulp (f32).
 */
export { scos, dcos } from "./arrays";
import { vtrig } from "./trig-core";

// @ts-ignore: decorator
@inline
export function vcos<T>(x: v128): v128 {
  return vtrig<T>(x, 1);
}
