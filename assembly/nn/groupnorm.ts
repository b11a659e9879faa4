/**
 * Group normalisation of x [n, rows, c] (rows = H·W). Batch normalisation is n = 1, groups = c over all rows; layer
 * normalisation of [n, c] is rows = 1, groups = 1:
 *   y = ((x − mean)·invstd)·gamma + beta,  invstd = 1/√(var + eps),  var biased, one mean and var for each item and group
 * gamma, beta [c] or 0; mean, variance, invstd [n, groups] are outputs kept for the adjoint. y may not be x.
 * Adjoint: g = dy·gamma, dx = invstd·(g − mean(g) − xhat·mean(g·xhat)), dgamma = Σ dy·xhat, dbeta = Σ dy; dx [n, rows, c],
 * dgamma, dbeta [c] overwritten, dx aliases nothing (it holds xhat on the way).
 * `batchnorm_eval` normalises by given mean and variance; its adjoint is dx = invstd·(dy·gamma).
 * Work: 4·c elements. Order: one group: the item by the reduction tree; several: each channel over its rows by the tree,
 * then the channels of a group by the tree. dgamma, dbeta: all n·rows rows by the tree. The variance takes a second pass.
 */
import { contiguous } from "../reduce/contiguous";
import { DEVIATION, PRODUCT, SUM } from "../reduce/tree";
import { lanes } from "../simd";
import { columnSums, loadUpTo, storeUpTo } from "./columns";

/** out[j] = values[j / width], j < groups·width. */
function expand<T>(groups: i32, width: i32, values: usize, out: usize): void {
  for (let g = 0; g < groups; g++, values += sizeof<T>()) {
    for (let j = 0; j < width; j++, out += sizeof<T>()) store<T>(out, load<T>(values));
  }
}

// @ts-ignore: decorator
@inline
function sumOf<T>(n: i32, x: usize): T {
  return contiguous<T>(SUM, n, x, x, v128.splat<T>(0));
}

/** out[g] = (Σ of the sums of group g) / count. */
function groupSums<T>(groups: i32, width: i32, sums: usize, count: T, out: usize): void {
  for (let g = 0; g < groups; g++, sums += <usize>width * sizeof<T>(), out += sizeof<T>()) {
    store<T>(out, sumOf<T>(width, sums) / count);
  }
}

function inverseDeviations<T>(n: i32, variance: usize, eps: T, out: usize): void {
  for (; n > 0; n--, variance += sizeof<T>(), out += sizeof<T>()) {
    store<T>(out, <T>1 / sqrt<T>(load<T>(variance) + eps));
  }
}

/** y = ((x − mean)·invstd)·gamma + beta, statistics by column; y may be x. */
function normaliseColumns<T>(
  rows: i32,
  c: i32,
  x: usize,
  mean: usize,
  invstd: usize,
  gamma: usize,
  beta: usize,
  y: usize,
): void {
  for (let i = 0; i < rows; i++, x += <usize>c * sizeof<T>(), y += <usize>c * sizeof<T>()) {
    let o: usize = 0;
    for (let left = c; left > 0; left -= lanes<T>(), o += 16) {
      const centred = v128.sub<T>(loadUpTo<T>(x + o, left), loadUpTo<T>(mean + o, left));
      let v = v128.mul<T>(centred, loadUpTo<T>(invstd + o, left));
      if (gamma) v = v128.mul<T>(v, loadUpTo<T>(gamma + o, left));
      if (beta) v = v128.add<T>(v, loadUpTo<T>(beta + o, left));
      storeUpTo<T>(y + o, v, left);
    }
  }
}

/** dx = invstd·((dy·gamma − a) − xhat·b) with invstd, a, b by column, where dx holds xhat when it begins. */
function normaliseColumnsVjp<T>(
  rows: i32,
  c: i32,
  dy: usize,
  gamma: usize,
  invstd: usize,
  a: usize,
  b: usize,
  dx: usize,
): void {
  for (let i = 0; i < rows; i++, dy += <usize>c * sizeof<T>(), dx += <usize>c * sizeof<T>()) {
    let o: usize = 0;
    for (let left = c; left > 0; left -= lanes<T>(), o += 16) {
      let g = loadUpTo<T>(dy + o, left);
      if (gamma) g = v128.mul<T>(g, loadUpTo<T>(gamma + o, left));
      const along = v128.mul<T>(loadUpTo<T>(dx + o, left), loadUpTo<T>(b + o, left));
      g = v128.sub<T>(v128.sub<T>(g, loadUpTo<T>(a + o, left)), along);
      storeUpTo<T>(dx + o, v128.mul<T>(loadUpTo<T>(invstd + o, left), g), left);
    }
  }
}

function groupnorm<T>(
  n: i32,
  rows: i32,
  c: i32,
  groups: i32,
  x: usize,
  gamma: usize,
  beta: usize,
  eps: T,
  mean: usize,
  variance: usize,
  invstd: usize,
  y: usize,
  work: usize,
): void {
  const width = c / max(groups, 1);
  const count = <T>max(rows, 1) * <T>max(width, 1);
  const row = <usize>c * sizeof<T>();
  const means = work + row;
  for (let i = 0; i < n; i++, x += <usize>rows * row, y += <usize>rows * row) {
    if (groups == 1) {
      store<T>(mean, sumOf<T>(rows * c, x) / count);
      expand<T>(1, c, mean, means);
      store<T>(variance, contiguous<T>(DEVIATION, rows * c, x, x, v128.load_splat<T>(mean)) / count);
    } else {
      columnSums<T>(SUM, rows, c, x, x, 0, work);
      groupSums<T>(groups, width, work, count, mean);
      expand<T>(groups, width, mean, means);
      columnSums<T>(DEVIATION, rows, c, x, x, means, work);
      groupSums<T>(groups, width, work, count, variance);
    }
    inverseDeviations<T>(groups, variance, eps, invstd);
    expand<T>(groups, width, invstd, work);
    normaliseColumns<T>(rows, c, x, means, work, gamma, beta, y);
    mean += <usize>groups * sizeof<T>();
    variance += <usize>groups * sizeof<T>();
    invstd += <usize>groups * sizeof<T>();
  }
}

