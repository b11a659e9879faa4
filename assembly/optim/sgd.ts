/**
 * Stochastic gradient descent, one fused pass, in place over n elements (PyTorch's formulas):
 *   g ← grad + weightDecay·p
 *   momentum ≠ 0: b ← first ? g : momentum·b + (1 − dampening)·g, then g ← nesterov ? g + momentum·b : b
 *   p ← p − lr·g
 * `buf` (b) is read and written only if momentum ≠ 0, and not read when `first` ≠ 0; pass 0 for it otherwise. The arrays
 * do not overlap; `grad` is only read. Scalars are combined in double and rounded once to the element type. No work space.
 */
import { read, write } from "../elementwise/tail";
import { lanes } from "../simd";

// @ts-ignore: decorator
@inline
function sgd<T>(
  n: i32,
  lr: f64,
  momentum: f64,
  dampening: f64,
  nesterov: i32,
  weightDecay: f64,
  param: usize,
  grad: usize,
  buf: usize,
  first: i32,
): void {
  const rate = v128.splat<T>(<T>lr);
  const keep = v128.splat<T>(<T>momentum);
  const take = v128.splat<T>(<T>(1 - dampening));
  const decay = v128.splat<T>(<T>weightDecay);
  // One copy of the body, a step a vector or, at the end, an element.
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    const p = read<T>(param, whole);
    let g = read<T>(grad, whole);
    if (weightDecay != 0) g = v128.add<T>(g, v128.mul<T>(decay, p));
    if (momentum != 0) {
      let b = g;
      if (!first) {
        b = read<T>(buf, whole);
        b = v128.add<T>(v128.mul<T>(keep, b), v128.mul<T>(take, g));
      }
      write<T>(buf, b, whole);
      buf += step;
      g = nesterov ? v128.add<T>(g, v128.mul<T>(keep, b)) : b;
    }
    const next = v128.sub<T>(p, v128.mul<T>(rate, g));
    write<T>(param, next, whole);
    param += step;
    grad += step;
    n -= whole ? lanes<T>() : 1;
  }
}

export function ssgd(
  n: i32,
  lr: f64,
  momentum: f64,
  dampening: f64,
  nesterov: i32,
  weightDecay: f64,
  param: usize,
  grad: usize,
  buf: usize,
  first: i32,
): void {
  sgd<f32>(n, lr, momentum, dampening, nesterov, weightDecay, param, grad, buf, first);
}
export function dsgd(
  n: i32,
  lr: f64,
  momentum: f64,
  dampening: f64,
  nesterov: i32,
  weightDecay: f64,
  param: usize,
  grad: usize,
  buf: usize,
  first: i32,
): void {
  sgd<f64>(n, lr, momentum, dampening, nesterov, weightDecay, param, grad, buf, first);
}
