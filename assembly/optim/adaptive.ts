/**
 * RMSprop (not centred) and Adagrad, one fused pass each, in place over n elements (PyTorch's formulas):
 *   g ← grad + weightDecay·p
 *   rmsprop: v ← alpha·v + (1 − alpha)·g²; u = g / (√v + eps); momentum ≠ 0: b ← momentum·b + u, u = b
 *   adagrad: v ← v + g²; u = g / (√v + eps)
 *   p ← p − lr·u
 * `buf` (b) is touched only if momentum ≠ 0; pass 0 for it otherwise. lr is the rate of this step (Adagrad's decay of the
 * rate is the caller's). The arrays do not overlap; `grad` is only read. Scalars are combined in double and rounded once to
 * the element type. No work space.
 */
import { read, write } from "../elementwise/tail";
import { lanes } from "../simd";

// @ts-ignore: decorator
@inline
function adaptive<T>(
  n: i32,
  lr: f64,
  keepSquares: f64,
  takeSquares: f64,
  eps: f64,
  weightDecay: f64,
  momentum: f64,
  param: usize,
  grad: usize,
  v: usize,
  buf: usize,
): void {
  const rate = v128.splat<T>(<T>lr);
  const keep = v128.splat<T>(<T>keepSquares);
  const take = v128.splat<T>(<T>takeSquares);
  const floor = v128.splat<T>(<T>eps);
  const decay = v128.splat<T>(<T>weightDecay);
  const inertia = v128.splat<T>(<T>momentum);
  // One copy of the body, a step a vector or, at the end, an element.
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    const p = read<T>(param, whole);
    let g = read<T>(grad, whole);
    if (weightDecay != 0) g = v128.add<T>(g, v128.mul<T>(decay, p));
    let s = read<T>(v, whole);
    s = v128.add<T>(v128.mul<T>(keep, s), v128.mul<T>(take, v128.mul<T>(g, g)));
    let u = v128.div<T>(g, v128.add<T>(v128.sqrt<T>(s), floor));
    if (momentum != 0) {
      u = v128.add<T>(v128.mul<T>(inertia, read<T>(buf, whole)), u);
      write<T>(buf, u, whole);
      buf += step;
    }
    const next = v128.sub<T>(p, v128.mul<T>(rate, u));
    write<T>(param, next, whole);
    write<T>(v, s, whole);
    param += step;
    grad += step;
    v += step;
    n -= whole ? lanes<T>() : 1;
  }
}

// Out of line: RMSprop and Adagrad differ in scalars only, and products with 1 are exact.
function sadaptive(
  n: i32,
  lr: f64,
  ks: f64,
  ts: f64,
  eps: f64,
  wd: f64,
  mu: f64,
  p: usize,
  g: usize,
  v: usize,
  b: usize,
): void {
  adaptive<f32>(n, lr, ks, ts, eps, wd, mu, p, g, v, b);
}
function dadaptive(
  n: i32,
  lr: f64,
  ks: f64,
  ts: f64,
  eps: f64,
  wd: f64,
  mu: f64,
  p: usize,
  g: usize,
  v: usize,
  b: usize,
): void {
  adaptive<f64>(n, lr, ks, ts, eps, wd, mu, p, g, v, b);
}

export function srmsprop(
  n: i32,
  lr: f64,
  alpha: f64,
  eps: f64,
  weightDecay: f64,
  momentum: f64,
  param: usize,
  grad: usize,
  v: usize,
  buf: usize,
): void {
  sadaptive(n, lr, alpha, 1 - alpha, eps, weightDecay, momentum, param, grad, v, buf);
}
export function drmsprop(
  n: i32,
  lr: f64,
  alpha: f64,
  eps: f64,
  weightDecay: f64,
  momentum: f64,
  param: usize,
  grad: usize,
  v: usize,
  buf: usize,
): void {
  dadaptive(n, lr, alpha, 1 - alpha, eps, weightDecay, momentum, param, grad, v, buf);
}
export function sadagrad(n: i32, lr: f64, eps: f64, weightDecay: f64, param: usize, grad: usize, v: usize): void {
  sadaptive(n, lr, 1, 1, eps, weightDecay, 0, param, grad, v, 0);
}
export function dadagrad(n: i32, lr: f64, eps: f64, weightDecay: f64, param: usize, grad: usize, v: usize): void {
  dadaptive(n, lr, 1, 1, eps, weightDecay, 0, param, grad, v, 0);
}
