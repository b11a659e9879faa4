/**
 * The rows under the arithmetic binary kernels (`binary.ts`, `binary-int.ts`): one loop per operation and element type,
 * folded from one source by the literal operation code.
 */
import { wholeBytes } from "./tail";

const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
const MAXIMUM = 4;
const MINIMUM = 5;

// @ts-ignore: decorator
@inline
function apply<T>(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return v128.add<T>(a, b);
  if (op == SUB) return v128.sub<T>(a, b);
  if (op == MUL) return v128.mul<T>(a, b);
  if (isFloat<T>() && op == DIV) return v128.div<T>(a, b);
  if (op == MAXIMUM) return v128.max<T>(a, b);
  return v128.min<T>(a, b);
}

/** One vector loop for each contiguous case; the last elements, and any other strides, go one by one through lane 0. */
// @ts-ignore: decorator
@inline
function row<T>(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  const end = c + <usize>n * sizeof<T>();
  const endVectors = c + wholeBytes<T>(n);
  if (sa == 1 && sb == 1) {
    while (c != endVectors) {
      v128.store(c, apply<T>(op, v128.load(a), v128.load(b)));
      a += 16;
      b += 16;
      c += 16;
    }
  } else if (sa == 1 && sb == 0) {
    while (c != endVectors) {
      v128.store(c, apply<T>(op, v128.load(a), vb));
      a += 16;
      c += 16;
    }
  } else if (sa == 0 && sb == 1) {
    while (c != endVectors) {
      v128.store(c, apply<T>(op, va, v128.load(b)));
      b += 16;
      c += 16;
    }
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

export function saddRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(ADD, n, sa, sb, a, b, va, vb, c);
}

export function daddRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(ADD, n, sa, sb, a, b, va, vb, c);
}

export function iaddRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(ADD, n, sa, sb, a, b, va, vb, c);
}

export function ssubRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(SUB, n, sa, sb, a, b, va, vb, c);
}

export function dsubRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(SUB, n, sa, sb, a, b, va, vb, c);
}

export function isubRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(SUB, n, sa, sb, a, b, va, vb, c);
}

export function smulRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(MUL, n, sa, sb, a, b, va, vb, c);
}

export function dmulRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(MUL, n, sa, sb, a, b, va, vb, c);
}

export function imulRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(MUL, n, sa, sb, a, b, va, vb, c);
}

export function sdivRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(DIV, n, sa, sb, a, b, va, vb, c);
}

export function ddivRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(DIV, n, sa, sb, a, b, va, vb, c);
}

export function smaximumRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(MAXIMUM, n, sa, sb, a, b, va, vb, c);
}

export function dmaximumRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(MAXIMUM, n, sa, sb, a, b, va, vb, c);
}

export function imaximumRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(MAXIMUM, n, sa, sb, a, b, va, vb, c);
}

export function sminimumRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(MINIMUM, n, sa, sb, a, b, va, vb, c);
}

export function dminimumRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(MINIMUM, n, sa, sb, a, b, va, vb, c);
}

export function iminimumRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(MINIMUM, n, sa, sb, a, b, va, vb, c);
}

/** The lanes of an operand that is read through its pointer. */
// @ts-ignore: decorator
@inline
export function none(): v128 {
  return v128.splat<i32>(0);
}
