/**
 * GEMM micro-kernels: a tile of R rows and V vectors of C (V vectors are 4·V columns of f32, 2·V of f64),
 *
 *   C ← act(beta·C + alpha·A·B + bias),  A: R rows, contiguous in k;  B: V vectors a step of k.
 *
 * Rows of B are `bStep` bytes apart (kernels …s, strided), or 64 in the packed kernel. Every c_ij has one accumulator
 * from zero, in ascending k; then alpha·acc, + beta·c (C is not read when beta = 0), + bias_j (`bias` = 0: none),
 * max(·, 0) if `relu` (NaN stays, −0 becomes +0). Strides are in bytes; k = 0 is legal; C is disjoint from A and B. No
 * work space.
 *
 * Eight accumulators and what one step loads fill the sixteen vector registers of x86. V8 hoists every load of a basic
 * block to its top and would spill if a block held two steps, so the steps of one turn are parted by conditional exits;
 * several steps then share one back-edge and its stack check (+5 … +10 %). bench/gemm.ts measures them.
 */

/** Steps of one turn of the packed kernel. */
// @ts-ignore: decorator
@inline
function STEPS<T>(): i32 {
  return sizeof<T>() == 8 ? 8 : 4;
}

/** The end of a row of four vectors: scale, add, activate, store. */
// @ts-ignore: decorator
@inline
function storeRow4<T>(
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  alpha: T,
  beta: T,
  c: usize,
  bias: usize,
  relu: i32,
): void {
  const scale = v128.splat<T>(alpha);
  v0 = v128.mul<T>(scale, v0);
  v1 = v128.mul<T>(scale, v1);
  v2 = v128.mul<T>(scale, v2);
  v3 = v128.mul<T>(scale, v3);
  if (beta != <T>0) {
    const keep = v128.splat<T>(beta);
    v0 = v128.add<T>(v128.mul<T>(keep, v128.load(c)), v0);
    v1 = v128.add<T>(v128.mul<T>(keep, v128.load(c, 16)), v1);
    v2 = v128.add<T>(v128.mul<T>(keep, v128.load(c, 32)), v2);
    v3 = v128.add<T>(v128.mul<T>(keep, v128.load(c, 48)), v3);
  }
  if (bias) {
    v0 = v128.add<T>(v0, v128.load(bias));
    v1 = v128.add<T>(v1, v128.load(bias, 16));
    v2 = v128.add<T>(v2, v128.load(bias, 32));
    v3 = v128.add<T>(v3, v128.load(bias, 48));
  }
  if (relu) {
    const zero = v128.splat<T>(<T>0);
    v0 = v128.max<T>(v0, zero);
    v1 = v128.max<T>(v1, zero);
    v2 = v128.max<T>(v2, zero);
    v3 = v128.max<T>(v3, zero);
  }
  v128.store(c, v0);
  v128.store(c, v1, 16);
  v128.store(c, v2, 32);
  v128.store(c, v3, 48);
}

