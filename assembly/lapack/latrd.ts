import { at, VECTOR_BYTES } from "../simd";
import { gemm, gemmWork } from "../blas/gemm";
import { dotVectors, larfg } from "./householder";
import { sumLanes } from "./scalar";
import { sytrd } from "./tridiagonal";

/** Columns of a panel. */
const PANEL: i32 = 16;
/** Leading blocks of at most so many rows are reduced unblocked. */
const UNBLOCKED: i32 = 64;
/** Rows of the trailing matrix updated by one product: those right of the diagonal block are left out. */
const STRIP: i32 = 64;

// @ts-ignore: decorator
@inline
function vectorBytes<T>(n: i32): usize {
  return (<usize>n * sizeof<T>() + VECTOR_BYTES - 1) & ~(VECTOR_BYTES - 1);
}

export function latrdWork<T>(n: i32, stride: usize): usize {
  if (n <= UNBLOCKED) return 2 * stride;
  return 3 * <usize>PANEL * stride + <usize>PANEL * sizeof<T>() + gemmWork<T>(1, 0, STRIP, n, 2 * PANEL);
}

/** y ← y − Σ_p f_p·x_p over `count` rows x, `stride` bytes apart, four a pass. */
function subtractRows<T>(bytes: usize, count: i32, x: usize, stride: usize, f: usize, y: usize): void {
  let p = 0;
  for (; p + 4 <= count; p += 4, x += 4 * stride, f += 4 * sizeof<T>()) {
    const f0 = v128.load_splat<T>(f);
    const f1 = v128.load_splat<T>(f, sizeof<T>());
    const f2 = v128.load_splat<T>(f, 2 * sizeof<T>());
    const f3 = v128.load_splat<T>(f, 3 * sizeof<T>());
    const x1 = x + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      const a = v128.add<T>(v128.mul<T>(f0, v128.load(x + j)), v128.mul<T>(f1, v128.load(x1 + j)));
      const b = v128.add<T>(v128.mul<T>(f2, v128.load(x2 + j)), v128.mul<T>(f3, v128.load(x3 + j)));
      v128.store(y + j, v128.sub<T>(v128.load(y + j), v128.add<T>(a, b)));
    }
  }
  for (; p < count; p++, x += stride, f += sizeof<T>()) {
    const f0 = v128.load_splat<T>(f);
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      v128.store(y + j, v128.sub<T>(v128.load(y + j), v128.mul<T>(f0, v128.load(x + j))));
    }
  }
}

/** out_p = x_p·y over `count` rows x, four a pass. */
function dotRows<T>(bytes: usize, count: i32, x: usize, stride: usize, y: usize, out: usize): void {
  let p = 0;
  for (; p + 4 <= count; p += 4, x += 4 * stride, out += 4 * sizeof<T>()) {
    const x1 = x + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    let s0 = v128.splat<T>(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      const v = v128.load(y + j);
      s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x + j), v));
      s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x1 + j), v));
      s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x2 + j), v));
      s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x3 + j), v));
    }
    store<T>(out, sumLanes<T>(s0));
    store<T>(out, sumLanes<T>(s1), sizeof<T>());
    store<T>(out, sumLanes<T>(s2), 2 * sizeof<T>());
    store<T>(out, sumLanes<T>(s3), 3 * sizeof<T>());
  }
  for (; p < count; p++, x += stride, out += sizeof<T>()) store<T>(out, dotVectors<T>(bytes, x, y));
}

/**
 * y = A·x for the leading k×k block, of which the rows left of the diagonal and the 4×4 blocks on it are read: four rows
 * a pass, each as a row and as a column. x is zero from k to the next multiple of 4; y_k … are spoilt that far.
 */
function symv<T>(k: i32, a: usize, stride: usize, x: usize, y: usize): void {
  for (let i = 0; i < k; i += 4, a += 4 * stride) {
    const a1 = a + stride;
    const a2 = a1 + stride;
    const a3 = a2 + stride;
    const xi = at<T>(x, i);
    const x0 = v128.load_splat<T>(xi);
    const x1 = v128.load_splat<T>(xi, sizeof<T>());
    const x2 = v128.load_splat<T>(xi, 2 * sizeof<T>());
    const x3 = v128.load_splat<T>(xi, 3 * sizeof<T>());
    let s0 = v128.splat<T>(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    const bytes = <usize>i * sizeof<T>();
    let j: usize = 0;
    for (; j < bytes; j += VECTOR_BYTES) {
      const b0 = v128.load(a + j);
      const b1 = v128.load(a1 + j);
      const b2 = v128.load(a2 + j);
      const b3 = v128.load(a3 + j);
      const v = v128.load(x + j);
      const lower = v128.add<T>(v128.mul<T>(b0, x0), v128.mul<T>(b1, x1));
      const upper = v128.add<T>(v128.mul<T>(b2, x2), v128.mul<T>(b3, x3));
      s0 = v128.add<T>(s0, v128.mul<T>(b0, v));
      s1 = v128.add<T>(s1, v128.mul<T>(b1, v));
      s2 = v128.add<T>(s2, v128.mul<T>(b2, v));
      s3 = v128.add<T>(s3, v128.mul<T>(b3, v));
      v128.store(y + j, v128.add<T>(v128.load(y + j), v128.add<T>(lower, upper)));
    }
    const end = bytes + 4 * sizeof<T>();
    for (; j < end; j += VECTOR_BYTES) {
      const v = v128.load(x + j);
      s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a + j), v));
      s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a1 + j), v));
      s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a2 + j), v));
      s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a3 + j), v));
    }
    const yi = at<T>(y, i);
    store<T>(yi, sumLanes<T>(s0));
    store<T>(yi, sumLanes<T>(s1), sizeof<T>());
    store<T>(yi, sumLanes<T>(s2), 2 * sizeof<T>());
    store<T>(yi, sumLanes<T>(s3), 3 * sizeof<T>());
  }
}

