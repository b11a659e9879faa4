import { at, lanes } from "../simd";
import { mirror } from "../blas/syrk";
import { loadUpTo, storeUpTo } from "./vectors";
import { divided, EXP, isInteger, isOdd, POW, powOf, valueOf } from "./functions";

/** D = f[|x|, |y|] of f = |·|^p turned into f[x, y] of x^p, p an integer; fx, fy = |x|^p, |y|^p. */
function integerPower<T>(odd: bool, x: v128, y: v128, fx: v128, fy: v128, d: v128): v128 {
  const size = v128.add<T>(v128.abs<T>(x), v128.abs<T>(y));
  const zero = v128.splat<T>(0);
  if (odd) {
    const opposite = v128.lt<T>(v128.min<T>(x, y), zero);
    const across = v128.and(opposite, v128.gt<T>(v128.max<T>(x, y), zero));
    return v128.bitselect(v128.div<T>(v128.add<T>(fx, fy), size), d, across);
  }
  const factor = v128.div<T>(v128.add<T>(x, y), size);
  return v128.bitselect(d, v128.mul<T>(d, factor), v128.eq<T>(size, zero));
}

/**
 * L_ij = f[w_i, w_j] = (f(w_i) − f(w_j)) / (w_i − w_j), L_ii = f′(w_i): n×n, exactly symmetric, finite at repeated
 * values. Codes and domains: functions.ts; the values must lie where f′ is finite (else L holds what IEEE gives). w in
 * any order.
 *
 * Closed forms without cancellation (`divided`); a power with integer p and values of both signs is reduced to |w|.
 * Accuracy: a few ulp in every entry. The last row of L serves as scratch for f(w) until the triangle is mirrored.
 */
export function loewner<T>(fn: i32, p: T, n: i32, w: usize, l: usize, ldl: i32): void {
  if (n <= 0) return;
  const pitch = <usize>ldl * sizeof<T>();
  const f = l + <usize>(n - 1) * pitch;
  const stored = fn == EXP || fn == POW;
  let signed = false;
  if (fn == POW && isInteger<T>(p)) for (let i = 0; i < n; i++) signed = signed || load<T>(at<T>(w, i)) < 0;
  for (let j = 0; stored && j < n; j += lanes<T>()) {
    const x = loadUpTo<T>(at<T>(w, j), n - j);
    storeUpTo<T>(at<T>(f, j), fn == POW ? powOf<T>(signed ? v128.abs<T>(x) : x, p) : valueOf<T>(fn, p, x), n - j);
  }
  for (let i = 0; i < n; i++) {
    const row = l + <usize>i * pitch;
    const y = v128.splat<T>(load<T>(at<T>(w, i)));
    const fy = stored ? v128.splat<T>(load<T>(at<T>(f, i))) : y;
    const ay = signed ? v128.abs<T>(y) : y;
    for (let j = i; j < n; j += lanes<T>()) {
      const x = loadUpTo<T>(at<T>(w, j), n - j);
      const fx = stored ? loadUpTo<T>(at<T>(f, j), n - j) : x;
      const ax = signed ? v128.abs<T>(x) : x;
      const less = v128.lt<T>(ax, ay);
      const lo = v128.bitselect(ax, ay, less);
      const hi = v128.bitselect(ay, ax, less);
      const flo = v128.bitselect(fx, fy, less);
      const fhi = v128.bitselect(fy, fx, less);
      let d = divided<T>(fn, p, lo, hi, v128.sub<T>(hi, lo), flo, fhi);
      if (signed) d = integerPower<T>(isOdd<T>(p), x, y, fx, fy, d);
      storeUpTo<T>(at<T>(row, j), d, n - j);
    }
  }
  mirror<T>(n, l, ldl);
}

export function dloewner(fn: i32, p: f64, n: i32, w: usize, l: usize, ldl: i32): void {
  loewner<f64>(fn, p, n, w, l, ldl);
}
