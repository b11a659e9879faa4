/**
 * A[perm] = L·U by partial pivoting (the first row of largest magnitude), A m×n, row-major, rows packed. `lu` (may be A)
 * holds U on and above the diagonal and L, whose diagonal is 1, below it; perm: m row numbers of A.
 *
 * Recursion by halves of the columns (Toledo, SIAM J. Matrix Anal. Appl. 18, 1997) on GEMM and TRSM; panels of NB columns
 * by the same recursion on the transposed panel, where a column is contiguous. Order of summation: that of GEMM and TRSM
 * in parts that depend on m and n alone. U(2^k·A) = 2^k·U(A) exactly. Backward stable but for pivot growth: |A[perm] − LU|
 * ≤ n·u·|L||U|. Work: `getrfWork` bytes. info: 0; −1 if A has a NaN or an infinity, or U overflows (lu is NaN then);
 * k > 0 if u_kk is the first pivot that is exactly 0 (the factors are complete all the same).
 */
import { gemm } from "../blas/gemm";
import { copy, swap } from "../blas/level1";
import { ALL, macroKernel } from "../blas/macro";
import { transpose } from "../blas/pack";
import { firstHalf, productWork, solveLeft, trsm, trsmWork } from "../blas/trsm";
import { at, lanes, roundUp } from "../simd";
import { largest } from "./canonical";
import { divideAll, leading } from "./cholesky";
import { NOT_FINITE } from "./eigh";
import { exponentOf, fillNaN, finite, scaleByPower } from "./scalar";

/** Columns of a panel. */
// @ts-ignore: decorator
@inline
const NB: i32 = 16;

export function getrfWork<T>(m: i32, n: i32): usize {
  if (m <= 0 || n <= 0) return 0;
  const k = min(m, n);
  const panel = <usize>min(k, NB) * <usize>leading<T>(m) * sizeof<T>() + trsmWork<T>(1, NB, NB);
  return roundUp(<usize>k * 4, 16) + max(panel, max(trsmWork<T>(0, k, n), productWork<T>(m, n, k)));
}

/** Place of the first entry of magnitude `top`. */
function place<T>(n: i32, top: T, x: usize): i32 {
  const wanted = v128.splat<T>(top);
  let i = 0;
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    if (v128.any_true(v128.eq<T>(v128.abs<T>(v128.load(at<T>(x, i))), wanted))) break;
  }
  for (; i < n; i++) if (abs<T>(load<T>(at<T>(x, i))) == top) return i;
  return 0;
}

/** x ← x − c₀·r₀ − c₁·r₁ − c₂·r₂ in this order; returns the largest magnitude of the result. */
function eliminate<T>(n: i32, x: usize, r0: usize, r1: usize, r2: usize, c0: T, c1: T, c2: T): T {
  const v0 = v128.splat<T>(c0);
  const v1 = v128.splat<T>(c1);
  const v2 = v128.splat<T>(c2);
  let top = v128.splat<T>(0);
  let i = 0;
  for (; i + lanes<T>() <= n; i += lanes<T>(), x += 16, r0 += 16, r1 += 16, r2 += 16) {
    let v = v128.sub<T>(v128.load(x), v128.mul<T>(v0, v128.load(r0)));
    v = v128.sub<T>(v, v128.mul<T>(v1, v128.load(r1)));
    v = v128.sub<T>(v, v128.mul<T>(v2, v128.load(r2)));
    v128.store(x, v);
    top = v128.max<T>(top, v128.abs<T>(v));
  }
  let most = max<T>(v128.extract_lane<T>(top, 0), v128.extract_lane<T>(top, 1));
  if (sizeof<T>() == 4) most = max<T>(most, max<T>(v128.extract_lane<T>(top, 2), v128.extract_lane<T>(top, 3)));
  for (; i < n; i++, x += sizeof<T>(), r0 += sizeof<T>(), r1 += sizeof<T>(), r2 += sizeof<T>()) {
    const v = load<T>(x) - c0 * load<T>(r0) - c1 * load<T>(r1) - c2 * load<T>(r2);
    store<T>(x, v);
    most = max<T>(most, abs<T>(v));
  }
  return most;
}

/** Swaps entry i of x with entry pivots[i], i = from … to. */
function swapEntries<T>(from: i32, to: i32, x: usize, pivots: usize): void {
  for (let i = from; i < to; i++) {
    const mine = at<T>(x, i);
    const other = at<T>(x, load<i32>(at<i32>(pivots, i)));
    const v = load<T>(mine);
    store<T>(mine, load<T>(other));
    store<T>(other, v);
  }
}

