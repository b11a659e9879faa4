/** c = a ∘ b on i32, wrapping modulo 2³²: add, sub, mul, maximum, minimum. Forms and aliasing as in `binary.ts`. */
import { walk } from "./broadcast";
import { iaddRow, imaximumRow, iminimumRow, imulRow, isubRow, none } from "./rows";

export function iadd(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(iaddRow, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function iadd_same(n: i32, a: usize, b: usize, c: usize): void {
  iaddRow(n, 1, 1, a, b, none(), none(), c);
}
export function iadds(n: i32, a: usize, s: i32, c: usize): void {
  iaddRow(n, 1, 0, a, 0, none(), v128.splat<i32>(s), c);
}

export function isub(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(isubRow, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function isub_same(n: i32, a: usize, b: usize, c: usize): void {
  isubRow(n, 1, 1, a, b, none(), none(), c);
}
export function isubs(n: i32, a: usize, s: i32, c: usize): void {
  isubRow(n, 1, 0, a, 0, none(), v128.splat<i32>(s), c);
}
export function irsubs(n: i32, a: usize, s: i32, c: usize): void {
  isubRow(n, 0, 1, 0, a, v128.splat<i32>(s), none(), c);
}

export function imul(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(imulRow, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function imul_same(n: i32, a: usize, b: usize, c: usize): void {
  imulRow(n, 1, 1, a, b, none(), none(), c);
}
export function imuls(n: i32, a: usize, s: i32, c: usize): void {
  imulRow(n, 1, 0, a, 0, none(), v128.splat<i32>(s), c);
}

export function imaximum(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(imaximumRow, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function imaximum_same(n: i32, a: usize, b: usize, c: usize): void {
  imaximumRow(n, 1, 1, a, b, none(), none(), c);
}
export function imaximums(n: i32, a: usize, s: i32, c: usize): void {
  imaximumRow(n, 1, 0, a, 0, none(), v128.splat<i32>(s), c);
}

export function iminimum(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(iminimumRow, 4, 4, ndim, dims, strideA, strideB, a, b, c);
}
export function iminimum_same(n: i32, a: usize, b: usize, c: usize): void {
  iminimumRow(n, 1, 1, a, b, none(), none(), c);
}
export function iminimums(n: i32, a: usize, s: i32, c: usize): void {
  iminimumRow(n, 1, 0, a, 0, none(), v128.splat<i32>(s), c);
}
