/**
 * Activations that need an exponential; n elements each, y may be x. No work space. (sigmoid and tanh are in `math/`.)
 * - `ssoftplus`: max(x, 0) + log1p(exp(−|x|)); 2 ulp. - `ssilu`: x·sigmoid(x); 2 ulp where sigmoid(x) is not subnormal.
 * - `sgelu`: ½x(1 + erf(x/√2)), the exact one; error ε·max(1, |x|): below −3 the sum cancels and relative accuracy goes.
 * - `selu(n, alpha, …)`: x > 0 ? x : alpha·expm1(x). - `sleakyRelu(n, slope, …)`: x > 0 ? x : slope·x.
 * Limits at ±∞ are the mathematical ones, −0 for silu and gelu at −∞; NaN stays.
 */
import { expOf, expm1Of, log1pOf, sigmoidOf } from "../math/calls";
import { lanes } from "../simd";
import { normalOf } from "./shared";
import { read, write } from "./tail";

const SOFTPLUS = 0;
const SILU = 1;
const GELU = 2;
const ELU = 3;
const LEAKY_RELU = 4;

/** x, but no lower than where sigmoid and 1 + erf have become 0: keeps −∞·0 from being NaN. */
// @ts-ignore: decorator
@inline
function atLeast<T>(x: v128, low: f64): v128 {
  return v128.max<T>(x, v128.splat<T>(<T>low));
}

// @ts-ignore: decorator
@inline
function apply<T>(op: i32, x: v128, p: v128): v128 {
  const zero = v128.splat<T>(0);
  if (op == SOFTPLUS) {
    return v128.add<T>(v128.max<T>(x, zero), log1pOf<T>(expOf<T>(v128.neg<T>(v128.abs<T>(x)))));
  }
  if (op == SILU) return v128.mul<T>(atLeast<T>(x, -800), sigmoidOf<T>(x));
  if (op == GELU) return v128.mul<T>(atLeast<T>(x, -40), normalOf<T>(x));
  const negative = op == ELU ? expm1Of<T>(v128.min<T>(x, zero)) : x;
  return v128.bitselect(x, v128.mul<T>(p, negative), v128.gt<T>(x, zero));
}

// @ts-ignore: decorator
@inline
function activation<T>(op: i32, n: i32, param: T, x: usize, y: usize): void {
  const p = v128.splat<T>(param);
  // One copy of the long body, a step a vector or, at the end, an element.
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    write<T>(y, apply<T>(op, read<T>(x, whole), p), whole);
    x += step;
    y += step;
    n -= whole ? lanes<T>() : 1;
  }
}

export function ssoftplus(n: i32, x: usize, y: usize): void {
  activation<f32>(SOFTPLUS, n, 0, x, y);
}
export function dsoftplus(n: i32, x: usize, y: usize): void {
  activation<f64>(SOFTPLUS, n, 0, x, y);
}
export function ssilu(n: i32, x: usize, y: usize): void {
  activation<f32>(SILU, n, 0, x, y);
}
export function dsilu(n: i32, x: usize, y: usize): void {
  activation<f64>(SILU, n, 0, x, y);
}
export function sgelu(n: i32, x: usize, y: usize): void {
  activation<f32>(GELU, n, 0, x, y);
}
export function dgelu(n: i32, x: usize, y: usize): void {
  activation<f64>(GELU, n, 0, x, y);
}
export function selu(n: i32, alpha: f32, x: usize, y: usize): void {
  activation<f32>(ELU, n, alpha, x, y);
}
export function delu(n: i32, alpha: f64, x: usize, y: usize): void {
  activation<f64>(ELU, n, alpha, x, y);
}
export function sleakyRelu(n: i32, slope: f32, x: usize, y: usize): void {
  activation<f32>(LEAKY_RELU, n, slope, x, y);
}
export function dleakyRelu(n: i32, slope: f64, x: usize, y: usize): void {
  activation<f64>(LEAKY_RELU, n, slope, x, y);
}
