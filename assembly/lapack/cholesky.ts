/**
 * ½A + ½Aᵀ = L·Lᵀ, L lower with a positive diagonal and exact zeros above it; A and L n×n, row-major, rows packed; L may
 * be A. Recursion by halves on U = Lᵀ (Gustavson, IBM J. Res. Dev. 41, 1997): U₁₁, U₁₂ = U₁₁⁻ᵀA₁₂, A₂₂ − U₁₂ᵀU₁₂ above the
 * diagonal, U₂₂; blocks of NB rows, two rows at a time by the GEMM micro-kernels. Work: `potrfWork` bytes.
 *
 * Order of summation: that of GEMM and TRSM in halves that depend on n alone. L(4^k·A) = 2^k·L(A) exactly. Backward
 * stable: |LLᵀ − A| ≤ (n+1)·u·|L||Lᵀ|. info: 0; −1 if A has a NaN or an infinity; k > 0 if the leading minor of order k
 * is not positive. A failed L is NaN.
 */
import { macroKernel, ALL } from "../blas/macro";
import { blockedProduct } from "../blas/blocked";
import { axpy, scal } from "../blas/level1";
import { transpose } from "../blas/pack";
import { firstHalf, productWork, solveLeft, trsmWork } from "../blas/trsm";
import { at, lanes, roundUp } from "../simd";
import { largest } from "./canonical";
import { NOT_FINITE } from "./eigh";
import { exponentOf, fillNaN, finite, powerOfTwo } from "./scalar";

/** Order of the blocks that are factored row by row. */
// @ts-ignore: decorator
@inline
const NB: i32 = 32;
/** Elements between the rows of U: whole vectors, and an odd number of cache lines once rows are long. */
// @ts-ignore: decorator
@inline
export function leading<T>(n: i32): i32 {
  const bytes = roundUp(<usize>n * sizeof<T>(), 16);
  return <i32>((bytes < 512 ? bytes : roundUp(bytes, 64) | 64) / sizeof<T>());
}

export function potrfWork<T>(n: i32): usize {
  if (n <= 0) return 0;
  const rest = max(trsmWork<T>(0, n, n), productWork<T>(n, n, n));
  return <usize>n * <usize>leading<T>(n) * sizeof<T>() + max(rest, <usize>(NB * NB) * sizeof<T>());
}

/** U = 4^−k·(½A + ½Aᵀ); what lies below the diagonal means nothing. */
function symmetrise<T>(n: i32, a: usize, k: i32, u: usize, ldu: i32): void {
  const g1 = powerOfTwo<T>(-k);
  const g2 = g1 * <T>0.5;
  const f1 = v128.splat<T>(g1);
  const f2 = v128.splat<T>(g2);
  transpose<T, T>(n, n, a, n, u, ldu, 0);
  for (let i = 0; i < n; i++, a += <usize>n * sizeof<T>(), u += <usize>ldu * sizeof<T>()) {
    let j = i;
    for (; j + lanes<T>() <= n; j += lanes<T>()) {
      const x = v128.mul<T>(f1, v128.load(at<T>(a, j)));
      const y = v128.mul<T>(f1, v128.load(at<T>(u, j)));
      v128.store(at<T>(u, j), v128.add<T>(v128.mul<T>(x, f2), v128.mul<T>(y, f2)));
    }
    for (; j < n; j++) {
      store<T>(at<T>(u, j), g1 * load<T>(at<T>(a, j)) * g2 + g1 * load<T>(at<T>(u, j)) * g2);
    }
  }
}

/** x ← x/d. */
export function divideAll<T>(n: i32, d: T, x: usize): void {
  const dd = v128.splat<T>(d);
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16) v128.store(x, v128.div<T>(v128.load(x), dd));
  for (; n > 0; n--, x += sizeof<T>()) store<T>(x, load<T>(x) / d);
}

