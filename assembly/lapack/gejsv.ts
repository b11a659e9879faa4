/**
 * A = U·diag(s)·Vᵀ by one-sided Jacobi, of Aᵀ when wide: QR with column pivoting of A with its rows sorted by their
 * largest entry, then `gesvj` of Rᵀ. Every singular value to a few u relative where A = D₁·B·D₂, B well conditioned, D₁
 * and D₂ diagonal: that QR keeps both scalings, and few sweeps remain. Sources: Drmač and Veselić, SIAM J. Matrix Anal.
 * Appl. 29 (2008); Cox and Higham, in: Numerical Analysis 1997 (rows).
 */
import { at, roundUp, VECTOR_BYTES } from "../simd";
import { transpose } from "../blas/pack";
import { largest } from "./canonical";
import { fillRows, scaledCopy, writeFactors } from "./gesdd";
import { larfbWork, larftWork } from "./householder";
import { gesvj, gesvjWork } from "./jacobi";
import { factorRows, larftPanels, NB, ormqr, rowLength } from "./qr";
import { exponentOf, fillNaN, finite, scaleByPower } from "./scalar";

const NOT_FINITE: i32 = -1;

export function gejsvWork<T>(rows: i32, columns: i32): usize {
  if (rows <= 0 || columns <= 0) return 0;
  const m = max(rows, columns);
  const n = min(rows, columns);
  const k = min(NB, n);
  const elements = <usize>m * <usize>(n + 1) + <usize>n * <usize>(2 * rowLength<T>(m) + 2 * n + NB + 4);
  const calls = max(gesvjWork<T>(n, n), max(larftWork<T>(k, m), larfbWork<T>(1, n, m, k)));
  return elements * sizeof<T>() + <usize>(m + n) * 4 + calls + 6 * VECTOR_BYTES;
}

/** order: the rows of a (m×n) by their largest entry, descending (Shell's sort). keys: m. */
function sortRows<T>(m: i32, n: i32, a: usize, keys: usize, order: usize): void {
  for (let i = 0; i < m; i++) {
    store<T>(at<T>(keys, i), largest<T>(1, n, a + <usize>i * <usize>n * sizeof<T>(), 0));
    store<i32>(at<i32>(order, i), i);
  }
  for (let gap = m >> 1; gap > 0; gap = gap == 2 ? 1 : <i32>((<i64>gap * 5) / 11)) {
    for (let i = gap; i < m; i++) {
      const row = load<i32>(at<i32>(order, i));
      let j = i;
      for (; j >= gap; j -= gap) {
        const other = load<i32>(at<i32>(order, j - gap));
        if (load<T>(at<T>(keys, other)) >= load<T>(at<T>(keys, row))) break;
        store<i32>(at<i32>(order, j), other);
      }
      store<i32>(at<i32>(order, j), row);
    }
  }
}

/** Entry i of each of n rows of length m goes to place order[i]; `spare` holds one row. */
function spread<T>(n: i32, m: i32, x: usize, ldx: i32, order: usize, spare: usize): void {
  for (let j = 0; j < n; j++) {
    const row = x + <usize>j * <usize>ldx * sizeof<T>();
    memory.copy(spare, row, <usize>m * sizeof<T>());
    for (let i = 0; i < m; i++) store<T>(at<T>(row, load<i32>(at<i32>(order, i))), load<T>(at<T>(spare, i)));
  }
}

