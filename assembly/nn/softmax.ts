/**
 * Over the rows of x [rows, c], with m = max of the row (NaN if there is one) and s = Σ exp(x − m):
 *   softmax      y = exp(x − m)/s            dx = y·(dy − Σ dy·y)
 *   logsoftmax   y = (x − m) − log s         dx = dy − exp(y)·Σ dy
 *   softmax_xent probs = softmax(x); loss[r] = w[r]·((1 − e)·(log s − (x − m)_label) + e·(log s − mean(x − m)));
 *                0 for a row whose label is ignoreIndex. e: label smoothing; w [rows] or 0 (ones)
 *                dx = (probs − (1 − e)·onehot − e/c)·(scale·g[r]·w[r]), 0 for an ignored row; g [rows] or 0 (ones)
 * labels are i32. A label outside [0, c) that is not ignoreIndex: returns row + 1 and writes nothing; else 0.
 * y of softmax may be x, dx may be y (not dy for logsoftmax) or probs; nothing else aliases. No work space.
 * Order: sums by the reduction tree. −∞ is a logit like any other; a row of −∞ alone or with +∞ gives NaN.
 */
import { log1 } from "../math/calls";
import { contiguous } from "../reduce/contiguous";
import { PRODUCT, SUM } from "../reduce/tree";
import { lanes } from "../simd";
import { loadUpTo, storeUpTo } from "./columns";
import { expAll } from "./elementary";

function rowMax<T>(n: i32, x: usize): T {
  let best: T = <T>-Infinity;
  for (; n > 0; n--, x += sizeof<T>()) best = max<T>(best, load<T>(x));
  return best;
}

/** y = (x − a) − b. */
function shift<T>(n: i32, x: usize, a: T, b: T, y: usize): void {
  const va = v128.splat<T>(a);
  const vb = v128.splat<T>(b);
  for (; n > 0; n -= lanes<T>(), x += 16, y += 16) {
    storeUpTo<T>(y, v128.sub<T>(v128.sub<T>(loadUpTo<T>(x, n), va), vb), n);
  }
}

/** y = x / a. */
function divideBy<T>(n: i32, x: usize, a: T, y: usize): void {
  const va = v128.splat<T>(a);
  for (; n > 0; n -= lanes<T>(), x += 16, y += 16) storeUpTo<T>(y, v128.div<T>(loadUpTo<T>(x, n), va), n);
}

// @ts-ignore: decorator
@inline
function total<T>(n: i32, x: usize): T {
  return contiguous<T>(SUM, n, x, x, v128.splat<T>(0));
}

function softmax<T>(rows: i32, c: i32, x: usize, y: usize): void {
  const row = <usize>c * sizeof<T>();
  for (let i = 0; i < rows; i++, x += row, y += row) {
    shift<T>(c, x, rowMax<T>(c, x), 0, y);
    expAll<T>(c, y, y);
    divideBy<T>(c, y, total<T>(c, y), y);
  }
}

function softmaxVjp<T>(rows: i32, c: i32, y: usize, dy: usize, dx: usize): void {
  for (let i = 0; i < rows; i++) {
    const inner = v128.splat<T>(contiguous<T>(PRODUCT, c, y, dy, v128.splat<T>(0)));
    for (let left = c; left > 0; left -= lanes<T>()) {
      const step = <usize>min(left, lanes<T>()) * sizeof<T>();
      const centred = v128.sub<T>(loadUpTo<T>(dy, left), inner);
      storeUpTo<T>(dx, v128.mul<T>(loadUpTo<T>(y, left), centred), left);
      y += step;
      dy += step;
      dx += step;
    }
  }
}

function logsoftmax<T>(rows: i32, c: i32, x: usize, y: usize): void {
  const row = <usize>c * sizeof<T>();
  for (let i = 0; i < rows; i++, x += row, y += row) {
    const top = rowMax<T>(c, x);
    shift<T>(c, x, top, 0, y);
    expAll<T>(c, y, y);
    shift<T>(c, x, top, log1<T>(total<T>(c, y)), y);
  }
}

function logsoftmaxVjp<T>(rows: i32, c: i32, y: usize, dy: usize, dx: usize): void {
  const row = <usize>c * sizeof<T>();
  for (let i = 0; i < rows; i++, y += row, dy += row, dx += row) {
    const sum = v128.splat<T>(total<T>(c, dy));
    expAll<T>(c, y, dx);
    let o: usize = 0;
    for (let left = c; left > 0; left -= lanes<T>(), o += 16) {
      const pull = v128.mul<T>(loadUpTo<T>(dx + o, left), sum);
      storeUpTo<T>(dx + o, v128.sub<T>(loadUpTo<T>(dy + o, left), pull), left);
    }
  }
}

