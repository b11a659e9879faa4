/**
 * Level 2, A m×n row-major with `lda` elements between rows, vectors contiguous and disjoint from the output:
 *
 *   gemv  y ← alpha·op(A)·x + beta·y   (trans = 0: op(A) = A, x n, y m; 1: op(A) = Aᵀ, x m, y n)
 *   ger   A ← A + (alpha·x)·yᵀ
 *
 * No work space. `gemv` is GEMM with one column, to the bit: ascending k, one accumulator, blocks of KC; beta = 0 never
 * reads y; alpha = 0 reads neither A nor x.
 */
import { at, lanes } from "../simd";
import { axpy, scal } from "./level1";
import { ALL, macroKernel } from "./macro";
import { KC } from "./pack";

/** act(beta·y + alpha·sum + bias), as the micro-kernels do it. */
// @ts-ignore: decorator
@inline
function finish<T>(sum: T, alpha: T, beta: T, y: usize, bias: usize, relu: i32): void {
  let v = alpha * sum;
  if (beta != <T>0) v = beta * load<T>(y) + v;
  if (bias) v = v + load<T>(bias);
  if (relu) v = max<T>(v, <T>0);
  store<T>(y, v);
}

/** Adds the four (f32) or two (f64) rows at `a` times x[0 … lanes) to their accumulator, in ascending k. */
// @ts-ignore: decorator
@inline
function addBlock<T>(sum: v128, a: usize, lda: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const r0 = v128.load(a);
  const r1 = v128.load(a + lda);
  if (sizeof<T>() == 8) {
    sum = v128.add<T>(sum, v128.mul<T>(x0, v128.shuffle<i64>(r0, r1, 0, 2)));
    return v128.add<T>(sum, v128.mul<T>(x1, v128.shuffle<i64>(r0, r1, 1, 3)));
  }
  const r2 = v128.load(a + 2 * lda);
  const r3 = v128.load(a + 3 * lda);
  const s0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const s1 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const s2 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const s3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  sum = v128.add<T>(sum, v128.mul<T>(x0, v128.shuffle<i64>(s0, s2, 0, 2)));
  sum = v128.add<T>(sum, v128.mul<T>(x1, v128.shuffle<i64>(s0, s2, 1, 3)));
  sum = v128.add<T>(sum, v128.mul<T>(x2, v128.shuffle<i64>(s1, s3, 0, 2)));
  return v128.add<T>(sum, v128.mul<T>(x3, v128.shuffle<i64>(s1, s3, 1, 3)));
}

/** The same for a single k: the column at `a`. */
// @ts-ignore: decorator
@inline
function addColumn<T>(sum: v128, a: usize, lda: usize, x: v128): v128 {
  let column = v128.load_splat<T>(a);
  column = v128.load_lane<T>(a + lda, column, 1);
  if (sizeof<T>() == 4) {
    column = v128.load_lane<T>(a + 2 * lda, column, 2);
    column = v128.load_lane<T>(a + 3 * lda, column, 3);
  }
  return v128.add<T>(sum, v128.mul<T>(x, column));
}

