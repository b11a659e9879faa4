/**
 * The reduction tree of docs/architecture.md ("Order of summation"), the parts that contiguous and strided sums share:
 * what is summed, and how blocks are split.
 */

/** Elements a block of the tree holds. */
export const BLOCK = 512;

export const SUM = 0;
export const SQUARE = 1;
export const DEVIATION = 2;
export const PRODUCT = 3;

/** Number of blocks of `n` > 0 elements. */
// @ts-ignore: decorator
@inline
export function blockCount(n: i32): i32 {
  return ((n - 1) >> 9) + 1;
}

/** Elements of block `b`. */
// @ts-ignore: decorator
@inline
export function blockLength(n: i32, b: i32): i32 {
  return min<i32>(n - (b << 9), BLOCK);
}

/** Where the block range [lo, hi) is halved: the first half takes the odd block. */
// @ts-ignore: decorator
@inline
export function middle(lo: i32, hi: i32): i32 {
  return lo + ((hi - lo + 1) >> 1);
}

/** What is summed: x, x², (x − mean)² or x·z. `z` is read by PRODUCT only, `mean` used by DEVIATION only. */
// @ts-ignore: decorator
@inline
export function term<T>(op: i32, x: v128, z: v128, mean: v128): v128 {
  if (op == SUM) return x;
  if (op == SQUARE) return v128.mul<T>(x, x);
  if (op == PRODUCT) return v128.mul<T>(x, z);
  const d = v128.sub<T>(x, mean);
  return v128.mul<T>(d, d);
}
