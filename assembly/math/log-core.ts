/**
 * log(x) = k·ln2 + log(c) + log1p(z/c − 1), x = 2^k·z, z in [0.705, 1.41): a table of 128 intervals whose 1/c has at
 * most eight bits, and a polynomial of degree eight; the sum is kept in two doubles with relative error 2^-68. The
 * algorithm of pow.c in ARM optimized-routines (MIT), on two lanes. log, log1p and pow share it.
 */
import { expCore, EXP, EXP_LIMIT, expWide } from "./exp-core";
import { fastSumError, gather, head, hex, isNormal, scaledBits } from "./lanes";
import { LOG_TABLE } from "./log-table";

/** Which function to return; folded at compile time. */
export const LOG = 0;
export const LOG1P = 1;
export const POW = 2;

const OFFSET: u64 = 0x3fe6955500000000;
const EXPONENT: u64 = 0xfff0000000000000;

/** k of two lanes as doubles, from the bits of x less OFFSET. */
// @ts-ignore: decorator
@inline
function exponent(offset: v128): v128 {
  const k = i32x4.shr_s(offset, 20);
  return f64x2.convert_low_i32x4_s(v128.shuffle<i32>(k, k, 1, 3, 1, 3));
}

// @ts-ignore: decorator
@inline
function entry(offset: v128, lane: i32): usize {
  const high = lane == 0 ? i32x4.extract_lane(offset, 1) : i32x4.extract_lane(offset, 3);
  return LOG_TABLE + ((<usize>high >>> 13) & 127) * 20;
}

/**
 * Two lanes. `ix` are the bits of x > 0; a subnormal x comes as the bits of 2^52·x less 52 << 52. `extra` is c for
 * LOG1P (the rounding error of x = 1 + u, so that the result is log(x + c)), the exponent y for POW, unused for LOG.
 */
// @ts-ignore: decorator
@inline
export function logCore(ix: v128, extra: v128, op: i32): v128 {
  const offset = i64x2.sub(ix, i64x2.splat(OFFSET));
  const iz = i64x2.sub(ix, v128.and(offset, i64x2.splat(EXPONENT)));
  const k = exponent(offset);
  const first = entry(offset, 0);
  const second = entry(offset, 1);
  const a = v128.load(first);
  const b = v128.load(second);
  const inverse = gather(a, b, 0);
  const logc = gather(a, b, 1);
  const tails = v128.load32_lane(second, v128.load32_zero(first, 16), 1, 16);
  const tail = f64x2.promote_low_f32x4(tails);

  // r = z/c − 1 in two parts whose squares and products below are exact.
  const zh = v128.and(i64x2.add(iz, i64x2.splat(0x80000000)), i64x2.splat(0xffffffff00000000));
  const rh = f64x2.sub(f64x2.mul(zh, inverse), f64x2.splat(1));
  const rl = f64x2.mul(f64x2.sub(iz, zh), inverse);
  const r = f64x2.add(rh, rl);

  const t1 = f64x2.add(f64x2.mul(k, hex(0x3fe62e42fefa3800)), logc);
  const t2 = f64x2.add(t1, r);
  let lo1 = f64x2.add(f64x2.mul(k, hex(0x3d2ef35793c76730)), tail);
  if (op == LOG1P) {
    // log(x + c) − log(x) = c/x to more than is needed, and 1/x = (2^-k/c)·(1 − r) to fourteen bits.
    const scale = i64x2.sub(i64x2.splat(0x3ff0000000000000), v128.and(offset, i64x2.splat(EXPONENT)));
    const reciprocal = f64x2.mul(f64x2.mul(inverse, scale), f64x2.sub(f64x2.splat(1), r));
    lo1 = f64x2.add(lo1, f64x2.mul(extra, reciprocal));
  }
  const lo2 = fastSumError(t1, r, t2);
  const ar = f64x2.mul(r, f64x2.splat(-0.5));
  const ar2 = f64x2.mul(r, ar);
  const arh = f64x2.mul(rh, f64x2.splat(-0.5));
  const arh2 = f64x2.mul(rh, arh);
  const hi = f64x2.add(t2, arh2);
  const lo3 = f64x2.mul(rl, f64x2.add(ar, arh));
  const lo4 = fastSumError(t2, arh2, hi);

  const p12 = f64x2.add(hex(0xbfe5555555555560), f64x2.mul(r, hex(0x3fe0000000000006)));
  const p34 = f64x2.add(hex(0x3fe999999959554e), f64x2.mul(r, hex(0xbfe555555529a47a)));
  const p56 = f64x2.add(hex(0xbff2495b9b4845e9), f64x2.mul(r, hex(0x3ff0002b8b263fc3)));
  const series = f64x2.add(p12, f64x2.mul(ar2, f64x2.add(p34, f64x2.mul(ar2, p56))));
  const p = f64x2.mul(f64x2.mul(r, ar2), series);
  const lo = f64x2.add(f64x2.add(f64x2.add(lo1, lo2), f64x2.add(lo3, lo4)), p);
  const y = f64x2.add(hi, lo);
  if (op != POW) return y;

  // y·log(x) in two parts: the product of the heads is exact.
  const yl = fastSumError(hi, lo, y);
  const eh = head(extra);
  const lh = head(y);
  const ll = f64x2.add(f64x2.sub(y, lh), yl);
  const high = f64x2.mul(eh, lh);
  const low = f64x2.add(f64x2.mul(f64x2.sub(extra, eh), lh), f64x2.mul(extra, ll));
  if (i64x2.all_true(f64x2.lt(f64x2.abs(high), f64x2.splat(EXP_LIMIT)))) return expCore(high, low, EXP);
  // Far out the tail of the product no longer means anything: the result is 0 or infinity.
  return expWide(high, v128.and(low, f64x2.lt(f64x2.abs(high), f64x2.splat(800))));
}

