import { at, roundUp, VECTOR_BYTES } from "../simd";
import { canonicalSign, largest } from "./canonical";
import { columnBytes, cosineOf, dotBlocks, norm, rotateColumns, rotateRows, subtract, swapRows } from "./columns";
import { NOT_FINITE } from "./eigh";
import { exponentOf, fillNaN, finite, scaleByPower, unitRoundoff } from "./scalar";

const SWEEPS: i32 = 40;
/** Shorter columns are judged as if they had so many entries: their computed cosine is no better than 4u. */
const LEAST: i32 = 16;

/** Brings the column of largest norm among p … n−1 to place p (de Rijk), with its row of Vᵀ and its norm. */
function pivot<T>(p: i32, n: i32, g: usize, bytes: usize, v: usize, vBytes: usize, norms: usize): void {
  let best = p;
  for (let q = p + 1; q < n; q++) if (load<T>(at<T>(norms, q)) > load<T>(at<T>(norms, best))) best = q;
  if (best == p) return;
  swapRows(bytes, g + <usize>p * bytes, g + <usize>best * bytes);
  swapRows(vBytes, v + <usize>p * vBytes, v + <usize>best * vBytes);
  const swap = load<T>(at<T>(norms, p));
  store<T>(at<T>(norms, p), load<T>(at<T>(norms, best)));
  store<T>(at<T>(norms, best), swap);
}

/** Makes columns p and q orthogonal; returns 1 if they were not within `tolerance` already. */
function orthogonalise<T>(
  p: i32,
  q: i32,
  g: usize,
  bytes: usize,
  v: usize,
  vBytes: usize,
  norms: usize,
  tolerance: T,
): i32 {
  const a = load<T>(at<T>(norms, p));
  const b = load<T>(at<T>(norms, q));
  if (a == 0 || b == 0) return 0;
  const x = g + <usize>p * bytes;
  const y = g + <usize>q * bytes;
  const cosine = cosineOf<T>(bytes, x, y, a, b);
  if (abs<T>(cosine) <= tolerance) return 0;
  const vx = v + <usize>p * vBytes;
  const vy = v + <usize>q * vBytes;
  if (b / a < unitRoundoff<T>()) {
    // The rotation is a projection to working precision: c = 1 and x does not change.
    subtract<T>(bytes, x, y, <T>1 / a, cosine * b);
    subtract<T>(vBytes, vx, vy, 1, cosine * (b / a));
    store<T>(at<T>(norms, q), norm<T>(bytes, y));
    return 1;
  }
  const theta = (<T>0.5 * (b / a - a / b)) / cosine;
  const size = abs<T>(theta);
  const t = copysign<T>(<T>1 / (size + sqrt<T>(size * size + 1)), theta);
  const c = <T>1 / sqrt<T>(t * t + 1);
  const s = t * c;
  rotateColumns<T>(bytes, x, y, c, s, at<T>(norms, p), at<T>(norms, q));
  rotateRows<T>(vBytes, vx, vy, c, s);
  return 1;
}

/**
 * Row r … n−1 of g (length m) become unit vectors orthogonal to all rows before them: the unit vector worst covered so
 * far, projected twice.
 */
function complete<T>(m: i32, n: i32, r: i32, g: usize, bytes: usize): void {
  for (let p = r; p < n; p++) {
    const x = g + <usize>p * bytes;
    let place = 0;
    let least: T = 4;
    for (let i = 0; i < m; i++) {
      let covered: T = 0;
      for (let q = 0; q < p; q++) {
        const y = load<T>(at<T>(g + <usize>q * bytes, i));
        covered += y * y;
      }
      if (covered < least) {
        least = covered;
        place = i;
      }
    }
    memory.fill(x, 0, bytes);
    store<T>(at<T>(x, place), 1);
    for (let pass = 0; pass < 2; pass++) {
      for (let q = 0; q < p; q++) {
        const y = g + <usize>q * bytes;
        const f = dotBlocks<T>(bytes, x, y);
        for (let i = 0; i < m; i++) store<T>(at<T>(x, i), load<T>(at<T>(x, i)) - f * load<T>(at<T>(y, i)));
      }
      const length = norm<T>(bytes, x);
      for (let i = 0; i < m; i++) store<T>(at<T>(x, i), load<T>(at<T>(x, i)) / length);
    }
  }
}

export function gesvjWork<T>(m: i32, n: i32): usize {
  const vBytes = roundUp(<usize>n * sizeof<T>(), VECTOR_BYTES);
  return <usize>n * (columnBytes<T>(m) + vBytes) + vBytes + VECTOR_BYTES;
}

