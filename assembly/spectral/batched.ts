import { at, roundUp } from "../simd";
import { syevBatched, syevWork } from "../lapack/eigh";
import { fillNaN } from "../lapack/scalar";
import { firstOutside, spectralValues } from "./functions";
import { loewner } from "./loewner";
import { spectralApply, spectralApplyWork, spectralVjp, spectralVjpWork } from "./products";

/** `info` of an item with an eigenvalue outside the domain of the function. */
export const OUTSIDE_DOMAIN: i32 = -2;

export function spectralBatchedWork<T>(n: i32): usize {
  if (n <= 0) return 0;
  return roundUp(<usize>n * sizeof<T>(), 64) + max<usize>(syevWork<T>(1, n), spectralApplyWork<T>(n));
}

/**
 * C = f(A) = Z·diag(f(w))·Zᵀ for `batch` symmetric matrices (½A + ½Aᵀ), contiguous n×n in a, z and c, n in w; one call
 * for the pooling layers. w and z are kept for `spectralVjpBatched`. c may be a; z may not. Codes and domains:
 * functions.ts. Work: spectralBatchedWork. infos[i]: 0; −1 A not finite; > 0 no convergence; −2 an eigenvalue outside
 * the domain of f (w and z stand): C is NaN then, other items are not touched. Returns the number of items that failed.
 * Bits do not depend on batch.
 */
export function spectralBatched<T>(
  fn: i32,
  p: T,
  n: i32,
  batch: i32,
  a: usize,
  w: usize,
  z: usize,
  c: usize,
  work: usize,
  infos: usize,
): i32 {
  const square = <usize>n * <usize>n * sizeof<T>();
  const f = work;
  const rest = work + roundUp(<usize>n * sizeof<T>(), 64);
  syevBatched<T>(1, n, batch, a, n * n, w, z, rest, infos);
  let failed = 0;
  for (let i = 0; i < batch; i++) {
    let info = load<i32>(at<i32>(infos, i));
    if (info == 0 && spectralValues<T>(fn, p, 0, n, w, f) != 0) info = OUTSIDE_DOMAIN;
    if (info == 0) spectralApply<T>(n, z, n, f, c, n, rest);
    else fillNaN<T>(n * n, c);
    store<i32>(at<i32>(infos, i), info);
    failed += i32(info != 0);
    z += square;
    c += square;
    w += <usize>n * sizeof<T>();
  }
  return failed;
}

export function spectralVjpBatchedWork<T>(n: i32): usize {
  if (n <= 0) return 0;
  return <usize>n * <usize>n * sizeof<f64>() + spectralVjpWork<T>(n);
}

/**
 * The adjoint of `spectralBatched` from its w and z: out = Z·[f[w_i, w_j] ∘ (Zᵀ·sym(G)·Z)]·Zᵀ, item by item,
 * contiguous; out may be g. The w and the divided differences are double, the products T. Work: spectralVjpBatchedWork. Returns 0, or the 1-based number of the first item where f′
 * is not finite at some eigenvalue; such items are NaN, the others right.
 */
export function spectralVjpBatched<T>(
  fn: i32,
  p: f64,
  n: i32,
  batch: i32,
  w: usize,
  z: usize,
  g: usize,
  out: usize,
  work: usize,
): i32 {
  const square = <usize>n * <usize>n * sizeof<T>();
  let first = 0;
  for (let i = 0; i < batch; i++) {
    if (firstOutside<f64>(fn, p, 1, n, w) == 0) {
      loewner<f64>(fn, p, n, w, work, n);
      spectralVjp<T>(n, z, n, work, n, g, n, out, n, work + <usize>n * <usize>n * sizeof<f64>());
    } else {
      fillNaN<T>(n * n, out);
      if (first == 0) first = i + 1;
    }
    z += square;
    g += square;
    out += square;
    w += <usize>n * sizeof<f64>();
  }
  return first;
}

export function dspectral_batched_work(n: i32): usize {
  return spectralBatchedWork<f64>(n);
}
export function dspectral_batched(
  fn: i32,
  p: f64,
  n: i32,
  batch: i32,
  a: usize,
  w: usize,
  z: usize,
  c: usize,
  work: usize,
  infos: usize,
): i32 {
  return spectralBatched<f64>(fn, p, n, batch, a, w, z, c, work, infos);
}
export function sspectral_vjp_batched_work(n: i32): usize {
  return spectralVjpBatchedWork<f32>(n);
}
export function dspectral_vjp_batched_work(n: i32): usize {
  return spectralVjpBatchedWork<f64>(n);
}
export function sspectral_vjp_batched(
  fn: i32,
  p: f64,
  n: i32,
  batch: i32,
  w: usize,
  z: usize,
  g: usize,
  out: usize,
  work: usize,
): i32 {
  return spectralVjpBatched<f32>(fn, p, n, batch, w, z, g, out, work);
}
export function dspectral_vjp_batched(
  fn: i32,
  p: f64,
  n: i32,
  batch: i32,
  w: usize,
  z: usize,
  g: usize,
  out: usize,
  work: usize,
): i32 {
  return spectralVjpBatched<f64>(fn, p, n, batch, w, z, g, out, work);
}
