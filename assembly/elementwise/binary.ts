/**
 * c = a ∘ b with NumPy broadcasting, f32 and f64: add, sub, mul, div, maximum, minimum.
 *
 * Forms: `sadd(ndim, dims, strideA, strideB, a, b, c)` broadcasts (see `broadcast.ts`); `sadd_same(n, a, b, c)` takes
 * equal shapes; `sadds(n, a, s, c)` a scalar on the right; `srsubs`, `srdivs` a scalar on the left (s − a, s / a).
 * c may be an operand that is read contiguously, else it does not overlap one. No work space. maximum and minimum
 * propagate NaN and put −0 below 0. Every operation is correctly rounded.
 */
import { walk } from "./broadcast";
import { ADD, DIV, doubles, MAXIMUM, MINIMUM, MUL, none, singles, SUB } from "./rows";

export function sadd(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, ADD, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function sadd_same(n: i32, a: usize, b: usize, c: usize): void {
  singles(ADD, n, 1, 1, a, b, none(), none(), c);
}
export function sadds(n: i32, a: usize, s: f32, c: usize): void {
  singles(ADD, n, 1, 0, a, 0, none(), v128.splat<f32>(s), c);
}

export function dadd(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, ADD, 8, 8, ndim, dims, strideA, strideB, a, b, c);
}
export function dadd_same(n: i32, a: usize, b: usize, c: usize): void {
  doubles(ADD, n, 1, 1, a, b, none(), none(), c);
}
export function dadds(n: i32, a: usize, s: f64, c: usize): void {
  doubles(ADD, n, 1, 0, a, 0, none(), v128.splat<f64>(s), c);
}

export function ssub(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, SUB, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function ssub_same(n: i32, a: usize, b: usize, c: usize): void {
  singles(SUB, n, 1, 1, a, b, none(), none(), c);
}
export function ssubs(n: i32, a: usize, s: f32, c: usize): void {
  singles(SUB, n, 1, 0, a, 0, none(), v128.splat<f32>(s), c);
}
export function srsubs(n: i32, a: usize, s: f32, c: usize): void {
  singles(SUB, n, 0, 1, 0, a, v128.splat<f32>(s), none(), c);
}

export function dsub(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, SUB, 8, 8, ndim, dims, strideA, strideB, a, b, c);
}
export function dsub_same(n: i32, a: usize, b: usize, c: usize): void {
  doubles(SUB, n, 1, 1, a, b, none(), none(), c);
}
export function dsubs(n: i32, a: usize, s: f64, c: usize): void {
  doubles(SUB, n, 1, 0, a, 0, none(), v128.splat<f64>(s), c);
}
export function drsubs(n: i32, a: usize, s: f64, c: usize): void {
  doubles(SUB, n, 0, 1, 0, a, v128.splat<f64>(s), none(), c);
}

export function smul(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, MUL, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function smul_same(n: i32, a: usize, b: usize, c: usize): void {
  singles(MUL, n, 1, 1, a, b, none(), none(), c);
}
export function smuls(n: i32, a: usize, s: f32, c: usize): void {
  singles(MUL, n, 1, 0, a, 0, none(), v128.splat<f32>(s), c);
}

export function dmul(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, MUL, 8, 8, ndim, dims, strideA, strideB, a, b, c);
}
export function dmul_same(n: i32, a: usize, b: usize, c: usize): void {
  doubles(MUL, n, 1, 1, a, b, none(), none(), c);
}
export function dmuls(n: i32, a: usize, s: f64, c: usize): void {
  doubles(MUL, n, 1, 0, a, 0, none(), v128.splat<f64>(s), c);
}

export function sdiv(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, DIV, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function sdiv_same(n: i32, a: usize, b: usize, c: usize): void {
  singles(DIV, n, 1, 1, a, b, none(), none(), c);
}
export function sdivs(n: i32, a: usize, s: f32, c: usize): void {
  singles(DIV, n, 1, 0, a, 0, none(), v128.splat<f32>(s), c);
}
export function srdivs(n: i32, a: usize, s: f32, c: usize): void {
  singles(DIV, n, 0, 1, 0, a, v128.splat<f32>(s), none(), c);
}

export function ddiv(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, DIV, 8, 8, ndim, dims, strideA, strideB, a, b, c);
}
export function ddiv_same(n: i32, a: usize, b: usize, c: usize): void {
  doubles(DIV, n, 1, 1, a, b, none(), none(), c);
}
export function ddivs(n: i32, a: usize, s: f64, c: usize): void {
  doubles(DIV, n, 1, 0, a, 0, none(), v128.splat<f64>(s), c);
}
export function drdivs(n: i32, a: usize, s: f64, c: usize): void {
  doubles(DIV, n, 0, 1, 0, a, v128.splat<f64>(s), none(), c);
}

export function smaximum(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, MAXIMUM, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function smaximum_same(n: i32, a: usize, b: usize, c: usize): void {
  singles(MAXIMUM, n, 1, 1, a, b, none(), none(), c);
}
export function smaximums(n: i32, a: usize, s: f32, c: usize): void {
  singles(MAXIMUM, n, 1, 0, a, 0, none(), v128.splat<f32>(s), c);
}

export function dmaximum(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, MAXIMUM, 8, 8, ndim, dims, strideA, strideB, a, b, c);
}
export function dmaximum_same(n: i32, a: usize, b: usize, c: usize): void {
  doubles(MAXIMUM, n, 1, 1, a, b, none(), none(), c);
}
export function dmaximums(n: i32, a: usize, s: f64, c: usize): void {
  doubles(MAXIMUM, n, 1, 0, a, 0, none(), v128.splat<f64>(s), c);
}

export function sminimum(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(singles, MINIMUM, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function sminimum_same(n: i32, a: usize, b: usize, c: usize): void {
  singles(MINIMUM, n, 1, 1, a, b, none(), none(), c);
}
export function sminimums(n: i32, a: usize, s: f32, c: usize): void {
  singles(MINIMUM, n, 1, 0, a, 0, none(), v128.splat<f32>(s), c);
}

export function dminimum(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(doubles, MINIMUM, 8, 8, ndim, dims, strideA, strideB, a, b, c);
}
export function dminimum_same(n: i32, a: usize, b: usize, c: usize): void {
  doubles(MINIMUM, n, 1, 1, a, b, none(), none(), c);
}
export function dminimums(n: i32, a: usize, s: f64, c: usize): void {
  doubles(MINIMUM, n, 1, 0, a, 0, none(), v128.splat<f64>(s), c);
}
