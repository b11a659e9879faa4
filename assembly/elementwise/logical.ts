/**
 * c = a ∧ b, a ∨ b, a ⊻ b with NumPy broadcasting, and c = ¬a, on uint8 truth values: any byte but 0 is true, results are
 * 0 or 1. `band(ndim, dims, strideA, strideB, a, b, c)` as in `broadcast.ts`; `bnot(n, a, c)`, where c may be a.
 */
import { walk } from "./broadcast";

const AND = 0;
const OR = 1;
const XOR = 2;

/** 0 or 1 in every byte. */
// @ts-ignore: decorator
@inline
function truth(v: v128): v128 {
  return v128.min<u8>(v, v128.splat<u8>(1));
}

// @ts-ignore: decorator
@inline
function apply(op: i32, a: v128, b: v128): v128 {
  if (op == AND) return v128.and(truth(a), truth(b));
  if (op == OR) return truth(v128.or(a, b));
  return v128.xor(truth(a), truth(b));
}

function row(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  const end = c + n;
  if (<u32>sa <= 1 && <u32>sb <= 1) {
    const endVectors = c + (n & ~15);
    while (c != endVectors) {
      if (sa) va = v128.load(a);
      if (sb) vb = v128.load(b);
      v128.store(c, apply(op, va, vb));
      a += (<usize>sa) << 4;
      b += (<usize>sb) << 4;
      c += 16;
    }
  }
  while (c != end) {
    if (sa) va = v128.load8_splat(a);
    if (sb) vb = v128.load8_splat(b);
    v128.store8_lane(c, apply(op, va, vb), 0);
    a += sa;
    b += sb;
    c++;
  }
}

export function band(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(row, AND, 1, 1, ndim, dims, strideA, strideB, a, b, c);
}

export function bor(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(row, OR, 1, 1, ndim, dims, strideA, strideB, a, b, c);
}

export function bxor(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(row, XOR, 1, 1, ndim, dims, strideA, strideB, a, b, c);
}

export function bnot(n: i32, a: usize, c: usize): void {
  row(XOR, n, 1, 0, a, 0, v128.splat<u8>(1), v128.splat<u8>(1), c);
}
