/**
 * GEMM micro-kernels for the last columns, under the contract of ukernel.ts (same sums, same bits): two vectors, one
 * vector, and fewer columns than a vector. A one-vector kernel stores `cols` columns; packed panels are zero-padded to
 * full vectors, a matrix read in place is read with partial loads (`…p`).
 */
import { lanes, loadPartial, storePartial } from "../simd";

// @ts-ignore: decorator
@inline
function storeRow2<T>(v0: v128, v1: v128, alpha: T, beta: T, c: usize, bias: usize, relu: i32): void {
  const scale = v128.splat<T>(alpha);
  v0 = v128.mul<T>(scale, v0);
  v1 = v128.mul<T>(scale, v1);
  if (beta != <T>0) {
    const keep = v128.splat<T>(beta);
    v0 = v128.add<T>(v128.mul<T>(keep, v128.load(c)), v0);
    v1 = v128.add<T>(v128.mul<T>(keep, v128.load(c, 16)), v1);
  }
  if (bias) {
    v0 = v128.add<T>(v0, v128.load(bias));
    v1 = v128.add<T>(v1, v128.load(bias, 16));
  }
  if (relu) {
    const zero = v128.splat<T>(<T>0);
    v0 = v128.max<T>(v0, zero);
    v1 = v128.max<T>(v1, zero);
  }
  v128.store(c, v0);
  v128.store(c, v1, 16);
}

// @ts-ignore: decorator
@inline
function storeRow1<T>(v: v128, cols: i32, alpha: T, beta: T, c: usize, bias: usize, relu: i32): void {
  v = v128.mul<T>(v128.splat<T>(alpha), v);
  if (beta != <T>0) v = v128.add<T>(v128.mul<T>(v128.splat<T>(beta), loadPartial<T>(c, cols, <T>0)), v);
  if (bias) v = v128.add<T>(v, loadPartial<T>(bias, cols, <T>0));
  if (relu) v = v128.max<T>(v, v128.splat<T>(<T>0));
  if (cols == lanes<T>()) v128.store(c, v);
  else storePartial<T>(c, v, cols);
}

/** 2 rows × 2 vectors. */
// prettier-ignore
export function ukr2x2s<T>(
  k: i32, a0: usize, lda: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, ldc: usize, bias: usize, relu: i32,
): void {
  let a1 = a0 + lda;
  let c00 = v128.splat<T>(<T>0), c01 = c00;
  let c10 = c00, c11 = c00;
  let b0: v128, b1: v128, x0: v128, x1: v128;
  while (k > 0) {
    b0 = v128.load(b); b1 = v128.load(b, 16);
    x0 = v128.load_splat<T>(a0); x1 = v128.load_splat<T>(a1);
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    if (k == 1) break;
    b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16);
    x0 = v128.load_splat<T>(a0, sizeof<T>()); x1 = v128.load_splat<T>(a1, sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    if (k == 2) break;
    b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16);
    x0 = v128.load_splat<T>(a0, 2 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 2 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    if (k == 3) break;
    b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16);
    x0 = v128.load_splat<T>(a0, 3 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 3 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
    a0 += 4 * sizeof<T>(); a1 += 4 * sizeof<T>();
    b += bStep; k -= 4;
  }
  storeRow2<T>(c00, c01, alpha, beta, c, bias, relu);
  storeRow2<T>(c10, c11, alpha, beta, c + ldc, bias, relu);
}

/** 1 row × 2 vectors. */
// prettier-ignore
export function ukr1x2s<T>(
  k: i32, a0: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, bias: usize, relu: i32,
): void {
  let c00 = v128.splat<T>(<T>0), c01 = c00;
  let b0: v128, b1: v128, x0: v128;
  while (k > 0) {
    b0 = v128.load(b); b1 = v128.load(b, 16); x0 = v128.load_splat<T>(a0);
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    if (k == 1) break;
    b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16); x0 = v128.load_splat<T>(a0, sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    if (k == 2) break;
    b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16); x0 = v128.load_splat<T>(a0, 2 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    if (k == 3) break;
    b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16); x0 = v128.load_splat<T>(a0, 3 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
    a0 += 4 * sizeof<T>();
    b += bStep; k -= 4;
  }
  storeRow2<T>(c00, c01, alpha, beta, c, bias, relu);
}