/** The same for m ≥ n ≥ 1 and a finite A, of Aᵀ if `flip`. */
// prettier-ignore
function jacobiTall<T>(flip: bool, m: i32, n: i32, a: usize, power: i32, s: usize, u: usize, vt: usize, work: usize): i32 {
  const ldx = rowLength<T>(m);
  const w = roundUp(work, VECTOR_BYTES);
  const spare = at<T>(w, m * n);
  const factor = at<T>(spare, m);
  const y = at<T>(factor, n * n);
  const t = at<T>(y, n * n);
  const tau = at<T>(t, n * NB);
  const norms = at<T>(tau, n);
  const v = roundUp(at<T>(norms, 2 * n), VECTOR_BYTES);
  const x = at<T>(v, n * ldx);
  const pivots = at<T>(x, n * ldx);
  const order = at<i32>(pivots, n);
  const rest = roundUp(at<i32>(order, m), VECTOR_BYTES);

  scaledCopy<T>(flip, m, n, a, flip ? m : n, power, w, n);
  sortRows<T>(m, n, w, spare, order);
  memory.fill(v, 0, pivots - v);
  for (let i = 0; i < m; i++) {
    const from = at<T>(w, load<i32>(at<i32>(order, i)) * n);
    for (let j = 0; j < n; j++) store<T>(at<T>(v, j * ldx + i), load<T>(at<T>(from, j)));
  }
  for (let j = 0; j < n; j++) store<i32>(at<i32>(pivots, j), j);
  memory.fill(w, 0, <usize>n * <usize>n * sizeof<T>());
  factorRows<T>(n, n, m, v, ldx, tau, w, n, pivots, norms);
  larftPanels<T>(n, m, v, ldx, tau, t, rest);
  // Rᵀ = F·diag(s)·Gᵀ: A·P = Q·G·diag(s)·Fᵀ, the rows of Gᵀ being what `gesvj` gives.
  transpose<T, T>(n, n, w, n, y, n, 0);
  const info = gesvj<T>(n, n, y, n, s, factor, n, w, n, rest);
  if (info != 0) return info;
  for (let j = 0; j < n; j++) memory.copy(at<T>(x, j * ldx), at<T>(w, j * n), <usize>n * sizeof<T>());
  ormqr<T>(1, 1, n, m, n, v, ldx, t, x, ldx, rest);
  spread<T>(n, m, x, ldx, order, spare);
  transpose<T, T>(n, n, factor, n, y, n, 0);
  spread<T>(n, n, y, n, pivots, spare);
  for (let j = 0; j < n; j++) store<T>(at<T>(s, j), scaleByPower<T>(load<T>(at<T>(s, j)), -power));
  writeFactors<T>(flip, n, m, n, x, ldx, y, n, norms, u, n, vt, flip ? m : n);
  return 0;
}

/**
 * For `batch` contiguous items: A m×n, s k, U m×k, Vᵀ k×n, k = min(m, n). A is kept; scaled by a power of two to about
 * 2⁵⁰ (f32) or 2⁴⁸⁰ (f64), as in `gesvj`. infos[i]: 0; −1 if A has a NaN or an infinity; > 0: rotations in the last sweep
 * allowed. Else the item's results are NaN. Work: gejsvWork. Returns how many failed.
 */
// prettier-ignore
function gejsvBatched<T>(
  m: i32, n: i32, batch: i32, a: usize, s: usize, u: usize, vt: usize, work: usize, infos: usize,
): i32 {
  const k = min(m, n);
  let failed = 0;
  for (let i = 0; i < batch; i++) {
    let info = 0;
    const top = largest<T>(m, n, a, <usize>n * sizeof<T>());
    if (!finite<T>(top)) info = NOT_FINITE;
    else if (k > 0) {
      const power = top > 0 ? (sizeof<T>() == 4 ? 50 : 480) - exponentOf<T>(top) : 0;
      info = jacobiTall<T>(m < n, max(m, n), k, a, power, s, u, vt, work);
    }
    if (info != 0) {
      failed++;
      fillNaN<T>(k, s);
      fillRows<T>(m, k, u, k);
      fillRows<T>(k, n, vt, n);
    }
    store<i32>(at<i32>(infos, i), info);
    a += <usize>m * <usize>n * sizeof<T>();
    s += <usize>k * sizeof<T>();
    u += <usize>m * <usize>k * sizeof<T>();
    vt += <usize>k * <usize>n * sizeof<T>();
  }
  return failed;
}

// prettier-ignore
export function dgejsv_work(m: i32, n: i32): usize { return gejsvWork<f64>(m, n); }
// prettier-ignore
export function dgejsv_batched(
  m: i32, n: i32, batch: i32, a: usize, s: usize, u: usize, vt: usize, work: usize, infos: usize,
): i32 { return gejsvBatched<f64>(m, n, batch, a, s, u, vt, work, infos); }
