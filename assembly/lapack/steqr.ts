import { at, VECTOR_BYTES } from "../simd";
import { applySweeps, SWEEP_BYTES } from "./rotations";
import { exponentOf, powerOfTwo, safeMin, scaleByPower, unitRoundoff } from "./scalar";

/** Rotations are collected until this many full-length sweeps fill the buffer, then applied panel by panel. */
const BUFFERED: usize = 24;
/** Sweeps after which a block counts as not converging, for each of its values. */
export const SWEEPS_PER_VALUE: i32 = 30;
/** Sweep records kept at most: late sweeps are short, so there are more of them than BUFFERED. */
const RECORDS: i32 = 128;

export function steqrWork<T>(n: i32): usize {
  return <usize>RECORDS * SWEEP_BYTES + (BUFFERED * 2 * <usize>n + 4) * sizeof<T>();
}

/**
 * One implicit sweep with Wilkinson's shift on the unreduced block between l (where a value is to split off) and m,
 * walking from m to l. `dir` is the sign of m − l: +1 is LAPACK's QL, −1 its QR. `ee` holds the squares of the
 * off-diagonals (taken as positive), shifted so that element j couples j and j+dir. Writes the pairs (c, s) to `rot`
 * unless it is 0.
 *
 * The recurrence is that of Pal, Walker and Kahan (LAPACK's dsterf): free of square roots, one division on the critical
 * path. The rotations follow beside it: c = ±√C, s = √S, where c has the sign of γ·(c before). Returns the sign of the
 * coupling left at l, by which row l of zt has to be multiplied.
 */
function sweep<T>(d: usize, ee: usize, l: i32, m: i32, dir: i32, rot: usize): T {
  const step = <usize>(<isize>dir * <isize>sizeof<T>());
  const smallest = sizeof<T>() == 4 ? powerOfTwo<T>(-100) : powerOfTwo<T>(-900);
  const dl = at<T>(d, l);
  const el = at<T>(ee, l);
  const coupling = sqrt<T>(load<T>(el));
  const half = (load<T>(dl + step) - load<T>(dl)) / (<T>2 * coupling);
  const shift = load<T>(dl) - coupling / (half + copysign<T>(sqrt<T>(half * half + <T>1), half));
  let dj = at<T>(d, m - dir);
  let ej = at<T>(ee, m - dir);
  let gamma = load<T>(dj + step) - shift;
  let p = gamma * gamma;
  let c: T = 1;
  let s: T = 0;
  let sign = gamma;
  let cosine: T = 1;
  const count = (m - l) * dir;
  for (let i = 0; i < count; i++) {
    const square = load<T>(ej);
    const r = p + square;
    if (i > 0) store<T>(ej + step, s * r);
    const scale = <T>1 / r;
    const before = c;
    c = p * scale;
    s = square * scale;
    const alpha = load<T>(dj);
    const old = gamma;
    gamma = c * (alpha - shift) - s * old;
    store<T>(dj + step, old + (alpha - gamma));
    const regular = c > smallest;
    if (regular) p = gamma * gamma * (r / p);
    else p = before * square;
    if (rot) {
      const last = cosine;
      cosine = copysign<T>(sqrt<T>(c), sign);
      store<T>(rot, cosine);
      store<T>(rot, sqrt<T>(s), sizeof<T>());
      rot += 2 * sizeof<T>();
      sign = regular ? gamma * cosine : -last;
    }
    dj -= step;
    ej -= step;
  }
  store<T>(dl, shift + gamma);
  store<T>(el, s * p);
  return copysign<T>(1, sign);
}

/**
 * Eigenvalues and rotation of [[a, b], [b, c]] (LAPACK's dlaev2): rt1 of larger magnitude at `rt`, rt2 beside it, and
 * (cs, −sn) at `rot` as a pair for `applySweeps` on rows (hi, lo) = (second, first).
 */
