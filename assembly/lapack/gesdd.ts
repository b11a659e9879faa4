/**
 * A = U·diag(s)·Vᵀ, m×n: QR first when tall (LAPACK's ratio 11/6), Aᵀ when wide, bidiagonalisation, `bdsdc`, and the
 * reflectors applied to the rows of Uᵀ and Vᵀ in blocks.
 */
import { at, roundUp, VECTOR_BYTES } from "../simd";
import { copy } from "../blas/level1";
import { transpose } from "../blas/pack";
import { bdsdc, bdsdcWork } from "./bdsdc";
import { gebrd, gebrdWork } from "./bidiagonal";
import { canonicalSign, largest } from "./canonical";
import { larfbWork, larftWork } from "./householder";
import { geqrf, geqrfWork, larftPanels, NB, ormqr, rowLength } from "./qr";
import { exponentOf, fillNaN, finite, scaleByPower } from "./scalar";

const NOT_FINITE: i32 = -1;

/** What is wanted: values alone, thin factors, or U m×m and Vᵀ n×n. */
const VALUES: i32 = 0;
const FULL: i32 = 2;

// @ts-ignore: decorator
@inline
function isTall(m: i32, n: i32): bool {
  return <i64>6 * m >= <i64>11 * n;
}

/** Elements between the rows of f64 vectors of the bidiagonal matrix: room for one more, whole vectors. */
// @ts-ignore: decorator
@inline
function coreLength(n: i32): i32 {
  return (n + 3) & ~1;
}

/** Work space for m ≥ n ≥ 1, one array after the other as `gesddTall` lays them out. */
function tallWork<T>(wanted: i32, m: i32, n: i32): usize {
  const mb = isTall(m, n) ? n : m;
  const rows = wanted == FULL ? m : n;
  const lda = <usize>rowLength<T>(n);
  const ldu = <usize>rowLength<T>(m);
  const ldb = <usize>rowLength<T>(mb);
  const square = <usize>(n + 1) * <usize>coreLength(n);
  let elements = <usize>(m + 4) * lda + <usize>n * (ldb + lda + <usize>NB + 3) + 8;
  if (isTall(m, n)) elements += <usize>n * (ldu + <usize>NB);
  if (wanted != VALUES) elements += <usize>rows * ldu + <usize>n * lda;
  const doubles: usize = 3 * <usize>n + 4 + (wanted == VALUES ? 0 : 2 * square);
  const k = min(NB, n);
  let calls = max(gebrdWork<T>(<i32>ldb, <i32>lda), larftWork<T>(k, m));
  calls = max(calls, max(geqrfWork<T>(m, n), bdsdcWork(wanted != VALUES, n)));
  if (wanted != VALUES) calls = max(calls, max(larfbWork<T>(1, rows, m, k), larfbWork<T>(1, n, n, k)));
  return elements * sizeof<T>() + doubles * 8 + calls + 16 * VECTOR_BYTES;
}

export function gesddWork<T>(wanted: i32, m: i32, n: i32): usize {
  if (m <= 0 || n <= 0) return 0;
  return tallWork<T>(wanted, max(m, n), min(m, n));
}

/** 2^power·A, or its transpose, as m rows of `ldw` elements; what lies between the rows is left alone. */
export function scaledCopy<T>(flip: bool, m: i32, n: i32, a: usize, lda: i32, power: i32, w: usize, ldw: i32): void {
  if (flip) transpose<T, T>(n, m, a, lda, w, ldw, 0);
  for (let i = 0; i < m; i++) {
    const row = w + <usize>i * <usize>ldw * sizeof<T>();
    if (!flip) copy<T>(n, a + <usize>i * <usize>lda * sizeof<T>(), row);
    for (let j = 0; j < n; j++) store<T>(at<T>(row, j), scaleByPower<T>(load<T>(at<T>(row, j)), power));
  }
}

/** The sorted rows of the f64 vectors of the bidiagonal matrix, as T. */
function gatherRows<T>(n: i32, from: usize, order: usize, to: usize, ld: i32): void {
  for (let j = 0; j < n; j++) {
    const row = at<f64>(from, load<i32>(at<i32>(order, j)) * coreLength(n));
    for (let i = 0; i < n; i++) store<T>(at<T>(to + <usize>j * <usize>ld * sizeof<T>(), i), <T>load<f64>(at<f64>(row, i)));
  }
}

