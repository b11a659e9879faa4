import { at, lanes, VECTOR_BYTES } from "../simd";
import { dotVectors, larfb, larfbWork, larfg, larft, larftWork } from "./householder";
import { sumLanes } from "./scalar";

/** Reflectors applied at a time. */
const BLOCK: i32 = 16;

// @ts-ignore: decorator
@inline
function vectorBytes<T>(n: i32): usize {
  return (<usize>(n + lanes<T>() - 1) & ~(<usize>lanes<T>() - 1)) * sizeof<T>();
}

/** row −= v_i·w + w_i·v over `bytes` bytes. */
function updateRow<T>(row: usize, bytes: usize, i: i32, v: usize, w: usize): void {
  const offset = (<usize>i) * sizeof<T>();
  const vi = v128.splat<T>(load<T>(v + offset));
  const wi = v128.splat<T>(load<T>(w + offset));
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const x = v128.sub<T>(v128.load(row + j), v128.mul<T>(vi, v128.load(w + j)));
    v128.store(row + j, v128.sub<T>(x, v128.mul<T>(wi, v128.load(v + j))));
  }
}

/** The rank-2 update left over from the step before and p = A·u in one pass over rows 0 … k−1 (row k may be spoilt). */
function updateAndMultiply<T>(
  k: i32,
  a: usize,
  stride: usize,
  v: usize,
  w: usize,
  u: usize,
  p: usize,
): void {
  const bytes = vectorBytes<T>(k);
  for (let i = 0; i < k; i += 2) {
    const offset = (<usize>i) * sizeof<T>();
    const r0 = a + (<usize>i) * stride;
    const r1 = r0 + stride;
    const v0 = v128.splat<T>(load<T>(v + offset));
    const v1 = v128.splat<T>(load<T>(v + offset, sizeof<T>()));
    const w0 = v128.splat<T>(load<T>(w + offset));
    const w1 = v128.splat<T>(load<T>(w + offset, sizeof<T>()));
    let s0 = v128.splat<T>(0);
    let s1 = s0;
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      const vj = v128.load(v + j);
      const wj = v128.load(w + j);
      const uj = v128.load(u + j);
      const x0 = v128.sub<T>(v128.sub<T>(v128.load(r0 + j), v128.mul<T>(v0, wj)), v128.mul<T>(w0, vj));
      const x1 = v128.sub<T>(v128.sub<T>(v128.load(r1 + j), v128.mul<T>(v1, wj)), v128.mul<T>(w1, vj));
      v128.store(r0 + j, x0);
      v128.store(r1 + j, x1);
      s0 = v128.add<T>(s0, v128.mul<T>(x0, uj));
      s1 = v128.add<T>(s1, v128.mul<T>(x1, uj));
    }
    store<T>(p + offset, sumLanes<T>(s0));
    store<T>(p + offset, sumLanes<T>(s1), sizeof<T>());
  }
}

/**
 * A = Q·T·Qᵀ by Householder reflectors, Q = H_{n−1} ⋯ H_1, H_i = I − τ_i·u_i·u_iᵀ acting on coordinates 0 … i−1.
 *
 * A is n×n, symmetric, fully stored and destroyed; rows are `stride` bytes apart, whole vectors, the padding finite.
 * u_i becomes row i of `u` (same stride; zero on entry). d: n, e: n−1, tau: n+1 (tau_0 =
 * tau_n = 0). `work`: two rows. The rank-2 update of a step is delayed into the pass that multiplies by the next
 * reflector, so A is read and written once a step. Dot products: one accumulator a lane, lanes added last. Entries of A
 * at most about 1.
 */
export function sytrd<T>(n: i32, a: usize, stride: usize, d: usize, e: usize, tau: usize, u: usize, work: usize): void {
  memory.fill(work, 0, 2 * stride);
  store<T>(tau, 0);
  store<T>(tau + (<usize>n) * sizeof<T>(), 0);
  let w = work;
  let p = work + stride;
  let v = u; // row 0 of u is zero: nothing is pending before the first step
  for (let i = n - 1; i > 0; i--) {
    const offset = (<usize>i) * sizeof<T>();
    const row = a + (<usize>i) * stride;
    const ui = u + (<usize>i) * stride;
    updateRow<T>(row, vectorBytes<T>(i + 1), i, v, w);
    store<T>(d + offset, load<T>(row + offset));
    memory.copy(ui, row, offset - sizeof<T>());
    const pivot = offset - sizeof<T>();
    const t = larfg<T>(vectorBytes<T>(i), ui, load<T>(row + pivot), e + pivot);
    store<T>(ui + pivot, 1);
    store<T>(tau + offset, t);
    updateAndMultiply<T>(i, a, stride, v, w, ui, p);
    store<T>(p + offset, 0);
    if (i + 1 < n) store<T>(p + offset, 0, sizeof<T>());
    const bytes = vectorBytes<T>(i);
    const half = <T>-0.5 * t * t * dotVectors<T>(bytes, p, ui);
    const tt = v128.splat<T>(t);
    const hh = v128.splat<T>(half);
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      const x = v128.mul<T>(tt, v128.load(p + j));
      v128.store(p + j, v128.add<T>(x, v128.mul<T>(hh, v128.load(ui + j))));
    }
    const swap = w;
    w = p;
    p = swap;
    v = ui;
  }
  updateRow<T>(a, VECTOR_BYTES, 0, v, w);
  store<T>(d, load<T>(a));
}

export function ormtrWork<T>(n: i32): usize {
  const t: usize = BLOCK * BLOCK * sizeof<T>();
  return t + max(larftWork<T>(BLOCK, n), larfbWork<T>(1, n, n, BLOCK));
}

/**
 * Rows z ← z·Qᵀ = z·H_1 ⋯ H_{n−1} for the Q of `sytrd`: from eigenvectors of T to those of A, in blocks of reflectors.
 * z: `rows` ≤ n rows, as far apart as those of u. Work: ormtrWork(n). Order of summation: GEMM's; blocks begin at
 * H_1 whatever the rows are.
 */
export function ormtr<T>(rows: i32, n: i32, u: usize, stride: usize, tau: usize, z: usize, work: usize): void {
  const ld = <i32>(stride / sizeof<T>());
  const rest = work + <usize>(BLOCK * BLOCK) * sizeof<T>();
  for (let i = 1; i < n; i += BLOCK) {
    const count = min<i32>(BLOCK, n - i);
    const width = i + count - 1;
    const ui = u + <usize>i * stride;
    larft<T>(count, width, ui, ld, at<T>(tau, i), work, rest);
    larfb<T>(1, 0, rows, width, count, ui, ld, work, z, ld, rest);
  }
}
