import { at, lanes } from "../simd";
import { expOf, expm1Of, log1pOf, logOf } from "../math/calls";
import { loadUpTo, storeUpTo } from "./vectors";
import { vpow } from "../math/pow";

/** Function codes of the spectral kernels. */
export const LOG: i32 = 0;
export const EXP: i32 = 1;
export const SQRT: i32 = 2;
export const INVSQRT: i32 = 3;
export const INV: i32 = 4;
/** x^p. For an integer p every x but the poles is in the domain, otherwise x > 0. */
export const POW: i32 = 5;
/** Added to a code: (f(x + ε) − f(ε)) / x instead of f(x + ε). */
export const QUOTIENT: i32 = 16;

export function powOf<T>(x: v128, p: T): v128 {
  return vpow<T>(x, v128.splat<T>(p));
}

// @ts-ignore: decorator
@inline
export function isInteger<T>(p: T): bool {
  return nearest<T>(p) == p;
}

/** An integer p that is odd: p/2 is not an integer (doubles and singles beyond 2⁵³, 2²⁴ are even). */
// @ts-ignore: decorator
@inline
export function isOdd<T>(p: T): bool {
  return isInteger<T>(p) && !isInteger<T>(p * <T>0.5);
}

/** f(x), lane by lane. */
export function valueOf<T>(fn: i32, p: T, x: v128): v128 {
  const one = v128.splat<T>(1);
  if (fn == LOG) return logOf<T>(x);
  if (fn == EXP) return expOf<T>(x);
  if (fn == SQRT) return v128.sqrt<T>(x);
  if (fn == INVSQRT) return v128.div<T>(one, v128.sqrt<T>(x));
  if (fn == INV) return v128.div<T>(one, x);
  return powOf<T>(x, p);
}

/** Whether f and its derivatives up to `order` are finite at x by definition; NaN is outside every domain. */
export function inDomain<T>(fn: i32, p: T, order: i32, x: T): bool {
  if (fn == EXP) return x == x;
  if (fn == INV) return x == x && x != 0;
  if (x > 0) return true;
  if (fn == SQRT) return x == 0 && order == 0;
  if (fn != POW) return false;
  if (isInteger<T>(p)) return p >= 0 ? x == x : x < 0;
  return x == 0 && p > <T>order;
}

/** 1-based place of the first of n values outside the domain, or 0. */
export function firstOutside<T>(fn: i32, p: T, order: i32, n: i32, w: usize): i32 {
  for (let i = 0; i < n; i++) if (!inDomain<T>(fn, p, order, load<T>(at<T>(w, i)))) return i + 1;
  return 0;
}

/**
 * The divided difference (f(hi) − f(lo)) / d, d = hi − lo ≥ 0, f′(lo) where d = 0. flo, fhi = f(lo), f(hi) are read for
 * EXP and POW only. LOG, INVSQRT, POW: 0 < lo ≤ hi (POW also lo = 0 where f is finite). No form cancels: log and power
 * go through log1p(d/lo) and expm1, the power and exponential quotients are taken only where f(hi)/f(lo) is e or more.
 */
export function divided<T>(fn: i32, p: T, lo: v128, hi: v128, d: v128, flo: v128, fhi: v128): v128 {
  const one = v128.splat<T>(1);
  const same = v128.eq<T>(d, v128.splat<T>(0));
  if (fn == SQRT) return v128.div<T>(one, v128.add<T>(v128.sqrt<T>(lo), v128.sqrt<T>(hi)));
  if (fn == INV) return v128.neg<T>(v128.mul<T>(v128.div<T>(one, lo), v128.div<T>(one, hi)));
  if (fn == INVSQRT) {
    const a = v128.sqrt<T>(lo);
    const b = v128.sqrt<T>(hi);
    return v128.neg<T>(v128.div<T>(v128.mul<T>(v128.div<T>(one, a), v128.div<T>(one, b)), v128.add<T>(a, b)));
  }
  const quotient = v128.div<T>(v128.sub<T>(fhi, flo), d);
  if (fn == EXP) {
    const near = v128.div<T>(v128.mul<T>(flo, expm1Of<T>(d)), d);
    return v128.bitselect(flo, v128.bitselect(near, quotient, v128.le<T>(d, one)), same);
  }
  const ratio = v128.div<T>(d, lo);
  const l = log1pOf<T>(ratio);
  if (fn == LOG) {
    let y = v128.div<T>(l, d);
    const far = v128.eq<T>(ratio, v128.splat<T>(sizeof<T>() == 4 ? <T>f32.POSITIVE_INFINITY : <T>f64.POSITIVE_INFINITY));
    if (v128.any_true(far)) {
      y = v128.bitselect(v128.div<T>(v128.sub<T>(logOf<T>(hi), logOf<T>(lo)), d), y, far);
    }
    return v128.bitselect(v128.div<T>(one, lo), y, same);
  }
  const exponent = v128.mul<T>(v128.splat<T>(p), l);
  const near = v128.div<T>(v128.mul<T>(flo, expm1Of<T>(exponent)), d);
  const y = v128.bitselect(near, quotient, v128.le<T>(v128.abs<T>(exponent), one));
  if (!v128.any_true(same)) return y;
  if (p == 0) return v128.splat<T>(0);
  return v128.bitselect(v128.mul<T>(v128.splat<T>(p), powOf<T>(lo, p - <T>1)), y, same);
}

/**
 * out_i = f(w_i + ε), or with QUOTIENT added to the code (f(w_i + ε) − f(ε)) / w_i, whose limit at 0 is f′(ε), for w_i
 * ≥ 0; n elements, out may be w. Quotients have a few ulp for every w. Returns the 1-based place of the first w_i + ε
 * outside the domain of f (then out holds what IEEE gives), or 0. Domains: log, invsqrt x > 0; sqrt x ≥ 0; inv x ≠ 0;
 * pow see above.
 */
export function spectralValues<T>(fn: i32, p: T, eps: T, n: i32, w: usize, out: usize): i32 {
  const code = fn & ~QUOTIENT;
  const shift = v128.splat<T>(eps);
  const atShift = code == fn ? shift : valueOf<T>(code, p, shift);
  let outside = 0;
  for (let i = 0; i < n; i += lanes<T>()) {
    const x = loadUpTo<T>(at<T>(w, i), n - i);
    const shifted = v128.add<T>(x, shift);
    const end = min<i32>(n, i + lanes<T>());
    for (let j = i; j < end && outside == 0; j++) {
      if (!inDomain<T>(code, p, 0, load<T>(at<T>(w, j)) + eps)) outside = j + 1;
    }
    let y = valueOf<T>(code, p, shifted);
    if (code != fn) y = divided<T>(code, p, shift, shifted, x, atShift, y);
    storeUpTo<T>(at<T>(out, i), y, n - i);
  }
  return outside;
}

export function dspectral_values(fn: i32, p: f64, eps: f64, n: i32, w: usize, out: usize): i32 {
  return spectralValues<f64>(fn, p, eps, n, w, out);
}
