/**
 * B ← op(T)⁻¹·B, or B·op(T)⁻¹ with `right`; row-major, B m×n, T triangular of order m (right: n), op(T) = Tᵀ if `trans`.
 * Only the triangle named by `upper` is read, its diagonal not if `unit`. B is disjoint from T. A zero on the diagonal
 * divides by zero: `singularRow` finds it before. The batched form takes strides in elements (0 repeats T).
 *
 * Recursion by halves (Elmroth, Gustavson, Jonsson, Kågström, SIAM Review 46, 2004): X₁, then B₂ − T₂₁X₁ by GEMM, then
 * X₂; blocks of NB rows in panels of four vectors, two rows at a time by the GEMM micro-kernel. Right-hand solves work
 * on Bᵀ. Order of summation: that of GEMM in halves that depend on the order of T alone, so a column of X does not
 * depend on the others. Row-wise backward stable: |T·X − B| ≤ (n+2)·u·|T||X|. Work: `trsmWork` bytes.
 */
import { largest } from "../lapack/canonical";
import { finite } from "../lapack/scalar";
import { at, lanes } from "../simd";
import { gemm, gemmWork } from "./gemm";
import { copy } from "./level1";
import { transpose } from "./pack";
import { ukr1x4s, ukr2x4, ukr2x4s } from "./ukernel";

/** Order of the triangles that are solved in panels. */
// @ts-ignore: decorator
@inline
const NB: i32 = 32;
/** Rows of B that lie so many bytes apart fall on few cache sets. */
// @ts-ignore: decorator
@inline
const FAR: usize = 1024;

/** The first part of n rows: whole blocks, half or a little more. */
// @ts-ignore: decorator
@inline
export function firstHalf(n: i32, block: i32): i32 {
  return ((n >> 1) + block - 1) & -block;
}

/** Work space that serves every product with at most m rows, n columns and k terms. */
export function productWork<T>(m: i32, n: i32, k: i32): usize {
  return gemmWork<T>(1, 0, m, n, k) + <usize>k * 8 * sizeof<T>();
}

export function trsmWork<T>(right: i32, m: i32, n: i32): usize {
  const order = right ? n : m;
  const columns = right ? m : n;
  const block = <usize>NB * <usize>(NB * sizeof<T>() + 64);
  return block + productWork<T>(order, columns, order) + (right ? <usize>m * <usize>n * sizeof<T>() : 0);
}

/** The row (from 1) of the first zero on the diagonal, or 0; −1 if the triangle holds NaN or infinity. */
export function singularRow<T>(upper: i32, unit: i32, n: i32, t: usize, ldt: i32): i32 {
  let row = 0;
  for (let i = n - 1; i >= 0; i--) {
    const line = t + <usize>i * <usize>ldt * sizeof<T>();
    const from = upper ? i + unit : 0;
    const until = upper ? n : i + 1 - unit;
    if (!finite<T>(largest<T>(1, until - from, at<T>(line, from), 0))) return -1;
    if (!unit && load<T>(at<T>(line, i)) == 0) row = i + 1;
  }
  return row;
}

/** x ← x/d on a row of four vectors. */
// @ts-ignore: decorator
@inline
function divideRow<T>(d: v128, x: usize): void {
  v128.store(x, v128.div<T>(v128.load(x), d));
  v128.store(x, v128.div<T>(v128.load(x, 16), d), 16);
  v128.store(x, v128.div<T>(v128.load(x, 32), d), 32);
  v128.store(x, v128.div<T>(v128.load(x, 48), d), 48);
}

/** y ← y − f·x on rows of four vectors. */
// @ts-ignore: decorator
@inline
function subtractRow<T>(f: v128, x: usize, y: usize): void {
  v128.store(y, v128.sub<T>(v128.load(y), v128.mul<T>(f, v128.load(x))));
  v128.store(y, v128.sub<T>(v128.load(y, 16), v128.mul<T>(f, v128.load(x, 16))), 16);
  v128.store(y, v128.sub<T>(v128.load(y, 32), v128.mul<T>(f, v128.load(x, 32))), 32);
  v128.store(y, v128.sub<T>(v128.load(y, 48), v128.mul<T>(f, v128.load(x, 48))), 48);
}

/**
 * Solves for a panel of four vectors, rows `step` bytes apart, with the lower triangle at `t`, rows `rowT` bytes apart.
 */
function solvePanel<T>(n: i32, unit: i32, t: usize, rowT: usize, panel: usize, step: usize): void {
  let x = panel;
  let i = 0;
  for (; i + 2 <= n; i += 2, t += 2 * rowT, x += 2 * step) {
    if (i > 0) {
      if (step == 64) ukr2x4<T>(i, t, rowT, panel, -1, 1, x, 64, 0, 0);
      else ukr2x4s<T>(i, t, rowT, panel, step, -1, 1, x, step, 0, 0);
    }
    const diagonal = at<T>(t, i);
    if (!unit) divideRow<T>(v128.load_splat<T>(diagonal), x);
    subtractRow<T>(v128.load_splat<T>(diagonal + rowT), x, x + step);
    if (!unit) divideRow<T>(v128.load_splat<T>(diagonal + rowT, sizeof<T>()), x + step);
  }
  if (i == n) return;
  if (i > 0) ukr1x4s<T>(i, t, panel, step, -1, 1, x, 0, 0);
  if (!unit) divideRow<T>(v128.load_splat<T>(at<T>(t, i)), x);
}

/** Copies n rows of at most four vectors; steps in bytes. */
function copyRows<T>(n: i32, columns: i32, from: usize, stepFrom: usize, to: usize, stepTo: usize): void {
  if (columns < 4 * lanes<T>()) {
    for (; n > 0; n--, from += stepFrom, to += stepTo) copy<T>(columns, from, to);
    return;
  }
  for (; n > 0; n--, from += stepFrom, to += stepTo) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
  }
}