/** Rows of x, each times its sign, to rows (`across` = 0) or columns of z. */
// prettier-ignore
function writeRows<T>(rows: i32, n: i32, x: usize, ldx: i32, signs: usize, across: i32, z: usize, ldz: i32): void {
  if (across) transpose<T, T>(rows, n, x, ldx, z, ldz, signs);
  for (let j = 0; j < rows && !across; j++) {
    const sign = load<T>(at<T>(signs, j));
    const row = x + <usize>j * <usize>ldx * sizeof<T>();
    const to = z + <usize>j * <usize>ldz * sizeof<T>();
    for (let i = 0; i < n; i++) store<T>(at<T>(to, i), sign * load<T>(at<T>(row, i)));
  }
}

/**
 * U from the `rows` rows of x (length m) and V from the n of y, canonical signs given; if `flip`, Vᵀ from x and U from y.
 * signs: room for max(rows, n).
 */
// prettier-ignore
export function writeFactors<T>(
  flip: bool, rows: i32, m: i32, n: i32, x: usize, ldx: i32, y: usize, ldy: i32, signs: usize,
  u: usize, ldu: i32, vt: usize, ldvt: i32,
): void {
  for (let j = 0; j < rows; j++) {
    const own = flip && j < n;
    const row = own ? y + <usize>j * <usize>ldy * sizeof<T>() : x + <usize>j * <usize>ldx * sizeof<T>();
    store<T>(at<T>(signs, j), canonicalSign<T>(own ? n : m, row));
  }
  writeRows<T>(rows, m, x, ldx, signs, i32(!flip), flip ? vt : u, flip ? ldvt : ldu);
  writeRows<T>(n, n, y, ldy, signs, i32(flip), flip ? u : vt, flip ? ldu : ldvt);
}

/** `gesdd` for m ≥ n ≥ 1, of Aᵀ if `flip`: then U and Vᵀ change their roles where they are written. */
// prettier-ignore
function gesddTall<T>(
  wanted: i32, flip: bool, m: i32, n: i32, a: usize, lda: i32, power: i32,
  s: usize, u: usize, ldu: i32, vt: usize, ldvt: i32, work: usize,
): i32 {
  const tall = isTall(m, n);
  const mb = tall ? n : m;
  const rows = wanted == FULL ? m : n;
  const ldw = rowLength<T>(n);
  const ldb = rowLength<T>(mb);
  const ldx = rowLength<T>(m);
  const w = roundUp(work, VECTOR_BYTES);
  const ub = at<T>(w, (m + 4) * ldw);
  const pb = at<T>(ub, n * ldb + 8);
  const q = at<T>(pb, n * ldw);
  const zeroEnd = tall ? at<T>(q, n * ldx) : q;
  const tauU = zeroEnd;
  const tauP = at<T>(tauU, n);
  const tauQ = at<T>(tauP, n);
  const t = at<T>(tauQ, n);
  const tq = at<T>(t, n * NB);
  const x = roundUp(tall ? at<T>(tq, n * NB) : tq, VECTOR_BYTES);
  const y = wanted == VALUES ? x : at<T>(x, rows * ldx);
  const d = roundUp(wanted == VALUES ? y : at<T>(y, n * ldw), VECTOR_BYTES);
  const e = at<f64>(d, n);
  const order = at<f64>(e, n);
  const ut = roundUp(at<f64>(order, n), VECTOR_BYTES);
  const core = coreLength(n);
  const v = at<f64>(ut, wanted == VALUES ? 0 : (n + 1) * core);
  const rest = roundUp(at<f64>(v, wanted == VALUES ? 0 : (n + 1) * core), VECTOR_BYTES);

  memory.fill(w, 0, zeroEnd - w);
  scaledCopy<T>(flip, m, n, a, lda, power, w, ldw);
  if (tall) {
    geqrf<T>(m, n, w, ldw, q, ldx, tauQ, tq, rest);
    for (let i = 0; i < n + 4; i++) {
      memory.fill(at<T>(w, i * ldw), 0, <usize>min(i, n) * sizeof<T>());
    }
  }
  gebrd<T>(mb, n, w, ldw, d, e, ub, ldb, pb, tauU, tauP, rest);
  const info = bdsdc(n, d, e, wanted == VALUES ? 0 : ut, v, core, order, rest);
  if (info != 0) return info;
  for (let j = 0; j < n; j++) {
    const sigma = load<f64>(at<f64>(d, load<i32>(at<i32>(order, j))));
    store<T>(at<T>(s, j), scaleByPower<T>(<T>sigma, -power));
  }
  if (wanted == VALUES) return 0;

  memory.fill(x, 0, d - x);
  gatherRows<T>(n, ut, order, x, ldx);
  gatherRows<T>(n, v, order, y, ldw);
  for (let i = n; i < rows; i++) store<T>(at<T>(x, i * ldx + i), 1);
  larftPanels<T>(n, mb, ub, ldb, tauU, t, rest);
  ormqr<T>(1, 1, rows, mb, n, ub, ldb, t, x, ldx, rest);
  if (tall) ormqr<T>(1, 1, rows, m, n, q, ldx, tq, x, ldx, rest);
  larftPanels<T>(n - 1, n - 1, at<T>(pb, 1), ldw, at<T>(tauP, 1), t, rest);
  ormqr<T>(1, 1, n, n - 1, n - 1, at<T>(pb, 1), ldw, t, at<T>(y, 1), ldw, rest);

  writeFactors<T>(flip, rows, m, n, x, ldx, y, ldw, w, u, ldu, vt, ldvt);
  return 0;
}