/** 4 rows × 1 vector. */
// prettier-ignore
export function ukr4x1s<T>(
  k: i32, a0: usize, lda: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, ldc: usize, bias: usize, relu: i32, cols: i32,
): void {
  let a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
  let c00 = v128.splat<T>(<T>0);
  let c10 = c00;
  let c20 = c00;
  let c30 = c00;
  let b0: v128, x0: v128, x1: v128, x2: v128, x3: v128;
  while (k > 0) {
    b0 = v128.load(b);
    x0 = v128.load_splat<T>(a0); x1 = v128.load_splat<T>(a1);
    x2 = v128.load_splat<T>(a2); x3 = v128.load_splat<T>(a3);
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
    c20 = v128.add<T>(c20, v128.mul<T>(x2, b0)); c30 = v128.add<T>(c30, v128.mul<T>(x3, b0));
    if (k == 1) break;
    b += bStep;
    b0 = v128.load(b);
    x0 = v128.load_splat<T>(a0, sizeof<T>()); x1 = v128.load_splat<T>(a1, sizeof<T>());
    x2 = v128.load_splat<T>(a2, sizeof<T>()); x3 = v128.load_splat<T>(a3, sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
    c20 = v128.add<T>(c20, v128.mul<T>(x2, b0)); c30 = v128.add<T>(c30, v128.mul<T>(x3, b0));
    if (k == 2) break;
    b += bStep;
    b0 = v128.load(b);
    x0 = v128.load_splat<T>(a0, 2 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 2 * sizeof<T>());
    x2 = v128.load_splat<T>(a2, 2 * sizeof<T>()); x3 = v128.load_splat<T>(a3, 2 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
    c20 = v128.add<T>(c20, v128.mul<T>(x2, b0)); c30 = v128.add<T>(c30, v128.mul<T>(x3, b0));
    if (k == 3) break;
    b += bStep;
    b0 = v128.load(b);
    x0 = v128.load_splat<T>(a0, 3 * sizeof<T>()); x1 = v128.load_splat<T>(a1, 3 * sizeof<T>());
    x2 = v128.load_splat<T>(a2, 3 * sizeof<T>()); x3 = v128.load_splat<T>(a3, 3 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
    c20 = v128.add<T>(c20, v128.mul<T>(x2, b0)); c30 = v128.add<T>(c30, v128.mul<T>(x3, b0));
    a0 += 4 * sizeof<T>(); a1 += 4 * sizeof<T>(); a2 += 4 * sizeof<T>(); a3 += 4 * sizeof<T>();
    b += bStep; k -= 4;
  }
  storeRow1<T>(c00, cols, alpha, beta, c, bias, relu);
  storeRow1<T>(c10, cols, alpha, beta, c + ldc, bias, relu);
  storeRow1<T>(c20, cols, alpha, beta, c + 2 * ldc, bias, relu);
  storeRow1<T>(c30, cols, alpha, beta, c + 3 * ldc, bias, relu);
}

/** 1 row × 1 vector. */
// prettier-ignore
export function ukr1x1s<T>(
  k: i32, a0: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, bias: usize, relu: i32, cols: i32,
): void {
  let c00 = v128.splat<T>(<T>0);
  let b0: v128, x0: v128;
  while (k > 0) {
    b0 = v128.load(b); x0 = v128.load_splat<T>(a0);
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0));
    if (k == 1) break;
    b += bStep;
    b0 = v128.load(b); x0 = v128.load_splat<T>(a0, sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0));
    if (k == 2) break;
    b += bStep;
    b0 = v128.load(b); x0 = v128.load_splat<T>(a0, 2 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0));
    if (k == 3) break;
    b += bStep;
    b0 = v128.load(b); x0 = v128.load_splat<T>(a0, 3 * sizeof<T>());
    c00 = v128.add<T>(c00, v128.mul<T>(x0, b0));
    a0 += 4 * sizeof<T>();
    b += bStep; k -= 4;
  }
  storeRow1<T>(c00, cols, alpha, beta, c, bias, relu);
}

/** 4 rows × `cols` columns, fewer than a vector, of a matrix read in place. */
// prettier-ignore
export function ukr4x1p<T>(
  k: i32, a0: usize, lda: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, ldc: usize, bias: usize, relu: i32, cols: i32,
): void {
  let a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
  let c00 = v128.splat<T>(<T>0), c10 = c00, c20 = c00, c30 = c00;
  for (; k > 0; k--, b += bStep) {
    const b0 = loadPartial<T>(b, cols, <T>0);
    c00 = v128.add<T>(c00, v128.mul<T>(v128.load_splat<T>(a0), b0));
    c10 = v128.add<T>(c10, v128.mul<T>(v128.load_splat<T>(a1), b0));
    c20 = v128.add<T>(c20, v128.mul<T>(v128.load_splat<T>(a2), b0));
    c30 = v128.add<T>(c30, v128.mul<T>(v128.load_splat<T>(a3), b0));
    a0 += sizeof<T>(); a1 += sizeof<T>(); a2 += sizeof<T>(); a3 += sizeof<T>();
  }
  storeRow1<T>(c00, cols, alpha, beta, c, bias, relu);
  storeRow1<T>(c10, cols, alpha, beta, c + ldc, bias, relu);
  storeRow1<T>(c20, cols, alpha, beta, c + 2 * ldc, bias, relu);
  storeRow1<T>(c30, cols, alpha, beta, c + 3 * ldc, bias, relu);
}

/** 1 row × `cols` columns, fewer than a vector, of a matrix read in place. */
// prettier-ignore
export function ukr1x1p<T>(
  k: i32, a0: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, bias: usize, relu: i32, cols: i32,
): void {
  let c00 = v128.splat<T>(<T>0);
  for (; k > 0; k--, b += bStep) {
    const b0 = loadPartial<T>(b, cols, <T>0);
    c00 = v128.add<T>(c00, v128.mul<T>(v128.load_splat<T>(a0), b0));
    a0 += sizeof<T>();
  }
  storeRow1<T>(c00, cols, alpha, beta, c, bias, relu);
}
