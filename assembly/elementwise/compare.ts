/**
 * c = a ⋚ b with NumPy broadcasting, f32, f64 and i32 in, uint8 (0 or 1) out: eq, ne, lt, le, gt, ge.
 *
 * `seq(ndim, dims, strideA, strideB, a, b, c)` broadcasts (see `broadcast.ts`). c does not overlap an operand. No work
 * space. NaN is unequal to everything, −0 equals 0.
 */
import { walk } from "./broadcast";
import { wholeBytes } from "./tail";

/** An operation is a set of outcomes, and whether they or all the others count: one loop a type serves all six. */
const BELOW = 1;
const EQUAL = 2;
const NOT = 4;

/** All ones where the bit is set. */
// @ts-ignore: decorator
@inline
function maskOf(op: i32, bit: i32): v128 {
  return i32x4.splat(op & bit ? -1 : 0);
}

// @ts-ignore: decorator
@inline
function apply<T>(op: i32, a: v128, b: v128): v128 {
  const below = v128.and(v128.lt<T>(a, b), maskOf(op, BELOW));
  const equal = v128.and(v128.eq<T>(a, b), maskOf(op, EQUAL));
  return v128.xor(v128.or(below, equal), maskOf(op, NOT));
}

/** The low byte of each lane's mask as 0 or 1, gathered in the lowest bytes. */
// @ts-ignore: decorator
@inline
function toBytes<T>(mask: v128): v128 {
  const bytes =
    sizeof<T>() == 4
      ? v128.shuffle<i8>(mask, mask, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12)
      : v128.shuffle<i8>(mask, mask, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8);
  return v128.and(bytes, v128.splat<i8>(1));
}

/** As `row` of `rows.ts`; one loop serves the three contiguous cases: a comparison is cheap beside its narrowing. */
// @ts-ignore: decorator
@inline
function row<T>(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  const end = c + n;
  if (<u32>sa <= 1 && <u32>sb <= 1) {
    const endVectors = c + wholeBytes<T>(n) / sizeof<T>();
    while (c != endVectors) {
      if (sa) va = v128.load(a);
      if (sb) vb = v128.load(b);
      const bytes = toBytes<T>(apply<T>(op, va, vb));
      if (sizeof<T>() == 4) v128.store32_lane(c, bytes, 0);
      else v128.store16_lane(c, bytes, 0);
      a += (<usize>sa) << 4;
      b += (<usize>sb) << 4;
      c += 16 / sizeof<T>();
    }
  }
  while (c != end) {
    if (sa) va = v128.load_splat<T>(a);
    if (sb) vb = v128.load_splat<T>(b);
    v128.store8_lane(c, toBytes<T>(apply<T>(op, va, vb)), 0);
    a += <usize>sa * sizeof<T>();
    b += <usize>sb * sizeof<T>();
    c++;
  }
}

function singles(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(op, n, sa, sb, a, b, va, vb, c);
}
function doubles(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(op, n, sa, sb, a, b, va, vb, c);
}
function integers(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(op, n, sa, sb, a, b, va, vb, c);
}

// a > b and a ≥ b are b < a and b ≤ a.

export function seq(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, EQUAL, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function deq(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, EQUAL, 8, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function ieq(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(integers, EQUAL, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}

export function sne(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, EQUAL | NOT, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function dne(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, EQUAL | NOT, 8, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function ine(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(integers, EQUAL | NOT, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}

export function slt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, BELOW, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function dlt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, BELOW, 8, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function ilt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(integers, BELOW, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}

export function sle(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, BELOW | EQUAL, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function dle(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, BELOW | EQUAL, 8, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function ile(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(integers, BELOW | EQUAL, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}

export function sgt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, BELOW, 4, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function dgt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, BELOW, 8, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function igt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(integers, BELOW, 4, 1, ndim, dims, strideB, strideA, b, a, c);
}

export function sge(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, BELOW | EQUAL, 4, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function dge(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, BELOW | EQUAL, 8, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function ige(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(integers, BELOW | EQUAL, 4, 1, ndim, dims, strideB, strideA, b, a, c);
}
