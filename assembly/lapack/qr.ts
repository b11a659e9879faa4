/**
 * Householder QR of a row-major m×n matrix, blocked: A = Q·R, or A·P = Q·R with column pivoting (largest remaining
 * column first), Q = H_0·H_1 ⋯ H_{k−1}, k = min(m, n).
 *
 * A panel of NB columns is transposed, so that its columns are contiguous; its reflectors stay as rows of V, and V and
 * the T of each panel are what `ormqr` and `orgqr` apply. With pivoting all columns are kept transposed and norms are
 * downdated as in LAPACK's laqp2 (Drmač and Bujanović, ACM TOMS 35 (2008)). Order of summation: householder.ts.
 * Accuracy: ‖A − QR‖ and ‖QᵀQ − I‖ below 3·max(m, n)·ulp in all tests (of ‖A‖ and 1).
 */
import { at, lanes, roundUp, VECTOR_BYTES } from "../simd";
import { copy, dot, swap } from "../blas/level1";
import { transpose } from "../blas/pack";
import { largest } from "./canonical";
import { dotVectors, larfb, larfbWork, larfg, larfRows, larft, larftWork } from "./householder";
import { exponentOf, fillNaN, finite, scaleByPower, unitRoundoff } from "./scalar";

/** Reflectors in a block. */
// @ts-ignore: decorator
@inline
export const NB: i32 = 24;

const NOT_FINITE: i32 = -1;

/** Elements between rows of n elements: whole vectors, and an odd number of cache lines once rows are long. */
export function rowLength<T>(n: i32): i32 {
  const bytes = roundUp(<usize>n * sizeof<T>(), VECTOR_BYTES);
  return <i32>((bytes < 512 ? bytes : roundUp(bytes, 64) | 64) / sizeof<T>());
}

/** T of every panel of V (k×n, v_i = 0 before element i): panel p at t + p·NB·NB. */
export function larftPanels<T>(k: i32, n: i32, v: usize, ldv: i32, tau: usize, t: usize, work: usize): void {
  for (let j = 0; j < k; j += NB) {
    const diagonal = v + (<usize>j * <usize>ldv + <usize>j) * sizeof<T>();
    larft<T>(min(NB, k - j), n - j, diagonal, ldv, at<T>(tau, j), at<T>(t, j * NB), work);
  }
}

/** C ← Q·C, Qᵀ·C (right = 0, C m×n), C·Q or C·Qᵀ (right = 1), Q from k reflectors in V and T by panels. */
// prettier-ignore
export function ormqr<T>(
  right: i32, trans: i32, m: i32, n: i32, k: i32, v: usize, ldv: i32, t: usize, c: usize, ldc: i32, work: usize,
): void {
  const forwards = right != trans;
  const panels = (k + NB - 1) / NB;
  for (let p = 0; p < panels; p++) {
    const j = (forwards ? p : panels - 1 - p) * NB;
    larfb<T>(
      right, trans, right ? m : m - j, right ? n - j : n, min(NB, k - j),
      v + (<usize>j * <usize>ldv + <usize>j) * sizeof<T>(), ldv, at<T>(t, j * NB),
      right ? at<T>(c, j) : c + <usize>j * <usize>ldc * sizeof<T>(), ldc, work,
    );
  }
}

/** Q (m×n, n ≥ k, disjoint from V): the leading columns of H_0 ⋯ H_{k−1}. */
export function orgqr<T>(m: i32, n: i32, k: i32, v: usize, ldv: i32, t: usize, q: usize, ldq: i32, work: usize): void {
  const row = <usize>ldq * sizeof<T>();
  for (let i = 0; i < m; i++) {
    memory.fill(q + <usize>i * row, 0, <usize>n * sizeof<T>());
    if (i < n) store<T>(at<T>(q + <usize>i * row, i), 1);
  }
  for (let j = ((k - 1) / NB) * NB; j >= 0; j -= NB) {
    const block = v + (<usize>j * <usize>ldv + <usize>j) * sizeof<T>();
    const corner = at<T>(q + <usize>j * row, j);
    larfb<T>(0, 0, m - j, n - j, min(NB, k - j), block, ldv, at<T>(t, j * NB), corner, ldq, work);
  }
}

/** Brings the row of largest norm among j … rows−1 to place j, with its pivot and norms. */
function bringLargest<T>(j: i32, rows: i32, width: i32, x: usize, ldx: i32, norms: usize, pivots: usize): void {
  let best = j;
  for (let c = j + 1; c < rows; c++) if (load<T>(at<T>(norms, c)) > load<T>(at<T>(norms, best))) best = c;
  if (best == j) return;
  swap<T>(width, x + <usize>j * <usize>ldx * sizeof<T>(), x + <usize>best * <usize>ldx * sizeof<T>());
  const p = load<i32>(at<i32>(pivots, j));
  store<i32>(at<i32>(pivots, j), load<i32>(at<i32>(pivots, best)));
  store<i32>(at<i32>(pivots, best), p);
  store<T>(at<T>(norms, best), load<T>(at<T>(norms, j)));
  store<T>(at<T>(norms, rows + best), load<T>(at<T>(norms, rows + j)));
}