/** f_p = element i of `count` rows x. */
// @ts-ignore: decorator
@inline
function gatherColumn<T>(count: i32, x: usize, stride: usize, i: i32, f: usize): void {
  for (let p = 0; p < count; p++) store<T>(at<T>(f, p), load<T>(at<T>(x + <usize>p * stride, i)));
}

/**
 * Reduces rows end − PANEL … end − 1 of A, as `sytrd` does, without touching the rows above them: the update that they
 * owe is A ← A − Σ(u·wᵀ + w·uᵀ), w in the rows of `w`.
 */
function panel<T>(
  end: i32, a: usize, stride: usize, d: usize, e: usize, tau: usize, u: usize, w: usize, f: usize,
): void {
  const begin = end - PANEL;
  for (let i = end - 1; i >= begin; i--) {
    const row = a + <usize>i * stride;
    const ui = u + <usize>i * stride;
    const wi = w + <usize>(i - begin) * stride;
    const us = ui + stride;
    const ws = wi + stride;
    const done = end - 1 - i;
    const all = vectorBytes<T>(i + 1);
    gatherColumn<T>(done, ws, stride, i, f);
    subtractRows<T>(all, done, us, stride, f, row);
    gatherColumn<T>(done, us, stride, i, f);
    subtractRows<T>(all, done, ws, stride, f, row);
    store<T>(at<T>(d, i), load<T>(at<T>(row, i)));
    memory.copy(ui, row, <usize>(i - 1) * sizeof<T>());
    const bytes = vectorBytes<T>(i);
    const t = larfg<T>(bytes, ui, load<T>(at<T>(row, i - 1)), at<T>(e, i - 1));
    store<T>(at<T>(ui, i - 1), 1);
    store<T>(at<T>(tau, i), t);
    symv<T>(i, a, stride, ui, wi);
    memory.fill(at<T>(wi, i), 0, stride - <usize>i * sizeof<T>());
    dotRows<T>(bytes, done, us, stride, ui, f);
    subtractRows<T>(bytes, done, ws, stride, f, wi);
    dotRows<T>(bytes, done, ws, stride, ui, f);
    subtractRows<T>(bytes, done, us, stride, f, wi);
    const half = <T>-0.5 * t * t * dotVectors<T>(bytes, wi, ui);
    const tt = v128.splat<T>(t);
    const hh = v128.splat<T>(half);
    for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
      const x = v128.mul<T>(tt, v128.load(wi + j));
      v128.store(wi + j, v128.add<T>(x, v128.mul<T>(hh, v128.load(ui + j))));
    }
  }
}

/**
 * `sytrd` by panels, with the same result up to rounding: of each step only the product A·u passes over the matrix, over
 * half of it, and the rank-2 updates of a panel are one matrix product, on half of the matrix too.
 */
export function latrd<T>(
  n: i32, a: usize, stride: usize, d: usize, e: usize, tau: usize, u: usize, work: usize,
): void {
  const rows = <usize>PANEL * stride;
  const f = work + 3 * rows;
  const rest = f + <usize>PANEL * sizeof<T>();
  const ld = <i32>(stride / sizeof<T>());
  let k = n;
  while (k > UNBLOCKED) {
    panel<T>(k, a, stride, d, e, tau, u, work, f);
    k -= PANEL;
    // w, u, w: the first two by the last two.
    memory.copy(work + rows, u + <usize>k * stride, rows);
    memory.copy(work + 2 * rows, work, rows);
    for (let i = 0; i < k; i += STRIP) {
      const columns = k <= UNBLOCKED ? k : min<i32>(i + STRIP, k);
      gemm<T>(
        1, 0, min<i32>(STRIP, k - i), columns, 2 * PANEL, <T>-1, at<T>(work, i), ld, work + rows, ld, <T>1,
        a + <usize>i * stride, ld, rest,
      );
    }
  }
  const last = load<T>(at<T>(tau, k));
  sytrd<T>(k, a, stride, d, e, tau, u, work);
  if (k < n) store<T>(at<T>(tau, k), last);
}
