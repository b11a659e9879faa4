/**
 * Householder reflectors H = I − τ·v·vᵀ and blocks of them in compact WY form. Reflectors are kept as rows: row i of V
 * (k×n) is v_i, and H_0·H_1 ⋯ H_{k−1} = I − Vᵀ·T·V with T upper triangular (k×k, rows of k, zeros below the diagonal).
 *
 *   larfg     makes a reflector                          larfRows   X ← X·H for one reflector
 *   larft     T from V and τ                             larfb      C ← Q·C, Qᵀ·C, C·Q or C·Qᵀ, by GEMM
 *
 * Nothing aliases. Work: `larfbWork`, `larftWork`. Dot products of larfg and larfRows: one accumulator a lane, lanes
 * added last; larft and larfb: those of GEMM. Source: Schreiber and Van Loan, SIAM J. Sci. Stat. Comput. 10 (1989);
 * LAPACK's larft and larfb. Accuracy: H is orthogonal to a few u, also when ‖x‖² under- or overflows.
 */
import { at, VECTOR_BYTES } from "../simd";
import { gemm, gemmWork } from "../blas/gemm";
import { syrk, syrkWork } from "../blas/syrk";
import { largest } from "./canonical";
import { exponentOf, powerOfTwo, scaleByPower, sumLanes, tiny } from "./scalar";

/** Σ x_j·y_j over whole vectors, one accumulator a lane. */
export function dotVectors<T>(bytes: usize, x: usize, y: usize): T {
  let s = v128.splat<T>(0);
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    s = v128.add<T>(s, v128.mul<T>(v128.load(x + j), v128.load(y + j)));
  }
  return sumLanes<T>(s);
}

export function scaleVectors<T>(bytes: usize, x: usize, factor: T): void {
  const f = v128.splat<T>(factor);
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) v128.store(x + j, v128.mul<T>(v128.load(x + j), f));
}

/** The power of two that brings the largest of alpha and x to [1, 2), after scaling x by it; 0 if all are 0. */
function scaleUp<T>(bytes: usize, x: usize, alpha: T): i32 {
  const top = max<T>(abs<T>(alpha), largest<T>(1, <i32>(bytes / sizeof<T>()), x, 0));
  if (top == 0) return 0;
  const power = -exponentOf<T>(top);
  scaleVectors<T>(bytes, x, powerOfTwo<T>(power >> 1));
  scaleVectors<T>(bytes, x, powerOfTwo<T>(power - (power >> 1)));
  return power;
}

/**
 * The reflector H with H·(alpha, x)ᵀ = (β, 0)ᵀ: x, `bytes` of whole vectors that hold 0 at the place of alpha and in the
 * padding, becomes v but for v = 1 at the place of alpha. Returns τ (0 if x = 0) and stores β.
 */
export function larfg<T>(bytes: usize, x: usize, alpha: T, beta: usize): T {
  let square = dotVectors<T>(bytes, x, x);
  let power = 0;
  if (square + alpha * alpha < tiny<T>()) {
    power = scaleUp<T>(bytes, x, alpha);
    alpha = scaleByPower<T>(alpha, power);
    square = dotVectors<T>(bytes, x, x);
  }
  let tau: T = 0;
  if (square > 0) {
    const b = -copysign<T>(sqrt<T>(alpha * alpha + square), alpha);
    tau = (b - alpha) / b;
    scaleVectors<T>(bytes, x, <T>1 / (alpha - b));
    alpha = b;
  }
  store<T>(beta, scaleByPower<T>(alpha, -power));
  return tau;
}