/**
 * A = U·diag(s)·Vᵀ, m×n with m ≥ n, by one-sided (Hestenes) Jacobi with de Rijk's pivoting. U: m×n, s: n, descending,
 * Vᵀ: n×n; u and vt may each be 0 (not wanted). A is kept; u may not alias it. work: gesvjWork.
 *
 * Columns with |cos| > √max(m, 16)·u are rotated until a whole sweep finds none; norms are recomputed after each rotation, so
 * each singular value has high relative accuracy when A = B·D, B well conditioned, D any diagonal (Demmel and Veselić
 * 1992). A is scaled by a power of two to a largest entry about 2⁵⁰ (f32) or 2⁴⁸⁰ (f64); columns more than 2¹⁵² (2¹⁴⁴⁹)
 * times smaller are 0. Zero singular values get orthonormal columns of U. Signs: first entry of largest magnitude of
 * each column of U positive. info: 0; −1 if A has a NaN or an infinity; −2 if m < n; > 0: rotations in the last sweep
 * allowed. Else s, U, Vᵀ are NaN.
 */
export function gesvj<T>(
  m: i32,
  n: i32,
  a: usize,
  lda: i32,
  s: usize,
  u: usize,
  ldu: i32,
  vt: usize,
  ldvt: i32,
  work: usize,
): i32 {
  if (n <= 0) return 0;
  if (m < n) return -2;
  const bytes = columnBytes<T>(m);
  const vBytes = roundUp(<usize>n * sizeof<T>(), VECTOR_BYTES);
  const g = roundUp(work, VECTOR_BYTES);
  const v = g + <usize>n * bytes;
  const norms = v + <usize>n * vBytes;
  const top = largest<T>(m, n, a, <usize>lda * sizeof<T>());
  let info = finite<T>(top) ? 0 : NOT_FINITE;
  let k = 0;
  if (info == 0) {
    if (top > 0) k = exponentOf<T>(top) - (sizeof<T>() == 4 ? 50 : 480);
    memory.fill(g, 0, <usize>(norms - g));
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        const x = load<T>(at<T>(a + <usize>i * <usize>lda * sizeof<T>(), j));
        store<T>(at<T>(g + <usize>j * bytes, i), scaleByPower<T>(x, -k));
      }
    }
    for (let j = 0; j < n; j++) {
      store<T>(at<T>(v + <usize>j * vBytes, j), 1);
      store<T>(at<T>(norms, j), norm<T>(bytes, g + <usize>j * bytes));
    }
    const tolerance = sqrt<T>(<T>max<i32>(m, LEAST)) * unitRoundoff<T>();
    for (let turn = 0; turn < SWEEPS; turn++) {
      info = 0;
      for (let p = 0; p < n; p++) {
        pivot<T>(p, n, g, bytes, v, vBytes, norms);
        for (let q = p + 1; q < n; q++) info += orthogonalise<T>(p, q, g, bytes, v, vBytes, norms, tolerance);
      }
      if (info == 0) break;
    }
  }
  if (info != 0) {
    fillNaN<T>(n, s);
    if (u) for (let i = 0; i < m; i++) fillNaN<T>(n, u + <usize>i * <usize>ldu * sizeof<T>());
    if (vt) for (let i = 0; i < n; i++) fillNaN<T>(n, vt + <usize>i * <usize>ldvt * sizeof<T>());
    return info;
  }
  finish<T>(m, n, g, bytes, v, vBytes, norms, k, s, u, ldu, vt, ldvt);
  return 0;
}

/** Sorts, scales back, normalises and writes the factors. */
function finish<T>(
  m: i32,
  n: i32,
  g: usize,
  bytes: usize,
  v: usize,
  vBytes: usize,
  norms: usize,
  k: i32,
  s: usize,
  u: usize,
  ldu: i32,
  vt: usize,
  ldvt: i32,
): void {
  let rank = 0;
  for (let j = 0; j < n; j++) {
    pivot<T>(j, n, g, bytes, v, vBytes, norms);
    const sigma = load<T>(at<T>(norms, j));
    store<T>(at<T>(s, j), scaleByPower<T>(sigma, k));
    if (sigma == 0) continue;
    rank++;
    const x = g + <usize>j * bytes;
    const divisor = v128.splat<T>(sigma);
    for (let i: usize = 0; i < bytes; i += VECTOR_BYTES) v128.store(x + i, v128.div<T>(v128.load(x + i), divisor));
  }
  if (u) complete<T>(m, n, rank, g, bytes);
  for (let j = 0; j < n; j++) {
    const x = g + <usize>j * bytes;
    const sign = canonicalSign<T>(m, x);
    const row = v + <usize>j * vBytes;
    for (let i = 0; u != 0 && i < m; i++) {
      store<T>(at<T>(u + <usize>i * <usize>ldu * sizeof<T>(), j), sign * load<T>(at<T>(x, i)));
    }
    for (let i = 0; vt != 0 && i < n; i++) {
      store<T>(at<T>(vt + <usize>j * <usize>ldvt * sizeof<T>(), i), sign * load<T>(at<T>(row, i)));
    }
  }
}

export function dgesvj_work(m: i32, n: i32): usize {
  return gesvjWork<f64>(m, n);
}
export function dgesvj(
  m: i32,
  n: i32,
  a: usize,
  lda: i32,
  s: usize,
  u: usize,
  ldu: i32,
  vt: usize,
  ldvt: i32,
  work: usize,
): i32 {
  return gesvj<f64>(m, n, a, lda, s, u, ldu, vt, ldvt, work);
}
