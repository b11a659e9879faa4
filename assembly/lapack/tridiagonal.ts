import { at, lanes, VECTOR_BYTES } from "../simd";
import { dotVectors, larfg } from "./householder";
import { sumLanes } from "./scalar";

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

/**
 * Qᵀ = H_1 ⋯ H_{n−1} of `sytrd`, row by row: rows of `q` (n rounded up to 2, `stride` bytes apart) start as unit
 * vectors and take two reflectors a pass, two rows at a time. u: n+1 rows, the last one zero. Dot products as in
 * `sytrd`.
 */
export function orgtr<T>(n: i32, u: usize, stride: usize, tau: usize, q: usize, coupling: usize): void {
  memory.fill(q, 0, (<usize>((n + 1) & ~1)) * stride);
  for (let i = 1; i < n; i += 2) {
    const ui = u + (<usize>i) * stride;
    store<T>(coupling + (<usize>i) * sizeof<T>(), dotVectors<T>(vectorBytes<T>(i), ui, ui + stride));
  }
  for (let r = 0; r < n; r += 2) {
    const rows = q + (<usize>r) * stride;
    for (let t = 0; t < 2 && r + t < n; t++) store<T>(rows + (<usize>t) * stride + (<usize>(r + t)) * sizeof<T>(), 1);
    for (let i = r + 1; i < n; i += 2) {
      const offset = (<usize>i) * sizeof<T>();
      reflectTwoRows<T>(
        vectorBytes<T>(min<i32>(i + 1, n)),
        rows,
        stride,
        u + (<usize>i) * stride,
        load<T>(tau + offset),
        load<T>(tau + offset, sizeof<T>()),
        load<T>(coupling + offset),
      );
    }
  }
}

/** Two rows x ← x·(I − τ₁·u₁·u₁ᵀ)(I − τ₂·u₂·u₂ᵀ), u₂ one row after u₁, g = u₁·u₂. */
function reflectTwoRows<T>(bytes: usize, x: usize, stride: usize, u1: usize, t1: T, t2: T, g: T): void {
  const u2 = u1 + stride;
  const y = x + stride;
  let a0 = v128.splat<T>(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const p = v128.load(u1 + j);
    const q = v128.load(u2 + j);
    const v = v128.load(x + j);
    const w = v128.load(y + j);
    a0 = v128.add<T>(a0, v128.mul<T>(v, p));
    b0 = v128.add<T>(b0, v128.mul<T>(v, q));
    a1 = v128.add<T>(a1, v128.mul<T>(w, p));
    b1 = v128.add<T>(b1, v128.mul<T>(w, q));
  }
  const c0 = t1 * sumLanes<T>(a0);
  const c1 = t1 * sumLanes<T>(a1);
  const d0 = v128.splat<T>(c0);
  const d1 = v128.splat<T>(c1);
  const e0 = v128.splat<T>(t2 * (sumLanes<T>(b0) - c0 * g));
  const e1 = v128.splat<T>(t2 * (sumLanes<T>(b1) - c1 * g));
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const p = v128.load(u1 + j);
    const q = v128.load(u2 + j);
    v128.store(x + j, v128.sub<T>(v128.sub<T>(v128.load(x + j), v128.mul<T>(d0, p)), v128.mul<T>(e0, q)));
    v128.store(y + j, v128.sub<T>(v128.sub<T>(v128.load(y + j), v128.mul<T>(d1, p)), v128.mul<T>(e1, q)));
  }
}
