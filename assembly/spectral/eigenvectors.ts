import { at } from "../simd";
import { gemm } from "../blas/gemm";
import { fillNaN } from "../lapack/scalar";
import { congruence, spectralApply, spectralVjpWork } from "./products";

/**
 * What to do with a pair of eigenvalues whose gap is closed: refuse, leave its term out, or broaden every 1/x to x/(x²
 * + η).
 */
const REFUSE: i32 = 0;
const BROADEN: i32 = 2;

export function syevVjpWork<T>(n: i32): usize {
  return spectralVjpWork<T>(n);
}

/** 1 if column j of the n×n matrix g is exactly zero. */
function columnIsZero<T>(n: i32, g: usize, j: i32): bool {
  for (let i = 0; i < n; i++) if (load<T>(at<T>(g, i * n + j)) != 0) return false;
  return true;
}

function report<T>(to: usize, item: i32, i: i32, j: i32, gap: T): void {
  store<i32>(to, item);
  store<i32>(to, i, 4);
  store<i32>(to, j, 8);
  store<i32>(to, 0, 12);
  store<f64>(to, <f64>gap, 16);
}

/**
 * K_ij = ½(M_ij − M_ji) / (w_j − w_i) in place of M = Zᵀ·gZ, both triangles, gw (or 0) on the diagonal. Returns the
 * first refused pair as i·n + j + 1, or 0.
 */
function pairTerms<T>(n: i32, w: usize, gw: usize, gz: usize, mode: i32, ulp: T, eta: T, m: usize): i32 {
  let top: T = 0;
  for (let i = 0; i < n; i++) top = max<T>(top, abs<T>(load<T>(at<T>(w, i))));
  const closed = <T>8 * <T>n * ulp * top;
  for (let i = 0; i < n; i++) {
    store<T>(at<T>(m, i * n + i), gw ? load<T>(at<T>(gw, i)) : <T>0);
    for (let j = i + 1; j < n; j++) {
      const up = at<T>(m, i * n + j);
      const down = at<T>(m, j * n + i);
      const gap = load<T>(at<T>(w, j)) - load<T>(at<T>(w, i));
      const skew = <T>0.5 * (load<T>(up) - load<T>(down));
      let k: T = 0;
      if (mode == BROADEN) k = (skew * gap) / (gap * gap + eta);
      else if (abs<T>(gap) > closed) k = skew / gap;
      else if (mode == REFUSE && !(columnIsZero<T>(n, gz, i) && columnIsZero<T>(n, gz, j))) return i * n + j + 1;
      store<T>(up, k);
      store<T>(down, k);
    }
  }
  return 0;
}

/**
 * gA = Z·{ skew(Zᵀ·gZ)_ij / (w_j − w_i) + diag(gw) }·Zᵀ, the adjoint of the symmetric eigendecomposition, for `batch`
 * items contiguous in w (n), z (n×n), gw (n), gz (n×n), out (n×n, exactly symmetric); gw or gz 0: no cotangent. out may
 * be gz.
 *
 * A gap is closed when |w_i − w_j| ≤ 8·n·ulp·max|w|, with the ulp of the dtype that w comes from. mode 0: such a pair contributes 0 if columns i and j of gz are
 * exactly zero, else the item fails; mode 1: it contributes 0; mode 2: 1/x is x/(x² + eta) for every pair (eta > 0).
 * Returns the number of failed items (their out is NaN); the first is described at `first`, 24 bytes: i32 item, i, j, 0
 * and f64 gap. Work: syevVjpWork.
 */
export function syevVjpBatched<T>(
  n: i32,
  batch: i32,
  w: usize,
  z: usize,
  gw: usize,
  gz: usize,
  mode: i32,
  ulp: T,
  eta: T,
  out: usize,
  first: usize,
  work: usize,
): i32 {
  if (n <= 0) return 0;
  const square = <usize>n * <usize>n * sizeof<T>();
  const row = <usize>n * sizeof<T>();
  const y = work + square;
  const rest = y + square;
  let failed = 0;
  for (let item = 0; item < batch; item++) {
    if (gz) {
      gemm<T>(1, 0, n, n, n, 1, z, n, gz, n, 0, work, n, rest);
      const pair = pairTerms<T>(n, w, gw, gz, mode, ulp, eta, work);
      if (pair == 0) congruence<T>(n, z, n, work, y, out, n, rest);
      else {
        fillNaN<T>(n * n, out);
        const i = (pair - 1) / n;
        const j = (pair - 1) % n;
        if (failed == 0) report<T>(first, item, i, j, load<T>(at<T>(w, j)) - load<T>(at<T>(w, i)));
        failed++;
      }
    } else if (gw) spectralApply<T>(n, z, n, gw, out, n, work);
    else memory.fill(out, 0, square);
    w += row;
    z += square;
    out += square;
    if (gw) gw += row;
    if (gz) gz += square;
  }
  return failed;
}

export function dsyev_vjp_work(n: i32): usize {
  return syevVjpWork<f64>(n);
}
export function dsyev_vjp_batched(
  n: i32,
  batch: i32,
  w: usize,
  z: usize,
  gw: usize,
  gz: usize,
  mode: i32,
  ulp: f64,
  eta: f64,
  out: usize,
  first: usize,
  work: usize,
): i32 {
  return syevVjpBatched<f64>(n, batch, w, z, gw, gz, mode, ulp, eta, out, first, work);
}
