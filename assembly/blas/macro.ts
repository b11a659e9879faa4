/**
 * GEMM macro-kernel: C ← act(beta·C + alpha·A·B + bias) for one block of k (at most KC) and a block of rows of A small
 * enough for L2; the loops over panels of B (in L1) and over tiles of rows.
 *
 * A: m×k, `lda` elements between rows, contiguous in k. B: packed (`ldb` = 0, one block of `packB`) or row-major with
 * `ldb` elements between rows, read in place. `bias` 0 or n values; `relu` 0 or 1. `diagonal`: tiles are computed only
 * as far as they hold an entry with row ≤ column + diagonal (`ALL` for the whole of C); what lies below in such tiles
 * is written too. No work space. Order of summation: ascending k, one accumulator.
 */
import { lanes } from "../simd";
import { panelVectors } from "./pack";
import { ukr1x4s, ukr2x4, ukr2x4s } from "./ukernel";
import { ukrEdge } from "./ukernel-edge";

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

/** A panel of four vectors, rows of B `bStep` bytes apart. */
// @ts-ignore: decorator
@inline
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
export function macroKernel<T>(
  m: i32, n: i32, k: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32, beta: T, c: usize, ldc: i32,
  bias: usize, relu: i32, diagonal: i32,
): void {
  const rowA = <usize>lda * sizeof<T>();
  const rowB = <usize>ldb * sizeof<T>();
  const rowC = <usize>ldc * sizeof<T>();
  const packed = ldb == 0;
  for (let j = 0; j < n; ) {
    const vectors = panelVectors<T>(n - j);
    const cols = min(n - j, vectors * lanes<T>());
    const bytes = <usize>vectors * 16;
    const step = packed ? bytes : rowB;
    j += cols;
    let rows = rowsAbove(m, j, diagonal);
    if (vectors == 4) {
      panel4<T>(rows, k, alpha, a, rowA, b, step, beta, c, rowC, bias, relu);
    } else {
      let from = a;
      let to = c;
      for (; rows > 0; rows -= 4, from += 4 * rowA, to += 4 * rowC) {
        ukrEdge<T>(min(rows, 4), cols, packed, k, from, rowA, b, step, alpha, beta, to, rowC, bias, relu);
      }
    }
    b += packed ? <usize>k * bytes : bytes;
    c += bytes;
    if (bias) bias += bytes;
  }
}