/** 2 rows × 4 vectors, B a packed panel (rows of 64 bytes): the one that does the work. */
// prettier-ignore
export function ukr2x4<T>(
  k: i32, a0: usize, lda: usize, b: usize,
  alpha: T, beta: T, c: usize, ldc: usize, bias: usize, relu: i32,
): void {
  let a1 = a0 + lda;
  let c00 = v128.splat<T>(<T>0), c01 = c00, c02 = c00, c03 = c00;
  let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  let b0: v128, b1: v128, b2: v128, b3: v128, x0: v128, x1: v128;
  while (k > 0) {
    b0 = v128.load(b); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    x0 = v128.load_splat<T>(a0); x1 = v128.load_splat<T>(a1);
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
    if (k == 1) break;
    b0 = v128.load(b, 64); b1 = v128.load(b, 80); b2 = v128.load(b, 96); b3 = v128.load(b, 112);
    x0 = v128.load_splat<T>(a0, sizeof<T>()); x1 = v128.load_splat<T>(a1, sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
    if (k == 2) break;
    b0 = v128.load(b, 128); b1 = v128.load(b, 144); b2 = v128.load(b, 160); b3 = v128.load(b, 176);
    x0 = v128.load_splat<T>(a0, 2 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 2 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
    if (k == 3) break;
    b0 = v128.load(b, 192); b1 = v128.load(b, 208); b2 = v128.load(b, 224); b3 = v128.load(b, 240);
    x0 = v128.load_splat<T>(a0, 3 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 3 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
    if (sizeof<T>() == 8) {
      if (k == 4) break;
      b0 = v128.load(b, 256); b1 = v128.load(b, 272); b2 = v128.load(b, 288); b3 = v128.load(b, 304);
      x0 = v128.load_splat<T>(a0, 4 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 4 * sizeof<T>());
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
      if (k == 5) break;
      b0 = v128.load(b, 320); b1 = v128.load(b, 336); b2 = v128.load(b, 352); b3 = v128.load(b, 368);
      x0 = v128.load_splat<T>(a0, 5 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 5 * sizeof<T>());
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
      if (k == 6) break;
      b0 = v128.load(b, 384); b1 = v128.load(b, 400); b2 = v128.load(b, 416); b3 = v128.load(b, 432);
      x0 = v128.load_splat<T>(a0, 6 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 6 * sizeof<T>());
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
      if (k == 7) break;
      b0 = v128.load(b, 448); b1 = v128.load(b, 464); b2 = v128.load(b, 480); b3 = v128.load(b, 496);
      x0 = v128.load_splat<T>(a0, 7 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 7 * sizeof<T>());
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
    }
    a0 += STEPS<T>() * sizeof<T>(); a1 += STEPS<T>() * sizeof<T>();
    b += STEPS<T>() * 64; k -= STEPS<T>();
  }
  storeRow4<T>(c00, c01, c02, c03, alpha, beta, c, bias, relu);
  storeRow4<T>(c10, c11, c12, c13, alpha, beta, c + ldc, bias, relu);
}

/** 2 rows × 4 vectors, B every `bStep` bytes: small matrices read in place. */
// prettier-ignore
export function ukr2x4s<T>(
  k: i32, a0: usize, lda: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, ldc: usize, bias: usize, relu: i32,
): void {
  let a1 = a0 + lda;
  let c00 = v128.splat<T>(<T>0), c01 = c00, c02 = c00, c03 = c00;
  let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  let b0: v128, b1: v128, b2: v128, b3: v128, x0: v128, x1: v128;
  while (k > 0) {
    b0 = v128.load(b); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    x0 = v128.load_splat<T>(a0); x1 = v128.load_splat<T>(a1);
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
    if (k == 1) break;
    b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    x0 = v128.load_splat<T>(a0, sizeof<T>()); x1 = v128.load_splat<T>(a1, sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    c12 = v128.add<T>(c12, v128.mul<T>(x1, b2)); c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
    a0 += 2 * sizeof<T>(); a1 += 2 * sizeof<T>();
    b += bStep; k -= 2;
  }
  storeRow4<T>(c00, c01, c02, c03, alpha, beta, c, bias, relu);
  storeRow4<T>(c10, c11, c12, c13, alpha, beta, c + ldc, bias, relu);
}

/** 1 row × 4 vectors: the odd row, and the vector–matrix product. */
// prettier-ignore
export function ukr1x4s<T>(
  k: i32, a0: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, bias: usize, relu: i32,
): void {
  let c00 = v128.splat<T>(<T>0), c01 = c00, c02 = c00, c03 = c00;
  let b0: v128, b1: v128, b2: v128, b3: v128, x0: v128;
  while (k > 0) {
    b0 = v128.load(b); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    x0 = v128.load_splat<T>(a0);
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
    if (k == 1) break;
    b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    x0 = v128.load_splat<T>(a0, sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c02 = v128.add<T>(c02, v128.mul<T>(x0, b2)); c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
    a0 += 2 * sizeof<T>();
    b += bStep; k -= 2;
  }
  storeRow4<T>(c00, c01, c02, c03, alpha, beta, c, bias, relu);
}

// prettier-ignore
export function sgemm_ukr_2x16(k: i32, a: usize, lda: usize, b: usize, c: usize, ldc: usize): void {
  ukr2x4<f32>(k, a, lda, b, <f32>1, <f32>0, c, ldc, 0, 0);
}
// prettier-ignore
export function dgemm_ukr_2x8(k: i32, a: usize, lda: usize, b: usize, c: usize, ldc: usize): void {
  ukr2x4<f64>(k, a, lda, b, 1.0, 0.0, c, ldc, 0, 0);
}