export function fillRows<T>(rows: i32, columns: i32, x: usize, ldx: i32): void {
  for (let i = 0; i < rows; i++) fillNaN<T>(columns, x + <usize>i * <usize>ldx * sizeof<T>());
}

/**
 * A = U·diag(s)·Vᵀ. s: k = min(m, n) values, descending; wanted 1: U m×k, Vᵀ k×n; 2: U m×m, Vᵀ n×n; 0: neither is
 * touched. A is kept. Scaled by a power of two: 2^k·A has the same vectors. The first entry of largest magnitude of each
 * column of U is positive (of those without a value, of each column of U or row of Vᵀ). Work: gesddWork. info: 0; −1 if
 * A has a NaN or an infinity; > 0: couplings that did not converge. Else all results are NaN.
 */
// prettier-ignore
export function gesdd<T>(
  wanted: i32, m: i32, n: i32, a: usize, lda: i32, s: usize, u: usize, ldu: i32, vt: usize, ldvt: i32, work: usize,
): i32 {
  const k = min(m, n);
  const flip = m < n;
  const left = wanted == FULL ? m : k;
  const right = wanted == FULL ? n : k;
  if (k <= 0) {
    for (let i = 0; i < left * i32(wanted == FULL); i++) {
      memory.fill(u + <usize>i * <usize>ldu * sizeof<T>(), 0, <usize>m * sizeof<T>());
      store<T>(u + (<usize>i * <usize>ldu + <usize>i) * sizeof<T>(), 1);
    }
    for (let i = 0; i < right * i32(wanted == FULL); i++) {
      memory.fill(vt + <usize>i * <usize>ldvt * sizeof<T>(), 0, <usize>n * sizeof<T>());
      store<T>(vt + (<usize>i * <usize>ldvt + <usize>i) * sizeof<T>(), 1);
    }
    return 0;
  }
  const top = largest<T>(m, n, a, <usize>lda * sizeof<T>());
  let info: i32 = NOT_FINITE;
  if (finite<T>(top)) {
    const power = top > 0 ? -1 - exponentOf<T>(top) : 0;
    info = gesddTall<T>(wanted, flip, max(m, n), k, a, lda, power, s, u, ldu, vt, ldvt, work);
  }
  if (info == 0) return 0;
  fillNaN<T>(k, s);
  if (wanted == VALUES) return info;
  fillRows<T>(m, left, u, ldu);
  fillRows<T>(right, n, vt, ldvt);
  return info;
}

/** `gesdd` for `batch` contiguous items; infos[i] is item i's info. Returns how many failed. */
// prettier-ignore
function gesddBatched<T>(
  wanted: i32, m: i32, n: i32, batch: i32, a: usize, s: usize, u: usize, vt: usize, work: usize, infos: usize,
): i32 {
  const k = min(m, n);
  const left = wanted == FULL ? m : k;
  const right = wanted == FULL ? n : k;
  let failed = 0;
  for (let i = 0; i < batch; i++) {
    const info = gesdd<T>(wanted, m, n, a, n, s, u, left, vt, n, work);
    store<i32>(at<i32>(infos, i), info);
    failed += i32(info != 0);
    a += <usize>m * <usize>n * sizeof<T>();
    s += <usize>k * sizeof<T>();
    u += <usize>m * <usize>left * sizeof<T>();
    vt += <usize>right * <usize>n * sizeof<T>();
  }
  return failed;
}

// prettier-ignore
export function dgesdd_work(wanted: i32, m: i32, n: i32): usize { return gesddWork<f64>(wanted, m, n); }
// prettier-ignore
export function dgesdd_batched(
  wanted: i32, m: i32, n: i32, batch: i32, a: usize, s: usize, u: usize, vt: usize, work: usize, infos: usize,
): i32 { return gesddBatched<f64>(wanted, m, n, batch, a, s, u, vt, work, infos); }