/** Rows of X, `stride` bytes apart and `bytes` wide (whole vectors): x ← x − τ·(x·v)·v, four at a time. */
export function larfRows<T>(rows: i32, bytes: usize, v: usize, tau: T, x: usize, stride: usize): void {
  if (tau == 0) return;
  let i = 0;
  for (; i + 4 <= rows; i += 4, x += 4 * stride) {
    const x1 = x + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    let s0 = v128.splat<T>(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      const y = v128.load(v + j);
      s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x + j), y));
      s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x1 + j), y));
      s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x2 + j), y));
      s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x3 + j), y));
    }
    s0 = v128.splat<T>(tau * sumLanes<T>(s0));
    s1 = v128.splat<T>(tau * sumLanes<T>(s1));
    s2 = v128.splat<T>(tau * sumLanes<T>(s2));
    s3 = v128.splat<T>(tau * sumLanes<T>(s3));
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      const y = v128.load(v + j);
      v128.store(x + j, v128.sub<T>(v128.load(x + j), v128.mul<T>(s0, y)));
      v128.store(x1 + j, v128.sub<T>(v128.load(x1 + j), v128.mul<T>(s1, y)));
      v128.store(x2 + j, v128.sub<T>(v128.load(x2 + j), v128.mul<T>(s2, y)));
      v128.store(x3 + j, v128.sub<T>(v128.load(x3 + j), v128.mul<T>(s3, y)));
    }
  }
  for (; i < rows; i++, x += stride) {
    const s = v128.splat<T>(tau * dotVectors<T>(bytes, x, v));
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      v128.store(x + j, v128.sub<T>(v128.load(x + j), v128.mul<T>(s, v128.load(v + j))));
    }
  }
}

export function larftWork<T>(k: i32, n: i32): usize {
  return syrkWork<T>(0, k, n);
}

/** T (k×k) of the reflectors in the rows of V (k×n, `ldv` elements apart, zeros before the ones). */
export function larft<T>(k: i32, n: i32, v: usize, ldv: i32, tau: usize, t: usize, work: usize): void {
  syrk<T, T>(0, k, n, 0, <T>1, v, ldv, <T>0, t, k, work);
  for (let j = 0; j < k; j++) {
    const tj = load<T>(at<T>(tau, j));
    for (let i = 0; i < j; i++) {
      let sum: T = 0;
      for (let l = i; l < j; l++) sum += load<T>(at<T>(t, i * k + l)) * load<T>(at<T>(t, l * k + j));
      store<T>(at<T>(t, i * k + j), -tj * sum);
      store<T>(at<T>(t, j * k + i), 0);
    }
    store<T>(at<T>(t, j * k + j), tj);
  }
}

/** Work space of both sides, for C m×n and k reflectors. */
export function larfbWork<T>(right: i32, m: i32, n: i32, k: i32): usize {
  const inner = right ? <usize>m * <usize>k : <usize>k * <usize>n;
  const first = right ? gemmWork<T>(0, 1, m, k, n) : gemmWork<T>(0, 0, k, n, m);
  const second = right ? gemmWork<T>(0, 1, m, k, k) : gemmWork<T>(1, 0, k, n, k);
  const third = right ? gemmWork<T>(0, 0, m, n, k) : gemmWork<T>(1, 0, m, n, k);
  return 2 * inner * sizeof<T>() + max(first, max(second, third));
}

/** C (m×n) ← C·Q, or C·Qᵀ (`trans`), Q = I − VᵀTV, V k×n; with `right` = 0: Q·C or Qᵀ·C, V k×m. */
// prettier-ignore
export function larfb<T>(
  right: i32, trans: i32, m: i32, n: i32, k: i32, v: usize, ldv: i32, t: usize, c: usize, ldc: i32, work: usize,
): void {
  if (m <= 0 || n <= 0 || k <= 0) return;
  const inner = (right ? <usize>m * <usize>k : <usize>k * <usize>n) * sizeof<T>();
  const w = work + inner;
  const rest = w + inner;
  if (right) {
    gemm<T>(0, 1, m, k, n, <T>1, c, ldc, v, ldv, <T>0, work, k, rest);
    gemm<T>(0, trans, m, k, k, <T>1, work, k, t, k, <T>0, w, k, rest);
    gemm<T>(0, 0, m, n, k, <T>-1, w, k, v, ldv, <T>1, c, ldc, rest);
  } else {
    gemm<T>(0, 0, k, n, m, <T>1, v, ldv, c, ldc, <T>0, work, n, rest);
    gemm<T>(trans, 0, k, n, k, <T>1, t, k, work, n, <T>0, w, n, rest);
    gemm<T>(1, 0, m, n, k, <T>-1, v, ldv, w, n, <T>1, c, ldc, rest);
  }
}