/** At most NB rows. `lower` (rows of NB elements) collects Uᵀ, whose rows the micro-kernels read. */
function factorBlock<T>(n: i32, u: usize, ldu: i32, lower: usize): i32 {
  const row = <usize>ldu * sizeof<T>();
  for (let i = 0; i < n; i++) {
    const line = u + <usize>i * row;
    if ((i & 1) == 0 && i > 0) {
      // From a multiple of four vectors on: what is written below the diagonal does no harm.
      const j = i & -(4 * lanes<T>());
      const rows = min(2, n - i);
      macroKernel<T>(rows, n - j, i, -1, at<T>(lower, i * NB), NB, at<T>(u, j), ldu, 1, at<T>(line, j), ldu, 0, 0, ALL);
    }
    if (i & 1) axpy<T>(n - i, -load<T>(at<T>(lower, i * NB + i - 1)), at<T>(line - row, i), at<T>(line, i));
    const pivot = load<T>(at<T>(line, i));
    if (!(pivot > 0)) return i + 1;
    const root = sqrt<T>(pivot);
    store<T>(at<T>(line, i), root);
    divideAll<T>(n - i - 1, root, at<T>(line, i + 1));
    for (let j = i + 1; j < n; j++) store<T>(at<T>(lower, j * NB + i), load<T>(at<T>(line, j)));
  }
  return 0;
}

function factor<T>(n: i32, u: usize, ldu: i32, work: usize): i32 {
  if (n <= NB) return factorBlock<T>(n, u, ldu, work);
  const n1 = firstHalf(n, NB);
  const n2 = n - n1;
  const right = at<T>(u, n1);
  const corner = at<T>(u + <usize>n1 * <usize>ldu * sizeof<T>(), n1);
  let info = factor<T>(n1, u, ldu, work);
  if (info) return info;
  solveLeft<T>(1, 1, 0, n1, n2, u, ldu, right, ldu, work);
  blockedProduct<T, T>(1, 0, true, 0, n2, n2, n1, -1, right, ldu, right, ldu, 1, corner, ldu, 0, 0, work);
  info = factor<T>(n2, corner, ldu, work);
  return info ? n1 + info : 0;
}

export function potrf<T>(n: i32, a: usize, l: usize, work: usize): i32 {
  if (n <= 0) return 0;
  const ldu = leading<T>(n);
  const rest = work + <usize>n * <usize>ldu * sizeof<T>();
  let info = NOT_FINITE;
  let k = 0;
  const top = largest<T>(n, n, a, <usize>n * sizeof<T>());
  if (finite<T>(top)) {
    // Scaled up, lest products of small entries lose digits to underflow; a power of four has an exact root.
    if (top > 0) k = min(0, exponentOf<T>(top) >> 1);
    symmetrise<T>(n, a, k, work, ldu);
    info = factor<T>(n, work, ldu, rest);
  }
  if (info) {
    for (let i = 0; i < n; i++) fillNaN<T>(n, l + <usize>i * <usize>n * sizeof<T>());
    return info;
  }
  for (let i = 0; i < n; i++) {
    const line = work + <usize>i * <usize>ldu * sizeof<T>();
    memory.fill(line, 0, <usize>i * sizeof<T>());
    if (k != 0) scal<T>(n - i, powerOfTwo<T>(k), at<T>(line, i));
  }
  transpose<T, T>(n, n, work, ldu, l, n, 0);
  return 0;
}

/** `batch` matrices one after another; infos[i] is item i's info. Returns how many failed. */
function potrfBatched<T>(n: i32, batch: i32, a: usize, l: usize, work: usize, infos: usize): i32 {
  const step = <usize>n * <usize>n * sizeof<T>();
  let failed = 0;
  for (let i = 0; i < batch; i++, a += step, l += step) {
    const info = potrf<T>(n, a, l, work);
    store<i32>(at<i32>(infos, i), info);
    failed += i32(info != 0);
  }
  return failed;
}

// prettier-ignore
export function dpotrf_work(n: i32): usize { return potrfWork<f64>(n); }
// prettier-ignore
export function dpotrf_batched(n: i32, batch: i32, a: usize, l: usize, work: usize, infos: usize): i32 {
  return potrfBatched<f64>(n, batch, a, l, work, infos);
}
