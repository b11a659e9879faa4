/**
 * B = U·diag(σ)·Vᵀ for an upper bidiagonal B by divide and conquer, in double precision: halves without their middle row,
 * then `mergeHalves`; implicit QR (`bdsqr`) at the leaves and for values alone. Sources: Gu and Eisenstat, SIAM J. Matrix
 * Anal. Appl. 16 (1995); LAPACK's dlasd0 and dlasdq.
 */
import { at } from "../simd";
import { rot } from "../blas/level1";
import { bdsqr, bdsqrWork, lartg } from "./bdsqr";
import { mergeHalves, mergeWork, sortAscending } from "./bdmerge";

/** Rows up to which a block is left to implicit QR. */
// @ts-ignore: decorator
@inline
const LEAF: i32 = 24;

export function bdsdcWork(vectors: bool, n: i32): usize {
  if (!vectors || n <= LEAF) return bdsqrWork(n);
  return max(bdsqrWork(LEAF), mergeWork(n));
}

/** A block of n rows and n + extra columns by implicit QR; with a column more, rotations make it square first. */
// prettier-ignore
function solveLeaf(
  n: i32, extra: i32, d: usize, e: usize, ut: usize, vt: usize, ld: i32, order: usize, work: usize,
): i32 {
  const columns = n + extra;
  const stride = <usize>ld * 8;
  for (let i = 0; i < columns; i++) {
    if (i < n) store<f64>(at<f64>(ut, i * ld + i), 1);
    store<f64>(at<f64>(vt, i * ld + i), 1);
  }
  // First from the right, which leaves a lower bidiagonal matrix, then from the left.
  for (let side = extra; side >= 0 && extra != 0; side--) {
    const x = side ? vt : ut;
    for (let i = 0; i + 1 < n + side; i++) {
      const di = at<f64>(d, i);
      const ei = at<f64>(e, i);
      store<f64>(di, lartg(load<f64>(di), load<f64>(ei), work));
      const c = load<f64>(work);
      const s = load<f64>(work, 8);
      if (i + 1 < n) {
        const next = load<f64>(di, 8);
        store<f64>(ei, s * next);
        store<f64>(di, c * next, 8);
      }
      const row = x + <usize>i * stride;
      rot<f64>(columns, row, row + stride, c, s);
    }
  }
  const info = bdsqr(n, d, e, ut, stride, (n + 1) >> 1, vt, stride, (columns + 1) >> 1, work);
  sortAscending(n, d, order);
  return info;
}

/** Whether the block is zero: then no tolerance tells its values apart, and there is nothing to divide. */
function isZero(n: i32, extra: i32, d: usize, e: usize): bool {
  let any: f64 = 0;
  for (let i = 0; i < n; i++) any = max(any, abs(load<f64>(at<f64>(d, i))));
  for (let i = 0; i < n - 1 + extra; i++) any = max(any, abs(load<f64>(at<f64>(e, i))));
  return any == 0;
}

// prettier-ignore
function solve(n: i32, extra: i32, d: usize, e: usize, ut: usize, vt: usize, ld: i32, order: usize, work: usize): i32 {
  if (n <= LEAF || isZero(n, extra, d, e)) return solveLeaf(n, extra, d, e, ut, vt, ld, order, work);
  const left = n >> 1;
  const next = left + 1;
  const alpha = load<f64>(at<f64>(d, left));
  const beta = load<f64>(at<f64>(e, left));
  const corner = <usize>next * <usize>(ld + 1) * 8;
  const first = solve(left, 1, d, e, ut, vt, ld, order, work);
  const second = solve(
    n - next, extra, at<f64>(d, next), at<f64>(e, next), ut + corner, vt + corner, ld, at<i32>(order, next), work,
  );
  if (first + second != 0) return first + second;
  return mergeHalves(n, left, extra, alpha, beta, d, ut, vt, ld, order, work);
}

/**
 * d: n, the diagonal, then the values ≥ 0; e: n−1, destroyed; entries at most about 1. ut, vt: (n+1) rows of ld ≥ n + 2
 * elements (ut = 0: values alone): row order[j] of ut and of vt is the j-th left and right vector, values descending.
 * Work: bdsdcWork. Returns 0, or > 0 if something did not converge.
 */
export function bdsdc(n: i32, d: usize, e: usize, ut: usize, vt: usize, ld: i32, order: usize, work: usize): i32 {
  let info: i32;
  if (ut) {
    memory.fill(ut, 0, <usize>(n + 1) * <usize>ld * 8);
    memory.fill(vt, 0, <usize>(n + 1) * <usize>ld * 8);
    info = solve(n, 0, d, e, ut, vt, ld, order, work);
  } else {
    info = bdsqr(n, d, e, 0, 0, 0, 0, 0, 0, work);
    sortAscending(n, d, order);
  }
  for (let i = 0; i < n >> 1; i++) {
    const other = at<i32>(order, n - 1 - i);
    const row = load<i32>(at<i32>(order, i));
    store<i32>(at<i32>(order, i), load<i32>(other));
    store<i32>(other, row);
  }
  return info;
}

export function dbdsdc_work(vectors: i32, n: i32): usize {
  return bdsdcWork(vectors != 0, n);
}
// prettier-ignore
export function dbdsdc(
  n: i32, d: usize, e: usize, ut: usize, vt: usize, ld: i32, order: usize, work: usize,
): i32 { return bdsdc(n, d, e, ut, vt, ld, order, work); }
