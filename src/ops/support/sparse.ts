/** Sparse symmetric matrices: compressed rows, products with a few columns, leading eigenpairs, shifted solves. */
import { ConvergenceError } from "../../errors.js";
import { eye } from "../../tensor/create.js";
import { random } from "../../tensor/random.js";
import { scope } from "../../tensor/scoped.js";
import { fromArray, type Tensor } from "../../tensor/tensor.js";
import { concat } from "../concat.js";
import { eigh } from "../eigh.js";
import { mul } from "../mul.js";
import { qr } from "../qr.js";
import { slice } from "../slice.js";
import { sub } from "../sub.js";
import type { Doubles } from "./affinity.js";
import { gemm } from "./gemm.js";

type Double = Tensor<"float64">;

/** Up to this order matrices are decomposed densely. */
const DENSE = 256;
/** Vectors iterated beyond those wanted, so that close followers do not slow the last ones down. */
const GUARDS = 4;
/** Columns of a Krylov basis, about. */
const BASIS = 60;
const RESTARTS = 60;
/** A filter ends where it has raised the eigenvalue 1 so far above the unwanted ones, or at this degree. */
const GROWTH = 1e10;
const DEGREE = 400;
/** ‖Mx − θx‖ at the end, for matrices of norm 1. */
const RESIDUAL = 1e-11;
const SOLVE_RESIDUAL = 1e-13;
const SOLVE_ITERATIONS = 20000;

/** The pattern of a symmetric matrix: every entry of a list stands at (r, c) and, again, at (c, r). */
export interface Pattern {
  readonly n: number;
  /** Row r holds the places start[r] … start[r + 1] − 1. */
  readonly start: Int32Array;
  readonly column: Int32Array;
  /** The entry of the list behind each place. */
  readonly entry: Int32Array;
}

export function patternOf(n: number, rows: ArrayLike<number>, columns: ArrayLike<number>): Pattern {
  const start = new Int32Array(n + 1);
  const each = (visit: (r: number, c: number, e: number) => void): void => {
    for (let e = 0; e < rows.length; e++) {
      visit(rows[e]!, columns[e]!, e);
      visit(columns[e]!, rows[e]!, e);
    }
  };
  each((r) => start[r + 1]!++);
  for (let r = 0; r < n; r++) start[r + 1]! += start[r]!;
  const next = start.slice();
  const column = new Int32Array(2 * rows.length);
  const entry = new Int32Array(2 * rows.length);
  each((r, c, e) => {
    column[next[r]!] = c;
    entry[next[r]!++] = e;
  });
  return { n, start, column, entry };
}

/** A·X for the matrix with `values` at the places of the pattern; X is n×b. */
export function sparseProduct({ n, start, column }: Pattern, values: Doubles, x: Doubles, b: number): Doubles {
  const out = new Float64Array(n * b);
  for (let r = 0; r < n; r++) {
    for (let p = start[r]!; p < start[r + 1]!; p++) {
      const value = values[p]!;
      for (let j = 0, to = r * b, from = column[p]! * b; j < b; j++, to++, from++) out[to]! += value * x[from]!;
    }
  }
  return out;
}

/** Leading eigenpairs, descending: k + 1 eigenvalues (k, if k = n) and k eigenvectors, n×k. */
export interface LeadingPairs {
  readonly eigenvalues: Doubles;
  readonly eigenvectors: Double;
}

/**
 * The k algebraically largest eigenpairs of a symmetric matrix of norm about 1 by block Krylov spaces with full
 * reorthogonalisation (Golub, Underwood 1977), restarted from their Ritz vectors behind a Chebyshev filter; a block of
 * k + 4 vectors, so that repeated eigenvalues are found as often as they are there. Up to order 256 densely.
 * @throws {ConvergenceError} after 60 restarts.
 */
export function leadingPairs(op: string, pattern: Pattern, values: Doubles, k: number): LeadingPairs {
  const { n } = pattern;
  const apply = (x: Double): Double =>
    fromArray(sparseProduct(pattern, values, x.data(), x.shape[1]!), x.shape, "float64");
  const block = k + GUARDS;
  if (n <= DENSE || n < 3 * block) return topOf(apply(eye(n, { dtype: "float64" })), k);
  let V = qr(random.normal([n, block], { seed: 0, dtype: "float64" })).Q;
  let open = k;
  for (let restart = 0; restart < RESTARTS; restart++) {
    const step = scope(() => {
      const { Q, MQ } = krylovBasis(apply, V);
      const { eigenvalues, eigenvectors } = topOf(gemm(Q, MQ, true) as Double, block);
      const X = gemm(Q, eigenvectors) as Double;
      const theta = fromArray(eigenvalues.slice(0, block), [1, block], "float64");
      return { X, eigenvalues, residual: sub(gemm(MQ, eigenvectors), mul(X, theta)) as Double };
    });
    open = unconverged(step.residual.data(), block, k);
    if (open === 0) {
      return { eigenvalues: step.eigenvalues.slice(0, k + 1), eigenvectors: slice(step.X, [null, [0, k]]) };
    }
    V = scope(() => qr(filtered(pattern, values, step.X, step.eigenvalues[block - 1]!)).Q);
  }
  throw new ConvergenceError(op, 0, open);
}

