import { at, lanes } from "../simd";
import { gemm, gemmWork } from "../blas/gemm";
import { blockedProduct, blockedWork } from "../blas/blocked";
import { mirror } from "../blas/syrk";
import { loadUpTo, storeUpTo } from "./vectors";

// @ts-ignore: decorator
@inline
function address<T>(a: usize, lda: i32, i: i32, j: i32): usize {
  return a + ((<usize>i) * (<usize>lda) + <usize>j) * sizeof<T>();
}

/**
 * C = A·op(B), all n×n, a product known to be symmetric: the tiles that touch the upper triangle are computed (with the
 * bits of GEMM) and mirrored, so that C is exactly symmetric at half the work. C is disjoint from A and B.
 */
function symmetricProduct<T>(
  transB: i32,
  n: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  c: usize,
  ldc: i32,
  work: usize,
): void {
  blockedProduct<T, T>(0, transB, true, 0, n, n, n, 1, a, lda, b, ldb, 0, c, ldc, 0, 0, work);
  mirror<T>(n, c, ldc);
}

/** s = ½·G + ½·Gᵀ, contiguous. */
function symmetricPart<T>(n: i32, g: usize, ldg: i32, s: usize): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const v = <T>0.5 * load<T>(address<T>(g, ldg, i, j)) + <T>0.5 * load<T>(address<T>(g, ldg, j, i));
      store<T>(address<T>(s, n, i, j), v);
      store<T>(address<T>(s, n, j, i), v);
    }
  }
}

/** x_ij ← x_ij·l_ij in double, which holds every l though a float32 may not; x contiguous. */
function hadamard<T>(n: i32, x: usize, l: usize, ldl: i32): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const p = address<T>(x, n, i, j);
      store<T>(p, <T>(<f64>load<T>(p) * load<f64>(address<f64>(l, ldl, i, j))));
    }
  }
}

export function spectralApplyWork<T>(n: i32): usize {
  if (n <= 0) return 0;
  return (<usize>n) * (<usize>n) * sizeof<T>() + blockedWork<T>(0, n, n, n);
}

/**
 * C = Z·diag(f)·Zᵀ, n×n, exactly symmetric; f: n. c is disjoint from z. Upper triangle in GEMM order (ascending k over
 * the columns of Z, terms (z_ik·f_k)·z_jk, i ≤ j), mirrored: n³ flops. Work: spectralApplyWork.
 */
export function spectralApply<T>(n: i32, z: usize, ldz: i32, f: usize, c: usize, ldc: i32, work: usize): void {
  if (n <= 0) return;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j += lanes<T>()) {
      const scaled = v128.mul<T>(loadUpTo<T>(address<T>(z, ldz, i, j), n - j), loadUpTo<T>(at<T>(f, j), n - j));
      storeUpTo<T>(address<T>(work, n, i, j), scaled, n - j);
    }
  }
  symmetricProduct<T>(1, n, work, n, z, ldz, c, ldc, address<T>(work, n, n, 0));
}

export function spectralVjpWork<T>(n: i32): usize {
  if (n <= 0) return 0;
  return (<usize>n) * (<usize>n) * 2 * sizeof<T>() + gemmWork<T>(1, 0, n, n, n);
}

/** out = Z·P·Zᵀ for the symmetric P, n×n contiguous; out exactly symmetric; y: n×n scratch. */
export function congruence<T>(
  n: i32,
  z: usize,
  ldz: i32,
  p: usize,
  y: usize,
  out: usize,
  ldo: i32,
  work: usize,
): void {
  gemm<T>(0, 0, n, n, n, 1, z, ldz, p, n, 0, y, n, work);
  symmetricProduct<T>(1, n, y, n, z, ldz, out, ldo, work);
}

/**
 * out = Z·[L ∘ (Zᵀ·sym(G)·Z)]·Zᵀ, the adjoint of A ↦ Z·diag(f)·Zᵀ (Daleckii and Krein), n×n, exactly symmetric; only
 * the symmetric part of G acts; L symmetric, in double. out may be g or l, not z. Four products, two of them symmetric
 * (6·n³ flops). Work: spectralVjpWork.
 */
export function spectralVjp<T>(
  n: i32,
  z: usize,
  ldz: i32,
  l: usize,
  ldl: i32,
  g: usize,
  ldg: i32,
  out: usize,
  ldo: i32,
  work: usize,
): void {
  if (n <= 0) return;
  const s = work;
  const t = address<T>(s, n, n, 0);
  const rest = address<T>(t, n, n, 0);
  symmetricPart<T>(n, g, ldg, s);
  gemm<T>(1, 0, n, n, n, 1, z, ldz, s, n, 0, t, n, rest);
  symmetricProduct<T>(0, n, t, n, z, ldz, s, n, rest);
  hadamard<T>(n, s, l, ldl);
  congruence<T>(n, z, ldz, s, t, out, ldo, rest);
}

export function dspectral_apply_work(n: i32): usize {
  return spectralApplyWork<f64>(n);
}
export function dspectral_apply(n: i32, z: usize, ldz: i32, f: usize, c: usize, ldc: i32, work: usize): void {
  spectralApply<f64>(n, z, ldz, f, c, ldc, work);
}
export function dspectral_vjp_work(n: i32): usize {
  return spectralVjpWork<f64>(n);
}
export function dspectral_vjp(
  n: i32,
  z: usize,
  ldz: i32,
  l: usize,
  ldl: i32,
  g: usize,
  ldg: i32,
  out: usize,
  ldo: i32,
  work: usize,
): void {
  spectralVjp<f64>(n, z, ldz, l, ldl, g, ldg, out, ldo, work);
}
