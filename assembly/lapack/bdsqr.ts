/**
 * Singular values of an upper bidiagonal matrix by implicit QR with or without shift, in double precision: every value
 * to a few n·ulp relative. Source: Demmel and Kahan, SIAM J. Sci. Stat. Comput. 11 (1990); LAPACK's dbdsqr, dlartg and
 * dlas2.
 */
import { at } from "../simd";
import { applySweeps, SWEEP_BYTES } from "./rotations";
import { exponentOf, safeMin, scaleByPower, tiny, unitRoundoff } from "./scalar";

/** Rotations are collected until this many full-length sweeps fill the buffer, then applied panel by panel. */
const BUFFERED: usize = 24;
const RECORDS: i32 = 128;
const SWEEPS_PER_VALUE: i32 = 6;
/** |e| ≤ TOLERANCE·(a bound of the smallest value) is negligible: about 10·2⁻⁵³, as in LAPACK. */
const TOLERANCE: f64 = 80 * 1.1102230246251565e-16;

export function bdsqrWork(n: i32): usize {
  return 64 + <usize>RECORDS * SWEEP_BYTES + BUFFERED * 4 * <usize>n * 8;
}

/** The rotation (c, s) with c·f + s·g = r, c·g − s·f = 0 to `rot`; returns r. */
export function lartg(f: f64, g: f64, rot: usize): f64 {
  let c: f64 = 1;
  let s: f64 = 0;
  let r = f;
  if (g != 0) {
    let square = f * f + g * g;
    let power = 0;
    if (square < tiny<f64>()) {
      power = -exponentOf<f64>(max(abs(f), abs(g)));
      f = scaleByPower<f64>(f, power);
      g = scaleByPower<f64>(g, power);
      square = f * f + g * g;
    }
    const length = copysign<f64>(sqrt<f64>(square), f);
    c = f / length;
    s = g / length;
    r = scaleByPower<f64>(length, -power);
  }
  store<f64>(rot, c);
  store<f64>(rot, s, 8);
  return r;
}

/** The smaller singular value of [f g; 0 h]. */
function smallerValue(f: f64, g: f64, h: f64): f64 {
  const low = min(abs(f), abs(h));
  const high = max(abs(f), abs(h));
  const size = abs(g);
  if (low == 0) return 0;
  const sum = 1 + low / high;
  const gap = (high - low) / high;
  if (size < high) {
    const au = (size / high) * (size / high);
    return low * (2 / (sqrt<f64>(sum * sum + au) + sqrt<f64>(gap * gap + au)));
  }
  const au = high / size;
  if (au == 0) return (low * high) / size;
  const p = sum * au;
  const q = gap * au;
  return low * (1 / (sqrt<f64>(1 + p * p) + sqrt<f64>(1 + q * q))) * au * 2;
}

/**
 * One sweep over the unreduced block from `first` to `last` (walking by dir; ee_j couples j and j+dir): rotations on the
 * side of the columns go to `near`, on that of the rows to `far` (for dir = −1 the sides change places).
 */
// prettier-ignore
function sweep(d: usize, ee: usize, first: i32, last: i32, dir: i32, shift: f64, near: usize, far: usize): void {
  const start = load<f64>(at<f64>(d, first));
  if (shift == 0) {
    let c: f64 = 1;
    let cFar: f64 = 1;
    let sFar: f64 = 0;
    for (let i = first; i != last; i += dir) {
      const here = at<f64>(ee, i);
      const r = lartg(load<f64>(at<f64>(d, i)) * c, load<f64>(here), near);
      if (i != first) store<f64>(at<f64>(ee, i - dir), sFar * r);
      c = load<f64>(near);
      const s = load<f64>(near, 8);
      store<f64>(at<f64>(d, i), lartg(cFar * r, load<f64>(at<f64>(d, i + dir)) * s, far));
      cFar = load<f64>(far);
      sFar = load<f64>(far, 8);
      near += 16;
      far += 16;
    }
    const h = load<f64>(at<f64>(d, last)) * c;
    store<f64>(at<f64>(d, last), h * cFar);
    store<f64>(at<f64>(ee, last - dir), h * sFar);
    return;
  }
  let f = (abs(start) - shift) * (copysign<f64>(1, start) + shift / start);
  let g = load<f64>(at<f64>(ee, first));
  for (let i = first; i != last; i += dir) {
    const here = at<f64>(ee, i);
    const r = lartg(f, g, near);
    let c = load<f64>(near);
    let s = load<f64>(near, 8);
    if (i != first) store<f64>(at<f64>(ee, i - dir), r);
    const di = load<f64>(at<f64>(d, i));
    const ei = load<f64>(here);
    f = c * di + s * ei;
    const e1 = c * ei - s * di;
    const next = load<f64>(at<f64>(d, i + dir));
    const d1 = c * next;
    store<f64>(at<f64>(d, i), lartg(f, s * next, far));
    c = load<f64>(far);
    s = load<f64>(far, 8);
    f = c * e1 + s * d1;
    store<f64>(at<f64>(d, i + dir), c * d1 - s * e1);
    if (i + dir != last) {
      const after = at<f64>(ee, i + dir);
      g = s * load<f64>(after);
      store<f64>(after, c * load<f64>(after));
    }
    near += 16;
    far += 16;
  }
  store<f64>(at<f64>(ee, last - dir), f);
}

/**
 * Zeroes a coupling of the block that is negligible, seen from `first` (Demmel and Kahan's criterion 2) and returns −1,
 * or a lower bound of the smallest singular value.
 */