/** x ← L⁻¹x on the entries from … to, L unit lower in the rows of p. */
function solveEntries<T>(from: i32, to: i32, p: usize, row: usize, x: usize): void {
  for (let r = from; r + 1 < to; r++) {
    const u = load<T>(at<T>(x, r));
    const l = p + <usize>r * row;
    for (let s = r + 1; s < to; s++) store<T>(at<T>(x, s), load<T>(at<T>(x, s)) - u * load<T>(at<T>(l, s)));
  }
}

/** At most four columns from `from` on of a transposed panel, one after the other. */
function factorColumns<T>(w: i32, from: i32, m: i32, p: usize, row: usize, pivots: usize): i32 {
  let info = 0;
  for (let j = from; j < from + w; j++) {
    const x = p + <usize>j * row;
    const count = j - from;
    swapEntries<T>(from, j, x, pivots);
    solveEntries<T>(from, j, p, row, x);
    const c0 = count > 0 ? load<T>(at<T>(x, from)) : <T>0;
    const c1 = count > 1 ? load<T>(at<T>(x, from + 1)) : <T>0;
    const c2 = count > 2 ? load<T>(at<T>(x, from + 2)) : <T>0;
    const r0 = at<T>(p + <usize>from * row, j);
    const r1 = count > 1 ? r0 + row : r0;
    const r2 = count > 2 ? r1 + row : r0;
    const entry = at<T>(x, j);
    const top = eliminate<T>(m - j, entry, r0, r1, r2, c0, c1, c2);
    const found = j + place<T>(m - j, top, entry);
    store<i32>(at<i32>(pivots, j), found);
    for (let q = from; q <= j; q++) swapEntries<T>(j, j + 1, p + <usize>q * row, pivots);
    if (top == 0) {
      if (!info) info = j + 1;
    } else divideAll<T>(m - j - 1, load<T>(entry), entry + sizeof<T>());
  }
  return info;
}

/** Columns from … from + w of a transposed panel: rows of m entries, `ldp` apart. */
function factorPanel<T>(w: i32, from: i32, m: i32, p: usize, ldp: i32, pivots: usize, work: usize): i32 {
  const row = <usize>ldp * sizeof<T>();
  if (w <= 4) return factorColumns<T>(w, from, m, p, row, pivots);
  const w1 = firstHalf(w, 4);
  const middle = from + w1;
  const info = factorPanel<T>(w1, from, m, p, ldp, pivots, work);
  const left = p + <usize>from * row;
  const right = p + <usize>middle * row;
  for (let q = middle; q < from + w; q++) {
    swapEntries<T>(from, middle, p + <usize>q * row, pivots);
    if (w1 == 4) solveEntries<T>(from, middle, p, row, p + <usize>q * row);
  }
  if (w1 > 4) trsm<T>(1, 1, 0, 1, w - w1, w1, at<T>(left, from), ldp, at<T>(right, from), ldp, work);
  // prettier-ignore
  macroKernel<T>(
    w - w1, m - middle, w1, -1, at<T>(right, from), ldp, at<T>(left, middle), ldp, 1, at<T>(right, middle), ldp, 0, 0, ALL,
  );
  const other = factorPanel<T>(w - w1, middle, m, p, ldp, pivots, work);
  for (let q = from; q < middle; q++) swapEntries<T>(middle, from + w, p + <usize>q * row, pivots);
  return info ? info : other;
}

/** Swaps row i with row pivots[i], i = from … to, of a matrix with n columns. */
function swapRows<T>(from: i32, to: i32, n: i32, a: usize, lda: i32, pivots: usize): void {
  const row = <usize>lda * sizeof<T>();
  for (let i = from; i < to; i++) {
    const other = load<i32>(at<i32>(pivots, i));
    if (other != i) swap<T>(n, a + <usize>i * row, a + <usize>other * row);
  }
}