/** Eight rows: each lane of the accumulators is one row. */
// prettier-ignore
function eightRows<T>(
  k: i32, alpha: T, a: usize, lda: usize, x: usize, beta: T, y: usize, incY: usize,
  bias: usize, incBias: usize, relu: i32,
): void {
  let s0 = v128.splat<T>(<T>0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const group = <usize>lanes<T>() * lda;
  for (; k >= lanes<T>(); k -= lanes<T>(), a += 16, x += 16) {
    const x0 = v128.load_splat<T>(x);
    const x1 = v128.load_splat<T>(x, sizeof<T>());
    const x2 = sizeof<T>() == 4 ? v128.load_splat<T>(x, 8) : x0;
    const x3 = sizeof<T>() == 4 ? v128.load_splat<T>(x, 12) : x0;
    s0 = addBlock<T>(s0, a, lda, x0, x1, x2, x3);
    s1 = addBlock<T>(s1, a + group, lda, x0, x1, x2, x3);
    if (sizeof<T>() == 8) {
      s2 = addBlock<T>(s2, a + 2 * group, lda, x0, x1, x2, x3);
      s3 = addBlock<T>(s3, a + 3 * group, lda, x0, x1, x2, x3);
    }
  }
  for (; k > 0; k--, a += sizeof<T>(), x += sizeof<T>()) {
    const x0 = v128.load_splat<T>(x);
    s0 = addColumn<T>(s0, a, lda, x0);
    s1 = addColumn<T>(s1, a + group, lda, x0);
    if (sizeof<T>() == 8) {
      s2 = addColumn<T>(s2, a + 2 * group, lda, x0);
      s3 = addColumn<T>(s3, a + 3 * group, lda, x0);
    }
  }
  for (let i = 0; i < 8; i += lanes<T>()) {
    finish<T>(v128.extract_lane<T>(s0, 0), alpha, beta, y, bias, relu);
    y += incY;
    bias += incBias;
    finish<T>(v128.extract_lane<T>(s0, 1), alpha, beta, y, bias, relu);
    y += incY;
    bias += incBias;
    if (sizeof<T>() == 4) {
      finish<T>(v128.extract_lane<T>(s0, 2), alpha, beta, y, bias, relu);
      y += incY;
      bias += incBias;
      finish<T>(v128.extract_lane<T>(s0, 3), alpha, beta, y, bias, relu);
      y += incY;
      bias += incBias;
    }
    s0 = s1;
    s1 = s2;
    s2 = s3;
  }
}

/** One to four rows as four scalar chains; missing rows repeat the first one and are not stored. */
// prettier-ignore
function fewRows<T>(
  rows: i32, k: i32, alpha: T, a0: usize, lda: usize, x: usize, beta: T, y: usize, incY: usize,
  bias: usize, incBias: usize, relu: i32,
): void {
  let a1 = rows > 1 ? a0 + lda : a0;
  let a2 = rows > 2 ? a0 + 2 * lda : a0;
  let a3 = rows > 3 ? a0 + 3 * lda : a0;
  let s0 = <T>0;
  let s1 = <T>0;
  let s2 = <T>0;
  let s3 = <T>0;
  for (; k > 0; k--) {
    const xk = load<T>(x);
    s0 = s0 + load<T>(a0) * xk;
    s1 = s1 + load<T>(a1) * xk;
    s2 = s2 + load<T>(a2) * xk;
    s3 = s3 + load<T>(a3) * xk;
    x += sizeof<T>();
    a0 += sizeof<T>();
    a1 += sizeof<T>();
    a2 += sizeof<T>();
    a3 += sizeof<T>();
  }
  finish<T>(s0, alpha, beta, y, bias, relu);
  if (rows > 1) finish<T>(s1, alpha, beta, y + incY, bias + incBias, relu);
  if (rows > 2) finish<T>(s2, alpha, beta, y + 2 * incY, bias + 2 * incBias, relu);
  if (rows > 3) finish<T>(s3, alpha, beta, y + 3 * incY, bias + 3 * incBias, relu);
}

/** y ← act(beta·y + alpha·A·x + bias) for A m×k with k ≤ KC; all strides in bytes, `incBias` 0 if `bias` is. */
// prettier-ignore
function rowDotsBlock<T>(
  m: i32, k: i32, alpha: T, a: usize, lda: usize, x: usize, beta: T, y: usize, incY: usize,
  bias: usize, incBias: usize, relu: i32,
): void {
  for (; m >= 8; m -= 8, a += 8 * lda, y += 8 * incY, bias += 8 * incBias) {
    eightRows<T>(k, alpha, a, lda, x, beta, y, incY, bias, incBias, relu);
  }
  for (; m > 0; m -= 4, a += 4 * lda, y += 4 * incY, bias += 4 * incBias) {
    fewRows<T>(min(m, 4), k, alpha, a, lda, x, beta, y, incY, bias, incBias, relu);
  }
}

/** y ← act(beta·y + alpha·A·x + bias), A m×k, k > 0; `incY` and `incBias` in elements (`incBias` 0 for one bias). */
// prettier-ignore
export function rowDots<T>(
  m: i32, k: i32, alpha: T, a: usize, lda: i32, x: usize, beta: T, y: usize, incY: i32,
  bias: usize, incBias: i32, relu: i32,
): void {
  const row = <usize>lda * sizeof<T>();
  const stepY = <usize>incY * sizeof<T>();
  const stepBias = bias ? <usize>incBias * sizeof<T>() : 0;
  for (let p = 0; p < k; p += KC) {
    const last = p + KC >= k;
    rowDotsBlock<T>(
      m, min(KC, k - p), alpha, at<T>(a, p), row, at<T>(x, p), p == 0 ? beta : <T>1, y, stepY,
      last ? bias : 0, last ? stepBias : 0, last ? relu : 0,
    );
  }
}

/** C ← act(beta·C + alpha·A·B + bias), A m×k, B k×n, both read in place, k > 0: for few rows or a small B. */
// prettier-ignore
export function inPlace<T>(
  m: i32, n: i32, k: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32, beta: T, c: usize, ldc: i32,
  bias: usize, relu: i32,
): void {
  for (let p = 0; p < k; p += KC) {
    const last = p + KC >= k;
    macroKernel<T>(
      m, n, min(KC, k - p), alpha, at<T>(a, p), lda, b + <usize>p * <usize>ldb * sizeof<T>(), ldb,
      p == 0 ? beta : <T>1, c, ldc, last ? bias : 0, last ? relu : 0, ALL,
    );
  }
}

/** c ← beta·c for one row; beta = 0 writes zeros. */
export function scaleRow<T>(n: i32, beta: T, c: usize): void {
  if (beta == <T>0) {
    if (n > 0) memory.fill(c, 0, <usize>n * sizeof<T>());
  } else if (beta != <T>1) {
    scal<T>(n, beta, c);
  }
}

// prettier-ignore
export function gemv<T>(
  trans: i32, m: i32, n: i32, alpha: T, a: usize, lda: i32, x: usize, beta: T, y: usize,
): void {
  if ((trans ? m : n) <= 0 || alpha == <T>0) scaleRow<T>(trans ? n : m, beta, y);
  else if (trans) inPlace<T>(1, n, m, alpha, x, 0, a, lda, beta, y, 0, 0, 0);
  else rowDots<T>(m, n, alpha, a, lda, x, beta, y, 1, 0, 0, 0);
}

export function ger<T>(m: i32, n: i32, alpha: T, x: usize, y: usize, a: usize, lda: i32): void {
  for (let i = 0; i < m; i++, a += <usize>lda * sizeof<T>()) axpy<T>(n, alpha * load<T>(at<T>(x, i)), y, a);
}

// prettier-ignore
export function dgemv(
  trans: i32, m: i32, n: i32, alpha: f64, a: usize, lda: i32, x: usize, beta: f64, y: usize,
): void { gemv<f64>(trans, m, n, alpha, a, lda, x, beta, y); }
// prettier-ignore
export function dger(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, lda: i32): void {
  ger<f64>(m, n, alpha, x, y, a, lda);
}
