import { at, lanes, roundUp, VECTOR_BYTES } from "../simd";
import { gemm, gemmWork } from "../blas/gemm";
// prettier-ignore
import {
  CUTS, D, deflate, DELTA, doubles, DROPPED, frameBytes, integers, mergeOrder, MERGED, ORDER, PLACE, POLES, real,
  REFINED, ROOTS, ROW, SQUARES, TYPE, WEIGHTS, whole,
} from "./deflate";
import { lowner, secularDelta, secularRoot } from "./secular";
import { ITEM } from "./small/items";
import { clear, laneAt } from "./small/layout";
import { steql, steqlWork } from "./small/ql";
import { prepare, SWEEPS_PER_VALUE } from "./small/syev";

/** Blocks of at most so many rows are solved by QL. */
const LEAF: i32 = 32;
/** Rows made at a time where only their ends are wanted. */
const CHUNK: i32 = 32;

export function stedcWork<T>(thin: bool, n: i32): usize {
  const product = thin ? gemmWork<T>(0, 0, CHUNK, 1, n) : gemmWork<T>(0, 0, n, n, n);
  return frameBytes(n) + max<usize>(leafWork(), product);
}

/** Where block i of the 2^level ones begins. */
// @ts-ignore: decorator
@inline
function blockStart(n: i32, i: i32, level: i32): i32 {
  return (i * n) >> level;
}

/** Places each pole's row among those of its type: PLACE of pole i; returns how many are of type 1, and of 3. */
function placeByType(frame: usize, n: i32, k: i32): v128 {
  const type = integers(frame, n, TYPE);
  const row = integers(frame, n, ROW);
  let ones = 0;
  let threes = 0;
  for (let i = 0; i < k; i++) {
    const t = whole(type, whole(row, i));
    ones += i32(t == 1);
    threes += i32(t == 3);
  }
  let first = 0;
  let second = ones;
  let third = k - threes;
  for (let i = 0; i < k; i++) {
    const t = whole(type, whole(row, i));
    let place: i32;
    if (t == 1) place = first++;
    else place = t == 2 ? second++ : third++;
    store<i32>(at<i32>(integers(frame, n, PLACE), i), place);
  }
  return i32x4.replace_lane(i32x4.splat(ones), 1, threes);
}

/** Roots and Löwner's z of the k poles; false if a root was not found. */
function solveSecular(frame: usize, n: i32, k: i32, rho: f64): bool {
  const poles = doubles(frame, n, POLES);
  const weights = doubles(frame, n, WEIGHTS);
  const squares = doubles(frame, n, SQUARES);
  const refined = doubles(frame, n, REFINED);
  const delta = doubles(frame, n, DELTA);
  const roots = doubles(frame, n, ROOTS);
  for (let i = 0; i < k; i++) {
    const x = real(weights, i);
    store<f64>(at<f64>(squares, i), x * x);
    store<f64>(at<f64>(refined, i), 1);
  }
  for (let j = 0; j < k; j++) {
    if (secularRoot(0, k, j, poles, squares, rho, delta, at<f64>(roots, 3 * j)) < 0) return false;
    lowner(0, k, j, poles, delta, refined);
  }
  for (let i = 0; i < k; i++) {
    store<f64>(at<f64>(refined, i), copysign<f64>(sqrt<f64>(real(refined, i)), real(weights, i)));
  }
  return true;
}

/** Unit vectors of the roots first … last − 1, one a row of s (k elements), entries in the places of their poles. */
function secularVectors<T>(frame: usize, n: i32, k: i32, first: i32, last: i32, s: usize): void {
  const refined = doubles(frame, n, REFINED);
  const delta = doubles(frame, n, DELTA);
  const roots = doubles(frame, n, ROOTS);
  const place = integers(frame, n, PLACE);
  for (let j = first; j < last; j++, s = at<T>(s, k)) {
    secularDelta(0, k, doubles(frame, n, POLES), real(roots, 3 * j + 1), real(roots, 3 * j + 2), delta);
    let sum = f64x2.splat(0);
    let i = 0;
    for (; i + 2 <= k; i += 2) {
      const v = f64x2.div(v128.load(at<f64>(refined, i)), v128.load(at<f64>(delta, i)));
      v128.store(at<f64>(delta, i), v);
      sum = f64x2.add(sum, f64x2.mul(v, v));
    }
    let square = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
    if (i < k) {
      const v = real(refined, i) / real(delta, i);
      store<f64>(at<f64>(delta, i), v);
      square += v * v;
    }
    const scale = 1 / sqrt<f64>(square);
    for (let p = 0; p < k; p++) store<T>(at<T>(s, whole(place, p)), <T>(real(delta, p) * scale));
  }
}