/** Norms of what is left of rows j+1 …, by downdating; afresh where that has lost half the digits. */
function downdate<T>(j: i32, rows: i32, m: i32, x: usize, stride: usize, norms: usize): void {
  for (let c = j + 1; c < rows; c++) {
    const norm = load<T>(at<T>(norms, c));
    if (norm == 0) continue;
    const row = x + <usize>c * stride;
    const ratio = abs<T>(load<T>(at<T>(row, j))) / norm;
    const rest = max<T>(0, <T>1 - ratio * ratio);
    const original = norm / load<T>(at<T>(norms, rows + c));
    if (rest * original * original > sqrt<T>(<T>2 * unitRoundoff<T>())) {
      store<T>(at<T>(norms, c), norm * sqrt<T>(rest));
      continue;
    }
    const left = at<T>(row, j + 1);
    const fresh = sqrt<T>(dot<T>(m - j - 1, left, left));
    store<T>(at<T>(norms, c), fresh);
    store<T>(at<T>(norms, rows + c), fresh);
  }
}

/**
 * Reflectors of the first k of `rows` columns of length m, kept as rows of x, which become v_0 … v_{k−1}; R (k×rows)
 * goes to r. pivots: 0, or `rows` indices to permute, and norms room for 2·rows.
 */
// prettier-ignore
export function factorRows<T>(
  k: i32, rows: i32, m: i32, x: usize, ldx: i32, tau: usize, r: usize, ldr: i32, pivots: usize, norms: usize,
): void {
  const stride = <usize>ldx * sizeof<T>();
  const width = roundUp(<usize>m * sizeof<T>(), VECTOR_BYTES);
  for (let c = 0; c < rows && pivots != 0; c++) {
    const row = x + <usize>c * stride;
    const norm = sqrt<T>(dotVectors<T>(width, row, row));
    store<T>(at<T>(norms, c), norm);
    store<T>(at<T>(norms, rows + c), norm);
  }
  for (let j = 0; j < rows; j++) {
    const row = x + <usize>j * stride;
    if (pivots && j < k) bringLargest<T>(j, rows, m, x, ldx, norms, pivots);
    for (let i = 0; i < min(j, k); i++) {
      store<T>(r + (<usize>i * <usize>ldr + <usize>j) * sizeof<T>(), load<T>(at<T>(row, i)));
      store<T>(at<T>(row, i), 0);
    }
    if (j >= k) continue;
    const start = <usize>(j & ~(lanes<T>() - 1)) * sizeof<T>();
    const bytes = width - start;
    const alpha = load<T>(at<T>(row, j));
    store<T>(at<T>(row, j), 0);
    const t = larfg<T>(bytes, row + start, alpha, r + (<usize>j * <usize>ldr + <usize>j) * sizeof<T>());
    store<T>(at<T>(row, j), 1);
    store<T>(at<T>(tau, j), t);
    larfRows<T>(rows - j - 1, bytes, row + start, t, row + stride + start, stride);
    if (pivots) downdate<T>(j, rows, m, x, stride, norms);
  }
}

export function geqrfWork<T>(m: i32, n: i32): usize {
  const k = min(NB, min(m, n));
  return max(larftWork<T>(k, m), larfbWork<T>(0, m, max(n - k, 0), k));
}

/** A (m×n, destroyed) ← R in its upper triangle; V (k×m, zero on entry), tau (k) and T (panels) as described above. */
// prettier-ignore
export function geqrf<T>(
  m: i32, n: i32, a: usize, lda: i32, v: usize, ldv: i32, tau: usize, t: usize, work: usize,
): void {
  const k = min(m, n);
  for (let j = 0; j < k; j += NB) {
    const nb = min(NB, k - j);
    const corner = a + (<usize>j * <usize>lda + <usize>j) * sizeof<T>();
    const block = v + (<usize>j * <usize>ldv + <usize>j) * sizeof<T>();
    transpose<T, T>(m - j, nb, corner, lda, block, ldv, 0);
    factorRows<T>(nb, nb, m - j, block, ldv, at<T>(tau, j), corner, lda, 0, 0);
    larft<T>(nb, m - j, block, ldv, at<T>(tau, j), at<T>(t, j * NB), work);
    larfb<T>(0, 1, m - j, n - j - nb, nb, block, ldv, at<T>(t, j * NB), at<T>(corner, nb), lda, work);
  }
}

export function qrWork<T>(m: i32, n: i32, columns: i32): usize {
  if (m <= 0 || n <= 0) return 0;
  const k = min(m, n);
  const ldv = rowLength<T>(m);
  const elements = <usize>m * <usize>n + <usize>n * <usize>ldv + <usize>k * <usize>(NB + 1) + 2 * <usize>n;
  const calls = max(geqrfWork<T>(m, n), larfbWork<T>(0, m, columns, min(NB, k)));
  return elements * sizeof<T>() + max(calls, larftWork<T>(min(NB, k), m)) + 4 * VECTOR_BYTES;
}

