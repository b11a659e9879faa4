/**
 * C ← alpha·AᵀA + beta·C (trans = 1, A k×n) or alpha·AAᵀ + beta·C (trans = 0, A n×k), row-major, C n×n.
 *
 * Tiles that touch the upper triangle are computed, about half of GEMM's work, and the upper triangle is mirrored: C
 * is exactly symmetric and only its upper triangle is read (none of it when beta = 0; neither A when alpha = 0). For i
 * ≤ j, c_ij has the bits of GEMM. With `weights` (trans = 1, k values) the terms are (w_p·a_pi)·a_pj, i ≤ j. S is the
 * type of A and of the weights, T that of the result: S = f32 with T = f64 widens exactly while packing. C is disjoint
 * from A. Work: `syrkWork` bytes. Order of summation, source and accuracy: gemm.ts.
 */
import { at } from "../simd";
import { blockedProduct, blockedWork } from "./blocked";
import { scaleRow } from "./level2";
import { transpose } from "./pack";

/** Rows mirrored at a time: a strip of C that stays in L1. */
// @ts-ignore: decorator
@inline
const STRIP: i32 = 16;

export function syrkWork<T>(trans: i32, n: i32, k: i32): usize {
  return blockedWork<T>(trans, n, n, k);
}

/** Copies the upper triangle of C into the lower one. */
export function mirror<T>(n: i32, c: usize, ldc: i32): void {
  const row = <usize>ldc * sizeof<T>();
  for (let i = 0; i < n; i += STRIP) {
    const rows = min(STRIP, n - i);
    const corner = at<T>(c + <usize>i * row, i);
    for (let r = 0; r < rows; r++) {
      const below = corner + <usize>r * row;
      for (let s = 0; s < r; s++) store<T>(at<T>(below, s), load<T>(at<T>(corner + <usize>s * row, r)));
    }
    transpose<T, T>(rows, n - i - rows, at<T>(corner, rows), ldc, corner + <usize>rows * row, ldc, 0);
  }
}

// prettier-ignore
export function syrk<S, T>(
  trans: i32, n: i32, k: i32, weights: usize, alpha: T, a: usize, lda: i32, beta: T, c: usize, ldc: i32, work: usize,
): void {
  if (k <= 0 || alpha == <T>0) {
    for (let i = 0; i < n; i++) scaleRow<T>(n - i, beta, at<T>(c + <usize>i * <usize>ldc * sizeof<T>(), i));
    mirror<T>(n, c, ldc);
    return;
  }
  blockedProduct<S, T>(
    trans, trans ? 0 : 1, true, weights, n, n, k, alpha, a, lda, a, lda, beta, c, ldc, 0, 0, work,
  );
  mirror<T>(n, c, ldc);
}

// prettier-ignore
export function dsyrk(
  trans: i32, n: i32, k: i32, alpha: f64, a: usize, lda: i32, beta: f64, c: usize, ldc: i32, work: usize,
): void { syrk<f64, f64>(trans, n, k, 0, alpha, a, lda, beta, c, ldc, work); }
// prettier-ignore
export function dsyrk_work(trans: i32, n: i32, k: i32): usize { return syrkWork<f64>(trans, n, k); }