/**
 * At most NB rows: T as t_ij at t + i·rowT + j·colT, lower in this order of its rows; rows of B `rowB` bytes apart
 * (steps may be negative). Panels of B whose rows lie far apart, or end early, are solved in a copy.
 */
// prettier-ignore
function solveBlock<T>(
  n: i32, unit: i32, columns: i32, t: usize, rowT: usize, colT: usize, b: usize, rowB: usize, work: usize,
): void {
  const panel = work + <usize>(NB * NB) * sizeof<T>();
  if (colT != sizeof<T>() || rowT >= FAR) {
    for (let i = 0; i < n; i++, t += rowT) {
      let from = t;
      for (let j = 0; j <= i; j++, from += colT) store<T>(at<T>(work, i * NB + j), load<T>(from));
    }
    t = work;
    rowT = NB * sizeof<T>();
  }
  const near = rowB < FAR || 0 - rowB < FAR;
  for (; columns > 0; columns -= 4 * lanes<T>(), b += 64) {
    const wide = min(columns, 4 * lanes<T>());
    if (near && wide == 4 * lanes<T>()) {
      solvePanel<T>(n, unit, t, rowT, b, rowB);
      continue;
    }
    if (wide < 4 * lanes<T>()) memory.fill(panel, 0, <usize>n * 64);
    copyRows<T>(n, wide, b, rowB, panel, 64);
    solvePanel<T>(n, unit, t, rowT, panel, 64);
    copyRows<T>(n, wide, panel, 64, b, rowB);
  }
}

/** B ← op(T)⁻¹·B with B n×columns. */
// prettier-ignore
export function solveLeft<T>(
  upper: i32, trans: i32, unit: i32, n: i32, columns: i32, t: usize, ldt: i32, b: usize, ldb: i32, work: usize,
): void {
  if (n <= 0 || columns <= 0) return;
  const rowT = <usize>ldt * sizeof<T>();
  const rowB = <usize>ldb * sizeof<T>();
  const forward = upper == trans;
  if (n <= NB) {
    const down = trans ? sizeof<T>() : rowT;
    const across = trans ? rowT : sizeof<T>();
    const last = <usize>(n - 1);
    if (forward) solveBlock<T>(n, unit, columns, t, down, across, b, rowB, work);
    else solveBlock<T>(n, unit, columns, t + last * (down + across), 0 - down, 0 - across, b + last * rowB, 0 - rowB, work);
    return;
  }
  const n1 = firstHalf(n, NB);
  const n2 = n - n1;
  const below = b + <usize>n1 * rowB;
  const corner = at<T>(t + <usize>n1 * rowT, n1);
  const coupling = upper ? at<T>(t, n1) : t + <usize>n1 * rowT;
  if (forward) {
    solveLeft<T>(upper, trans, unit, n1, columns, t, ldt, b, ldb, work);
    gemm<T>(trans, 0, n2, columns, n1, -1, coupling, ldt, b, ldb, 1, below, ldb, work);
    solveLeft<T>(upper, trans, unit, n2, columns, corner, ldt, below, ldb, work);
  } else {
    solveLeft<T>(upper, trans, unit, n2, columns, corner, ldt, below, ldb, work);
    gemm<T>(trans, 0, n1, columns, n2, -1, coupling, ldt, below, ldb, 1, b, ldb, work);
    solveLeft<T>(upper, trans, unit, n1, columns, t, ldt, b, ldb, work);
  }
}

// prettier-ignore
export function trsm<T>(
  right: i32, upper: i32, trans: i32, unit: i32, m: i32, n: i32, t: usize, ldt: i32, b: usize, ldb: i32, work: usize,
): void {
  if (!right) {
    solveLeft<T>(upper, trans, unit, m, n, t, ldt, b, ldb, work);
    return;
  }
  const rest = work + <usize>m * <usize>n * sizeof<T>();
  transpose<T, T>(m, n, b, ldb, work, m, 0);
  solveLeft<T>(upper, 1 - trans, unit, n, m, t, ldt, work, m, rest);
  transpose<T, T>(n, m, work, m, b, ldb, 0);
}

/** `trsm` for `batch` items after a look at each T; infos[i] is its `singularRow`. Returns how many failed. */
// prettier-ignore
function trsmBatched<T>(
  right: i32, upper: i32, trans: i32, unit: i32, m: i32, n: i32, t: usize, ldt: i32, strideT: i32,
  b: usize, ldb: i32, strideB: i32, batch: i32, work: usize, infos: usize,
): i32 {
  let failed = 0;
  let info = 0;
  for (let i = 0; i < batch; i++) {
    if (i == 0 || strideT != 0) info = singularRow<T>(upper, unit, right ? n : m, t, ldt);
    store<i32>(at<i32>(infos, i), info);
    failed += i32(info != 0);
    if (info == 0) trsm<T>(right, upper, trans, unit, m, n, t, ldt, b, ldb, work);
    t += <usize>strideT * sizeof<T>();
    b += <usize>strideB * sizeof<T>();
  }
  return failed;
}

// prettier-ignore
export function dtrsm_work(right: i32, m: i32, n: i32): usize { return trsmWork<f64>(right, m, n); }
// prettier-ignore
export function dtrsm_batched(
  right: i32, upper: i32, trans: i32, unit: i32, m: i32, n: i32, t: usize, ldt: i32, strideT: i32,
  b: usize, ldb: i32, strideB: i32, batch: i32, work: usize, infos: usize,
): i32 {
  return trsmBatched<f64>(right, upper, trans, unit, m, n, t, ldt, strideT, b, ldb, strideB, batch, work, infos);
}
