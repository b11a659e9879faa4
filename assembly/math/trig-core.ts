/**
 * sin and cos: x = n·π/2 + r with r in two doubles, |r| ≤ π/4, then the polynomials of fdlibm (k_sin.c, k_cos.c) chosen
 * by n mod 4. Up to |x| = 2^20 the products n·Pi of π/2 cut into three parts of 33 bits are exact and the differences
 * keep their errors (Cody–Waite); beyond, one lane at a time, x·2/π is taken modulo 4 in integers (Payne–Hanek).
 */
import { demote, hex, promoteHigh, promoteLow, sumError } from "./lanes";
import { TWO_OVER_PI } from "./trig-table";

/** Up to here n has 20 bits. */
const NEAR_LIMIT: f64 = 1048576;

/** sin (first = 0) or cos (first = 1) of n·π/2 + r + rl; the low two bits of `n` count. */
// @ts-ignore: decorator
@inline
function quadrant(r: v128, rl: v128, n: v128, first: i32): v128 {
  const half = f64x2.splat(0.5);
  const one = f64x2.splat(1);
  const z = f64x2.mul(r, r);
  const w = f64x2.mul(z, z);

  const s23 = f64x2.add(hex(0x3f8111111110f8a6), f64x2.mul(z, hex(0xbf2a01a019c161d5)));
  const s45 = f64x2.add(hex(0x3ec71de357b1fe7d), f64x2.mul(z, hex(0xbe5ae5e68a2b9ceb)));
  const s6 = f64x2.mul(w, hex(0x3de5d93a5acfd57c));
  const s = f64x2.add(s23, f64x2.mul(w, f64x2.add(s45, s6)));
  const v = f64x2.mul(z, r);
  const inner = f64x2.sub(f64x2.mul(z, f64x2.sub(f64x2.mul(half, rl), f64x2.mul(v, s))), rl);
  const sine = f64x2.sub(r, f64x2.sub(inner, f64x2.mul(v, hex(0xbfc5555555555549))));

  const c12 = f64x2.add(hex(0x3fa555555555554c), f64x2.mul(z, hex(0xbf56c16c16c15177)));
  const c34 = f64x2.add(hex(0x3efa01a019cb1590), f64x2.mul(z, hex(0xbe927e4f809c52ad)));
  const c56 = f64x2.add(hex(0x3e21ee9ebdb4b1c4), f64x2.mul(z, hex(0xbda8fae9be8838d4)));
  const c = f64x2.mul(z, f64x2.add(c12, f64x2.mul(w, f64x2.add(c34, f64x2.mul(w, c56)))));
  const hz = f64x2.mul(half, z);
  const base = f64x2.sub(one, hz);
  const rest = f64x2.add(f64x2.sub(f64x2.sub(one, base), hz), f64x2.sub(f64x2.mul(z, c), f64x2.mul(r, rl)));
  return choose(sine, f64x2.add(base, rest), n, first);
}

// @ts-ignore: decorator
@inline
function choose(sine: v128, cosine: v128, n: v128, first: i32): v128 {
  const q = i64x2.add(n, i64x2.splat(first));
  const one = i64x2.splat(1);
  const odd = i64x2.eq(v128.and(q, one), one);
  const sign = i64x2.shl(v128.and(q, i64x2.splat(2)), 62);
  return v128.xor(v128.bitselect(cosine, sine, odd), sign);
}

// @ts-ignore: decorator
@inline
function near(x: v128, first: i32): v128 {
  const shift = hex(0x4338000000000000);
  const t = f64x2.add(f64x2.mul(x, hex(0x3fe45f306dc9c883)), shift);
  const n = f64x2.sub(t, shift);
  const a = f64x2.sub(x, f64x2.mul(n, hex(0x3ff921fb54400000)));
  const w2 = f64x2.neg(f64x2.mul(n, hex(0x3dd0b4611a600000)));
  const b = f64x2.add(a, w2);
  const w3 = f64x2.neg(f64x2.mul(n, hex(0x3ba3198a2e000000)));
  const c = f64x2.add(b, w3);
  const errors = f64x2.add(sumError(a, w2, b), sumError(b, w3, c));
  // Subtracted, not added, so that r of −0 is −0.
  const low = f64x2.sub(f64x2.mul(n, hex(0x397b839a252049c1)), errors);
  const r = f64x2.sub(c, low);
  return quadrant(r, f64x2.sub(f64x2.sub(c, r), low), t, first);
}

/** The upper half of the product of two 64-bit integers. */
function mulHigh(a: u64, b: u64): u64 {
  const al = a & 0xffffffff;
  const ah = a >>> 32;
  const bl = b & 0xffffffff;
  const bh = b >>> 32;
  const middle = ah * bl + ((al * bl) >>> 32);
  return ah * bh + (middle >>> 32) + ((al * bh + (middle & 0xffffffff)) >>> 32);
}

// @ts-ignore: decorator
@inline
function window(base: usize, shift: u64, word: usize): u64 {
  const high = load<u64>(base + (word << 3)) << shift;
  return shift == 0 ? high : high | (load<u64>(base + (word << 3), 8) >>> (64 - shift));
}

/**
 * One number beyond NEAR_LIMIT: x = m·2^e. 192 bits of 2/π from the first that can matter modulo 4 are multiplied by m;
 * of the product modulo 2^192 the top two bits are the quadrant, the others the fraction, to 2^-137.
 */