/**
 * T(M)·X with the Chebyshev polynomial of [−1, top], which is small there and grows beyond it: what the blocks hold of
 * eigenvectors below `top` fades (Zhou, Saad, Tiago, Chelikowsky 2006). No orthogonalisation, so a degree costs a product.
 */
function filtered(pattern: Pattern, values: Doubles, X: Double, top: number): Double {
  const b = X.shape[1]!;
  const high = top > 0 ? top : 0;
  const [centre, half] = [(high - 1) / 2, (high + 1) / 2];
  const at = (1 - centre) / half;
  let [before, now] = [new Float64Array(X.size), X.data()];
  let [grownBefore, grown] = [0, 1];
  for (let degree = 1; degree <= DEGREE && grown < GROWTH; degree++) {
    const factor = (degree === 1 ? 1 : 2) / half;
    const product = sparseProduct(pattern, values, now, b);
    for (let i = 0; i < product.length; i++) product[i] = factor * (product[i]! - centre * now[i]!) - before[i]!;
    [before, now] = [now, product];
    [grownBefore, grown] = [grown, factor * half * at * grown - grownBefore];
  }
  return fromArray(now, X.shape, "float64");
}

/** The largest eigenpairs of a dense matrix, descending. */
function topOf(A: Double, k: number): LeadingPairs {
  const { eigenvalues, eigenvectors } = eigh(A);
  const n = A.shape[0]!;
  const w = eigenvalues.data().reverse();
  const reversed = slice(eigenvectors, [null, [n - 1, k === n ? null : n - 1 - k, -1]]);
  return { eigenvalues: w.slice(0, k + 1), eigenvectors: reversed };
}

/** An orthonormal basis of V, M·V, M²·V, …, and its product with M. */
function krylovBasis(apply: (x: Double) => Double, V: Double): { Q: Double; MQ: Double } {
  const block = V.shape[1]!;
  const steps = Math.max(2, Math.floor(BASIS / block));
  let [Q, MQ] = [V, apply(V)];
  for (let step = 1; step < steps; step++) {
    let next = slice(MQ, [null, [Q.shape[1]! - block, null]]);
    // Twice, because the first pass leaves what cancellation has blown up; a dependent column becomes an arbitrary one.
    for (let pass = 0; pass < 2; pass++) next = qr(sub(next, gemm(Q, gemm(Q, next, true))) as Double).Q;
    Q = concat([Q, next], 1);
    MQ = concat([MQ, apply(next)], 1);
  }
  return { Q, MQ };
}

/** How many of the first k columns are longer than the tolerance. */
function unconverged(residual: Doubles, columns: number, k: number): number {
  let open = 0;
  for (let j = 0; j < k; j++) {
    let squares = 0;
    for (let at = j; at < residual.length; at += columns) squares += residual[at]! * residual[at]!;
    if (!(squares <= RESIDUAL * RESIDUAL)) open++;
  }
  return open;
}

/**
 * y with (λI − M)·y = g in the complement of the orthonormal columns of U (n×k) that hold every eigenvector with an
 * eigenvalue of λ or more, so that the matrix is positive definite there: conjugate gradients, projected at each step.
 * @throws {ConvergenceError} after 20 000 iterations.
 */
export function complementSolve(
  op: string,
  pattern: Pattern,
  values: Doubles,
  { lambda, U, k }: { readonly lambda: number; readonly U: Doubles; readonly k: number },
  g: Doubles,
): Doubles {
  const r = g.slice();
  project(r, U, k);
  const y = new Float64Array(r.length);
  const p = r.slice();
  let rr = dot(r, r);
  const enough = SOLVE_RESIDUAL * SOLVE_RESIDUAL * dot(g, g);
  for (let iteration = 0; rr > enough; iteration++) {
    if (iteration === SOLVE_ITERATIONS) throw new ConvergenceError(op, 0, 1);
    const Mp = sparseProduct(pattern, values, p, 1);
    const Ap = p.map((x, i) => lambda * x - Mp[i]!);
    project(Ap, U, k);
    const alpha = rr / dot(p, Ap);
    for (let i = 0; i < y.length; i++) {
      y[i]! += alpha * p[i]!;
      r[i]! -= alpha * Ap[i]!;
    }
    const next = dot(r, r);
    for (let i = 0; i < p.length; i++) p[i] = r[i]! + (next / rr) * p[i]!;
    rr = next;
  }
  return y;
}

/** Takes the part of x along the columns of U away. */
function project(x: Doubles, U: Doubles, k: number): void {
  const along = new Float64Array(k);
  for (let i = 0; i < x.length; i++) for (let j = 0; j < k; j++) along[j]! += U[i * k + j]! * x[i]!;
  for (let i = 0; i < x.length; i++) for (let j = 0; j < k; j++) x[i]! -= U[i * k + j]! * along[j]!;
}

function dot(a: Doubles, b: Doubles): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
