/**
 * GEMM macro-kernel: C ← act(beta·C + alpha·A·B + bias) for one block of k (at most KC) and a block of rows of A small
 * enough for L2; the loops over panels of B (in L1) and over tiles of rows.
 *
 * A: m×k, `lda` elements between rows, contiguous in k. B: packed (`ldb` = 0, one block of `packB`) or row-major with
 * `ldb` elements between rows, read in place. `bias` 0 or n values; `relu` 0 or 1. `diagonal`: tiles are computed only
 * as far as they hold an entry with row ≤ column + diagonal (`ALL` for the whole of C); what lies below in such tiles
 * is written too. No work space. Order of summation: ascending k, one accumulator.
 */
import { at, lanes } from "../simd";
import { ukr1x4s, ukr2x4, ukr2x4s } from "./ukernel";
import { ukr1x1p, ukr1x1s, ukr1x2s, ukr2x2s, ukr4x1p, ukr4x1s } from "./ukernel-edge";

/** `diagonal` of a product of which every entry is wanted. */
// @ts-ignore: decorator
@inline
export const ALL: i32 = i32.MAX_VALUE;

/** Rows that a panel ending before column `end` needs. */
// @ts-ignore: decorator
@inline
function rowsAbove(m: i32, end: i32, diagonal: i32): i32 {
  return diagonal == ALL ? m : min(m, end + diagonal);
}

// prettier-ignore
function panel4<T>(
  m: i32, k: i32, alpha: T, a: usize, lda: usize, b: usize, bStep: usize, beta: T, c: usize, ldc: usize,
  bias: usize, relu: i32,
): void {
  if (bStep == 64) {
    for (; m >= 2; m -= 2, a += 2 * lda, c += 2 * ldc) ukr2x4<T>(k, a, lda, b, alpha, beta, c, ldc, bias, relu);
  } else {
    for (; m >= 2; m -= 2, a += 2 * lda, c += 2 * ldc) ukr2x4s<T>(k, a, lda, b, bStep, alpha, beta, c, ldc, bias, relu);
  }
  if (m > 0) ukr1x4s<T>(k, a, b, bStep, alpha, beta, c, bias, relu);
}

// prettier-ignore
function panel2<T>(
  m: i32, k: i32, alpha: T, a: usize, lda: usize, b: usize, bStep: usize, beta: T, c: usize, ldc: usize,
  bias: usize, relu: i32,
): void {
  for (; m >= 2; m -= 2, a += 2 * lda, c += 2 * ldc) ukr2x2s<T>(k, a, lda, b, bStep, alpha, beta, c, ldc, bias, relu);
  if (m > 0) ukr1x2s<T>(k, a, b, bStep, alpha, beta, c, bias, relu);
}

/** The last vector, or part of one: `padded` says that B may be read beyond `cols`. */
// prettier-ignore
function panel1<T>(
  m: i32, k: i32, alpha: T, a: usize, lda: usize, b: usize, bStep: usize, beta: T, c: usize, ldc: usize,
  bias: usize, relu: i32, cols: i32, padded: bool,
): void {
  if (padded || cols == lanes<T>()) {
    for (; m >= 4; m -= 4, a += 4 * lda, c += 4 * ldc) {
      ukr4x1s<T>(k, a, lda, b, bStep, alpha, beta, c, ldc, bias, relu, cols);
    }
    for (; m > 0; m--, a += lda, c += ldc) ukr1x1s<T>(k, a, b, bStep, alpha, beta, c, bias, relu, cols);
  } else {
    for (; m >= 4; m -= 4, a += 4 * lda, c += 4 * ldc) {
      ukr4x1p<T>(k, a, lda, b, bStep, alpha, beta, c, ldc, bias, relu, cols);
    }
    for (; m > 0; m--, a += lda, c += ldc) ukr1x1p<T>(k, a, b, bStep, alpha, beta, c, bias, relu, cols);
  }
}

// prettier-ignore
export function macroKernel<T>(
  m: i32, n: i32, k: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32, beta: T, c: usize, ldc: i32,
  bias: usize, relu: i32, diagonal: i32,
): void {
  const W = lanes<T>();
  const rowA = <usize>lda * sizeof<T>();
  const rowB = <usize>ldb * sizeof<T>();
  const rowC = <usize>ldc * sizeof<T>();
  const packed = ldb == 0;
  // From one panel to the next: 16 bytes a vector in place, 16·k packed.
  const vector = packed ? <usize>k * 16 : 16;
  let j = 0;
  for (; j + 4 * W <= n; j += 4 * W) {
    const rows = rowsAbove(m, j + 4 * W, diagonal);
    panel4<T>(rows, k, alpha, a, rowA, b, packed ? 64 : rowB, beta, c, rowC, bias, relu);
    b += 4 * vector;
    c += 64;
    if (bias) bias += 64;
  }
  if (j + 2 * W <= n) {
    const rows = rowsAbove(m, j + 2 * W, diagonal);
    panel2<T>(rows, k, alpha, a, rowA, b, packed ? 32 : rowB, beta, c, rowC, bias, relu);
    b += 2 * vector;
    c += 32;
    if (bias) bias += 32;
    j += 2 * W;
  }
  for (; j < n; j += W) {
    const cols = min(W, n - j);
    const rows = rowsAbove(m, j + cols, diagonal);
    panel1<T>(rows, k, alpha, a, rowA, b, packed ? 16 : rowB, beta, c, rowC, bias, relu, cols, packed);
    b += vector;
    c += 16;
    if (bias) bias += 16;
  }
}
