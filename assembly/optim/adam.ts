/**
 * Adam and AdamW, one fused pass, in place over n elements (PyTorch's formulas):
 *   adam: g ← g + weightDecay·p; adamw (decoupled ≠ 0): p ← p·(1 − lr·weightDecay)
 *   m ← m + (1 − beta1)·(g − m); v ← beta2·v + (1 − beta2)·g²
 *   p ← p − (lr / biasCorrection1) · m / (√v / biasCorrection2sqrt + eps)
 * biasCorrection1 = 1 − beta1ᵗ, biasCorrection2sqrt = √(1 − beta2ᵗ), t = 1, 2, …. The arrays do not overlap; `grad` is only
 * read. Scalars are combined in double and rounded once to the element type. No work space. weightDecay = 0 does not read p
 * for it, so an infinite parameter stays what it is.
 */
import { read, write } from "../elementwise/tail";
import { lanes } from "../simd";

// @ts-ignore: decorator
@inline
function adam<T>(
  n: i32,
  lr: f64,
  beta1: f64,
  beta2: f64,
  eps: f64,
  weightDecay: f64,
  decoupled: i32,
  biasCorrection1: f64,
  biasCorrection2sqrt: f64,
  param: usize,
  grad: usize,
  m: usize,
  v: usize,
): void {
  const shrink = v128.splat<T>(<T>(decoupled ? 1 - lr * weightDecay : 1));
  const decay = v128.splat<T>(<T>weightDecay);
  const couple = weightDecay != 0 && !decoupled;
  const w1 = v128.splat<T>(<T>(1 - beta1));
  const b2 = v128.splat<T>(<T>beta2);
  const w2 = v128.splat<T>(<T>(1 - beta2));
  const rate = v128.splat<T>(<T>(lr / biasCorrection1));
  const root = v128.splat<T>(<T>biasCorrection2sqrt);
  const floor = v128.splat<T>(<T>eps);
  // One copy of the body, a step a vector or, at the end, an element.
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    let p = read<T>(param, whole);
    let g = read<T>(grad, whole);
    let mi = read<T>(m, whole);
    let vi = read<T>(v, whole);
    if (couple) g = v128.add<T>(g, v128.mul<T>(decay, p));
    mi = v128.add<T>(mi, v128.mul<T>(w1, v128.sub<T>(g, mi)));
    vi = v128.add<T>(v128.mul<T>(b2, vi), v128.mul<T>(w2, v128.mul<T>(g, g)));
    const denominator = v128.add<T>(v128.div<T>(v128.sqrt<T>(vi), root), floor);
    p = v128.sub<T>(v128.mul<T>(p, shrink), v128.mul<T>(rate, v128.div<T>(mi, denominator)));
    write<T>(param, p, whole);
    write<T>(m, mi, whole);
    write<T>(v, vi, whole);
    param += step;
    grad += step;
    m += step;
    v += step;
    n -= whole ? lanes<T>() : 1;
  }
}

export function sadam(
  n: i32,
  lr: f64,
  beta1: f64,
  beta2: f64,
  eps: f64,
  weightDecay: f64,
  decoupled: i32,
  biasCorrection1: f64,
  biasCorrection2sqrt: f64,
  param: usize,
  grad: usize,
  m: usize,
  v: usize,
): void {
  adam<f32>(n, lr, beta1, beta2, eps, weightDecay, decoupled, biasCorrection1, biasCorrection2sqrt, param, grad, m, v);
}
export function dadam(
  n: i32,
  lr: f64,
  beta1: f64,
  beta2: f64,
  eps: f64,
  weightDecay: f64,
  decoupled: i32,
  biasCorrection1: f64,
  biasCorrection2sqrt: f64,
  param: usize,
  grad: usize,
  m: usize,
  v: usize,
): void {
  adam<f64>(n, lr, beta1, beta2, eps, weightDecay, decoupled, biasCorrection1, biasCorrection2sqrt, param, grad, m, v);
}
