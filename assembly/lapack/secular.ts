/**
 * The secular equation of a rank-one update, for divide and conquer of eigenvalues (`square` = 0) and of singular
 * values (`square` = 1):
 *
 *   f(τ) = 1 + ρ·Σ z_i² / (s_i − τ) = 0,   s_i = d_i − d_K   or   (d_i − d_K)·(d_i + d_K)
 *
 * d strictly ascending (and ≥ 0 if squared), z_i² > 0, ρ > 0, K the pole nearer to the root: τ and every s_i − τ have
 * small relative errors however close the root is. In double for both dtypes. Sums over i: two lanes, ascending, apart
 * for i ≤ j and i > j. Sources: Li, LAPACK working note 89 (1993), LAPACK's dlaed4 and dlasd4 (the two-pole models and
 * when they change places), but with bisection inside brackets in place of the three-pole model; `lowner`: Gu and
 * Eisenstat, SIAM J. Matrix Anal. Appl. 16 (1995). Accuracy: |f(τ)| ≤ 8u·(1 + ρΣ|…|) + u·|τ|·f′ at the root returned.
 */
import { at } from "../simd";

const ULP: f64 = f64.EPSILON;
/** Seven steps were the most seen on random data; the rest is for bisection, which halves exponents first. */
const STEPS: i32 = 100;

/** d_i − d_K, or the difference of the squares. */
// @ts-ignore: decorator
@inline
function pole(square: i32, di: f64, dk: f64): f64 {
  return square ? (di - dk) * (di + dk) : di - dk;
}

/** (Σ z_i²/(s_i − τ), Σ z_i²/(s_i − τ)²) over from ≤ i < to, for s_i at `s`. */
function poleSums(from: i32, to: i32, z2: usize, s: usize, tau: f64): v128 {
  const shift = f64x2.splat(tau);
  let sum = f64x2.splat(0);
  let slope = sum;
  let i = from;
  for (; i + 2 <= to; i += 2) {
    const r = f64x2.div(f64x2.splat(1), f64x2.sub(v128.load(at<f64>(s, i)), shift));
    const t = f64x2.mul(v128.load(at<f64>(z2, i)), r);
    sum = f64x2.add(sum, t);
    slope = f64x2.add(slope, f64x2.mul(t, r));
  }
  const both = f64x2.add(v128.shuffle<i64>(sum, slope, 0, 2), v128.shuffle<i64>(sum, slope, 1, 3));
  if (i == to) return both;
  const r = 1 / (load<f64>(at<f64>(s, i)) - tau);
  const t = load<f64>(at<f64>(z2, i)) * r;
  return f64x2.add(both, f64x2.replace_lane(f64x2.splat(t), 1, t * r));
}

/** out_i = s_i − τ for the pole d_K. */
export function secularDelta(square: i32, k: i32, d: usize, dk: f64, tau: f64, out: usize): void {
  const center = f64x2.splat(dk);
  const shift = f64x2.splat(tau);
  let i = 0;
  for (; i + 2 <= k; i += 2) {
    const x = v128.load(at<f64>(d, i));
    let s = f64x2.sub(x, center);
    if (square) s = f64x2.mul(s, f64x2.add(x, center));
    v128.store(at<f64>(out, i), f64x2.sub(s, shift));
  }
  if (i < k) store<f64>(at<f64>(out, i), pole(square, load<f64>(at<f64>(d, i)), dk) - tau);
}

/** The smaller root in magnitude of c·η² − a·η + b = 0, as the models of the two poles need it. */
// @ts-ignore: decorator
@inline
function modelStep(a: f64, b: f64, c: f64): f64 {
  if (c == 0) return b / a;
  const root = sqrt<f64>(abs<f64>(a * a - 4 * b * c));
  return a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root);
}

/** A point strictly inside (lo, hi), both of one sign or zero: halves the exponents while they differ. */
function bisect(lo: f64, hi: f64): f64 {
  const near = min<f64>(abs<f64>(lo), abs<f64>(hi));
  const far = max<f64>(abs<f64>(lo), abs<f64>(hi));
  if (far <= 4 * near) return lo + (hi - lo) * 0.5;
  const middle = near > 0 ? sqrt<f64>(near) * sqrt<f64>(far) : far * 0.0009765625;
  return hi > 0 ? middle : -middle;
}

/**
 * Root j (0 ≤ j < k) of f, in (d_j, d_(j+1)), the last one in (d_j, d_j + ρΣz²] (of squares): writes s_i − τ to `delta`
 * (k values) and the root (λ = d_K + τ or σ = √(d_K² + τ)), d_K and τ to `root` (3 values). delta may not be d. Returns
 * the number of steps, or −1 if there were too many.
 */