/** out[j] = (Σ of gamma·sums over the group of j) / count. */
function groupMean<T>(groups: i32, width: i32, gamma: usize, sums: usize, count: T, out: usize): void {
  for (let g = 0; g < groups; g++) {
    const total = gamma ? contiguous<T>(PRODUCT, width, sums, gamma, v128.splat<T>(0)) : sumOf<T>(width, sums);
    const value = total / count;
    for (let j = 0; j < width; j++, out += sizeof<T>()) store<T>(out, value);
    sums += <usize>width * sizeof<T>();
    gamma += gamma ? <usize>width * sizeof<T>() : 0;
  }
}

/** `fixed`: the statistics were given, not taken from x. */
function groupnormVjp<T>(
  n: i32,
  rows: i32,
  c: i32,
  groups: i32,
  fixed: i32,
  x: usize,
  dy: usize,
  gamma: usize,
  mean: usize,
  invstd: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  work: usize,
): void {
  const width = c / max(groups, 1);
  const count = <T>max(rows, 1) * <T>max(width, 1);
  const row = <usize>c * sizeof<T>();
  const scales = work;
  const sums = work + row;
  const a = sums + row;
  const b = a + row;
  let from = x;
  let to = dx;
  let item = <usize>0;
  for (let i = 0; i < n; i++, item += <usize>groups * sizeof<T>(), from += <usize>rows * row, to += <usize>rows * row) {
    expand<T>(groups, width, mean + item, a);
    expand<T>(groups, width, invstd + item, scales);
    normaliseColumns<T>(rows, c, from, a, scales, 0, 0, to);
  }
  columnSums<T>(SUM, n * rows, c, dy, dy, 0, dbeta);
  columnSums<T>(PRODUCT, n * rows, c, dy, dx, 0, dgamma);
  for (let i = 0; i < n; i++) {
    expand<T>(groups, width, invstd, scales);
    if (fixed) memory.fill(a, 0, 2 * row);
    else {
      columnSums<T>(SUM, rows, c, dy, dy, 0, sums);
      groupMean<T>(groups, width, gamma, sums, count, a);
      columnSums<T>(PRODUCT, rows, c, dy, dx, 0, sums);
      groupMean<T>(groups, width, gamma, sums, count, b);
    }
    normaliseColumnsVjp<T>(rows, c, dy, gamma, scales, a, b, dx);
    dy += <usize>rows * row;
    dx += <usize>rows * row;
    invstd += <usize>groups * sizeof<T>();
  }
}

function batchnormEval<T>(
  rows: i32,
  c: i32,
  x: usize,
  mean: usize,
  variance: usize,
  gamma: usize,
  beta: usize,
  eps: T,
  invstd: usize,
  y: usize,
): void {
  inverseDeviations<T>(c, variance, eps, invstd);
  normaliseColumns<T>(rows, c, x, mean, invstd, gamma, beta, y);
}

// prettier-ignore
export function sgroupnorm(n: i32, rows: i32, c: i32, groups: i32, x: usize, gamma: usize, beta: usize, eps: f32, mean: usize, variance: usize, invstd: usize, y: usize, work: usize): void { groupnorm<f32>(n, rows, c, groups, x, gamma, beta, eps, mean, variance, invstd, y, work); }
// prettier-ignore
export function dgroupnorm(n: i32, rows: i32, c: i32, groups: i32, x: usize, gamma: usize, beta: usize, eps: f64, mean: usize, variance: usize, invstd: usize, y: usize, work: usize): void { groupnorm<f64>(n, rows, c, groups, x, gamma, beta, eps, mean, variance, invstd, y, work); }
// prettier-ignore
export function sgroupnorm_vjp(n: i32, rows: i32, c: i32, groups: i32, fixed: i32, x: usize, dy: usize, gamma: usize, mean: usize, invstd: usize, dx: usize, dgamma: usize, dbeta: usize, work: usize): void { groupnormVjp<f32>(n, rows, c, groups, fixed, x, dy, gamma, mean, invstd, dx, dgamma, dbeta, work); }
// prettier-ignore
export function dgroupnorm_vjp(n: i32, rows: i32, c: i32, groups: i32, fixed: i32, x: usize, dy: usize, gamma: usize, mean: usize, invstd: usize, dx: usize, dgamma: usize, dbeta: usize, work: usize): void { groupnormVjp<f64>(n, rows, c, groups, fixed, x, dy, gamma, mean, invstd, dx, dgamma, dbeta, work); }
// prettier-ignore
export function sbatchnorm_eval(rows: i32, c: i32, x: usize, mean: usize, variance: usize, gamma: usize, beta: usize, eps: f32, invstd: usize, y: usize): void { batchnormEval<f32>(rows, c, x, mean, variance, gamma, beta, eps, invstd, y); }
// prettier-ignore
export function dbatchnorm_eval(rows: i32, c: i32, x: usize, mean: usize, variance: usize, gamma: usize, beta: usize, eps: f64, invstd: usize, y: usize): void { batchnormEval<f64>(rows, c, x, mean, variance, gamma, beta, eps, invstd, y); }
