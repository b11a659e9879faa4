/**
 * The exponential family. exp(x) = 2^(n/64)·exp(r), r = x − n·ln2/64, |r| ≤ ln2/128: a table of 64 powers with tails
 * and a polynomial of degree six; reduction and table as in ARM optimized-routines (exp.c, MIT), on two lanes.
 * expm1, tanh and sigmoid go on from there with the error terms kept, so that each ends in one rounding that counts.
 * `expLite` serves float32 in double arithmetic: no table, exp(r) − 1 for |r| ≤ ln2/2 to 2^-32 of its value.
 */
import { divide, fastSumError, gather, hex, signBits, sumError } from "./lanes";
import { EXP_TABLE } from "./exp-table";

/** Which function of the family to return; folded at compile time. */
export const EXP = 0;
export const EXP_WIDE = 1;
export const EXPM1 = 2;
export const TANH = 3;
export const SIGMOID = 4;

/** Up to this magnitude every 2^(n/64) is a normal number. */
export const EXP_LIMIT: f64 = 708;

const ONE: u64 = 0x3ff0000000000000;

/**
 * Two lanes. `extra` is the tail of x for EXP and EXP_WIDE (|tail| < 2^-16), x itself for SIGMOID, which takes −|x| as
 * its argument; TANH takes 2|x|. Ranges: EXP and SIGMOID |x| ≤ 708, EXP_WIDE |x| ≤ 800, EXPM1 and TANH −45 ≤ x ≤ 41.
 */
// @ts-ignore: decorator
@inline
export function expCore(x: v128, extra: v128, op: i32): v128 {
  const shift = hex(0x4338000000000000);
  const t = f64x2.add(f64x2.mul(x, hex(0x40571547652b82fe)), shift);
  const n = f64x2.sub(t, shift);
  const high = f64x2.sub(x, f64x2.mul(n, hex(0x3f862e42fefa0000)));
  const low = f64x2.mul(n, hex(0x3d1cf79abc9e3b3a));
  let r = f64x2.sub(high, low);

  const index = i32x4.mul(v128.and(t, i32x4.splat(63)), i32x4.splat(12));
  const first = v128.load(EXP_TABLE + <usize>i32x4.extract_lane(index, 0));
  const second = v128.load(EXP_TABLE + <usize>i32x4.extract_lane(index, 2));
  const bits = gather(first, second, 0);
  const tail = f64x2.promote_low_f32x4(v128.shuffle<f32>(first, second, 2, 6, 2, 6));

  if (op == EXP || op == EXP_WIDE) r = f64x2.add(r, extra);
  const r2 = f64x2.mul(r, r);
  const c23 = f64x2.add(f64x2.splat(0.5), f64x2.mul(r, hex(0x3fc5555555554dd4)));
  const c45 = f64x2.add(hex(0x3fa5555555555195), f64x2.mul(r, hex(0x3f8111120af69dd1)));
  const square = f64x2.mul(r2, c23);
  const c456 = f64x2.add(c45, f64x2.mul(r2, hex(0x3f56c16d10a6f781)));
  const fourth = f64x2.mul(f64x2.mul(r2, r2), c456);

  if (op == EXPM1 || op == TANH) {
    // 2^(n/64) = 2^k·p with p in [√½, √2), so that p − 2^-k + r loses nothing where the result is small.
    const rest = f64x2.sub(f64x2.sub(high, r), low);
    const k = i64x2.shl(i32x4.shr_s(i32x4.add(t, i32x4.splat(32)), 6), 52);
    const p = i64x2.sub(i64x2.add(bits, i64x2.shl(t, 46)), k);
    const unit = i64x2.sub(i64x2.splat(ONE), k);
    const a = f64x2.sub(p, unit);
    const b = f64x2.add(a, r);
    const exact = f64x2.add(fastSumError(a, r, b), sumError(p, f64x2.neg(unit), a));
    const tails = f64x2.add(f64x2.add(tail, f64x2.mul(tail, r)), rest);
    const series = f64x2.mul(p, f64x2.add(tails, f64x2.add(square, fourth)));
    const c = f64x2.add(exact, f64x2.add(f64x2.mul(f64x2.sub(p, f64x2.splat(1)), r), series));
    const e = f64x2.add(b, c);
    if (op == EXPM1) return f64x2.mul(e, i64x2.add(i64x2.splat(ONE), k));
    // (e^2x − 1) / (e^2x + 1), both scaled by 2^-k.
    const el = fastSumError(b, c, e);
    const two = f64x2.add(unit, unit);
    const d = f64x2.add(e, two);
    return divide(e, el, d, f64x2.add(sumError(e, two, d), el));
  }

  const poly = f64x2.add(f64x2.add(tail, r), f64x2.add(square, fourth));
  if (op == EXP_WIDE) {
    // Two factors of 2: the first product is exact, the second rounds once, into the subnormal numbers or to infinity.
    const k = i32x4.shr_s(t, 6);
    const half = i32x4.shr_s(k, 1);
    const p = i64x2.sub(i64x2.add(bits, i64x2.shl(t, 46)), i64x2.shl(k, 52));
    const y = f64x2.add(p, f64x2.mul(p, poly));
    const one = i64x2.splat(ONE);
    const scaled = f64x2.mul(y, i64x2.add(one, i64x2.shl(half, 52)));
    return f64x2.mul(scaled, i64x2.add(one, i64x2.shl(i32x4.sub(k, half), 52)));
  }
  const scale = i64x2.add(bits, i64x2.shl(t, 46));
  const step = f64x2.mul(scale, poly);
  const y = f64x2.add(scale, step);
  if (op == SIGMOID) {
    const one = f64x2.splat(1);
    const yl = fastSumError(scale, step, y);
    const d = f64x2.add(one, y);
    const negative = f64x2.lt(extra, f64x2.splat(0));
    return divide(
      v128.bitselect(y, one, negative),
      v128.and(yl, negative),
      d,
      f64x2.add(fastSumError(one, y, d), yl),
    );
  }
  return y;
}

