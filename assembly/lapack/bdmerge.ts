/**
 * The merging step of the divide and conquer of a bidiagonal matrix. With the SVDs of both halves, B has the singular
 * values of the matrix with rows (z_0 … z_{n−1}) and diag(0, d_1 … d_{n−1}) below: deflation (|z_i| or a difference of
 * values below 8u·‖B‖), the secular equation (secular.ts), z anew from its roots (so that the vectors are orthogonal),
 * and the vectors by GEMM, those of one half kept apart from those that mixed. Sources: Gu and Eisenstat, SIAM J. Matrix
 * Anal. Appl. 16 (1995); LAPACK's dlasd1 to dlasd3.
 */
import { at, roundUp, VECTOR_BYTES } from "../simd";
import { gemm, gemmWork } from "../blas/gemm";
import { copy, rot } from "../blas/level1";
import { lartg } from "./bdsqr";
import { sumLanes, unitRoundoff } from "./scalar";
import { lowner, secularRoot } from "./secular";

/** Where a vector has its entries: in one half, or in both. */
const LEFT: i32 = 0;
const BOTH: i32 = 1;
const RIGHT: i32 = 2;

// @ts-ignore: decorator
@inline
function padded(n: i32): i32 {
  return (n + 3) & ~1;
}

/** Seven arrays of f64, four of i32, the matrices of both kinds of vectors, gathered rows, and GEMM. */
export function mergeWork(n: i32): usize {
  const length = <usize>padded(n);
  return 9 * length * 8 + 2 * <usize>n * length * 8 + <usize>n * <usize>(n + 6) * 8 + gemmWork<f64>(0, 0, n, (n >> 1) + 2, n) + 64;
}

/** order[j]: the row of the j-th smallest of d, of equal ones the last first (the order is to be reversed). */
export function sortAscending(n: i32, d: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<f64>(at<f64>(d, i));
    let j = i;
    for (; j > 0 && load<f64>(at<f64>(d, load<i32>(at<i32>(order, j - 1)))) >= x; j--) {
      store<i32>(at<i32>(order, j), load<i32>(at<i32>(order, j - 1)));
    }
    store<i32>(at<i32>(order, j), i);
  }
}

/** The row that takes part at place j, in places sorted by d. */
// @ts-ignore: decorator
@inline
function rowAt(rows: usize, j: i32): i32 {
  return load<i32>(at<i32>(rows, j));
}

/**
 * Sorts the rows of both halves by d and deflates: rows[0 … k−1] take part (rows[0] = left, the middle one), the others
 * follow; types of rows in `types`. z by row. Returns k.
 */
// prettier-ignore
function deflate(
  n: i32, left: i32, extra: i32, tolerance: f64, d: usize, z: usize, ut: usize, vt: usize, ld: i32, order: usize,
  rows: usize, types: usize,
): i32 {
  const stride = <usize>ld * 8;
  let i = 0;
  let j = left + 1;
  let k = 1;
  let last = n;
  let before = -1; // taking part if nothing after it has the same value
  store<i32>(rows, left);
  for (let step = 1; step < n; step++) {
    const a = i < left ? load<i32>(at<i32>(order, i)) : 0;
    const b = j < n ? left + 1 + load<i32>(at<i32>(order, j)) : 0;
    let row = b;
    if (j == n || (i < left && load<f64>(at<f64>(d, a)) <= load<f64>(at<f64>(d, b)))) {
      row = a;
      i++;
    } else j++;
    store<i32>(at<i32>(types, row), row < left ? LEFT : RIGHT);
    const zr = load<f64>(at<f64>(z, row));
    if (abs(zr) <= tolerance) {
      store<i32>(at<i32>(rows, --last), row);
      continue;
    }
    if (before >= 0) {
      const zb = load<f64>(at<f64>(z, before));
      if (load<f64>(at<f64>(d, row)) - load<f64>(at<f64>(d, before)) <= tolerance) {
        const length = sqrt<f64>(zr * zr + zb * zb);
        store<f64>(at<f64>(z, row), length);
        const c = zr / length;
        const s = -zb / length;
        rot<f64>(n, ut + <usize>before * stride, ut + <usize>row * stride, c, s);
        rot<f64>(n + extra, vt + <usize>before * stride, vt + <usize>row * stride, c, s);
        if (load<i32>(at<i32>(types, before)) != load<i32>(at<i32>(types, row))) store<i32>(at<i32>(types, row), BOTH);
        store<i32>(at<i32>(rows, --last), before);
      } else store<i32>(at<i32>(rows, k++), before);
    }
    before = row;
  }
  if (before >= 0) store<i32>(at<i32>(rows, k++), before);
  return k;
}

