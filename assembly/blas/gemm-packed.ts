/**
 * GEMM in two calls, for an op(B) that serves several products: `<t>gemm_pack` writes the packed form of op(B) (k×n,
 * stored n×k if transB; `<t>gemm_pack_size` bytes), `<t>gemm_packed` multiplies rows with it. The bits are those of
 * `<t>gemm`. Formula, aliasing, order of summation, source and accuracy: gemm.ts and pack.ts. No work space.
 */
import { gemmPackedB } from "./gemm";
import { packB, packedSize } from "./pack";

// prettier-ignore
export function sgemm_pack_size(n: i32, k: i32): usize { return packedSize<f32>(n, k); }
// prettier-ignore
export function dgemm_pack_size(n: i32, k: i32): usize { return packedSize<f64>(n, k); }
// prettier-ignore
export function sgemm_pack(transB: i32, n: i32, k: i32, b: usize, ldb: i32, packed: usize): void {
  packB<f32, f32>(transB, n, k, b, ldb, packed);
}
// prettier-ignore
export function dgemm_pack(transB: i32, n: i32, k: i32, b: usize, ldb: i32, packed: usize): void {
  packB<f64, f64>(transB, n, k, b, ldb, packed);
}
// prettier-ignore
export function sgemm_packed(
  m: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32, packed: usize, beta: f32, c: usize, ldc: i32,
  bias: usize, activation: i32,
): void { gemmPackedB<f32>(m, n, k, alpha, a, lda, packed, beta, c, ldc, bias, activation); }
// prettier-ignore
export function dgemm_packed(
  m: i32, n: i32, k: i32, alpha: f64, a: usize, lda: i32, packed: usize, beta: f64, c: usize, ldc: i32,
  bias: usize, activation: i32,
): void { gemmPackedB<f64>(m, n, k, alpha, a, lda, packed, beta, c, ldc, bias, activation); }
