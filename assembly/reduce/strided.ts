/**
 * Σ over the rows of an [n, inner] array, every column by the reduction tree, SIMD across columns: the same bits as the
 * contiguous sum of that column.
 *
 * The tree of the lanes, ((l0+l4)+(l2+l6))+((l1+l5)+(l3+l7)), is a recursion on (start, step): rows start, start + step, …
 * are the rows start, start + 2·step, … plus the rows start + step, start + 3·step, …, down to step 8, where a lane is
 * summed in ascending order. A lane without rows is +0 and left out: a partial sum is never −0, so that changes nothing.
 */
import { loadTail, storeTail } from "../elementwise/tail";
import { at, lanes } from "../simd";
import { BLOCK, DEVIATION, PRODUCT, blockCount, blockLength, middle, term } from "./tree";

/** One vector of columns at `ptr`, or the `count` (2, 3) there are. */
// @ts-ignore: decorator
@inline
export function read<T>(ptr: usize, count: i32): v128 {
  return sizeof<T>() == 4 && count < 4 ? loadTail<T>(ptr, count) : v128.load(ptr);
}

/** Rows start, start + step, … of the `m` rows of one block; `count` columns, one vector. `stride` in bytes. */
function lanes1<T>(
  op: i32,
  start: i32,
  step: i32,
  m: i32,
  stride: usize,
  count: i32,
  x: usize,
  z: usize,
  mean: v128,
): v128 {
  if (step < 8) {
    const first = lanes1<T>(op, start, 2 * step, m, stride, count, x, z, mean);
    if (start + step >= m) return first;
    return v128.add<T>(first, lanes1<T>(op, start + step, 2 * step, m, stride, count, x, z, mean));
  }
  let sum = v128.splat<T>(0);
  let offset = <usize>start * stride;
  for (let i = start; i < m; i += 8) {
    const zv = op == PRODUCT ? read<T>(z + offset, count) : mean;
    sum = v128.add<T>(sum, term<T>(op, read<T>(x + offset, count), zv, mean));
    offset += 8 * stride;
  }
  return sum;
}

function blocks1<T>(
  op: i32,
  lo: i32,
  hi: i32,
  n: i32,
  stride: usize,
  count: i32,
  x: usize,
  z: usize,
  mean: v128,
): v128 {
  if (hi - lo > 1) {
    const mid = middle(lo, hi);
    const left = blocks1<T>(op, lo, mid, n, stride, count, x, z, mean);
    return v128.add<T>(left, blocks1<T>(op, mid, hi, n, stride, count, x, z, mean));
  }
  const offset = <usize>lo * BLOCK * stride;
  return lanes1<T>(op, 0, 1, blockLength(n, lo), stride, count, x + offset, z + offset, mean);
}

/** y += the four vectors saved before `y` was overwritten by the right half. */
// @ts-ignore: decorator
@inline
function addTo<T>(y: usize, a0: v128, a1: v128, a2: v128, a3: v128): void {
  v128.store(y, v128.add<T>(a0, v128.load(y)));
  v128.store(y, v128.add<T>(a1, v128.load(y, 16)), 16);
  v128.store(y, v128.add<T>(a2, v128.load(y, 32)), 32);
  v128.store(y, v128.add<T>(a3, v128.load(y, 48)), 48);
}

/** As `lanes1` for four vectors of columns (a cache line); the result is left in y, the return register. */
function lanes4<T>(
  op: i32,
  start: i32,
  step: i32,
  m: i32,
  stride: usize,
  x: usize,
  z: usize,
  mean: usize,
  y: usize,
): void {
  if (step < 8) {
    lanes4<T>(op, start, 2 * step, m, stride, x, z, mean, y);
    if (start + step >= m) return;
    const a0 = v128.load(y);
    const a1 = v128.load(y, 16);
    const a2 = v128.load(y, 32);
    const a3 = v128.load(y, 48);
    lanes4<T>(op, start + step, 2 * step, m, stride, x, z, mean, y);
    addTo<T>(y, a0, a1, a2, a3);
    return;
  }
  let s0 = v128.splat<T>(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  x += <usize>start * stride;
  z += <usize>start * stride;
  for (let i = start; i < m; i += 8) {
    let t0 = v128.load(x);
    let t1 = v128.load(x, 16);
    let t2 = v128.load(x, 32);
    let t3 = v128.load(x, 48);
    if (op) {
      // The second factor: x itself, z, or both factors are the deviation.
      if (op == DEVIATION) {
        t0 = v128.sub<T>(t0, v128.load(mean));
        t1 = v128.sub<T>(t1, v128.load(mean, 16));
        t2 = v128.sub<T>(t2, v128.load(mean, 32));
        t3 = v128.sub<T>(t3, v128.load(mean, 48));
      }
      const product = op == PRODUCT;
      t0 = v128.mul<T>(t0, product ? v128.load(z) : t0);
      t1 = v128.mul<T>(t1, product ? v128.load(z, 16) : t1);
      t2 = v128.mul<T>(t2, product ? v128.load(z, 32) : t2);
      t3 = v128.mul<T>(t3, product ? v128.load(z, 48) : t3);
    }
    s0 = v128.add<T>(s0, t0);
    s1 = v128.add<T>(s1, t1);
    s2 = v128.add<T>(s2, t2);
    s3 = v128.add<T>(s3, t3);
    x += 8 * stride;
    z += 8 * stride;
  }
  v128.store(y, s0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
}

function blocks4<T>(op: i32, lo: i32, hi: i32, n: i32, stride: usize, x: usize, z: usize, mean: usize, y: usize): void {
  if (hi - lo > 1) {
    const mid = middle(lo, hi);
    blocks4<T>(op, lo, mid, n, stride, x, z, mean, y);
    const a0 = v128.load(y);
    const a1 = v128.load(y, 16);
    const a2 = v128.load(y, 32);
    const a3 = v128.load(y, 48);
    blocks4<T>(op, mid, hi, n, stride, x, z, mean, y);
    addTo<T>(y, a0, a1, a2, a3);
    return;
  }
  const offset = <usize>lo * BLOCK * stride;
  lanes4<T>(op, 0, 1, blockLength(n, lo), stride, x + offset, z + offset, mean, y);
}

/** y[j] = Σᵢ of column j; inner > 1, n > 0. The last vector of columns overlaps its neighbour: it repeats the same sums. */
export function strided<T>(op: i32, n: i32, inner: i32, x: usize, z: usize, mean: usize, y: usize): void {
  const stride = <usize>inner * sizeof<T>();
  const count = blockCount(n);
  const wide = 4 * lanes<T>();
  if (inner >= wide) {
    for (let j = 0; j < inner; j += wide) {
      const from = at<T>(0, min<i32>(j, inner - wide));
      blocks4<T>(op, 0, count, n, stride, x + from, z + from, mean + from, y + from);
    }
    return;
  }
  const width = min<i32>(inner, lanes<T>());
  for (let j = 0; j < inner; j += width) {
    const from = at<T>(0, min<i32>(j, inner - width));
    const shift = op == DEVIATION ? read<T>(mean + from, width) : v128.splat<T>(0);
    const sum = blocks1<T>(op, 0, count, n, stride, width, x + from, z + from, shift);
    if (sizeof<T>() == 4 && width < 4) storeTail<T>(y + from, sum, width);
    else v128.store(y + from, sum);
  }
}