function twoByTwo<T>(a: T, b: T, c: T, rt: usize, rot: usize): void {
  const sm = a + c;
  const df = a - c;
  const adf = abs<T>(df);
  const tb = b + b;
  const ab = abs<T>(tb);
  const acmx = abs<T>(a) > abs<T>(c) ? a : c;
  const acmn = abs<T>(a) > abs<T>(c) ? c : a;
  let root: T;
  if (adf > ab) root = adf * sqrt<T>(<T>1 + (ab / adf) * (ab / adf));
  else if (adf < ab) root = ab * sqrt<T>(<T>1 + (adf / ab) * (adf / ab));
  else root = ab * sqrt<T>(2);
  let rt1: T;
  let rt2: T;
  let sign1 = 1;
  if (sm < 0) {
    rt1 = <T>0.5 * (sm - root);
    sign1 = -1;
    rt2 = (acmx / rt1) * acmn - (b / rt1) * b;
  } else if (sm > 0) {
    rt1 = <T>0.5 * (sm + root);
    rt2 = (acmx / rt1) * acmn - (b / rt1) * b;
  } else {
    rt1 = <T>0.5 * root;
    rt2 = <T>-0.5 * root;
  }
  const sign2 = df >= 0 ? 1 : -1;
  const cs = df >= 0 ? df + root : df - root;
  let cs1: T;
  let sn1: T;
  if (abs<T>(cs) > ab) {
    const ct = -tb / cs;
    sn1 = <T>1 / sqrt<T>(<T>1 + ct * ct);
    cs1 = ct * sn1;
  } else if (ab == 0) {
    cs1 = 1;
    sn1 = 0;
  } else {
    const tn = -cs / tb;
    cs1 = <T>1 / sqrt<T>(<T>1 + tn * tn);
    sn1 = tn * cs1;
  }
  if (sign1 == sign2) {
    const tn = cs1;
    cs1 = -sn1;
    sn1 = tn;
  }
  store<T>(rt, rt1);
  store<T>(rt, rt2, sizeof<T>());
  store<T>(rot, cs1);
  store<T>(rot, -sn1, sizeof<T>());
}

/**
 * The first j from l towards `end` whose coupling to the next diagonal element is negligible (then zeroed), or `end`.
 */
function splitPoint<T>(d: usize, ee: usize, l: i32, end: i32, dir: i32): i32 {
  const limit = unitRoundoff<T>() * unitRoundoff<T>();
  const step = <usize>(<isize>dir * <isize>sizeof<T>());
  let dj = at<T>(d, l);
  let ej = at<T>(ee, l);
  let here = load<T>(dj);
  for (let j = l; j != end; j += dir) {
    const next = load<T>(dj + step);
    if (load<T>(ej) <= limit * abs<T>(here * next) + safeMin<T>()) {
      store<T>(ej, 0);
      return j;
    }
    here = next;
    dj += step;
    ej += step;
  }
  return end;
}

/** Makes every off-diagonal non-negative by changing the signs of coordinates, that is, of rows of zt. */
function makePositive<T>(n: i32, e: usize, zt: usize, stride: usize, columns: i32): void {
  let flip = false;
  for (let j = 0; j < n - 1; j++) {
    const x = load<T>(at<T>(e, j));
    if (x < 0) flip = !flip;
    store<T>(at<T>(e, j), abs<T>(x));
    const row = zt + <usize>(j + 1) * stride;
    const end = row + <usize>columns * VECTOR_BYTES;
    for (let p = row; flip && zt != 0 && p < end; p += VECTOR_BYTES) v128.store(p, v128.neg<T>(v128.load(p)));
  }
}

/** The last index of the block that starts at `start`: couplings of at most u·√|d_j·d_{j+1}| are zeroed. */
function blockEnd<T>(n: i32, d: usize, e: usize, start: i32): i32 {
  for (let j = start; j < n - 1; j++) {
    const limit = sqrt<T>(abs<T>(load<T>(at<T>(d, j)))) * sqrt<T>(abs<T>(load<T>(at<T>(d, j + 1)))) * unitRoundoff<T>();
    if (load<T>(at<T>(e, j)) <= limit) {
      store<T>(at<T>(e, j), 0);
      return j;
    }
  }
  return n - 1;
}

/**
 * Scales a block by a power of two to a largest element in [½, 1) and squares its couplings; returns the power taken
 * out.
 */
function enterBlock<T>(first: i32, last: i32, d: usize, e: usize): i32 {
  let top: T = 0;
  for (let j = first; j <= last; j++) {
    top = max<T>(top, abs<T>(load<T>(at<T>(d, j))));
    if (j < last) top = max<T>(top, load<T>(at<T>(e, j)));
  }
  const k = exponentOf<T>(top) + 1;
  for (let j = first; j <= last; j++) {
    store<T>(at<T>(d, j), scaleByPower<T>(load<T>(at<T>(d, j)), -k));
    if (j == last) break;
    const x = scaleByPower<T>(load<T>(at<T>(e, j)), -k);
    store<T>(at<T>(e, j), x * x);
  }
  return k;
}