// prettier-ignore
export function secularRoot(
  square: i32, k: i32, j: i32, d: usize, z2: usize, rho: f64, delta: usize, root: usize,
): i32 {
  const last = j == k - 1;
  const inverse = 1 / rho;
  const zj = load<f64>(at<f64>(z2, j));
  const zNext = last ? 0 : load<f64>(at<f64>(z2, j + 1));
  let center = load<f64>(at<f64>(d, j));
  let tau: f64;
  let lo: f64 = 0;
  let hi: f64;
  let left = true;
  secularDelta(square, k, d, center, 0, delta);
  if (last) {
    let sum: f64 = 0;
    for (let i = 0; i < k; i++) sum += load<f64>(at<f64>(z2, i));
    // With all the weight at d_j the root lies right of it, with its own weight alone left of it; rounded outwards.
    lo = rho * zj * (1 - 4 * ULP);
    hi = rho * sum * (1 + <f64>(k + 4) * ULP);
    tau = lo + (hi - lo) * 0.5;
  } else {
    const gap = load<f64>(at<f64>(delta, j + 1));
    const half = gap * 0.5;
    const before = f64x2.extract_lane(poleSums(0, j, z2, delta, half), 0);
    const rest = inverse + (before + f64x2.extract_lane(poleSums(j + 2, k, z2, delta, half), 0));
    left = rest + (zNext - zj) / half >= 0;
    // The two neighbours with the rest held constant.
    const a = left ? rest * gap + zj + zNext : -rest * gap + zj + zNext;
    const b = left ? zj * gap : -zNext * gap;
    if (left) hi = half;
    else {
      center = load<f64>(at<f64>(d, j + 1));
      secularDelta(square, k, d, center, 0, delta);
      lo = load<f64>(at<f64>(delta, j)) * 0.5;
      hi = 0;
    }
    const c = rest;
    const disc = sqrt<f64>(abs<f64>(a * a - 4 * b * c));
    if (left) tau = a > 0 ? (2 * b) / (a + disc) : (a - disc) / (2 * c);
    else tau = a < 0 ? (2 * b) / (a - disc) : -(a + disc) / (2 * c);
  }
  const own = left ? j : j + 1;
  const ownZ = left ? zj : zNext;
  if (!(tau > lo && tau < hi)) tau = bisect(lo, hi);
  let step = 0;
  let middle = false;
  let before = f64.MAX_VALUE;
  for (; step < STEPS; step++) {
    const psi = poleSums(0, j + 1, z2, delta, tau);
    const phi = poleSums(j + 1, k, z2, delta, tau);
    const w = inverse + f64x2.extract_lane(psi, 0) + f64x2.extract_lane(phi, 0);
    const slopes = f64x2.extract_lane(psi, 1) + f64x2.extract_lane(phi, 1);
    const size = inverse + f64x2.extract_lane(phi, 0) - f64x2.extract_lane(psi, 0);
    if (abs<f64>(w) <= ULP * (4 * size + 0.5 * abs<f64>(tau) * slopes)) break;
    if (w < 0) lo = tau;
    else hi = tau;
    // The fixed weight of the nearer pole first; where it does not gain a digit a step, the middle way, and back.
    if (abs<f64>(w) > 0.1 * before) middle = !middle;
    before = abs<f64>(w);
    let eta: f64;
    const dj = load<f64>(at<f64>(delta, j)) - tau;
    if (last) {
      // One pole with the value and the slope of f.
      eta = (dj * w) / (w - slopes * dj);
    } else {
      const dn = load<f64>(at<f64>(delta, j + 1)) - tau;
      let c = w;
      if (middle) c -= dj * f64x2.extract_lane(psi, 1) + dn * f64x2.extract_lane(phi, 1);
      else {
        const fixed = ownZ / (left ? dj * dj : dn * dn);
        c -= left ? dj * fixed + dn * (slopes - fixed) : dn * fixed + dj * (slopes - fixed);
      }
      eta = modelStep((dj + dn) * w - dj * dn * slopes, dj * dn * w, c);
    }
    if (!(w * eta < 0)) eta = -w / slopes;
    let next = tau + eta;
    if (next == tau) break;
    if (!(next > lo && next < hi) || (step > 8 && (step & 1))) next = bisect(lo, hi);
    if (next == lo || next == hi) break;
    tau = next;
  }
  secularDelta(square, k, d, center, tau, delta);
  store<f64>(root, square ? center + tau / (center + sqrt<f64>(center * center + tau)) : center + tau);
  store<f64>(root, center, 8);
  store<f64>(root, tau, 16);
  return step < STEPS ? step : -1;
}

/**
 * Takes root j into Löwner's formula for the z whose update has the computed roots exactly: y_i, 1 before the first
 * root, is multiplied by |s_i − τ_j| / |d_i − d_j| (of squares), y_j by |s_j − τ_j|. After all k roots y_i = ρ·z_i². d,
 * delta and y are padded to whole vectors.
 */
export function lowner(square: i32, k: i32, j: i32, d: usize, delta: usize, y: usize): void {
  const dj = load<f64>(at<f64>(d, j));
  const center = f64x2.splat(dj);
  const own = load<f64>(at<f64>(y, j)) * abs<f64>(load<f64>(at<f64>(delta, j)));
  for (let i = 0; i < k; i += 2) {
    const p = at<f64>(y, i);
    const x = v128.load(at<f64>(d, i));
    let gap = f64x2.sub(x, center);
    if (square) gap = f64x2.mul(gap, f64x2.add(x, center));
    v128.store(p, f64x2.mul(v128.load(p), f64x2.abs(f64x2.div(v128.load(at<f64>(delta, i)), gap))));
  }
  store<f64>(at<f64>(y, j), own);
}

// prettier-ignore
export function dsecular(
  square: i32, k: i32, j: i32, d: usize, z2: usize, rho: f64, delta: usize, root: usize,
): i32 { return secularRoot(square, k, j, d, z2, rho, delta, root); }
export function dlowner(square: i32, k: i32, j: i32, d: usize, delta: usize, y: usize): void {
  lowner(square, k, j, d, delta, y);
}
