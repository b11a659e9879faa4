/**
 * The blocked product of gemm.ts, syrk.ts and the spectral kernels: C ← act(beta·C + alpha·op(A)·op(B) + bias) over blocks
 * of B (packed unless it is small and not transposed) and of A (packed if it is transposed or its rows lie far apart).
 *
 * `upper`: C is square, only the tiles that touch its upper triangle are computed and what lies below in them is written
 * too (`mirror` makes it whole). `weights` (0: none), with transA: row p of the stored A is multiplied by w_p as it is
 * packed. S is the type of A, B and weights, T that of C; with S = f32 and T = f64 both are widened (exactly) while they
 * are packed, so transA = 1 and transB = 0 then. m, n, k > 0, alpha ≠ 0. Work: `blockedWork` bytes. Order of summation,
 * source and accuracy: gemm.ts.
 */
import { at } from "../simd";
import { copy } from "./level1";
import { ALL, macroKernel } from "./macro";
import { KC, MC, NARROW, NC, PAD, SMALL, packB, packedSize, transpose } from "./pack";

/** From so many columns on, several blocks of rows of A that lie FAR bytes apart are packed: fewer cache conflicts (+2 %). */
// @ts-ignore: decorator
@inline
const MANY: i32 = 128;
// @ts-ignore: decorator
@inline
const FAR: usize = 2048;

export function blockedWork<T>(transA: i32, m: i32, n: i32, k: i32): usize {
  if (m <= 0 || n <= 0 || k <= 0) return 0;
  const kc = min(k, KC);
  const bytes = packedSize<T>(min(n, NC), kc);
  if (!transA && n < MANY) return bytes;
  // A full block of rows although m may be less: a batch may run as one tall product.
  return bytes + <usize>(transA ? min(m, MC) : MC) * <usize>(kc + PAD) * sizeof<T>();
}

/** Copies or transposes a block of op(A), mc×kc, from `a` to `packed`. */
// prettier-ignore
function packA<S, T>(transA: i32, mc: i32, kc: i32, weights: usize, a: usize, lda: i32, packed: usize): void {
  if (transA) {
    transpose<S, T>(kc, mc, a, lda, packed, kc + PAD, weights);
    return;
  }
  for (; mc > 0; mc--, a += <usize>lda * sizeof<T>(), packed += <usize>(kc + PAD) * sizeof<T>()) copy<T>(kc, a, packed);
}

// prettier-ignore
export function blockedProduct<S, T>(
  transA: i32, transB: i32, upper: bool, weights: usize, m: i32, n: i32, k: i32, alpha: T, a: usize, lda: i32,
  b: usize, ldb: i32, beta: T, c: usize, ldc: i32, bias: usize, relu: i32, work: usize,
): void {
  const direct = !transB && sizeof<S>() == sizeof<T>() && <usize>k * <usize>ldb * sizeof<T>() <= SMALL;
  const packedA = work + (direct ? 0 : packedSize<T>(min(n, NC), min(k, KC)));
  const packs = transA || (m > MC && n >= MANY && <usize>lda * sizeof<T>() >= FAR);
  const stepN = direct ? n : m > MC ? NC : NARROW;
  for (let jc = 0; jc < n; jc += stepN) {
    const nc = min(stepN, n - jc);
    const rows = upper ? jc + nc : m;
    for (let pc = 0; pc < k; pc += KC) {
      const kc = min(KC, k - pc);
      const last = pc + KC >= k;
      let blockB = b + (transB ? <usize>jc * <usize>ldb + <usize>pc : <usize>pc * <usize>ldb + <usize>jc) * sizeof<S>();
      if (!direct) {
        packB<S, T>(transB, nc, kc, blockB, ldb, work);
        blockB = work;
      }
      for (let ic = 0; ic < rows; ic += MC) {
        const mc = min(MC, rows - ic);
        let blockA = a + (transA ? <usize>pc * <usize>lda + <usize>ic : <usize>ic * <usize>lda + <usize>pc) * sizeof<S>();
        if (packs) {
          packA<S, T>(transA, mc, kc, weights ? at<S>(weights, pc) : 0, blockA, lda, packedA);
          blockA = packedA;
        }
        macroKernel<T>(
          mc, nc, kc, alpha, blockA, packs ? kc + PAD : lda, blockB, direct ? ldb : 0, pc == 0 ? beta : <T>1,
          c + (<usize>ic * <usize>ldc + <usize>jc) * sizeof<T>(), ldc, last && bias ? at<T>(bias, jc) : 0,
          last ? relu : 0, upper ? jc - ic : ALL,
        );
      }
    }
  }
}
