import { at, lanes, loadPartial } from "../simd";
import { notANumber } from "./scalar";

/**
 * max |a_ij| of an m×n matrix whose rows are `stride` bytes apart; NaN if there is one. `pmax` is one instruction where
 * `max`, which spreads NaN, is ten: it passes over NaN, so those are collected beside it.
 */
export function largest<T>(m: i32, n: i32, a: usize, stride: usize): T {
  let v = v128.splat<T>(0);
  let odd = v;
  const whole = n & ~(lanes<T>() - 1);
  for (let i = 0; i < m; i++) {
    const row = a + <usize>i * stride;
    for (let j = 0; j < whole; j += lanes<T>()) {
      const x = v128.load(at<T>(row, j));
      v = v128.pmax<T>(v, v128.abs<T>(x));
      odd = v128.or(odd, v128.ne<T>(x, x));
    }
    if (whole == n) continue;
    const x = loadPartial<T>(at<T>(row, whole), n - whole, 0);
    v = v128.pmax<T>(v, v128.abs<T>(x));
    odd = v128.or(odd, v128.ne<T>(x, x));
  }
  if (v128.any_true(odd)) return notANumber<T>();
  let r = max<T>(v128.extract_lane<T>(v, 0), v128.extract_lane<T>(v, 1));
  if (sizeof<T>() == 4) r = max<T>(r, max<T>(v128.extract_lane<T>(v, 2), v128.extract_lane<T>(v, 3)));
  return r;
}

/** +1 or −1: the sign of the first entry of largest magnitude. */
export function canonicalSign<T>(n: i32, x: usize): T {
  let best: T = 0;
  let sign: T = 1;
  for (let i = 0; i < n; i++) {
    const v = load<T>(at<T>(x, i));
    if (abs<T>(v) > best) {
      best = abs<T>(v);
      sign = copysign<T>(1, v);
    }
  }
  return sign;
}

/**
 * What is rounded to float32 after its signs were chosen in double: entries that differed may now be equal, and the first
 * of largest magnitude another one. Turns columns 0 … k − 1 of U (m rows) and with each the row of Vᵀ (n long; n may be 0).
 */
export function scanonical(m: i32, k: i32, u: usize, ldu: i32, n: i32, vt: usize, ldvt: i32): void {
  const step = <usize>ldu * sizeof<f32>();
  for (let j = 0; j < k; j++, u += sizeof<f32>(), vt += <usize>ldvt * sizeof<f32>()) {
    let best: f32 = 0;
    let first: f32 = 0;
    for (let i = 0; i < m; i++) {
      const x = load<f32>(u + <usize>i * step);
      if (abs<f32>(x) > best) {
        best = abs<f32>(x);
        first = x;
      }
    }
    if (first >= 0) continue;
    for (let i = 0; i < m; i++) store<f32>(u + <usize>i * step, -load<f32>(u + <usize>i * step));
    for (let i = 0; i < n; i++) store<f32>(at<f32>(vt, i), -load<f32>(at<f32>(vt, i)));
  }
}