/** exp of any two doubles with a tail: overflow, subnormal results, infinities, NaN. A call, to keep loops short. */
export function expWide(x: v128, tail: v128): v128 {
  const limited = f64x2.pmax(f64x2.pmin(x, f64x2.splat(800)), f64x2.splat(-800));
  return expCore(limited, tail, EXP_WIDE);
}

/** Two lanes in double for float32: |x| ≤ 600; TANH takes 2|x|, SIGMOID −x. NaN passes through. */
// @ts-ignore: decorator
@inline
export function expLite(x: v128, op: i32): v128 {
  // 1.5·2^52 + 1023: the low bits of t are the biased exponent.
  const shift = f64x2.splat(6755399441056767);
  const t = f64x2.add(f64x2.mul(x, hex(0x3ff71547652b82fe)), shift);
  const r = f64x2.sub(x, f64x2.mul(f64x2.sub(t, shift), hex(0x3fe62e42fefa39ef)));
  const r2 = f64x2.mul(r, r);
  const c23 = f64x2.add(f64x2.splat(0.5000000047412713), f64x2.mul(r, f64x2.splat(0.16666666756947493)));
  const c45 = f64x2.add(f64x2.splat(0.04166635160081985), f64x2.mul(r, f64x2.splat(0.00833328833682175)));
  const c67 = f64x2.add(f64x2.splat(0.0013941215601065715), f64x2.mul(r, f64x2.splat(0.0001990532959398869)));
  const series = f64x2.add(c23, f64x2.mul(r2, f64x2.add(c45, f64x2.mul(r2, c67))));
  const scale = i64x2.shl(t, 52);
  const step = f64x2.mul(scale, f64x2.add(r, f64x2.mul(r2, series)));
  const one = f64x2.splat(1);
  if (op == EXP) return f64x2.add(scale, step);
  if (op == SIGMOID) return f64x2.div(one, f64x2.add(f64x2.add(scale, one), step));
  const e = f64x2.add(f64x2.sub(scale, one), step);
  return op == TANH ? f64x2.div(e, f64x2.add(e, f64x2.splat(2))) : e;
}

/** y with the sign of x: for odd functions computed from |x|, and for those that keep the sign of zero. */
// @ts-ignore: decorator
@inline
export function withSignOf(x: v128, y: v128): v128 {
  return v128.or(y, signBits(x));
}