/**
 * A·P = Q·R: R k×n with a diagonal ≥ 0, Q m×`columns` (0, k, or m for all of it). pivots: 0 (P = I), or n indices: column
 * j of A·P is column pivots[j] of A. A is kept. Scaled by a power of two. Work: qrWork. info: 0, or −1 if A has a NaN or
 * an infinity: then Q and R are NaN.
 */
// prettier-ignore
export function qr<T>(
  m: i32, n: i32, a: usize, lda: i32, columns: i32, q: usize, ldq: i32, r: usize, ldr: i32, pivots: usize, work: usize,
): i32 {
  const k = min(m, n);
  for (let j = 0; j < n && pivots != 0; j++) store<i32>(at<i32>(pivots, j), j);
  const top = largest<T>(m, n, a, <usize>lda * sizeof<T>());
  if (!finite<T>(top)) {
    for (let i = 0; i < m; i++) fillNaN<T>(columns, q + <usize>i * <usize>ldq * sizeof<T>());
    for (let i = 0; i < k; i++) fillNaN<T>(n, r + <usize>i * <usize>ldr * sizeof<T>());
    return NOT_FINITE;
  }
  if (k <= 0) {
    if (columns > 0) orgqr<T>(m, columns, 0, 0, 0, 0, q, ldq, work);
    return 0;
  }
  const power = top > 0 ? exponentOf<T>(top) + 1 : 0;
  const ldv = rowLength<T>(m);
  const v = roundUp(work, VECTOR_BYTES);
  const w = at<T>(v, n * ldv);
  const t = at<T>(w, m * n);
  const tau = at<T>(t, k * NB);
  const norms = at<T>(tau, k);
  const rest = roundUp(at<T>(norms, 2 * n), VECTOR_BYTES);
  memory.fill(v, 0, <usize>n * <usize>ldv * sizeof<T>());
  for (let i = 0; i < m; i++) {
    const to = at<T>(w, i * n);
    copy<T>(n, a + <usize>i * <usize>lda * sizeof<T>(), to);
    if (power != 0) scaleRow<T>(n, to, -power);
  }
  if (pivots) {
    transpose<T, T>(m, n, w, n, v, ldv, 0);
    factorRows<T>(k, n, m, v, ldv, tau, w, n, pivots, norms);
    larftPanels<T>(k, m, v, ldv, tau, t, rest);
  } else geqrf<T>(m, n, w, n, v, ldv, tau, t, rest);
  if (columns > 0) orgqr<T>(m, columns, k, v, ldv, t, q, ldq, rest);
  for (let i = 0; i < k; i++) {
    const from = at<T>(w, i * n);
    const to = r + <usize>i * <usize>ldr * sizeof<T>();
    const flip = load<T>(at<T>(from, i)) < 0;
    memory.fill(to, 0, <usize>i * sizeof<T>());
    for (let j = i; j < n; j++) {
      const x = scaleByPower<T>(load<T>(at<T>(from, j)), power);
      store<T>(at<T>(to, j), flip ? -x : x);
    }
    for (let p = 0; flip && columns > 0 && p < m; p++) {
      const entry = q + (<usize>p * <usize>ldq + <usize>i) * sizeof<T>();
      store<T>(entry, -load<T>(entry));
    }
  }
  return 0;
}

function scaleRow<T>(n: i32, x: usize, power: i32): void {
  for (let j = 0; j < n; j++) store<T>(at<T>(x, j), scaleByPower<T>(load<T>(at<T>(x, j)), power));
}

/** `qr` for `batch` contiguous items: A m×n, Q m×columns, R k×n, pivots (or 0) n. Returns how many failed. */
// prettier-ignore
function qrBatched<T>(
  m: i32, n: i32, columns: i32, batch: i32, a: usize, q: usize, r: usize, pivots: usize, work: usize, infos: usize,
): i32 {
  let failed = 0;
  for (let i = 0; i < batch; i++) {
    const info = qr<T>(m, n, a, n, columns, q, columns, r, n, pivots, work);
    store<i32>(at<i32>(infos, i), info);
    failed += i32(info != 0);
    a += <usize>m * <usize>n * sizeof<T>();
    q += <usize>m * <usize>columns * sizeof<T>();
    r += <usize>min(m, n) * <usize>n * sizeof<T>();
    if (pivots) pivots = at<i32>(pivots, n);
  }
  return failed;
}

// prettier-ignore
export function dqr_work(m: i32, n: i32, columns: i32): usize { return qrWork<f64>(m, n, columns); }
// prettier-ignore
export function dqr_batched(
  m: i32, n: i32, columns: i32, batch: i32, a: usize, q: usize, r: usize, pivots: usize, work: usize, infos: usize,
): i32 { return qrBatched<f64>(m, n, columns, batch, a, q, r, pivots, work, infos); }