/** Row + 1 of the first label out of range, or 0. */
function checkLabels(rows: i32, c: i32, labels: usize, ignoreIndex: i32): i32 {
  for (let i = 0; i < rows; i++) {
    const label = load<i32>(labels + ((<usize>i) << 2));
    if (label != ignoreIndex && <u32>label >= <u32>c) return i + 1;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function weightOf<T>(weights: usize, i: i32): T {
  return weights ? load<T>(weights + <usize>i * sizeof<T>()) : <T>1;
}

function softmaxXent<T>(
  rows: i32,
  c: i32,
  x: usize,
  labels: usize,
  weights: usize,
  smoothing: T,
  ignoreIndex: i32,
  loss: usize,
  probs: usize,
): i32 {
  const info = checkLabels(rows, c, labels, ignoreIndex);
  if (info) return info;
  const row = <usize>c * sizeof<T>();
  for (let i = 0; i < rows; i++, x += row, probs += row, loss += sizeof<T>()) {
    const label = load<i32>(labels + ((<usize>i) << 2));
    const top = rowMax<T>(c, x);
    shift<T>(c, x, top, 0, probs);
    const mean: T = smoothing != 0 ? total<T>(c, probs) / <T>c : 0;
    expAll<T>(c, probs, probs);
    const sum = total<T>(c, probs);
    divideBy<T>(c, probs, sum, probs);
    if (label == ignoreIndex) {
      store<T>(loss, 0);
      continue;
    }
    const log = log1<T>(sum);
    let value: T = log - (load<T>(x + <usize>label * sizeof<T>()) - top);
    if (smoothing != 0) value = (<T>1 - smoothing) * value + smoothing * (log - mean);
    store<T>(loss, weightOf<T>(weights, i) * value);
  }
  return 0;
}

function softmaxXentVjp<T>(
  rows: i32,
  c: i32,
  probs: usize,
  labels: usize,
  weights: usize,
  smoothing: T,
  ignoreIndex: i32,
  scale: T,
  g: usize,
  dx: usize,
): void {
  const row = <usize>c * sizeof<T>();
  const floor = smoothing / <T>c;
  for (let i = 0; i < rows; i++, probs += row, dx += row) {
    const label = load<i32>(labels + ((<usize>i) << 2));
    if (label == ignoreIndex) {
      memory.fill(dx, 0, row);
      continue;
    }
    const factor = scale * weightOf<T>(g, i) * weightOf<T>(weights, i);
    const target = load<T>(probs + <usize>label * sizeof<T>());
    const low = v128.splat<T>(floor);
    const factors = v128.splat<T>(factor);
    let o: usize = 0;
    for (let left = c; left > 0; left -= lanes<T>(), o += 16) {
      storeUpTo<T>(dx + o, v128.mul<T>(v128.sub<T>(loadUpTo<T>(probs + o, left), low), factors), left);
    }
    store<T>(dx + <usize>label * sizeof<T>(), (target - floor - (<T>1 - smoothing)) * factor);
  }
}

// prettier-ignore
export function ssoftmax(rows: i32, c: i32, x: usize, y: usize): void { softmax<f32>(rows, c, x, y); }
// prettier-ignore
export function dsoftmax(rows: i32, c: i32, x: usize, y: usize): void { softmax<f64>(rows, c, x, y); }
// prettier-ignore
export function ssoftmax_vjp(rows: i32, c: i32, y: usize, dy: usize, dx: usize): void { softmaxVjp<f32>(rows, c, y, dy, dx); }
// prettier-ignore
export function dsoftmax_vjp(rows: i32, c: i32, y: usize, dy: usize, dx: usize): void { softmaxVjp<f64>(rows, c, y, dy, dx); }
// prettier-ignore
export function slogsoftmax(rows: i32, c: i32, x: usize, y: usize): void { logsoftmax<f32>(rows, c, x, y); }
// prettier-ignore
export function dlogsoftmax(rows: i32, c: i32, x: usize, y: usize): void { logsoftmax<f64>(rows, c, x, y); }
// prettier-ignore
export function slogsoftmax_vjp(rows: i32, c: i32, y: usize, dy: usize, dx: usize): void { logsoftmaxVjp<f32>(rows, c, y, dy, dx); }
// prettier-ignore
export function dlogsoftmax_vjp(rows: i32, c: i32, y: usize, dy: usize, dx: usize): void { logsoftmaxVjp<f64>(rows, c, y, dy, dx); }
// prettier-ignore
export function ssoftmax_xent(rows: i32, c: i32, x: usize, labels: usize, weights: usize, smoothing: f32, ignoreIndex: i32, loss: usize, probs: usize): i32 { return softmaxXent<f32>(rows, c, x, labels, weights, smoothing, ignoreIndex, loss, probs); }
// prettier-ignore
export function dsoftmax_xent(rows: i32, c: i32, x: usize, labels: usize, weights: usize, smoothing: f64, ignoreIndex: i32, loss: usize, probs: usize): i32 { return softmaxXent<f64>(rows, c, x, labels, weights, smoothing, ignoreIndex, loss, probs); }
// prettier-ignore
export function ssoftmax_xent_vjp(rows: i32, c: i32, probs: usize, labels: usize, weights: usize, smoothing: f32, ignoreIndex: i32, scale: f32, g: usize, dx: usize): void { softmaxXentVjp<f32>(rows, c, probs, labels, weights, smoothing, ignoreIndex, scale, g, dx); }
// prettier-ignore
export function dsoftmax_xent_vjp(rows: i32, c: i32, probs: usize, labels: usize, weights: usize, smoothing: f64, ignoreIndex: i32, scale: f64, g: usize, dx: usize): void { softmaxXentVjp<f64>(rows, c, probs, labels, weights, smoothing, ignoreIndex, scale, g, dx); }
