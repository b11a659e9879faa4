/**
 * Fused adjoints: out_i = g_i · f′, n elements each; out may be g or the other input. No work space.
 * From the output y: `srelu_vjp` (g where y > 0, also where y is NaN; else 0), `ssigmoid_vjp` (y(1 − y)), `stanh_vjp`
 * ((1 − y)(1 + y), which keeps the digits of 1 − y²). From the input x:
 * - `ssoftplus_vjp`: sigmoid(x).
 * - `ssilu_vjp`: s(1 + x·s̄), s = sigmoid(x), s̄ = sigmoid(−x). - `sgelu_vjp`: Φ(x) + x·φ(x).
 * - `selu_vjp(n, alpha, …)`: x > 0 ? 1 : alpha·exp(x). - `sleakyRelu_vjp(n, slope, …)`: x > 0 ? 1 : slope.
 * - `ssignSqrt_vjp(n, eps, …)`: 1 / (2(√|x| + eps)), that is 1/(2·eps) at 0 (eps = 0: ∞, the true derivative).
 * Limits at ±∞ are the mathematical ones. f′ to 2 ulp, those of silu and gelu (which change sign) to 2ε·max(1, |x|).
 */
import { lanes } from "../simd";
import { expOf, sigmoidOf } from "../math/calls";
import { normalOf } from "./shared";
import { read, write } from "./tail";

const RELU = 0;
const SIGMOID = 1;
const TANH = 2;
const SOFTPLUS = 3;
const SILU = 4;
const GELU = 5;
const ELU = 6;
const LEAKY_RELU = 7;
const SIGN_SQRT = 8;

/** x cut to [−limit, limit], beyond which the factor of x is 0: keeps ∞·0 from being NaN. */
// @ts-ignore: decorator
@inline
function within<T>(x: v128, limit: f64): v128 {
  return v128.max<T>(v128.min<T>(x, v128.splat<T>(<T>limit)), v128.splat<T>(<T>-limit));
}

/** g·f′; x is the output for RELU, SIGMOID and TANH. */
// @ts-ignore: decorator
@inline
function adjoint<T>(op: i32, x: v128, g: v128, p: v128): v128 {
  const zero = v128.splat<T>(0);
  const one = v128.splat<T>(1);
  if (op == RELU) return v128.andnot(g, v128.le<T>(x, zero));
  if (op == SIGMOID) return v128.mul<T>(g, v128.mul<T>(x, v128.sub<T>(one, x)));
  if (op == TANH) return v128.mul<T>(g, v128.mul<T>(v128.sub<T>(one, x), v128.add<T>(one, x)));
  if (op == SOFTPLUS) return v128.mul<T>(g, sigmoidOf<T>(x));
  if (op == SILU) {
    const e = expOf<T>(v128.neg<T>(v128.abs<T>(x)));
    const near = v128.div<T>(one, v128.add<T>(one, e));
    const far = v128.mul<T>(e, near);
    const positive = v128.ge<T>(x, zero);
    const s = v128.bitselect(near, far, positive);
    const opposite = v128.bitselect(far, near, positive);
    return v128.mul<T>(g, v128.mul<T>(s, v128.add<T>(one, v128.mul<T>(within<T>(x, 800), opposite))));
  }
  if (op == GELU) {
    const bounded = within<T>(x, 40);
    const density = expOf<T>(v128.mul<T>(v128.mul<T>(bounded, bounded), v128.splat<T>(<T>-0.5)));
    const slope = v128.mul<T>(v128.mul<T>(bounded, density), v128.splat<T>(<T>0.3989422804014327));
    return v128.mul<T>(g, v128.add<T>(normalOf<T>(x), slope));
  }
  if (op == SIGN_SQRT) {
    const root = v128.add<T>(v128.sqrt<T>(v128.abs<T>(x)), p);
    return v128.div<T>(v128.mul<T>(v128.splat<T>(<T>0.5), g), root);
  }
  const factor = op == ELU ? v128.mul<T>(p, expOf<T>(v128.min<T>(x, zero))) : p;
  return v128.bitselect(g, v128.mul<T>(g, factor), v128.gt<T>(x, zero));
}

// @ts-ignore: decorator
@inline
function vjp<T>(op: i32, n: i32, param: T, x: usize, g: usize, out: usize): void {
  const p = v128.splat<T>(param);
  // One copy of the long body, a step a vector or, at the end, an element.
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    write<T>(out, adjoint<T>(op, read<T>(x, whole), read<T>(g, whole), p), whole);
    x += step;
    g += step;
    out += step;
    n -= whole ? lanes<T>() : 1;
  }
}

export function srelu_vjp(n: i32, y: usize, g: usize, out: usize): void {
  vjp<f32>(RELU, n, 0, y, g, out);
}
export function drelu_vjp(n: i32, y: usize, g: usize, out: usize): void {
  vjp<f64>(RELU, n, 0, y, g, out);
}
export function ssigmoid_vjp(n: i32, y: usize, g: usize, out: usize): void {
  vjp<f32>(SIGMOID, n, 0, y, g, out);
}
export function dsigmoid_vjp(n: i32, y: usize, g: usize, out: usize): void {
  vjp<f64>(SIGMOID, n, 0, y, g, out);
}
export function stanh_vjp(n: i32, y: usize, g: usize, out: usize): void {
  vjp<f32>(TANH, n, 0, y, g, out);
}
export function dtanh_vjp(n: i32, y: usize, g: usize, out: usize): void {
  vjp<f64>(TANH, n, 0, y, g, out);
}
export function ssoftplus_vjp(n: i32, x: usize, g: usize, out: usize): void {
  vjp<f32>(SOFTPLUS, n, 0, x, g, out);
}
export function dsoftplus_vjp(n: i32, x: usize, g: usize, out: usize): void {
  vjp<f64>(SOFTPLUS, n, 0, x, g, out);
}
export function ssilu_vjp(n: i32, x: usize, g: usize, out: usize): void {
  vjp<f32>(SILU, n, 0, x, g, out);
}
export function dsilu_vjp(n: i32, x: usize, g: usize, out: usize): void {
  vjp<f64>(SILU, n, 0, x, g, out);
}
export function sgelu_vjp(n: i32, x: usize, g: usize, out: usize): void {
  vjp<f32>(GELU, n, 0, x, g, out);
}
export function dgelu_vjp(n: i32, x: usize, g: usize, out: usize): void {
  vjp<f64>(GELU, n, 0, x, g, out);
}
export function selu_vjp(n: i32, alpha: f32, x: usize, g: usize, out: usize): void {
  vjp<f32>(ELU, n, alpha, x, g, out);
}
export function delu_vjp(n: i32, alpha: f64, x: usize, g: usize, out: usize): void {
  vjp<f64>(ELU, n, alpha, x, g, out);
}
export function sleakyRelu_vjp(n: i32, slope: f32, x: usize, g: usize, out: usize): void {
  vjp<f32>(LEAKY_RELU, n, slope, x, g, out);
}
export function dleakyRelu_vjp(n: i32, slope: f64, x: usize, g: usize, out: usize): void {
  vjp<f64>(LEAKY_RELU, n, slope, x, g, out);
}
export function ssignSqrt_vjp(n: i32, eps: f32, x: usize, g: usize, out: usize): void {
  vjp<f32>(SIGN_SQRT, n, eps, x, g, out);
}
export function dsignSqrt_vjp(n: i32, eps: f64, x: usize, g: usize, out: usize): void {
  vjp<f64>(SIGN_SQRT, n, eps, x, g, out);
}