/** places[j]: the column of row j among those that take part, left ones first; returns (left ones, those of both). */
function arrange(k: i32, rows: usize, types: usize, places: usize): i64 {
  let counts: i64 = 0;
  let next = 0;
  for (let type = LEFT; type <= RIGHT; type++) {
    if (type == BOTH) store<i32>(places, next++);
    for (let j = 1; j < k; j++) {
      if (load<i32>(at<i32>(types, rowAt(rows, j))) == type) store<i32>(at<i32>(places, j), next++);
    }
    if (type == LEFT) counts = next;
    else if (type == BOTH) counts |= <i64>(next - 1 - <i32>counts) << 32;
  }
  return counts;
}

/**
 * Rows of x (n, `columns` wide, split after `split`) ← S·(those that take part) and then those that do not. The middle row
 * is `middle` = 1 an ordinary one, = 0 a unit vector with its one in column split.
 */
// prettier-ignore
function updateVectors(
  n: i32, k: i32, ones: i32, both: i32, middle: i32, split: i32, columns: i32, s: usize, lds: i32, rows: usize,
  places: usize, x: usize, ld: i32, work: usize,
): void {
  const stride = <usize>ld * 8;
  const skip = split + 1 - middle; // where the columns of the right half begin
  const wide = columns - skip;
  const leftRows = ones + 1 + both;
  const leftPart = work;
  const rightPart = at<f64>(leftPart, leftRows * split);
  const others = at<f64>(rightPart, (k - ones) * wide);
  const rest = roundUp(at<f64>(others, (n - k) * columns), VECTOR_BYTES);
  for (let j = 0; j < k; j++) {
    const row = x + <usize>rowAt(rows, j) * stride;
    const place = load<i32>(at<i32>(places, j));
    if (place < leftRows) copy<f64>(split, row, at<f64>(leftPart, place * split));
    if (place >= ones) copy<f64>(wide, at<f64>(row, skip), at<f64>(rightPart, (place - ones) * wide));
  }
  for (let j = k; j < n; j++) {
    copy<f64>(columns, x + <usize>rowAt(rows, j) * stride, at<f64>(others, (j - k) * columns));
  }
  gemm<f64>(0, 0, k, split, leftRows, 1, s, lds, leftPart, split, 0, x, ld, rest);
  gemm<f64>(0, 0, k, wide, k - ones, 1, at<f64>(s, ones), lds, rightPart, wide, 0, at<f64>(x, skip), ld, rest);
  for (let j = 0; j < k && !middle; j++) {
    store<f64>(at<f64>(x + <usize>j * stride, split), load<f64>(at<f64>(s, j * lds + ones)));
  }
  for (let j = k; j < n; j++) copy<f64>(columns, at<f64>(others, (j - k) * columns), x + <usize>j * stride);
}

/** σ_j, s_i − τ_j in row j of `deltas`, and in y the z that has these roots. Returns how many were not found. */
// prettier-ignore
function solveSecular(
  k: i32, length: i32, rows: usize, z: usize, poles: usize, z2: usize, y: usize, sigma: usize, root: usize, deltas: usize,
): i32 {
  let lost = 0;
  for (let j = 0; j < k; j++) {
    const delta = at<f64>(deltas, j * length);
    lost += i32(secularRoot(1, k, j, poles, z2, 1, delta, root) < 0);
    store<f64>(at<f64>(sigma, j), load<f64>(root));
    lowner(1, k, j, poles, delta, y);
  }
  for (let j = 0; j < k; j++) {
    const size = sqrt<f64>(load<f64>(at<f64>(y, j)));
    store<f64>(at<f64>(y, j), copysign<f64>(size, load<f64>(at<f64>(z, rowAt(rows, j)))));
  }
  return lost;
}

/** Row j of the vectors of the small matrix: v_i = z_i/(d_i² − σ²), u_i = d_i·v_i, u_0 = −1, of length 1, at their places. */
function smallVectors(k: i32, d: usize, z: usize, places: usize, delta: usize, u: usize, v: usize): void {
  let vv = f64x2.splat(0);
  let uu = vv;
  let i = 0;
  for (; i + 2 <= k; i += 2) {
    const x = f64x2.div(v128.load(at<f64>(z, i)), v128.load(at<f64>(delta, i)));
    const y = f64x2.mul(v128.load(at<f64>(d, i)), x);
    v128.store(at<f64>(delta, i), x);
    vv = f64x2.add(vv, f64x2.mul(x, x));
    uu = f64x2.add(uu, f64x2.mul(y, y));
  }
  if (i < k) {
    const x = f64x2.splat(load<f64>(at<f64>(z, i)) / load<f64>(at<f64>(delta, i)));
    const only = f64x2.replace_lane(x, 1, 0);
    const y = f64x2.mul(f64x2.splat(load<f64>(at<f64>(d, i))), only);
    store<f64>(at<f64>(delta, i), f64x2.extract_lane(x, 0));
    vv = f64x2.add(vv, f64x2.mul(only, only));
    uu = f64x2.add(uu, f64x2.mul(y, y));
  }
  const p = 1 / sqrt<f64>(1 + sumLanes<f64>(uu));
  const q = 1 / sqrt<f64>(sumLanes<f64>(vv));
  for (i = 0; i < k; i++) {
    const x = load<f64>(at<f64>(delta, i));
    const place = load<i32>(at<i32>(places, i));
    store<f64>(at<f64>(u, place), i == 0 ? -p : load<f64>(at<f64>(d, i)) * x * p);
    store<f64>(at<f64>(v, place), x * q);
  }
}

