/**
 * The elementary functions out of line, each vector by a call: for the array kernels (arrays.ts), which share one loop, and
 * under generic names for activations and their adjoints, softmax, functions of matrices, random numbers. Inlined into each of
 * them they would make half of the binary for a few per cent of speed.
 */
import { verf } from "./erf";
import { vexp } from "./exp";
import { vexpm1 } from "./expm1";
import { vlog } from "./log";
import { vlog1p } from "./log1p";
import { vsigmoid } from "./sigmoid";
import { vtanh } from "./tanh";
import { vtrig } from "./trig-core";

export function expSingle(x: v128): v128 {
  return vexp<f32>(x);
}
export function expDouble(x: v128): v128 {
  return vexp<f64>(x);
}
export function expm1Single(x: v128): v128 {
  return vexpm1<f32>(x);
}
export function expm1Double(x: v128): v128 {
  return vexpm1<f64>(x);
}
export function tanhSingle(x: v128): v128 {
  return vtanh<f32>(x);
}
export function tanhDouble(x: v128): v128 {
  return vtanh<f64>(x);
}
export function sigmoidSingle(x: v128): v128 {
  return vsigmoid<f32>(x);
}
export function sigmoidDouble(x: v128): v128 {
  return vsigmoid<f64>(x);
}
export function logSingle(x: v128): v128 {
  return vlog<f32>(x);
}
export function logDouble(x: v128): v128 {
  return vlog<f64>(x);
}
export function log1pSingle(x: v128): v128 {
  return vlog1p<f32>(x);
}
export function log1pDouble(x: v128): v128 {
  return vlog1p<f64>(x);
}
export function erfSingle(x: v128): v128 {
  return verf<f32>(x);
}
export function erfDouble(x: v128): v128 {
  return verf<f64>(x);
}

/** sin (first = 0) or cos (1). */
export function trigSingle(x: v128, first: i32): v128 {
  return vtrig<f32>(x, first);
}
/** sin (first = 0) or cos (1). */
export function trigDouble(x: v128, first: i32): v128 {
  return vtrig<f64>(x, first);
}
// @ts-ignore: decorator
@inline
export function expOf<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? expSingle(x) : expDouble(x);
}

// @ts-ignore: decorator
@inline
export function expm1Of<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? expm1Single(x) : expm1Double(x);
}

// @ts-ignore: decorator
@inline
export function sigmoidOf<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? sigmoidSingle(x) : sigmoidDouble(x);
}

// @ts-ignore: decorator
@inline
export function logOf<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? logSingle(x) : logDouble(x);
}

// @ts-ignore: decorator
@inline
export function log1pOf<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? log1pSingle(x) : log1pDouble(x);
}

// @ts-ignore: decorator
@inline
export function erfOf<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? erfSingle(x) : erfDouble(x);
}

/** log of one number. */
// @ts-ignore: decorator
@inline
export function log1<T>(x: T): T {
  return v128.extract_lane<T>(logOf<T>(v128.splat<T>(x)), 0);
}