/** log of two doubles that float32 numbers were promoted to (positive, finite), for float32: relative error 2^-31. */
// @ts-ignore: decorator
@inline
export function logLite(x: v128): v128 {
  const offset = i64x2.sub(x, i64x2.splat(OFFSET));
  const z = i64x2.sub(x, v128.and(offset, i64x2.splat(EXPONENT)));
  const a = v128.load(entry(offset, 0));
  const b = v128.load(entry(offset, 1));
  const r = f64x2.sub(f64x2.mul(z, gather(a, b, 0)), f64x2.splat(1));
  const base = f64x2.add(f64x2.mul(exponent(offset), hex(0x3fe62e42fefa39ef)), gather(a, b, 1));
  const r2 = f64x2.mul(r, r);
  const p = f64x2.add(f64x2.splat(-0.5), f64x2.mul(r, f64x2.splat(1 / 3.0)));
  const q = f64x2.add(f64x2.splat(-0.25), f64x2.mul(r, f64x2.splat(0.2)));
  return f64x2.add(base, f64x2.add(r, f64x2.mul(r2, f64x2.add(p, f64x2.mul(r2, q)))));
}

/** log of subnormal numbers, by a call. */
function logSubnormal(x: v128): v128 {
  return logCore(scaledBits(x), x, LOG);
}

/** y = log(x) done over where x is not a normal number: in double subnormal numbers, and zero, negative, ∞ and NaN. */
export function logSpecial<T>(x: v128, y: v128): v128 {
  const zero = f64x2.splat(0);
  if (sizeof<T>() == 8) y = v128.bitselect(logSubnormal(x), y, f64x2.lt(x, hex(0x0010000000000000)));
  y = v128.bitselect(y, x, f64x2.lt(x, f64x2.splat(Infinity)));
  y = v128.bitselect(f64x2.splat(NaN), y, f64x2.lt(x, zero));
  return v128.bitselect(f64x2.splat(-Infinity), y, f64x2.eq(x, zero));
}
