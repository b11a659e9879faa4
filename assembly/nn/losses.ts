/**
 * Elementwise losses of predictions x and targets t, n elements, and their derivatives times g:
 *   mse          (x − t)²                                  2·(x − t)·g
 *   huber        ½·d² if |d| ≤ delta, else delta·(|d| − ½·delta), d = x − t      min(max(d, −delta), delta)·g
 *   bce_logits   max(x, 0) − x·t + log1p(exp(−|x|))        (sigmoid(x) − t)·g
 * g has n elements (`strideG` = 1) or is one number for all (0). The derivative in t is the negative one in x for mse and
 * huber. Outputs alias nothing. No work space. NaN propagates. Accuracy: bce within a few ulp of its larger term.
 */
import { lanes } from "../simd";
import { loadUpTo, storeUpTo } from "./columns";
import { expAll, log1pAll, sigmoidAll } from "./elementary";

const MSE = 0;
const HUBER = 1;
const BCE = 2;

/** Elements of a chunk that stays in L1 while the math kernels pass over it. */
const CHUNK: i32 = 1024;

/** `y` holds log1p(exp(−|x|)) for BCE. */
// @ts-ignore: decorator
@inline
function value<T>(op: i32, x: v128, t: v128, y: v128, delta: v128): v128 {
  if (op == BCE) return v128.add<T>(v128.sub<T>(v128.max<T>(x, v128.splat<T>(0)), v128.mul<T>(x, t)), y);
  const d = v128.sub<T>(x, t);
  const square = v128.mul<T>(d, d);
  if (op == MSE) return square;
  const half = v128.splat<T>(<T>0.5);
  const size = v128.abs<T>(d);
  const line = v128.mul<T>(delta, v128.sub<T>(size, v128.mul<T>(half, delta)));
  return v128.bitselect(v128.mul<T>(half, square), line, v128.le<T>(size, delta));
}

/** `y` holds sigmoid(x) for BCE. */
// @ts-ignore: decorator
@inline
function derivative<T>(op: i32, x: v128, t: v128, y: v128, delta: v128): v128 {
  if (op == BCE) return v128.sub<T>(y, t);
  const d = v128.sub<T>(x, t);
  if (op == MSE) return v128.add<T>(d, d);
  return v128.min<T>(v128.max<T>(d, v128.neg<T>(delta)), delta);
}

function forward<T>(op: i32, n: i32, x: usize, t: usize, delta: T, y: usize): void {
  const deltas = v128.splat<T>(delta);
  for (; n > 0; n -= lanes<T>(), x += 16, t += 16, y += 16) {
    const xv = loadUpTo<T>(x, n);
    const tv = loadUpTo<T>(t, n);
    let v: v128;
    if (op == MSE) v = value<T>(MSE, xv, tv, xv, deltas);
    else if (op == HUBER) v = value<T>(HUBER, xv, tv, xv, deltas);
    else v = value<T>(BCE, xv, tv, loadUpTo<T>(y, n), deltas);
    storeUpTo<T>(y, v, n);
  }
}

function backward<T>(op: i32, n: i32, x: usize, t: usize, g: usize, strideG: i32, delta: T, dx: usize): void {
  const deltas = v128.splat<T>(delta);
  for (; n > 0; n -= lanes<T>(), x += 16, t += 16, dx += 16) {
    const xv = loadUpTo<T>(x, n);
    const tv = loadUpTo<T>(t, n);
    const gv = strideG ? loadUpTo<T>(g, n) : v128.load_splat<T>(g);
    let v: v128;
    if (op == MSE) v = derivative<T>(MSE, xv, tv, xv, deltas);
    else if (op == HUBER) v = derivative<T>(HUBER, xv, tv, xv, deltas);
    else v = derivative<T>(BCE, xv, tv, loadUpTo<T>(dx, n), deltas);
    storeUpTo<T>(dx, v128.mul<T>(v, gv), n);
    g += strideG ? 16 : 0;
  }
}

function bce<T>(n: i32, x: usize, t: usize, y: usize): void {
  for (let i = 0; i < n; i += CHUNK) {
    const count = min(n - i, CHUNK);
    const o = <usize>i * sizeof<T>();
    let p: usize = o;
    for (let left = count; left > 0; left -= lanes<T>(), p += 16) {
      storeUpTo<T>(y + p, v128.neg<T>(v128.abs<T>(loadUpTo<T>(x + p, left))), left);
    }
    expAll<T>(count, y + o, y + o);
    log1pAll<T>(count, y + o, y + o);
    forward<T>(BCE, count, x + o, t + o, 0, y + o);
  }
}

function bceVjp<T>(n: i32, x: usize, t: usize, g: usize, strideG: i32, dx: usize): void {
  for (let i = 0; i < n; i += CHUNK) {
    const count = min(n - i, CHUNK);
    const o = <usize>i * sizeof<T>();
    sigmoidAll<T>(count, x + o, dx + o);
    backward<T>(BCE, count, x + o, t + o, g + (strideG ? o : 0), strideG, 0, dx + o);
  }
}

// prettier-ignore
export function smse(n: i32, x: usize, t: usize, y: usize): void { forward<f32>(MSE, n, x, t, 0, y); }
// prettier-ignore
export function dmse(n: i32, x: usize, t: usize, y: usize): void { forward<f64>(MSE, n, x, t, 0, y); }
// prettier-ignore
export function smse_vjp(n: i32, x: usize, t: usize, g: usize, strideG: i32, dx: usize): void { backward<f32>(MSE, n, x, t, g, strideG, 0, dx); }
// prettier-ignore
export function dmse_vjp(n: i32, x: usize, t: usize, g: usize, strideG: i32, dx: usize): void { backward<f64>(MSE, n, x, t, g, strideG, 0, dx); }
// prettier-ignore
export function shuber(n: i32, x: usize, t: usize, delta: f32, y: usize): void { forward<f32>(HUBER, n, x, t, delta, y); }
// prettier-ignore
export function dhuber(n: i32, x: usize, t: usize, delta: f64, y: usize): void { forward<f64>(HUBER, n, x, t, delta, y); }
// prettier-ignore
export function shuber_vjp(n: i32, x: usize, t: usize, g: usize, strideG: i32, delta: f32, dx: usize): void { backward<f32>(HUBER, n, x, t, g, strideG, delta, dx); }
// prettier-ignore
export function dhuber_vjp(n: i32, x: usize, t: usize, g: usize, strideG: i32, delta: f64, dx: usize): void { backward<f64>(HUBER, n, x, t, g, strideG, delta, dx); }
// prettier-ignore
export function sbce_logits(n: i32, x: usize, t: usize, y: usize): void { bce<f32>(n, x, t, y); }
// prettier-ignore
export function dbce_logits(n: i32, x: usize, t: usize, y: usize): void { bce<f64>(n, x, t, y); }
// prettier-ignore
export function sbce_logits_vjp(n: i32, x: usize, t: usize, g: usize, strideG: i32, dx: usize): void { bceVjp<f32>(n, x, t, g, strideG, dx); }
// prettier-ignore
export function dbce_logits_vjp(n: i32, x: usize, t: usize, g: usize, strideG: i32, dx: usize): void { bceVjp<f64>(n, x, t, g, strideG, dx); }
