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

/** `addRows` for one type; four vectors of columns at a time hide the latency. */
function add<T>(rows: i32, cols: i32, x: usize, ld: usize, out: usize, accumulate: bool): void {
  while (cols > 0) {
    const whole = cols >= 4 * lanes<T>();
    let s0 = v128.splat<T>(0),
      s1 = s0,
      s2 = s0,
      s3 = s0,
      p = x;
    for (let i = 0; i < rows; i++, p += ld) {
      s0 = v128.add<T>(s0, loadUpTo<T>(p, cols));
      if (!whole) continue;
      s1 = v128.add<T>(s1, v128.load(p, 16));
      s2 = v128.add<T>(s2, v128.load(p, 32));
      s3 = v128.add<T>(s3, v128.load(p, 48));
    }
    storeUpTo<T>(out, accumulate ? v128.add<T>(loadUpTo<T>(out, cols), s0) : s0, cols);
    if (whole) {
      v128.store(out, accumulate ? v128.add<T>(v128.load(out, 16), s1) : s1, 16);
      v128.store(out, accumulate ? v128.add<T>(v128.load(out, 32), s2) : s2, 32);
      v128.store(out, accumulate ? v128.add<T>(v128.load(out, 48), s3) : s3, 48);
    }
    const step = whole ? 64 : 16;
    x += step;
    out += step;
    cols -= step / <i32>sizeof<T>();
  }
}

/** out[j] (+)= Σ_i x[i·ld + j] of elements of `size` bytes, i ascending from zero; `ld` in bytes. */
export function addRows(
  size: i32,
  rows: i32,
  cols: i32,
  x: usize,
  ld: usize,
  out: usize,
  accumulate: bool,
): void {
  if (size == 4) add<f32>(rows, cols, x, ld, out, accumulate);
  else add<f64>(rows, cols, x, ld, out, accumulate);
}
