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
import { scaleRow } from "./level2";
import { macroKernel } from "./macro";
import { KC, MC, NC, PAD, SMALL, packB, packedSize, transpose } from "./pack";

/** Rows mirrored at a time: a strip of C that stays in L1. */
// @ts-ignore: decorator
@inline
const STRIP: i32 = 16;

export function syrkWork<T>(trans: i32, n: i32, k: i32): usize {
  if (n <= 0 || k <= 0) return 0;
  const kc = min(k, KC);
  const bytes = packedSize<T>(min(n, NC), kc);
  return trans ? bytes + <usize>min(n, MC) * <usize>(kc + PAD) * sizeof<T>() : bytes;
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
  const direct = trans && sizeof<S>() == sizeof<T>() && <usize>k * <usize>lda * sizeof<T>() <= SMALL;
  const packedA = work + (direct ? 0 : packedSize<T>(min(n, NC), min(k, KC)));
  const stepN = direct ? n : NC;
  for (let jc = 0; jc < n; jc += stepN) {
    const nc = min(stepN, n - jc);
    for (let pc = 0; pc < k; pc += KC) {
      const kc = min(KC, k - pc);
      let blockB = trans
        ? a + (<usize>pc * <usize>lda + <usize>jc) * sizeof<S>()
        : a + (<usize>jc * <usize>lda + <usize>pc) * sizeof<S>();
      if (!direct) {
        packB<S, T>(trans ? 0 : 1, nc, kc, blockB, lda, work);
        blockB = work;
      }
      for (let ic = 0; ic < jc + nc; ic += MC) {
        const mc = min(MC, jc + nc - ic);
        let blockA = a + (<usize>ic * <usize>lda + <usize>pc) * sizeof<S>();
        if (trans) {
          const from = a + (<usize>pc * <usize>lda + <usize>ic) * sizeof<S>();
          transpose<S, T>(kc, mc, from, lda, packedA, kc + PAD, weights ? at<S>(weights, pc) : 0);
          blockA = packedA;
        }
        macroKernel<T>(
          mc, nc, kc, alpha, blockA, trans ? kc + PAD : lda, blockB, direct ? lda : 0, pc == 0 ? beta : <T>1,
          c + (<usize>ic * <usize>ldc + <usize>jc) * sizeof<T>(), ldc, 0, 0, jc - ic,
        );
      }
    }
  }
  mirror<T>(n, c, ldc);
}

// prettier-ignore
export function ssyrk(
  trans: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32, beta: f32, c: usize, ldc: i32, work: usize,
): void { syrk<f32, f32>(trans, n, k, 0, alpha, a, lda, beta, c, ldc, work); }
// prettier-ignore
export function dsyrk(
  trans: i32, n: i32, k: i32, alpha: f64, a: usize, lda: i32, beta: f64, c: usize, ldc: i32, work: usize,
): void { syrk<f64, f64>(trans, n, k, 0, alpha, a, lda, beta, c, ldc, work); }
// prettier-ignore
export function ssyrk_work(trans: i32, n: i32, k: i32): usize { return syrkWork<f32>(trans, n, k); }
// prettier-ignore
export function dsyrk_work(trans: i32, n: i32, k: i32): usize { return syrkWork<f64>(trans, n, k); }
