/**
 * c = aᵇ with NumPy broadcasting, f32 and f64 (equal shapes: `spow` of `math/`). `spow_broadcast(ndim, dims, strideA,
 * strideB, a, b, c)` as in `broadcast.ts`; `spows(n, a, s, c)`: aˢ. c may be an operand that is read contiguously. No
 * work space. Accuracy and special values: `math/pow.ts`.
 */
import { lanes } from "../simd";
import { walk } from "./broadcast";
import { loadTail, storeTail } from "./tail";
import { none } from "./rows";
import { vpow } from "../math/pow";

/** As `BinaryRow` says, with a single copy of the long body; there is but one operation, so the code does not matter. */
// @ts-ignore: decorator
@inline
function row<T>(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  const contiguous = <u32>sa <= 1 && <u32>sb <= 1;
  const step = contiguous ? lanes<T>() : 1;
  const size = <usize>step * sizeof<T>();
  while (n > 0) {
    const full = n >= lanes<T>();
    if (!contiguous) {
      if (sa) va = v128.load_splat<T>(a);
      if (sb) vb = v128.load_splat<T>(b);
    } else {
      if (sa) va = full ? v128.load(a) : loadTail<T>(a, n);
      if (sb) vb = full ? v128.load(b) : loadTail<T>(b, n);
    }
    const v = vpow<T>(va, vb);
    if (!contiguous) v128.store_lane<T>(c, v, 0);
    else if (full) v128.store(c, v);
    else storeTail<T>(c, v, n);
    a += <usize>sa * size;
    b += <usize>sb * size;
    c += size;
    n -= step;
  }
}

function spowRow(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(n, sa, sb, a, b, va, vb, c);
}
function dpowRow(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(n, sa, sb, a, b, va, vb, c);
}

export function spow_broadcast(
  ndim: i32,
  dims: usize,
  strideA: usize,
  strideB: usize,
  a: usize,
  b: usize,
  c: usize,
): void {
  walk(spowRow, 0, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function dpow_broadcast(
  ndim: i32,
  dims: usize,
  strideA: usize,
  strideB: usize,
  a: usize,
  b: usize,
  c: usize,
): void {
  walk(dpowRow, 0, 8, 8, ndim, dims, strideA, strideB, a, b, c);
}
export function spows(n: i32, a: usize, s: f32, c: usize): void {
  spowRow(0, n, 1, 0, a, 0, none(), v128.splat<f32>(s), c);
}
export function dpows(n: i32, a: usize, s: f64, c: usize): void {
  dpowRow(0, n, 1, 0, a, 0, none(), v128.splat<f64>(s), c);
}