// @ts-ignore: decorator
@inline
function copyRow<T>(columns: i32, from: usize, to: usize): void {
  memory.copy(to, from, <usize>columns * sizeof<T>());
}

/**
 * Merges the blocks of rows `from` … `middle` and `middle` … `to`. Only vectors whose place in the order lies in low …
 * high − 1 are made, where low = 0 and high = `to` − `from` mean all.
 */
function merge<T>(
  thin: bool, frame: usize, n: i32, from: i32, middle: i32, to: i32, scale: f64, zt: usize, stride: usize, low: i32,
  high: i32, q: usize, s: usize, work: usize,
): bool {
  const size = to - from;
  const corner = at<T>(zt + <usize>from * stride, thin ? 0 : from);
  const cut = real(doubles(frame, n, CUTS), middle);
  const k = deflate<T>(thin, frame, n, from, middle - from, to - middle, cut, scale, corner, stride);
  const n1 = thin ? 1 : middle - from;
  const n2 = thin ? 1 : to - middle;
  const columns = n1 + n2;
  const values = at<f64>(doubles(frame, n, D), from);
  const order = at<i32>(integers(frame, n, ORDER), from);
  const row = integers(frame, n, ROW);
  const place = integers(frame, n, PLACE);
  const dropped = integers(frame, n, DROPPED);
  const kept = doubles(frame, n, DELTA);
  const counts = placeByType(frame, n, k);
  const ones = i32x4.extract_lane(counts, 0);
  const threes = i32x4.extract_lane(counts, 1);
  const left = k - threes;
  const right = k - ones;
  // Left parts, right parts, whole deflated rows.
  const qRight = at<T>(q, left * n1);
  const qRest = at<T>(qRight, right * n2);
  for (let i = 0; i < k; i++) {
    const source = corner + <usize>whole(row, i) * stride;
    const p = whole(place, i);
    if (p < left) copyRow<T>(n1, source, at<T>(q, p * n1));
    if (p >= ones) copyRow<T>(n2, at<T>(source, n1), at<T>(qRight, (p - ones) * n2));
  }
  for (let i = 0; i < size - k; i++) {
    const r = whole(dropped, i);
    copyRow<T>(columns, corner + <usize>r * stride, at<T>(qRest, i * columns));
    store<f64>(at<f64>(kept, i), real(values, r));
  }
  for (let i = 0; i < size - k; i++) {
    copyRow<T>(columns, at<T>(qRest, i * columns), corner + <usize>(k + i) * stride);
    store<f64>(at<f64>(values, k + i), real(kept, i));
  }
  if (k > 0 && !solveSecular(frame, n, k, 2 * abs<f64>(cut))) return false;
  for (let j = 0; j < k; j++) store<f64>(at<f64>(values, j), real(doubles(frame, n, ROOTS), 3 * j));
  const merged = integers(frame, n, MERGED);
  for (let i = 0; i < size; i++) store<i32>(at<i32>(merged, i), i);
  mergeOrder(k, size - k, merged, values, order);
  let first = k;
  let last = 0;
  for (let i = low; i < high; i++) {
    const r = whole(order, i);
    if (r >= k) continue;
    first = min<i32>(first, r);
    last = max<i32>(last, r + 1);
  }
  const step = thin ? CHUNK : k;
  const ld = <i32>(stride / sizeof<T>());
  for (; first < last; first += step) {
    const rows = min<i32>(step, last - first);
    const target = corner + <usize>first * stride;
    secularVectors<T>(frame, n, k, first, first + rows, s);
    gemm<T>(0, 0, rows, n1, left, <T>1, s, k, q, n1, <T>0, target, ld, work);
    gemm<T>(0, 0, rows, n2, right, <T>1, at<T>(s, ones), k, qRight, n2, <T>0, at<T>(target, n1), ld, work);
  }
  return true;
}

/** Three arrays of vectors, the place of the rows, and what QL takes. */
function leafWork(): usize {
  return 3 * <usize>(LEAF + 2) * VECTOR_BYTES + 4 * ITEM + steqlWork(LEAF);
}

