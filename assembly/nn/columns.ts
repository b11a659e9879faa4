/** What the layers over [rows, C] share: vectors of columns with a partial last one, and sums down the columns. */
import { loadTail, storeTail } from "../elementwise/tail";
import { contiguous } from "../reduce/contiguous";
import { strided } from "../reduce/strided";
import { lanes } from "../simd";

function loadRest<T>(ptr: usize, count: i32): v128 {
  return loadTail<T>(ptr, count);
}

function storeRest<T>(ptr: usize, v: v128, count: i32): void {
  storeTail<T>(ptr, v, count);
}

/** The `count` > 0 elements at `ptr`, at most a vector; the other lanes are zero. */
// @ts-ignore: decorator
@inline
export function loadUpTo<T>(ptr: usize, count: i32): v128 {
  return count >= lanes<T>() ? v128.load(ptr) : loadRest<T>(ptr, count);
}

// @ts-ignore: decorator
@inline
export function storeUpTo<T>(ptr: usize, v: v128, count: i32): void {
  if (count >= lanes<T>()) v128.store(ptr, v);
  else storeRest<T>(ptr, v, count);
}

/** out[j] = Σ_i of the terms `op` of assembly/reduce/tree.ts down column j of n × c matrices, by the reduction tree. */
export function columnSums<T>(op: i32, n: i32, c: i32, x: usize, z: usize, mean: usize, out: usize): void {
  if (n <= 0) memory.fill(out, 0, <usize>max(c, 0) * sizeof<T>());
  else if (c > 1) strided<T>(op, n, c, x, z, mean, out);
  else if (c == 1) {
    const shift = mean ? v128.load_splat<T>(mean) : v128.splat<T>(0);
    store<T>(out, contiguous<T>(op, n, x, z, shift));
  }
}

/** y[j] = a·x[j]; y may be x. */
export function scaleTo<T>(n: i32, a: T, x: usize, y: usize): void {
  const factor = v128.splat<T>(a);
  for (; n > 0; n -= lanes<T>(), x += 16, y += 16) {
    storeUpTo<T>(y, v128.mul<T>(factor, loadUpTo<T>(x, n)), n);
  }
}
