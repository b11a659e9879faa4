/**
 * Elementary functions out of line, for whoever is not an array kernel of its own: activations and their adjoints, softmax,
 * functions of matrices, random numbers. Inlined into each of them, they would make half of the binary for a few per
 * cent of speed. expm1, log1p, erf and pow are out of line everywhere, the array kernels included.
 */
import { vexp } from "./exp";
import { vlog } from "./log";
import { vsigmoid } from "./sigmoid";

export function expOf<T>(x: v128): v128 {
  return vexp<T>(x);
}
export function logOf<T>(x: v128): v128 {
  return vlog<T>(x);
}
export function sigmoidOf<T>(x: v128): v128 {
  return vsigmoid<T>(x);
}

/** log of one number. */
// @ts-ignore: decorator
@inline
export function log1<T>(x: T): T {
  return v128.extract_lane<T>(logOf<T>(v128.splat<T>(x)), 0);
}
