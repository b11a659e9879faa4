import { at, lanes, VECTOR_BYTES } from "../../simd";
import { exponentOf, powerOfTwo, tiny } from "../scalar";
import { clear, dot, isAcross, pick, put, rowBytes, vectorBytes } from "./layout";

/** row_j ← row_j − (v_i·w_j + w_i·v_j). */
function updateRow<T, L>(row: usize, bytes: usize, i: i32, v: usize, w: usize): void {
  const vi = pick<T, L>(v, i);
  const wi = pick<T, L>(w, i);
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const x = v128.add<T>(v128.mul<T>(vi, v128.load(w + j)), v128.mul<T>(wi, v128.load(v + j)));
    v128.store(row + j, v128.sub<T>(v128.load(row + j), x));
  }
}

/**
 * The rank-2 update left over from the step before and p = A·u, summed over ascending rows, in one pass over rows 0 …
 * k−1, two at a time (row k may be spoilt: u_k = 0).
 */
function updateAndMultiply<T, L>(k: i32, a: usize, stride: usize, v: usize, w: usize, u: usize, p: usize): void {
  const bytes = vectorBytes<L>(k);
  clear(p, bytes);
  for (let i = 0; i < k; i += 2) {
    const r0 = a + <usize>i * stride;
    const r1 = r0 + stride;
    const v0 = pick<T, L>(v, i);
    const v1 = pick<T, L>(v, i + 1);
    const w0 = pick<T, L>(w, i);
    const w1 = pick<T, L>(w, i + 1);
    const u0 = pick<T, L>(u, i);
    const u1 = pick<T, L>(u, i + 1);
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      const vj = v128.load(v + j);
      const wj = v128.load(w + j);
      const x0 = v128.sub<T>(v128.load(r0 + j), v128.add<T>(v128.mul<T>(v0, wj), v128.mul<T>(w0, vj)));
      const x1 = v128.sub<T>(v128.load(r1 + j), v128.add<T>(v128.mul<T>(v1, wj), v128.mul<T>(w1, vj)));
      v128.store(r0 + j, x0);
      v128.store(r1 + j, x1);
      const s = v128.add<T>(v128.load(p + j), v128.mul<T>(x0, u0));
      v128.store(p + j, v128.add<T>(s, v128.mul<T>(x1, u1)));
    }
  }
}

function scaleRow<T>(p: usize, bytes: usize, factor: v128): void {
  for (const end = p + bytes; p < end; p += VECTOR_BYTES) v128.store(p, v128.mul<T>(v128.load(p), factor));
}

/**
 * Powers of two at `to`, two vectors up and two down: where `small`, up scales the largest of |alpha| and |u_j| to
 * [1, 2); 1 elsewhere and where all are 0.
 */
function chooseScale<T, L>(k: i32, u: usize, alpha: v128, small: v128, to: usize): void {
  let top = v128.abs<T>(alpha);
  for (let j = 0; j < k; j++) top = v128.max<T>(top, v128.abs<T>(pick<T, L>(u, j)));
  v128.store(to, v128.and(top, small));
  for (let j = 0; j < lanes<T>(); j++) {
    const p = at<T>(to, j);
    const x = load<T>(p);
    const power = x > 0 ? -exponentOf<T>(x) : 0;
    const half = power >> 1;
    store<T>(p, powerOfTwo<T>(half));
    store<T>(p, powerOfTwo<T>(power - half), 16);
    store<T>(p, powerOfTwo<T>(-half), 32);
    store<T>(p, powerOfTwo<T>(half - power), 48);
  }
}

/**
 * The reflector H = I − τ·u·uᵀ, u_{k−1} = 1, with x·H = (0, …, 0, β): u holds x_0 … x_{k−2} and zeros on entry, u on
 * return; returns τ and stores β. Vectors whose squares would underflow are scaled up first.
 */
function reflector<T, L>(k: i32, u: usize, alpha: v128, beta: usize, scales: usize): v128 {
  const bytes = vectorBytes<L>(k);
  const zero = v128.splat<T>(0);
  let square = dot<T, L>(k, u, u);
  const small = v128.lt<T>(v128.add<T>(square, v128.mul<T>(alpha, alpha)), v128.splat<T>(tiny<T>()));
  const scaled = v128.any_true(small);
  if (scaled) {
    chooseScale<T, L>(k, u, alpha, small, scales);
    scaleRow<T>(u, bytes, v128.load(scales));
    scaleRow<T>(u, bytes, v128.load(scales, 16));
    alpha = v128.mul<T>(v128.mul<T>(alpha, v128.load(scales)), v128.load(scales, 16));
    square = dot<T, L>(k, u, u);
  }
  const regular = v128.gt<T>(square, zero);
  const root = v128.sqrt<T>(v128.add<T>(v128.mul<T>(alpha, alpha), square));
  const b = v128.or(root, v128.andnot(v128.splat<T>(-0.0), alpha));
  const tau = v128.and(regular, v128.div<T>(v128.sub<T>(b, alpha), b));
  scaleRow<T>(u, bytes, v128.and(regular, v128.div<T>(v128.splat<T>(1), v128.sub<T>(alpha, b))));
  put<T, L>(u, k - 1, 1);
  alpha = v128.bitselect(b, alpha, regular);
  if (scaled) alpha = v128.mul<T>(v128.mul<T>(alpha, v128.load(scales, 32)), v128.load(scales, 48));
  v128.store(beta, alpha);
  return tau;
}