/**
 * Eigenvalues of the symmetric tridiagonal matrix (d, e), left unsorted in d; e is destroyed. With zt ≠ 0 the rotations
 * are applied to the rows of zt (n rows, `columns` vectors wide, `stride` bytes apart): zt ← Sᵀ·zt, T = S·Λ·Sᵀ.
 *
 * Implicit QL or QR, whichever starts at the smaller end of a block, deflation as in LAPACK's dsteqr and dsterf (e² ≤
 * u²·|d_j·d_{j+1}| + the smallest normal number, each block scaled to 1); at most `cap`·n sweeps. The values do not
 * depend on zt, bit for bit. Work: steqrWork. Returns the number of off-diagonals that did not converge.
 */
export function steqr<T>(
  n: i32,
  d: usize,
  e: usize,
  zt: usize,
  stride: usize,
  columns: i32,
  cap: i32,
  work: usize,
): i32 {
  const pair = work;
  const sweeps = work + 4 * sizeof<T>();
  const rotations = sweeps + <usize>RECORDS * SWEEP_BYTES;
  const capacity = <i32>BUFFERED * n;
  let recorded = 0;
  let used = 0;
  let budget = cap * n;
  let left = 0;
  makePositive<T>(n, e, zt, stride, columns);
  for (let start = 0; start < n;) {
    const first = start;
    const last = blockEnd<T>(n, d, e, start);
    start = last + 1;
    if (first == last) continue;
    const k = enterBlock<T>(first, last, d, e);
    const upwards = abs<T>(load<T>(at<T>(d, last))) < abs<T>(load<T>(at<T>(d, first)));
    const dir = upwards ? -1 : 1;
    const end = upwards ? first : last;
    const ee = upwards ? e - sizeof<T>() : e;
    for (let l = upwards ? last : first; dir > 0 ? l <= end : l >= end;) {
      const m = splitPoint<T>(d, ee, l, end, dir);
      const count = (m - l) * dir;
      if (count == 0) {
        l += dir;
        continue;
      }
      if (zt != 0 && (used + count > capacity || recorded == RECORDS)) {
        applySweeps<T>(zt, stride, columns, sweeps, recorded, rotations);
        recorded = 0;
        used = 0;
      }
      const rot = rotations + <usize>used * 2 * sizeof<T>();
      let sign: T = 1;
      if (count == 1) {
        const dl = at<T>(d, l);
        const dm = at<T>(d, m);
        twoByTwo<T>(load<T>(dl), sqrt<T>(load<T>(at<T>(ee, l))), load<T>(dm), pair, rot);
        store<T>(dl, load<T>(pair));
        store<T>(dm, load<T>(pair, sizeof<T>()));
        store<T>(at<T>(ee, l), 0);
        l += 2 * dir;
      } else {
        if (budget == 0) break;
        budget--;
        sign = sweep<T>(d, ee, l, m, dir, zt ? rot : 0);
      }
      if (zt != 0) {
        const record = sweeps + <usize>recorded * SWEEP_BYTES;
        store<i32>(record, m);
        store<i32>(record, count, 4);
        store<i32>(record, dir, 8);
        store<f32>(record, <f32>sign, 12);
        recorded++;
        used += count;
      }
    }
    for (let j = first; j < last; j++) left += i32(load<T>(at<T>(e, j)) != 0);
    for (let j = first; j <= last; j++) store<T>(at<T>(d, j), scaleByPower<T>(load<T>(at<T>(d, j)), k));
  }
  if (zt != 0) applySweeps<T>(zt, stride, columns, sweeps, recorded, rotations);
  return left;
}

export function ssteqr_work(n: i32): usize {
  return steqrWork<f32>(n);
}
export function dsteqr_work(n: i32): usize {
  return steqrWork<f64>(n);
}
// ldzt: elements, whole vectors; the padding of zt takes part.
export function ssteqr(n: i32, d: usize, e: usize, zt: usize, ldzt: i32, cap: i32, work: usize): i32 {
  return steqr<f32>(n, d, e, zt, <usize>ldzt * 4, ldzt / 4, cap, work);
}
export function dsteqr(n: i32, d: usize, e: usize, zt: usize, ldzt: i32, cap: i32, work: usize): i32 {
  return steqr<f64>(n, d, e, zt, <usize>ldzt * 8, ldzt / 2, cap, work);
}
