import { at, lanes, roundUp, VECTOR_BYTES } from "../../simd";
import { fillNaN } from "../scalar";
import { columnsToRows, infoOf, ITEM, ITEMS_BYTES, powerOf, readItems, scaleValues, sortLane, writeVectors } from "./items";
import { clear, isAcross, laneAt, rowBytes } from "./layout";
import { steql, steqlWork } from "./ql";
import { orgtr, sytrd } from "./reduce";

/** Sweeps after which a matrix counts as not converging, for each of its values. */
export const SWEEPS_PER_VALUE: i32 = 30;

/** Bytes of work for one matrix or a group of a vector's lanes: two matrices of vectors, and arrays. */
export function smallSyevWork(n: i32): usize {
  const square = <usize>((n + 3) & ~3) * rowBytes<v128>(n);
  const arrays: usize = 5 * (<usize>n + 2) * VECTOR_BYTES + roundUp(<usize>n * 4, VECTOR_BYTES);
  return 2 * square + 2 * rowBytes<v128>(n) + 64 + arrays + ITEMS_BYTES + steqlWork(n) + VECTOR_BYTES;
}

/**
 * Squares the couplings; turns a lane's matrix upside down where that lets QL start at the smaller end, and says so in
 * `rows`; flips[i] is the sign that makes the couplings positive.
 */
export function prepare<T>(n: i32, d: usize, e: usize, flips: usize, zt: usize, ztBytes: usize, rows: usize, stride: usize): void {
  const signBit = v128.splat<T>(-0.0);
  const lastDiagonal = v128.load(d + <usize>(n - 1) * VECTOR_BYTES);
  const down = v128.lt<T>(v128.abs<T>(lastDiagonal), v128.abs<T>(v128.load(d)));
  let flip = v128.splat<T>(0);
  v128.store(flips, flip);
  for (let i = 0; i + 1 < n; i++) {
    const place = <usize>i * VECTOR_BYTES;
    const x = v128.load(e + place);
    flip = v128.xor(flip, v128.and(x, signBit));
    v128.store(flips + place, flip, 16);
    v128.store(e + place, v128.mul<T>(x, x));
  }
  reverse(n, d, down);
  reverse(n - 1, e, down);
  v128.store(rows, down);
  for (let j = lanes<T>() - 1; j >= 0; j--) {
    const turned = load<i32>(at<T>(rows, j)) != 0;
    const row = zt + <usize>j * ztBytes;
    store<usize>(rows + <usize>j * ITEM, zt == 0 ? 0 : turned ? row + <usize>(n - 1) * stride : row);
    store<usize>(rows + <usize>j * ITEM, turned ? <usize>0 - stride : stride, 8);
  }
}

/** Reverses an array of vectors in the lanes of `mask`. */
function reverse(n: i32, p: usize, mask: v128): void {
  let q = p + <usize>(n - 1) * VECTOR_BYTES;
  for (; p < q; p += VECTOR_BYTES, q -= VECTOR_BYTES) {
    const x = v128.load(p);
    const y = v128.load(q);
    v128.store(p, v128.bitselect(y, x, mask));
    v128.store(q, v128.bitselect(x, y, mask));
  }
}