/**
 * A = Q·T·Qᵀ by Householder reflectors, Q = H_{n−1} ⋯ H_1, H_i = I − τ_i·u_i·u_iᵀ acting on coordinates 0 … i−1.
 *
 * A is n×n, symmetric to the last bit, fully stored and destroyed; rows rowBytes<L> apart. u_i becomes row i of `u`
 * (n rows, zero on entry). d, tau: n vectors, e: n−1. `work`: two rows and 64 bytes, rows of zeros on entry. The rank-2
 * update of a step is delayed into the pass that multiplies by the next reflector; x − (v_i·w_j + w_i·v_j) has the same
 * bits above and below the diagonal. Products with A: ascending rows, one accumulator; dot products: layout.ts.
 */
export function sytrd<T, L>(n: i32, a: usize, d: usize, e: usize, tau: usize, u: usize, work: usize): void {
  const stride = rowBytes<L>(n);
  const scales = work + 2 * stride;
  let w = work;
  let p = work + stride;
  let v = u; // row 0 of u is zero: nothing is pending before the first step
  for (let i = n - 1; i > 0; i--) {
    const row = a + <usize>i * stride;
    const ui = u + <usize>i * stride;
    updateRow<T, L>(row, vectorBytes<L>(i + 1), i, v, w);
    v128.store(d + <usize>i * VECTOR_BYTES, pick<T, L>(row, i));
    for (let j = 0; j < i - 1; j++) store<L>(at<L>(ui, j), load<L>(at<L>(row, j)));
    const place = <usize>i * VECTOR_BYTES;
    const t = reflector<T, L>(i, ui, pick<T, L>(row, i - 1), e + place - VECTOR_BYTES, scales);
    v128.store(tau + place, t);
    updateAndMultiply<T, L>(i, a, stride, v, w, ui, p);
    const half = v128.mul<T>(v128.mul<T>(v128.splat<T>(-0.5), v128.mul<T>(t, t)), dot<T, L>(i, p, ui));
    const bytes = vectorBytes<L>(i);
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      v128.store(p + j, v128.add<T>(v128.mul<T>(t, v128.load(p + j)), v128.mul<T>(half, v128.load(ui + j))));
    }
    if (!isAcross<L>()) for (let j = i; j & (lanes<T>() - 1); j++) store<T>(at<T>(p, j), 0);
    const swap = w;
    w = p;
    p = swap;
    v = ui;
  }
  updateRow<T, L>(a, VECTOR_BYTES, 0, v, w);
  v128.store(d, pick<T, L>(a, 0));
}

/**
 * `count` ≤ 4 vectors of columns of Q = H_{n−1} ⋯ H_1, from the unit matrix: M ← M − u_i·(τ_i·u_iᵀ·M) for i from
 * `first`, the update of a reflector delayed into the pass that sums for the next one.
 */
// @ts-ignore: decorator
@inline
function orgtrPanel<T, L>(count: i32, n: i32, first: i32, u: usize, stride: usize, tau: usize, q: usize): void {
  let t0 = v128.splat<T>(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (let i = first; i <= n; i++) {
    const before = u + <usize>(i - 1) * stride;
    const now = i < n ? before + stride : u; // row 0 is zero: after the last reflector only the update is left
    let s0 = v128.splat<T>(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let m = q;
    for (let r = 0; r < i; r++) {
      const b = pick<T, L>(before, r);
      const x = pick<T, L>(now, r);
      const m0 = v128.sub<T>(v128.load(m), v128.mul<T>(b, t0));
      v128.store(m, m0);
      s0 = v128.add<T>(s0, v128.mul<T>(x, m0));
      if (count > 1) {
        const m1 = v128.sub<T>(v128.load(m, 16), v128.mul<T>(b, t1));
        v128.store(m, m1, 16);
        s1 = v128.add<T>(s1, v128.mul<T>(x, m1));
      }
      if (count > 2) {
        const m2 = v128.sub<T>(v128.load(m, 32), v128.mul<T>(b, t2));
        const m3 = v128.sub<T>(v128.load(m, 48), v128.mul<T>(b, t3));
        v128.store(m, m2, 32);
        v128.store(m, m3, 48);
        s2 = v128.add<T>(s2, v128.mul<T>(x, m2));
        s3 = v128.add<T>(s3, v128.mul<T>(x, m3));
      }
      m += stride;
    }
    if (i == n) break;
    const t = v128.load(tau + <usize>i * VECTOR_BYTES);
    t0 = v128.mul<T>(t, s0);
    t1 = v128.mul<T>(t, s1);
    t2 = v128.mul<T>(t, s2);
    t3 = v128.mul<T>(t, s3);
  }
}

/** Q of `sytrd`, n rows (and zeros up to a multiple of 4); sums over ascending rows with one accumulator. u, tau as `sytrd` left them. */
export function orgtr<T, L>(n: i32, u: usize, tau: usize, q: usize): void {
  const stride = rowBytes<L>(n);
  clear(q, <usize>((n + 3) & ~3) * stride);
  for (let i = 0; i < n; i++) put<T, L>(q + <usize>i * stride, i, 1);
  const perVector = <i32>(VECTOR_BYTES / sizeof<L>());
  const vectors = <i32>(vectorBytes<L>(n) / VECTOR_BYTES);
  for (let j = 0; j < vectors; ) {
    const panel = q + <usize>j * VECTOR_BYTES;
    const first = max<i32>(2, j * perVector + 1); // reflectors up to the first column leave these columns alone
    if (vectors - j >= 4) {
      orgtrPanel<T, L>(4, n, first, u, stride, tau, panel);
      j += 4;
    } else if (vectors - j >= 2) {
      orgtrPanel<T, L>(2, n, first, u, stride, tau, panel);
      j += 2;
    } else {
      orgtrPanel<T, L>(1, n, first, u, stride, tau, panel);
      j++;
    }
  }
}