/** Solves a leaf by the QL of the small solver, its rows unit vectors (or their ends) on entry; values and order to the frame. Returns info. */
function solveLeaf<T>(
  thin: bool, frame: usize, n: i32, from: i32, to: i32, d: usize, e: usize, zt: usize, stride: usize, work: usize,
): i32 {
  const size = to - from;
  const corner = at<T>(zt + <usize>from * stride, thin ? 0 : from);
  const array = <usize>(LEAF + 2) * VECTOR_BYTES;
  const diagonal = roundUp(work, VECTOR_BYTES);
  const couplings = diagonal + array;
  const flips = couplings + array;
  const rows = flips + array;
  clear(diagonal, 2 * array);
  for (let i = 0; i < size; i++) {
    v128.store(laneAt<T>(diagonal, i, 0), v128.load_splat<T>(at<T>(d, from + i)));
    if (i + 1 < size) v128.store(laneAt<T>(couplings, i, 0), v128.load_splat<T>(at<T>(e, from + i)));
  }
  prepare<T>(size, diagonal, couplings, flips, corner, 0, rows, stride);
  for (let i = 0; i < size; i += thin ? size - 1 : 1) {
    const sign = copysign<T>(1, load<T>(laneAt<T>(flips, i, 0)));
    store<T>(at<T>(corner + <usize>i * stride, thin ? i32(i > 0) : i), sign);
  }
  const columns = thin ? 1 : (size + lanes<T>() - 1) / lanes<T>();
  const turned = load<usize>(rows) != corner;
  const info = steql<T>(size, diagonal, couplings, 1, rows, columns, SWEEPS_PER_VALUE, rows + 2 * ITEM);
  const values = at<f64>(doubles(frame, n, D), from);
  const order = at<i32>(integers(frame, n, ORDER), from);
  for (let i = 0; i < size; i++) {
    const x = <f64>load<T>(laneAt<T>(diagonal, turned ? size - 1 - i : i, 0));
    store<f64>(at<f64>(values, i), x);
    let j = i;
    for (; j > 0 && real(values, whole(order, j - 1)) > x; j--) store<i32>(at<i32>(order, j), whole(order, j - 1));
    store<i32>(at<i32>(order, j), i);
  }
  return info;
}

/**
 * Eigenvalues and vectors of the symmetric tridiagonal matrix (d, e), both destroyed, by divide and conquer over a tree
 * of blocks that depends on n alone: T = diag(T₁, T₂) + ρ·z·zᵀ, deflation, the secular equation, vectors of the z of
 * Gu and Eisenstat, and two products a merge with what is nonzero. Entries at most about 1.
 *
 * zt: n rows, zero on entry, `stride` bytes apart, room for n + lanes − 1 elements in each. On return row r is the
 * vector of value D[r] of `frame` and ORDER lists the rows by ascending value; of them only the places low … high − 1
 * are valid. A thin zt has two columns, the first and the last entry of each vector within its block: enough for the
 * values, with the same bits. Secular equations in double for both types, products in T. q: n·n elements (thin: 2·n), s:
 * n·n (thin: CHUNK·n). Work: stedcWork (the frame at its beginning). Returns 0, or a positive number where QL or a secular equation did not converge.
 *
 * Order of summation: GEMM's, fixed by n and by which values deflate, that is by the matrix. Sources: deflate.ts,
 * secular.ts; LAPACK's dstedc, dlaed1–dlaed3. Accuracy: backward stable, deflation at 8u·‖T‖.
 */
export function stedc<T>(
  thin: bool, n: i32, d: usize, e: usize, zt: usize, stride: usize, low: i32, high: i32, q: usize, s: usize, frame: usize,
): i32 {
  const work = frame + frameBytes(n);
  const cuts = doubles(frame, n, CUTS);
  let levels = 0;
  while (((n + (1 << levels) - 1) >> levels) > LEAF) levels++;
  let scale: f64 = 0;
  for (let i = 0; i < n; i++) {
    scale = max<f64>(scale, <f64>abs<T>(load<T>(at<T>(d, i))));
    if (i + 1 < n) scale = max<f64>(scale, <f64>abs<T>(load<T>(at<T>(e, i))));
  }
  const leaves = 1 << levels;
  for (let i = 1; i < leaves; i++) {
    const m = blockStart(n, i, levels);
    const x = load<T>(at<T>(e, m - 1));
    store<f64>(at<f64>(cuts, m), <f64>x);
    store<T>(at<T>(d, m - 1), load<T>(at<T>(d, m - 1)) - abs<T>(x));
    store<T>(at<T>(d, m), load<T>(at<T>(d, m)) - abs<T>(x));
  }
  for (let i = 0; i < leaves; i++) {
    const from = blockStart(n, i, levels);
    const info = solveLeaf<T>(thin, frame, n, from, blockStart(n, i + 1, levels), d, e, zt, stride, work);
    if (info != 0) return info;
  }
  for (let level = levels - 1; level >= 0; level--) {
    for (let i = 0; i < 1 << level; i++) {
      const from = blockStart(n, i, level);
      const to = blockStart(n, i + 1, level);
      const middle = blockStart(n, 2 * i + 1, level + 1);
      const first = level == 0 ? low : 0;
      const last = level == 0 ? high : to - from;
      if (!merge<T>(thin, frame, n, from, middle, to, scale, zt, stride, first, last, q, s, work)) return n;
    }
  }
  return 0;
}