/** m×n with n ≤ m. */
function factor<T>(m: i32, n: i32, a: usize, lda: i32, pivots: usize, work: usize): i32 {
  if (n <= NB) {
    const ldp = leading<T>(m);
    transpose<T, T>(m, n, a, lda, work, ldp, 0);
    const info = factorPanel<T>(n, 0, m, work, ldp, pivots, work + <usize>n * <usize>ldp * sizeof<T>());
    transpose<T, T>(n, m, work, ldp, a, lda, 0);
    return info;
  }
  const n1 = firstHalf(n, NB);
  const n2 = n - n1;
  const right = at<T>(a, n1);
  const below = a + <usize>n1 * <usize>lda * sizeof<T>();
  const corner = at<T>(below, n1);
  const info = factor<T>(m, n1, a, lda, pivots, work);
  swapRows<T>(0, n1, n2, right, lda, pivots);
  solveLeft<T>(0, 0, 1, n1, n2, a, lda, right, lda, work);
  gemm<T>(0, 0, m - n1, n2, n1, -1, below, lda, right, lda, 1, corner, lda, work);
  const other = factor<T>(m - n1, n2, corner, lda, at<i32>(pivots, n1), work);
  for (let i = n1; i < n; i++) store<i32>(at<i32>(pivots, i), n1 + load<i32>(at<i32>(pivots, i)));
  swapRows<T>(n1, n, n1, a, lda, pivots);
  return info ? info : other ? n1 + other : 0;
}

/** The exponent of a largest magnitude so small that products lose digits to underflow, else 0: down would lose more. */
export function lowExponent<T>(top: T): i32 {
  const k = top > 0 ? exponentOf<T>(top) : 0;
  return k < (sizeof<T>() == 4 ? -16 : -64) ? k : 0;
}

/** x ← 2^k·x. */
function scaleEntries<T>(n: i32, k: i32, x: usize): void {
  for (let i = 0; i < n; i++) store<T>(at<T>(x, i), scaleByPower<T>(load<T>(at<T>(x, i)), k));
}

export function getrf<T>(m: i32, n: i32, a: usize, lu: usize, perm: usize, work: usize): i32 {
  for (let i = 0; i < m; i++) store<i32>(at<i32>(perm, i), i);
  if (m <= 0 || n <= 0) return 0;
  const k = min(m, n);
  const row = <usize>n * sizeof<T>();
  const rest = work + roundUp(<usize>k * 4, 16);
  const top = largest<T>(m, n, a, row);
  const shift = finite<T>(top) ? lowExponent<T>(top) : 0;
  let info = NOT_FINITE;
  if (finite<T>(top)) {
    if (lu != a) for (let i = 0; i < m; i++) copy<T>(n, a + <usize>i * row, lu + <usize>i * row);
    if (shift != 0) for (let i = 0; i < m; i++) scaleEntries<T>(n, -shift, lu + <usize>i * row);
    info = factor<T>(m, k, lu, n, work, rest);
    if (n > k) {
      swapRows<T>(0, k, n - k, at<T>(lu, k), n, work);
      solveLeft<T>(0, 0, 1, k, n - k, lu, n, at<T>(lu, k), n, rest);
    }
    if (shift != 0) for (let i = 0; i < k; i++) scaleEntries<T>(n - i, shift, at<T>(lu + <usize>i * row, i));
    if (!finite<T>(largest<T>(m, n, lu, row))) info = NOT_FINITE;
  }
  if (info == NOT_FINITE) {
    for (let i = 0; i < m; i++) fillNaN<T>(n, lu + <usize>i * row);
    return info;
  }
  for (let i = 0; i < k; i++) {
    const other = at<i32>(perm, load<i32>(at<i32>(work, i)));
    const mine = load<i32>(at<i32>(perm, i));
    store<i32>(at<i32>(perm, i), load<i32>(other));
    store<i32>(other, mine);
  }
  return info;
}

/** `batch` matrices one after another; infos[i] is item i's info. Returns how many have one that is not 0. */
// prettier-ignore
function getrfBatched<T>(
  m: i32, n: i32, batch: i32, a: usize, lu: usize, perm: usize, work: usize, infos: usize,
): i32 {
  const step = <usize>m * <usize>n * sizeof<T>();
  let failed = 0;
  for (let i = 0; i < batch; i++, a += step, lu += step, perm += <usize>m * 4) {
    const info = getrf<T>(m, n, a, lu, perm, work);
    store<i32>(at<i32>(infos, i), info);
    failed += i32(info != 0);
  }
  return failed;
}

// prettier-ignore
export function dgetrf_work(m: i32, n: i32): usize { return getrfWork<f64>(m, n); }
// prettier-ignore
export function dgetrf_batched(
  m: i32, n: i32, batch: i32, a: usize, lu: usize, perm: usize, work: usize, infos: usize,
): i32 { return getrfBatched<f64>(m, n, batch, a, lu, perm, work, infos); }
