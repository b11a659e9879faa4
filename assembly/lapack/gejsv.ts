/**
 * A = U·diag(s)·Vᵀ by one-sided Jacobi (`gesvj`) for every shape: of R after a QR when tall, of Aᵀ when wide. Every
 * singular value to a few u relative where A = B·D, B well conditioned, D diagonal (wide: A = D·B): QR keeps that, its
 * error being relative to each column.
 */
import { at, roundUp, VECTOR_BYTES } from "../simd";
import { transpose } from "../blas/pack";
import { largest } from "./canonical";
import { fillRows, isTall, scaledCopy, writeFactors } from "./gesdd";
import { larfbWork } from "./householder";
import { gesvj, gesvjWork } from "./jacobi";
import { geqrf, geqrfWork, NB, ormqr, rowLength } from "./qr";
import { exponentOf, fillNaN, finite, scaleByPower } from "./scalar";

const NOT_FINITE: i32 = -1;

export function gejsvWork<T>(rows: i32, columns: i32): usize {
  if (rows <= 0 || columns <= 0) return 0;
  const m = max(rows, columns);
  const n = min(rows, columns);
  const tall = isTall(m, n);
  const ldx = rowLength<T>(m);
  const elements = <usize>2 * <usize>m * <usize>n + <usize>n * <usize>(ldx + n + NB + 2) + <usize>tall * <usize>n * <usize>ldx;
  const calls = max(geqrfWork<T>(m, n), larfbWork<T>(1, n, m, min(NB, n)));
  return elements * sizeof<T>() + max(calls, gesvjWork<T>(m, n)) + 4 * VECTOR_BYTES;
}

/** The same for m ≥ n ≥ 1 and a finite A, of Aᵀ if `flip`. */
// prettier-ignore
function jacobiTall<T>(flip: bool, m: i32, n: i32, a: usize, power: i32, s: usize, u: usize, vt: usize, work: usize): i32 {
  const tall = isTall(m, n);
  const ldx = rowLength<T>(m);
  const w = roundUp(work, VECTOR_BYTES);
  const factor = at<T>(w, m * n);
  const y = at<T>(factor, m * n);
  const t = at<T>(y, n * n);
  const tau = at<T>(t, n * NB);
  const signs = at<T>(tau, n);
  const x = roundUp(at<T>(signs, n), VECTOR_BYTES);
  const q = at<T>(x, n * ldx);
  const rest = tall ? at<T>(q, n * ldx) : q;
  const core = tall ? n : m;
  scaledCopy<T>(flip, m, n, a, flip ? m : n, power, w, n);
  memory.fill(x, 0, rest - x);
  if (tall) {
    geqrf<T>(m, n, w, n, q, ldx, tau, t, rest);
    for (let i = 1; i < n; i++) memory.fill(at<T>(w, i * n), 0, <usize>i * sizeof<T>());
  }
  const info = gesvj<T>(core, n, w, n, s, factor, n, y, n, rest);
  if (info != 0) return info;
  transpose<T, T>(core, n, factor, n, x, ldx, 0);
  if (tall) ormqr<T>(1, 1, n, m, n, q, ldx, t, x, ldx, rest);
  for (let j = 0; j < n; j++) store<T>(at<T>(s, j), scaleByPower<T>(load<T>(at<T>(s, j)), -power));
  writeFactors<T>(flip, n, m, n, x, ldx, y, n, signs, u, n, vt, flip ? m : n);
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
export function sgejsv_work(m: i32, n: i32): usize { return gejsvWork<f32>(m, n); }
// prettier-ignore
export function dgejsv_work(m: i32, n: i32): usize { return gejsvWork<f64>(m, n); }
// prettier-ignore
export function sgejsv_batched(
  m: i32, n: i32, batch: i32, a: usize, s: usize, u: usize, vt: usize, work: usize, infos: usize,
): i32 { return gejsvBatched<f32>(m, n, batch, a, s, u, vt, work, infos); }
// prettier-ignore
export function dgejsv_batched(
  m: i32, n: i32, batch: i32, a: usize, s: usize, u: usize, vt: usize, work: usize, infos: usize,
): i32 { return gejsvBatched<f64>(m, n, batch, a, s, u, vt, work, infos); }
