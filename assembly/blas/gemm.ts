/**
 * C ← act(beta·C + alpha·op(A)·op(B) + bias), row-major: C m×n, op(A) m×k (stored k×m if transA), op(B) k×n (stored
 * n×k if transB); leading dimensions in elements. `bias` 0 or n values, one a column; `activation` 0 none, 1 relu (NaN
 * stays). beta = 0 never reads C; alpha = 0 or k = 0 reads neither A nor B. C is disjoint from A, B and bias; A may be
 * B.
 *
 * Order of summation (docs/architecture.md): ascending k, one accumulator, blocks of KC: the same bits on every path.
 * Blocking as in BLIS (Van Zee & van de Geijn, ACM TOMS 41(3), 2015): a panel of B in L1, a block of A in L2. The
 * micro-kernel splats A from its rows, so A is packed only if transposed or if its rows lie far apart. Error: |C −
 * exact| ≤ (k+3)·u·(|alpha||A||B| + |beta||C|). Work: `gemmWork` bytes.
 */
import { at } from "../simd";
import { blockedProduct, blockedWork } from "./blocked";
import { inPlace, rowDots, scaleRow } from "./level2";
import { transpose } from "./pack";

/** Up to so many rows a copy of B costs more than it saves. */
// @ts-ignore: decorator
@inline
const FEW: i32 = 6;

export function gemmWork<T>(transA: i32, transB: i32, m: i32, n: i32, k: i32): usize {
  const bytes = blockedWork<T>(transA, m, n, k);
  // The paths for few rows or one column copy at most FEW whole rows of op(A), or the column of B.
  if (bytes == 0 || (n != 1 && !(transA && m <= FEW))) return bytes;
  return max(bytes, <usize>k * <usize>min(m, FEW) * sizeof<T>());
}

/** The product that is not there: act(beta·C + bias). */
function epilogueOnly<T>(m: i32, n: i32, beta: T, c: usize, ldc: i32, bias: usize, relu: i32): void {
  for (let i = 0; i < m; i++, c += <usize>ldc * sizeof<T>()) {
    scaleRow<T>(n, beta, c);
    for (let j = 0; j < n; j++) {
      let v = load<T>(at<T>(c, j));
      if (bias) v = v + load<T>(at<T>(bias, j));
      if (relu) v = max<T>(v, <T>0);
      store<T>(at<T>(c, j), v);
    }
  }
}

/** GEMM with bias and activation. */
// prettier-ignore
export function gemmBias<T>(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32,
  beta: T, c: usize, ldc: i32, bias: usize, activation: i32, work: usize,
): void {
  if (m <= 0 || n <= 0) return;
  if (k <= 0 || alpha == <T>0) {
    epilogueOnly<T>(m, n, beta, c, ldc, bias, activation);
    return;
  }
  if (n == 1 && (!transA || (ldc == 1 && !bias && !activation))) {
    if (!transB && ldb != 1) {
      transpose<T, T>(k, 1, b, ldb, work, k, 0);
      b = work;
    }
    if (transA) inPlace<T>(1, m, k, alpha, b, 0, a, lda, beta, c, 0, 0, 0);
    else rowDots<T>(m, k, alpha, a, lda, b, beta, c, ldc, bias, 0, activation);
    return;
  }
  // In place, transposed B is transposed in registers once a row of A: soon dearer than packing it.
  if (m > (transB ? (sizeof<T>() == 8 ? 2 : 1) : FEW)) {
    blockedProduct<T, T>(
      transA, transB, false, 0, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, bias, activation, work,
    );
    return;
  }
  if (transA) {
    transpose<T, T>(k, m, a, lda, work, k, 0);
    a = work;
    lda = k;
  }
  if (!transB) {
    inPlace<T>(m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, bias, activation);
    return;
  }
  for (; m > 0; m--, a += <usize>lda * sizeof<T>(), c += <usize>ldc * sizeof<T>()) {
    rowDots<T>(n, k, alpha, b, ldb, a, beta, c, 1, bias, 1, activation);
  }
}

// prettier-ignore
export function gemm<T>(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: T, a: usize, lda: i32, b: usize, ldb: i32,
  beta: T, c: usize, ldc: i32, work: usize,
): void {
  gemmBias<T>(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, 0, 0, work);
}

/** `batch` products in one call; strides in elements from item to item, 0 repeats an operand. Work as for one item. */
// prettier-ignore
export function gemmBatched<T>(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: T, a: usize, lda: i32, strideA: i32,
  b: usize, ldb: i32, strideB: i32, beta: T, c: usize, ldc: i32, strideC: i32, batch: i32, work: usize,
): void {
  if (m <= 0 || n <= 0 || batch <= 0) return;
  // One B for all and rows that follow each other: the batch is one tall product.
  if (!transA && strideB == 0 && <i64>strideA == <i64>m * lda && <i64>strideC == <i64>m * ldc) {
    m *= batch;
    batch = 1;
  }
  for (; batch > 0; batch--) {
    gemmBias<T>(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, 0, 0, work);
    a += <usize>strideA * sizeof<T>();
    b += <usize>strideB * sizeof<T>();
    c += <usize>strideC * sizeof<T>();
  }
}

// prettier-ignore
export function sgemm(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32, b: usize, ldb: i32,
  beta: f32, c: usize, ldc: i32, work: usize,
): void { gemm<f32>(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, work); }
// prettier-ignore
export function dgemm(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: f64, a: usize, lda: i32, b: usize, ldb: i32,
  beta: f64, c: usize, ldc: i32, work: usize,
): void { gemm<f64>(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, work); }
// prettier-ignore
export function sgemm_work(transA: i32, transB: i32, m: i32, n: i32, k: i32): usize {
  return gemmWork<f32>(transA, transB, m, n, k);
}
// prettier-ignore
export function dgemm_work(transA: i32, transB: i32, m: i32, n: i32, k: i32): usize {
  return gemmWork<f64>(transA, transB, m, n, k);
}
// prettier-ignore
export function sgemm_epilogue(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32, b: usize, ldb: i32,
  beta: f32, c: usize, ldc: i32, bias: usize, activation: i32, work: usize,
): void { gemmBias<f32>(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, bias, activation, work); }
// prettier-ignore
export function dgemm_epilogue(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: f64, a: usize, lda: i32, b: usize, ldb: i32,
  beta: f64, c: usize, ldc: i32, bias: usize, activation: i32, work: usize,
): void { gemmBias<f64>(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, bias, activation, work); }
// prettier-ignore
export function sgemm_batched(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32, strideA: i32,
  b: usize, ldb: i32, strideB: i32, beta: f32, c: usize, ldc: i32, strideC: i32, batch: i32, work: usize,
): void {
  gemmBatched<f32>(
    transA, transB, m, n, k, alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc, strideC, batch, work,
  );
}
// prettier-ignore
export function dgemm_batched(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: f64, a: usize, lda: i32, strideA: i32,
  b: usize, ldb: i32, strideB: i32, beta: f64, c: usize, ldc: i32, strideC: i32, batch: i32, work: usize,
): void {
  gemmBatched<f64>(
    transA, transB, m, n, k, alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc, strideC, batch, work,
  );
}
