/**
 * Elementary functions out of line. The activations and their adjoints share these: inlined into each of them, they would
 * make half of the binary for a few per cent of speed.
 */
import { verf } from "../math/erf";
import { vexp } from "../math/exp";
import { vpow } from "../math/pow";
import { vsigmoid } from "../math/sigmoid";

export function expOf<T>(x: v128): v128 {
  return vexp<T>(x);
}
export function sigmoidOf<T>(x: v128): v128 {
  return vsigmoid<T>(x);
}
export function powOf<T>(x: v128, y: v128): v128 {
  return vpow<T>(x, y);
}
/** Φ(x) = ½(1 + erf(x/√2)). */
export function normalOf<T>(x: v128): v128 {
  const erf = verf<T>(v128.mul<T>(x, v128.splat<T>(<T>0.7071067811865476)));
  return v128.mul<T>(v128.splat<T>(<T>0.5), v128.add<T>(v128.splat<T>(1), erf));
}
