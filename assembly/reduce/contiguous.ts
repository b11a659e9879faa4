/**
 * Σ over a contiguous array by the reduction tree: the eight virtual lanes of a block are two (f32) or four (f64) vectors.
 */
import { loadTail } from "../elementwise/tail";
import { lanes } from "../simd";
import { BLOCK, DEVIATION, PRODUCT, blockCount, blockLength, middle, term } from "./tree";

// @ts-ignore: decorator
@inline
function termAt<T>(op: i32, x: usize, z: usize, mean: v128, offset: usize): v128 {
  const zv = op == PRODUCT ? v128.load(z + offset) : mean;
  return term<T>(op, v128.load(x + offset), zv, mean);
}

/** The terms of the last `count` (< lanes) elements, zeros behind them. */
// @ts-ignore: decorator
@inline
function termTail<T>(op: i32, x: usize, z: usize, mean: v128, count: i32): v128 {
  const zv = op == PRODUCT ? loadTail<T>(z, count) : mean;
  const v = term<T>(op, loadTail<T>(x, count), zv, mean);
  if (op != DEVIATION) return v;
  const inside = sizeof<T>() == 4 ? v128.lt<i32>(i32x4(0, 1, 2, 3), v128.splat<i32>(count)) : i64x2(-1, 0);
  return v128.and(v, inside);
}

/**
 * One block of `n` ≤ 512 elements. `op` is not folded here: the loop waits for its additions, and the tests of `op` are
 * predicted in their shadow.
 */
// @ts-ignore: decorator
@inline
function block<T>(op: i32, n: i32, x: usize, z: usize, mean: v128): T {
  let l0 = v128.splat<T>(0);
  let l1 = l0;
  let l2 = l0;
  let l3 = l0;
  const end = x + ((<usize>n) & ~7) * sizeof<T>();
  while (x != end) {
    l0 = v128.add<T>(l0, termAt<T>(op, x, z, mean, 0));
    l1 = v128.add<T>(l1, termAt<T>(op, x, z, mean, 16));
    if (sizeof<T>() == 8) {
      l2 = v128.add<T>(l2, termAt<T>(op, x, z, mean, 32));
      l3 = v128.add<T>(l3, termAt<T>(op, x, z, mean, 48));
    }
    x += 8 * sizeof<T>();
    z += 8 * sizeof<T>();
  }
  let rest = n & 7;
  for (let vector = 0; rest > 0; vector++) {
    const v = rest >= lanes<T>() ? termAt<T>(op, x, z, mean, 0) : termTail<T>(op, x, z, mean, rest);
    if (vector == 0) l0 = v128.add<T>(l0, v);
    else if (sizeof<T>() == 4 || vector == 1) l1 = v128.add<T>(l1, v);
    else if (vector == 2) l2 = v128.add<T>(l2, v);
    else l3 = v128.add<T>(l3, v);
    rest -= lanes<T>();
    x += 16;
    z += 16;
  }
  if (sizeof<T>() == 4) {
    const s = v128.add<T>(l0, l1);
    l0 = v128.add<T>(s, v128.shuffle<i64>(s, s, 1, 0));
  } else {
    l0 = v128.add<T>(v128.add<T>(l0, l2), v128.add<T>(l1, l3));
  }
  return v128.extract_lane<T>(l0, 0) + v128.extract_lane<T>(l0, 1);
}

/** Blocks [lo, hi) of an array of `n` elements. */
function blocks<T>(op: i32, lo: i32, hi: i32, n: i32, x: usize, z: usize, mean: v128): T {
  if (hi - lo > 1) {
    const mid = middle(lo, hi);
    const left = blocks<T>(op, lo, mid, n, x, z, mean);
    return left + blocks<T>(op, mid, hi, n, x, z, mean);
  }
  const offset = <usize>lo * BLOCK * sizeof<T>();
  const length = blockLength(n, lo);
  return block<T>(op, length, x + offset, z + offset, mean);
}

/** Σ of `n` terms; 0 when n = 0. `mean` in every lane. */
// @ts-ignore: decorator
@inline
export function contiguous<T>(op: i32, n: i32, x: usize, z: usize, mean: v128): T {
  return n > 0 ? blocks<T>(op, 0, blockCount(n), n, x, z, mean) : <T>0;
}
