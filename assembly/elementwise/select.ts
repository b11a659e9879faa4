/**
 * Choices between values; no arithmetic.
 * - `where4`, `where8`: y = cond ? a : b with NumPy broadcasting, elements of 4 or 8 bytes, cond uint8 (any byte but 0 is
 *   true). Dimensions and strides as in `broadcast.ts`; y contiguous, may be an operand that is read contiguously.
 * - `sclip`: y = min(max(x, lo), hi), NaN stays; y may be x. `sclip_vjp`: out = g where lo ≤ x ≤ hi, else 0.
 */
import { lanes } from "../simd";
import { read, wholeBytes, write } from "./tail";

// @ts-ignore: decorator
@inline
function selectRow<T>(n: i32, sc: i32, sa: i32, sb: i32, cond: usize, a: usize, b: usize, y: usize): void {
  const end = y + <usize>n * sizeof<T>();
  if (sc == 1 && <u32>sa <= 1 && <u32>sb <= 1) {
    const endVectors = y + wholeBytes<T>(n);
    let va = v128.load_splat<T>(a);
    let vb = v128.load_splat<T>(b);
    while (y != endVectors) {
      if (sa) va = v128.load(a);
      if (sb) vb = v128.load(b);
      const bytes = sizeof<T>() == 4 ? v128.load32_zero(cond) : v128.load16_splat(cond);
      // Every byte of a lane is a copy of the lane's condition: non-zero selects all bits.
      const spread =
        sizeof<T>() == 4
          ? v128.shuffle<i8>(bytes, bytes, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)
          : v128.shuffle<i8>(bytes, bytes, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
      v128.store(y, v128.bitselect(vb, va, v128.eq<i8>(spread, v128.splat<i8>(0))));
      cond += 16 / sizeof<T>();
      a += (<usize>sa) << 4;
      b += (<usize>sb) << 4;
      y += 16;
    }
  }
  while (y != end) {
    store<T>(y, load<T>(load<u8>(cond) ? a : b));
    cond += sc;
    a += <usize>sa * sizeof<T>();
    b += <usize>sb * sizeof<T>();
    y += sizeof<T>();
  }
}

/** Walks the outer dimensions; returns the address behind the last element written. */
function walkSelect<T>(
  ndim: i32,
  dims: usize,
  strideC: usize,
  strideA: usize,
  strideB: usize,
  cond: usize,
  a: usize,
  b: usize,
  y: usize,
): usize {
  const n = ndim > 0 ? load<i32>(dims) : 1;
  if (n == 0) return y;
  const sc = ndim > 0 ? load<i32>(strideC) : 0;
  const sa = ndim > 0 ? load<i32>(strideA) : 0;
  const sb = ndim > 0 ? load<i32>(strideB) : 0;
  if (ndim <= 1) {
    selectRow<T>(n, sc, sa, sb, cond, a, b, y);
    return y + <usize>n * sizeof<T>();
  }
  for (let i = 0; i < n; i++) {
    y = walkSelect<T>(ndim - 1, dims + 4, strideC + 4, strideA + 4, strideB + 4, cond, a, b, y);
    cond += sc;
    a += <usize>sa * sizeof<T>();
    b += <usize>sb * sizeof<T>();
  }
  return y;
}

export function where4(
  ndim: i32,
  dims: usize,
  strideC: usize,
  strideA: usize,
  strideB: usize,
  cond: usize,
  a: usize,
  b: usize,
  y: usize,
): void {
  walkSelect<i32>(ndim, dims, strideC, strideA, strideB, cond, a, b, y);
}
export function where8(
  ndim: i32,
  dims: usize,
  strideC: usize,
  strideA: usize,
  strideB: usize,
  cond: usize,
  a: usize,
  b: usize,
  y: usize,
): void {
  walkSelect<i64>(ndim, dims, strideC, strideA, strideB, cond, a, b, y);
}

// @ts-ignore: decorator
@inline
function clip<T>(n: i32, lo: T, hi: T, x: usize, y: usize): void {
  const low = v128.splat<T>(lo);
  const high = v128.splat<T>(hi);
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    write<T>(y, v128.min<T>(v128.max<T>(read<T>(x, whole), low), high), whole);
    x += step;
    y += step;
    n -= whole ? lanes<T>() : 1;
  }
}

export function sclip(n: i32, lo: f32, hi: f32, x: usize, y: usize): void {
  clip<f32>(n, lo, hi, x, y);
}
export function dclip(n: i32, lo: f64, hi: f64, x: usize, y: usize): void {
  clip<f64>(n, lo, hi, x, y);
}

// @ts-ignore: decorator
@inline
function clipVjp<T>(n: i32, lo: T, hi: T, x: usize, g: usize, out: usize): void {
  const low = v128.splat<T>(lo);
  const high = v128.splat<T>(hi);
  while (n > 0) {
    const whole = n >= lanes<T>();
    const step = whole ? 16 : sizeof<T>();
    const v = read<T>(x, whole);
    const inside = v128.and(v128.le<T>(low, v), v128.le<T>(v, high));
    write<T>(out, v128.and(read<T>(g, whole), inside), whole);
    x += step;
    g += step;
    out += step;
    n -= whole ? lanes<T>() : 1;
  }
}

export function sclip_vjp(n: i32, lo: f32, hi: f32, x: usize, g: usize, out: usize): void {
  clipVjp<f32>(n, lo, hi, x, g, out);
}
export function dclip_vjp(n: i32, lo: f64, hi: f64, x: usize, g: usize, out: usize): void {
  clipVjp<f64>(n, lo, hi, x, g, out);
}
