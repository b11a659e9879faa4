/**
 * The rows under the arithmetic binary kernels (`binary.ts`): a function for each element type, in it one vector loop for
 * each operation and contiguous case, folded from one source by the literal operation code.
 */
import { wholeBytes } from "./tail";

export const ADD = 0;
export const SUB = 1;
export const MUL = 2;
export const DIV = 3;
export const MAXIMUM = 4;
export const MINIMUM = 5;

// @ts-ignore: decorator
@inline
function apply<T>(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return v128.add<T>(a, b);
  if (op == SUB) return v128.sub<T>(a, b);
  if (op == MUL) return v128.mul<T>(a, b);
  if (op == DIV) return v128.div<T>(a, b);
  if (op == MAXIMUM) return v128.max<T>(a, b);
  return v128.min<T>(a, b);
}

/** The whole vectors of the three contiguous cases; `end` is where c ends. */
// @ts-ignore: decorator
@inline
function vectors<T>(op: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize, end: usize): void {
  if (sb == 0) {
    for (; c != end; a += 16, c += 16) v128.store(c, apply<T>(op, v128.load(a), vb));
  } else if (sa == 0) {
    for (; c != end; b += 16, c += 16) v128.store(c, apply<T>(op, va, v128.load(b)));
  } else {
    for (; c != end; a += 16, b += 16, c += 16) v128.store(c, apply<T>(op, v128.load(a), v128.load(b)));
  }
}

// A function each: in one, the optimiser would fold the six loops back into one that looks at the code for every vector.
function addVectors<T>(sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize, end: usize): void {
  vectors<T>(ADD, sa, sb, a, b, va, vb, c, end);
}
function subVectors<T>(sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize, end: usize): void {
  vectors<T>(SUB, sa, sb, a, b, va, vb, c, end);
}
function mulVectors<T>(sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize, end: usize): void {
  vectors<T>(MUL, sa, sb, a, b, va, vb, c, end);
}
function divVectors<T>(sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize, end: usize): void {
  vectors<T>(DIV, sa, sb, a, b, va, vb, c, end);
}
function maximumVectors<T>(sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize, end: usize): void {
  vectors<T>(MAXIMUM, sa, sb, a, b, va, vb, c, end);
}
function minimumVectors<T>(sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize, end: usize): void {
  vectors<T>(MINIMUM, sa, sb, a, b, va, vb, c, end);
}

/** As `BinaryRow` says. The last elements, and any other strides, go one by one through lane 0. */
// @ts-ignore: decorator
@inline
function row<T>(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  const end = c + <usize>n * sizeof<T>();
  if (<u32>sa <= 1 && <u32>sb <= 1 && (sa | sb) != 0) {
    const bytes = wholeBytes<T>(n);
    const last = c + bytes;
    if (op == ADD) addVectors<T>(sa, sb, a, b, va, vb, c, last);
    else if (op == SUB) subVectors<T>(sa, sb, a, b, va, vb, c, last);
    else if (op == MUL) mulVectors<T>(sa, sb, a, b, va, vb, c, last);
    else if (op == DIV) divVectors<T>(sa, sb, a, b, va, vb, c, last);
    else if (op == MAXIMUM) maximumVectors<T>(sa, sb, a, b, va, vb, c, last);
    else minimumVectors<T>(sa, sb, a, b, va, vb, c, last);
    if (sa) a += bytes;
    if (sb) b += bytes;
    c = last;
  }
  while (c != end) {
    if (sa) va = v128.load_splat<T>(a);
    if (sb) vb = v128.load_splat<T>(b);
    v128.store_lane<T>(c, apply<T>(op, va, vb), 0);
    a += <usize>sa * sizeof<T>();
    b += <usize>sb * sizeof<T>();
    c += sizeof<T>();
  }
}

export function singles(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(op, n, sa, sb, a, b, va, vb, c);
}

export function doubles(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(op, n, sa, sb, a, b, va, vb, c);
}

/** The lanes of an operand that is read through its pointer. */
// @ts-ignore: decorator
@inline
export function none(): v128 {
  return v128.splat<i32>(0);
}