function criterion(d: usize, ee: usize, first: i32, last: i32, dir: i32): f64 {
  const end = at<f64>(ee, last - dir);
  if (abs(load<f64>(end)) <= TOLERANCE * abs(load<f64>(at<f64>(d, last)))) {
    store<f64>(end, 0);
    return -1;
  }
  let mu = abs(load<f64>(at<f64>(d, first)));
  let least = mu;
  for (let j = first; j != last; j += dir) {
    const link = abs(load<f64>(at<f64>(ee, j)));
    if (link <= TOLERANCE * mu) {
      store<f64>(at<f64>(ee, j), 0);
      return -1;
    }
    mu = abs(load<f64>(at<f64>(d, j + dir))) * (mu / (mu + link));
    least = min(least, mu);
  }
  return least;
}

/** The threshold below which any coupling is negligible: TOLERANCE·σ_min bounded from below, or the underflow. */
function absoluteThreshold(n: i32, d: usize, e: usize): f64 {
  let least = abs(load<f64>(d));
  let mu = least;
  for (let i = 1; i < n && least != 0; i++) {
    mu = abs(load<f64>(at<f64>(d, i))) * (mu / (mu + abs(load<f64>(at<f64>(e, i - 1)))));
    least = min(least, mu);
  }
  return max(TOLERANCE * (least / sqrt<f64>(<f64>n)), <f64>SWEEPS_PER_VALUE * <f64>n * <f64>n * safeMin<f64>());
}

/**
 * B = U·diag(d)·Vᵀ: the rotations are applied to n rows of ut and of vt (strides in bytes, widths in vectors; 0: none),
 * ut ← Uᵀ·ut, vt ← Vᵀ·vt. d (n) becomes the values, ≥ 0, not sorted; e (n−1) is destroyed; entries at most about 1.
 * Work: bdsqrWork. Returns 0, or the number of couplings that did not converge.
 */
// prettier-ignore
export function bdsqr(
  n: i32, d: usize, e: usize, ut: usize, uStride: usize, uVectors: i32, vt: usize, vStride: usize, vVectors: i32,
  work: usize,
): i32 {
  const sweeps = work + 64;
  const rotV = sweeps + <usize>RECORDS * SWEEP_BYTES;
  const rotU = rotV + BUFFERED * 2 * <usize>n * 8;
  const capacity = <i32>BUFFERED * n;
  const threshold = n > 0 ? absoluteThreshold(n, d, e) : 0;
  let budget = <i64>SWEEPS_PER_VALUE * <i64>n * <i64>n;
  let recorded = 0;
  let used = 0;
  let low = -1; // the block of the sweep before, which keeps its direction
  let high = -1;
  let dir = 1;
  let bottom = n - 1;
  while (bottom > 0 && budget > 0) {
    let top = bottom;
    let largest = abs(load<f64>(at<f64>(d, bottom)));
    for (; top > 0; top--) {
      const link = abs(load<f64>(at<f64>(e, top - 1)));
      if (link <= threshold) break;
      largest = max(largest, max(link, abs(load<f64>(at<f64>(d, top - 1)))));
    }
    if (top > 0) store<f64>(at<f64>(e, top - 1), 0);
    if (top == bottom) {
      bottom--;
      continue;
    }
    if (top > high || bottom < low || high < 0) {
      dir = abs(load<f64>(at<f64>(d, top))) >= abs(load<f64>(at<f64>(d, bottom))) ? 1 : -1;
    }
    low = top;
    high = bottom;
    const first = dir > 0 ? top : bottom;
    const last = dir > 0 ? bottom : top;
    const ee = dir > 0 ? e : e - 8;
    const least = criterion(d, ee, first, last, dir);
    if (least < 0) continue;
    let shift: f64 = 0;
    if (<f64>n * TOLERANCE * (least / largest) > unitRoundoff<f64>()) {
      const dEnd = load<f64>(at<f64>(d, last));
      shift = smallerValue(load<f64>(at<f64>(d, last - dir)), load<f64>(at<f64>(ee, last - dir)), dEnd);
      const ratio = shift / abs(load<f64>(at<f64>(d, first)));
      if (!(ratio * ratio >= unitRoundoff<f64>())) shift = 0;
    }
    const count = bottom - top;
    budget -= count;
    if (used + count > capacity || recorded == RECORDS) {
      if (ut) applySweeps<f64>(ut, uStride, uVectors, sweeps, recorded, rotU);
      if (vt) applySweeps<f64>(vt, vStride, vVectors, sweeps, recorded, rotV);
      recorded = 0;
      used = 0;
    }
    const at16 = <usize>used * 16;
    sweep(d, ee, first, last, dir, shift, (dir > 0 ? rotV : rotU) + at16, (dir > 0 ? rotU : rotV) + at16);
    if (abs(load<f64>(at<f64>(ee, last - dir))) <= threshold) store<f64>(at<f64>(ee, last - dir), 0);
    const record = sweeps + <usize>recorded * SWEEP_BYTES;
    store<i32>(record, first);
    store<i32>(record, count, 4);
    store<i32>(record, -dir, 8);
    store<f32>(record, 1, 12);
    recorded++;
    used += count;
  }
  if (ut) applySweeps<f64>(ut, uStride, uVectors, sweeps, recorded, rotU);
  if (vt) applySweeps<f64>(vt, vStride, vVectors, sweeps, recorded, rotV);
  for (let i = 0; i < n; i++) {
    const x = load<f64>(at<f64>(d, i));
    if (x >= 0) continue;
    store<f64>(at<f64>(d, i), -x);
    const row = vt + <usize>i * vStride;
    for (let j: usize = 0; vt != 0 && j < <usize>vVectors * 16; j += 16) v128.store(row + j, f64x2.neg(v128.load(row + j)));
  }
  let left = 0;
  for (let i = 0; i < bottom; i++) left += i32(load<f64>(at<f64>(e, i)) != 0);
  return left;
}
