/**
 * C ← AᵀWA + eps·I, row-major, A m×d, C d×d, W = diag(weights) (`weights` = 0: none); the batched forms take strides in
 * elements between items (0 repeats an operand). The `_s` forms read f32 A and weights and sum in f64.
 *
 * c_jk (j ≤ k) is the sum over rows i, ascending, of (w_i·a_ij)·a_ik, then + eps on the diagonal; c_kj = c_jk exactly.
 * C is never read and is disjoint from A. Work: `<name>_work` bytes, for a batch as for one item.
 * Order of summation, source and accuracy: syrk.ts and gemm.ts.
 */
import { syrk, syrkWork } from "./syrk";

// prettier-ignore
export function gram<S, T>(
  m: i32, d: i32, weights: usize, eps: T, a: usize, lda: i32, c: usize, ldc: i32, work: usize,
): void {
  syrk<S, T>(1, d, m, weights, <T>1, a, lda, <T>0, c, ldc, work);
  if (eps == <T>0) return;
  for (let j = 0; j < d; j++, c += (<usize>ldc + 1) * sizeof<T>()) store<T>(c, load<T>(c) + eps);
}

// prettier-ignore
export function gramBatched<S, T>(
  m: i32, d: i32, weights: usize, strideW: i32, eps: T, a: usize, lda: i32, strideA: i32,
  c: usize, ldc: i32, strideC: i32, batch: i32, work: usize,
): void {
  for (; batch > 0; batch--) {
    gram<S, T>(m, d, weights, eps, a, lda, c, ldc, work);
    if (weights) weights += <usize>strideW * sizeof<S>();
    a += <usize>strideA * sizeof<S>();
    c += <usize>strideC * sizeof<T>();
  }
}

// prettier-ignore
export function sgram(
  m: i32, d: i32, weights: usize, eps: f32, a: usize, lda: i32, c: usize, ldc: i32, work: usize,
): void { gram<f32, f32>(m, d, weights, eps, a, lda, c, ldc, work); }
// prettier-ignore
export function dgram(
  m: i32, d: i32, weights: usize, eps: f64, a: usize, lda: i32, c: usize, ldc: i32, work: usize,
): void { gram<f64, f64>(m, d, weights, eps, a, lda, c, ldc, work); }
// prettier-ignore
export function dgram_s(
  m: i32, d: i32, weights: usize, eps: f64, a: usize, lda: i32, c: usize, ldc: i32, work: usize,
): void { gram<f32, f64>(m, d, weights, eps, a, lda, c, ldc, work); }
// prettier-ignore
export function sgram_work(m: i32, d: i32): usize { return syrkWork<f32>(1, d, m); }
// prettier-ignore
export function dgram_work(m: i32, d: i32): usize { return syrkWork<f64>(1, d, m); }

// prettier-ignore
export function sgram_batched(
  m: i32, d: i32, weights: usize, strideW: i32, eps: f32, a: usize, lda: i32, strideA: i32,
  c: usize, ldc: i32, strideC: i32, batch: i32, work: usize,
): void { gramBatched<f32, f32>(m, d, weights, strideW, eps, a, lda, strideA, c, ldc, strideC, batch, work); }
// prettier-ignore
export function dgram_batched(
  m: i32, d: i32, weights: usize, strideW: i32, eps: f64, a: usize, lda: i32, strideA: i32,
  c: usize, ldc: i32, strideC: i32, batch: i32, work: usize,
): void { gramBatched<f64, f64>(m, d, weights, strideW, eps, a, lda, strideA, c, ldc, strideC, batch, work); }
// prettier-ignore
export function dgram_s_batched(
  m: i32, d: i32, weights: usize, strideW: i32, eps: f64, a: usize, lda: i32, strideA: i32,
  c: usize, ldc: i32, strideC: i32, batch: i32, work: usize,
): void { gramBatched<f32, f64>(m, d, weights, strideW, eps, a, lda, strideA, c, ldc, strideC, batch, work); }