/**
 * The blocks of d, ut, vt hold the SVDs of both halves (rows 0 … left−1 and left+1 …, with `order` ascending in each; null
 * vectors in row left of vt and, if extra, in the last one); afterwards that of the whole. Work: mergeWork. Returns 0, or
 * the number of roots that were not found.
 */
// prettier-ignore
export function mergeHalves(
  n: i32, left: i32, extra: i32, alpha: f64, beta: f64, d: usize, ut: usize, vt: usize, ld: i32, order: usize,
  work: usize,
): i32 {
  const stride = <usize>ld * 8;
  const length = padded(n);
  const z = roundUp(work, VECTOR_BYTES);
  const poles = at<f64>(z, length);
  const z2 = at<f64>(poles, length);
  const y = at<f64>(z2, length);
  const sigma = at<f64>(y, length);
  const row = at<f64>(sigma, length);
  const rows = at<f64>(row, length);
  const types = at<i32>(rows, length);
  const places = at<i32>(types, length);
  const root = roundUp(at<i32>(places, length), VECTOR_BYTES);
  const su = at<f64>(root, 4);
  const sv = at<f64>(su, n * length);
  const rest = at<f64>(sv, n * length);

  let largest = max(abs(alpha), abs(beta));
  for (let i = 0; i < n + extra; i++) {
    const zi = i <= left ? alpha * load<f64>(at<f64>(vt, i * ld + left)) : beta * load<f64>(at<f64>(vt, i * ld + left + 1));
    store<f64>(at<f64>(z, i), zi);
    if (i < n && i != left) largest = max(largest, load<f64>(at<f64>(d, i)));
  }
  const tolerance = 8 * unitRoundoff<f64>() * largest;
  const middle = at<f64>(z, left);
  if (extra) {
    store<f64>(middle, lartg(load<f64>(middle), load<f64>(at<f64>(z, n)), root));
    const corner = vt + <usize>left * stride;
    rot<f64>(n + 1, corner, vt + <usize>n * stride, load<f64>(root), load<f64>(root, 8));
  }
  const alone = load<f64>(middle);
  if (abs(alone) <= tolerance) store<f64>(middle, copysign<f64>(tolerance, alone));
  store<f64>(at<f64>(d, left), 0);
  const k = deflate(n, left, extra, tolerance, d, z, ut, vt, ld, order, rows, types);
  const counts = arrange(k, rows, types, places);
  const ones = <i32>counts;
  const both = <i32>(counts >> 32);

  for (let j = 0; j < length; j++) {
    const used = j < k ? rowAt(rows, j) : left;
    const zj = load<f64>(at<f64>(z, used));
    store<f64>(at<f64>(poles, j), j < k ? load<f64>(at<f64>(d, used)) : 0);
    store<f64>(at<f64>(z2, j), zj * zj);
    store<f64>(at<f64>(y, j), 1);
    if (j >= k && j < n) store<f64>(at<f64>(sigma, j), load<f64>(at<f64>(d, rowAt(rows, j))));
  }
  if (k > 1) {
    store<f64>(poles, max(load<f64>(poles, 8), 0.5 * tolerance), 8);
    const lost = solveSecular(k, length, rows, z, poles, z2, y, sigma, root, su);
    if (lost != 0) return lost;
    for (let j = 0; j < k; j++) {
      const delta = at<f64>(su, j * length);
      copy<f64>(k, delta, row);
      smallVectors(k, poles, y, places, row, delta, at<f64>(sv, j * length));
    }
  } else {
    store<f64>(sigma, abs(alone));
    store<f64>(su, 1);
    store<f64>(sv, copysign<f64>(1, alone));
  }
  memory.copy(d, sigma, <usize>n * 8);
  // The middle left vector is a unit vector: as a row of ut it is empty but for its own column.
  memory.fill(ut + <usize>left * stride, 0, <usize>n * 8);
  updateVectors(n, k, ones, both, 0, left, n, su, length, rows, places, ut, ld, rest);
  updateVectors(n, k, ones, both, 1, left + 1, n + extra, sv, length, rows, places, vt, ld, rest);
  sortAscending(n, d, order);
  return 0;
}