/** `used` items at once (one, if L = T). w, z: contiguous but for ldz; infos: i32 an item. */
function solveGroup<T, L>(
  vectors: i32,
  n: i32,
  used: i32,
  a: usize,
  step: usize,
  lda: i32,
  w: usize,
  z: usize,
  ldz: i32,
  work: usize,
  infos: usize,
): i32 {
  const wide = rowBytes<L>(n);
  const square = <usize>((n + 3) & ~3) * wide;
  const array = (<usize>n + 2) * VECTOR_BYTES;
  const s = roundUp(work, VECTOR_BYTES);
  const u = s + square;
  const spare = u + <usize>((n + 3) & ~3) * rowBytes<v128>(n);
  const d = spare + 2 * wide + 64;
  const e = d + array;
  const tau = e + array;
  const flips = tau + array;
  const turnedFlips = flips + array;
  const order = turnedFlips + array;
  const items = order + roundUp(<usize>n * 4, VECTOR_BYTES);
  const rest = items + ITEMS_BYTES;

  readItems<T, L>(n, used, a, step, <usize>lda * sizeof<T>(), s, items);
  clear(u, square);
  clear(spare, 2 * wide);
  clear(d, 2 * array);
  sytrd<T, L>(n, s, d, e, tau, u, spare);
  const stride = rowBytes<T>(n);
  const ztBytes = <usize>((n + 3) & ~3) * stride;
  if (vectors) orgtr<T, L>(n, u, tau, s);
  prepare<T>(n, d, e, flips, vectors ? u : 0, ztBytes, items, stride);
  if (vectors) {
    if (!isAcross<L>()) {
      for (let i = 0; i < n; i++) store<T>(at<T>(turnedFlips, i), load<T>(laneAt<T>(flips, i, 0)));
    }
    columnsToRows<T, L>(n, s, isAcross<L>() ? flips : turnedFlips, u);
  }
  const columns = (n + lanes<T>() - 1) / lanes<T>();
  const unfinished = steql<T>(n, d, e, used, items, columns, SWEEPS_PER_VALUE, rest);
  let failed = 0;
  for (let j = 0; j < used; j++) {
    let info = load<i32>(infoOf(items, j));
    for (let i = 0; unfinished && i + 1 < n; i++) info += i32(load<T>(laneAt<T>(e, i, j)) != 0);
    if (info == 0) {
      sortLane<T>(n, d, j, w, order);
      scaleValues<T>(n, w, load<i32>(powerOf(items, j)));
      const row = items + <usize>j * ITEM;
      if (vectors) writeVectors<T>(n, load<usize>(row), load<usize>(row, 8), order, z, ldz);
    } else {
      fillNaN<T>(n, w);
      for (let i = 0; vectors && i < n; i++) fillNaN<T>(n, z + <usize>i * <usize>ldz * sizeof<T>());
      failed++;
    }
    store<i32>(at<i32>(infos, j), info);
    w += <usize>n * sizeof<T>();
    z += <usize>n * <usize>ldz * sizeof<T>();
  }
  return failed;
}

/**
 * One matrix: in double along the vectors, in float32 as a group of four equal ones. That is slower (twice at most), yet
 * not slower than double, and a copy of the code for it would be 5 KB.
 */
// prettier-ignore
function solveOne<T>(vectors: i32, n: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize, infos: usize): i32 {
  if (sizeof<T>() == 4) return solveGroup<T, v128>(vectors, n, 1, a, 0, lda, w, z, ldz, work, infos);
  return solveGroup<T, T>(vectors, n, 1, a, 0, lda, w, z, ldz, work, infos);
}

/** `syev` (eigh.ts) for 1 ≤ n ≤ SMALL. */
export function smallSyev<T>(vectors: i32, n: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize): i32 {
  const infos = roundUp(work, VECTOR_BYTES);
  solveOne<T>(vectors, n, a, lda, w, z, ldz, infos + VECTOR_BYTES, infos);
  return load<i32>(infos);
}

/** `syevBatched` (eigh.ts) for 1 ≤ n ≤ SMALL: a vector's lanes of matrices at a time, a single one left over alone. */
export function smallSyevBatched<T>(
  vectors: i32,
  n: i32,
  batch: i32,
  a: usize,
  strideA: i32,
  w: usize,
  z: usize,
  work: usize,
  infos: usize,
): i32 {
  const step = <usize>strideA * sizeof<T>();
  let failed = 0;
  for (let i = 0; i < batch; i += lanes<T>()) {
    const used = min<i32>(lanes<T>(), batch - i);
    const from = a + <usize>i * step;
    const values = w + <usize>i * <usize>n * sizeof<T>();
    const to = z + <usize>i * <usize>n * <usize>n * sizeof<T>();
    const codes = at<i32>(infos, i);
    if (used == 1) failed += solveOne<T>(vectors, n, from, n, values, to, n, work, codes);
    else failed += solveGroup<T, v128>(vectors, n, used, from, step, n, values, to, n, work, codes);
  }
  return failed;
}