function far(x: f64, first: i32): f64 {
  const bits = reinterpret<u64>(x);
  const exponent = <i32>((bits >>> 52) & 0x7ff);
  if (exponent == 0x7ff) return NaN;
  const m = (bits & 0x000fffffffffffff) | 0x0010000000000000;
  // Bit e − 1 of 2/π after the point, behind 64 zeros.
  const position = exponent - 1075 + 62;
  const base = TWO_OVER_PI + ((<usize>(position >> 6)) << 3);
  const shift = <u64>(position & 63);
  const w0 = window(base, shift, 0);
  const w1 = window(base, shift, 1);
  const w2 = window(base, shift, 2);
  const low = m * w1;
  const p1 = low + mulHigh(m, w2);
  const p0 = m * w0 + mulHigh(m, w1) + <u64>(p1 < low);
  const p2 = m * w2;

  // The fraction of a quarter turn, rounded to [−½, ½) by moving half of it into n.
  const n = (p0 + 0x2000000000000000) >>> 62;
  let high = (p0 << 2) | (p1 >>> 62);
  let rest = (p1 << 2) | (p2 >>> 62);
  const negative = <i64>high < 0;
  if (negative) {
    rest = ~rest;
    high = ~high;
  }
  const zeros = high != 0 ? clz<u64>(high) : 63;
  high = (high << zeros) | ((rest >>> 1) >>> (63 - zeros));
  rest <<= zeros;
  let scale = reinterpret<f64>((1023 - 53 - zeros) << 52);
  if (negative != (<i64>bits < 0)) scale = -scale;
  const f = <f64>(high >>> 11) * scale;
  const fl = <f64>((high << 53) | (rest >>> 11)) * (scale * reinterpret<f64>(0x3bf0000000000000));

  // (f + fl)·π/2 in two doubles: the product of the halves of f and π/2 is exact.
  const fh = reinterpret<f64>(reinterpret<u64>(f) & 0xfffffffff8000000);
  const ft = f - fh;
  const ph = reinterpret<f64>(0x3ff921fb50000000);
  const pt = reinterpret<f64>(0x3e5110b460000000);
  const r = f * reinterpret<f64>(0x3ff921fb54442d18);
  const error = fh * ph - r + fh * pt + ft * ph + ft * pt;
  const rl = error + (f * reinterpret<f64>(0x3c91a62633145c07) + fl * reinterpret<f64>(0x3ff921fb54442d18));
  const turned = <i64>bits < 0 ? -<i64>n : <i64>n;
  return f64x2.extract_lane(quadrant(f64x2.splat(r), f64x2.splat(rl), i64x2.splat(turned), first), 0);
}

/** y with the lanes of x beyond NEAR_LIMIT done over, one at a time. */
function replaceFar(x: v128, y: v128, first: i32): v128 {
  const a = f64x2.extract_lane(x, 0);
  const b = f64x2.extract_lane(x, 1);
  if (!(abs(a) < NEAR_LIMIT)) y = f64x2.replace_lane(y, 0, far(a, first));
  if (!(abs(b) < NEAR_LIMIT)) y = f64x2.replace_lane(y, 1, far(b, first));
  return y;
}

// @ts-ignore: decorator
@inline
function allNear(x: v128): bool {
  return i64x2.all_true(f64x2.lt(f64x2.abs(x), f64x2.splat(NEAR_LIMIT)));
}

/** sin (first = 0) or cos (1) of two doubles. */
// @ts-ignore: decorator
@inline
function trig(x: v128, first: i32): v128 {
  const y = near(x, first);
  return allNear(x) ? y : replaceFar(x, y, first);
}

/** The same for float32 in double: two parts of π/2 and the short polynomials of FreeBSD's k_sinf.c and k_cosf.c. */
function trigLite(x: v128, first: i32): v128 {
  const shift = hex(0x4338000000000000);
  const t = f64x2.add(f64x2.mul(x, hex(0x3fe45f306dc9c883)), shift);
  const n = f64x2.sub(t, shift);
  const a = f64x2.sub(x, f64x2.mul(n, hex(0x3ff921fb54400000)));
  const r = f64x2.sub(a, f64x2.mul(n, hex(0x3dd0b4611a626331)));
  const z = f64x2.mul(r, r);
  const w = f64x2.mul(z, z);
  const s12 = f64x2.add(hex(0xbfc5555554cbac77), f64x2.mul(z, hex(0x3f811110896efbb2)));
  const s34 = f64x2.add(hex(0xbf2a00f9e2cae774), f64x2.mul(z, hex(0x3ec6cd878c3b46a7)));
  const sine = f64x2.mul(r, f64x2.add(f64x2.splat(1), f64x2.mul(z, f64x2.add(s12, f64x2.mul(w, s34)))));
  const c01 = f64x2.add(hex(0xbfdffffffd0c5e81), f64x2.mul(z, hex(0x3fa55553e1053a42)));
  const c23 = f64x2.add(hex(0xbf56c087e80f1e27), f64x2.mul(z, hex(0x3ef99342e0ee5069)));
  const cosine = f64x2.add(f64x2.splat(1), f64x2.mul(z, f64x2.add(c01, f64x2.mul(w, c23))));
  const y = choose(sine, cosine, t, first);
  return allNear(x) ? y : replaceFar(x, y, first);
}

// @ts-ignore: decorator
@inline
export function vtrig<T>(x: v128, first: i32): v128 {
  if (sizeof<T>() == 8) return trig(x, first);
  return demote(trigLite(promoteLow(x), first), trigLite(promoteHigh(x), first));
}
