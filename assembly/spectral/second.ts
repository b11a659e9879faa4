import { at } from "../simd";
import { fillNaN } from "../lapack/scalar";
import { EXP, firstOutside, INV, INVSQRT, LOG, POW, SQRT, valueOf } from "./functions";
import { loewner } from "./loewner";

/** Gauss–Legendre on [0, 1] with eight points: nodes, then weights. */
const RULE = memory.data<f64>([
  0.019855071751231884, 0.10166676129318664, 0.2372337950418355, 0.4082826787521751, 0.5917173212478249,
  0.7627662049581645, 0.8983332387068134, 0.9801449282487681, 0.05061426814518813, 0.11119051722668724,
  0.15685332293894363, 0.1813418916891810, 0.1813418916891810, 0.15685332293894363, 0.11119051722668724,
  0.05061426814518813,
]);
const POINTS: i32 = 8;
const VECTORS: usize = 4;

/** f″ lane by lane; POW: integer p may have x of either sign. */
function secondOf(fn: i32, p: f64, x: v128): v128 {
  if (fn == LOG) return f64x2.neg(f64x2.div(f64x2.splat(1), f64x2.mul(x, x)));
  if (fn == EXP) return valueOf<f64>(EXP, 0, x);
  const q = p - 2;
  let y = valueOf<f64>(POW, q, f64x2.abs(x));
  if (nearest<f64>(q * 0.5) != q * 0.5) y = v128.bitselect(f64x2.neg(y), y, f64x2.lt(x, f64x2.splat(0)));
  return f64x2.mul(f64x2.splat(p * (p - 1)), y);
}

/** ∫₀¹ s ∫₀¹ f″(a + s(b − a) + su(c − b)) du ds = f[a, b, c] (Hermite, Genocchi). */
function integrated(fn: i32, p: f64, a: f64, b: f64, c: f64): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < POINTS; i++) {
    const s = load<f64>(at<f64>(RULE, i));
    const start = f64x2.splat(a + s * (b - a));
    const step = f64x2.splat(s * (c - b));
    let inner = f64x2.splat(0);
    for (let v: usize = 0; v < VECTORS; v++) {
      const u = v128.load(RULE + 16 * v);
      const weights = v128.load(RULE + 16 * (VECTORS + v));
      inner = f64x2.add(inner, f64x2.mul(weights, secondOf(fn, p, f64x2.add(start, f64x2.mul(step, u)))));
    }
    sum += load<f64>(at<f64>(RULE, POINTS + i)) * s * (f64x2.extract_lane(inner, 0) + f64x2.extract_lane(inner, 1));
  }
  return sum;
}

/**
 * f[a, b, c], a ≤ b ≤ c, ab = f[a, b], bc = f[b, c]; r·: square roots (SQRT and INVSQRT). Closed forms where there are
 * any; else the quotient (bc − ab)/(c − a), or the integral where that would lose more than two bits.
 */
function second(fn: i32, p: f64, a: f64, b: f64, c: f64, ab: f64, bc: f64, ra: f64, rb: f64, rc: f64): f64 {
  if (fn == INV) return 1 / a / b / c;
  if (fn == SQRT) return -1 / ((ra + rb) * (rb + rc) * (ra + rc));
  if (fn == INVSQRT) return (ra + rb + rc) / (ra * rb * rc) / ((ra + rb) * (rb + rc) * (ra + rc));
  if (fn == POW && (p == 0 || p == 1)) return 0;
  const near = fn == EXP ? <f64>1 : max<f64>(abs<f64>(a), abs<f64>(c)) * 0.25;
  return c - a <= near ? integrated(fn, p, a, b, c) : (bc - ab) / (c - a);
}

/** Bytes of work for `spectralSecond`: values, their roots and first divided differences in double. */
export function spectralSecondWork(n: i32): usize {
  return n <= 0 ? 0 : (<usize>n + 2) * <usize>n * 8;
}

/**
 * T_ij = Σ_k f[w_i, w_k, w_j]·(G_ik·H_kj + H_ik·G_kj): with G and H in the basis of eigenvectors, the second derivative
 * of f(A) along both (docs/derivations.md). w: n ascending; G, H, T: n×n contiguous, symmetric; T disjoint from both;
 * `batch` items one after the other. Summed in ascending k, all in double whatever the dtype. Codes: functions.ts.
 * Work: spectralSecondWork. Returns 0, or the 1-based number of the first item where f″ is infinite (its T is NaN).
 */
export function spectralSecond<T>(
  fn: i32,
  p: f64,
  n: i32,
  batch: i32,
  w: usize,
  g: usize,
  h: usize,
  t: usize,
  work: usize,
): i32 {
  const x = work;
  const roots = at<f64>(x, n);
  const l = at<f64>(roots, n);
  const square = n * n;
  let first = 0;
  for (let item = 0; item < batch; item++) {
    for (let i = 0; i < n; i++) {
      const value = <f64>load<T>(at<T>(w, i));
      store<f64>(at<f64>(x, i), value);
      store<f64>(at<f64>(roots, i), sqrt<f64>(value));
    }
    if (firstOutside<f64>(fn, p, 2, n, x) == 0) {
      loewner<f64>(fn, p, n, x, l, n);
      contract<T>(fn, p, n, x, roots, l, g, h, t);
    } else {
      fillNaN<T>(square, t);
      if (first == 0) first = item + 1;
    }
    w = at<T>(w, n);
    g = at<T>(g, square);
    h = at<T>(h, square);
    t = at<T>(t, square);
  }
  return first;
}

/** One item of spectralSecond; l: first divided differences. */
function contract<T>(fn: i32, p: f64, n: i32, x: usize, roots: usize, l: usize, g: usize, h: usize, t: usize): void {
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum: f64 = 0;
      for (let k = 0; k < n; k++) {
        // The values ascend, so their order is that of the indices.
        const a = min<i32>(i, k);
        const b = max<i32>(i, min<i32>(j, k));
        const c = max<i32>(j, k);
        const f = second(
          fn,
          p,
          load<f64>(at<f64>(x, a)),
          load<f64>(at<f64>(x, b)),
          load<f64>(at<f64>(x, c)),
          load<f64>(at<f64>(l, a * n + b)),
          load<f64>(at<f64>(l, b * n + c)),
          load<f64>(at<f64>(roots, a)),
          load<f64>(at<f64>(roots, b)),
          load<f64>(at<f64>(roots, c)),
        );
        const gh = <f64>load<T>(at<T>(g, i * n + k)) * <f64>load<T>(at<T>(h, k * n + j));
        const hg = <f64>load<T>(at<T>(h, i * n + k)) * <f64>load<T>(at<T>(g, k * n + j));
        sum += f * (gh + hg);
      }
      store<T>(at<T>(t, i * n + j), <T>sum);
      store<T>(at<T>(t, j * n + i), <T>sum);
    }
  }
}

export function dspectral_second_work(n: i32): usize {
  return spectralSecondWork(n);
}
export function dspectral_second(
  fn: i32,
  p: f64,
  n: i32,
  batch: i32,
  w: usize,
  g: usize,
  h: usize,
  t: usize,
  work: usize,
): i32 {
  return spectralSecond<f64>(fn, p, n, batch, w, g, h, t, work);
}
