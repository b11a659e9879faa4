/** Matrices in and out of the small solvers: scaling, symmetrisation, interleaving, sorting, canonical signs. */
import { at, lanes, VECTOR_BYTES } from "../../simd";
import { largest } from "../canonical";
import { exponentOf, finite, powerOfTwo, scaleByPower } from "../scalar";
import { isAcross, laneAt, rowBytes, transposeStrip } from "./layout";

/** One lane's place in `items`: bytes of power of two (i32), info (i32), address of row 0 of Zᵀ, bytes to row 1. */
export const ITEM: usize = 16;
const POWER: usize = 64;
const INFO: usize = 80;
const FACTORS: usize = 96;
const KEPT: usize = 128;
/** Bytes of `items`: 4 rows of Zᵀ (address, step), powers, infos, two vectors of factors, a mask of finite items. */
export const ITEMS_BYTES: usize = 144;

// @ts-ignore: decorator
@inline
export function infoOf(items: usize, j: i32): usize {
  return at<i32>(items + INFO, j);
}

// @ts-ignore: decorator
@inline
export function powerOf(items: usize, j: i32): usize {
  return at<i32>(items + POWER, j);
}

/** Factors 2^−power of each lane, in two halves so that neither over- nor underflows. */
function setFactors<T>(items: usize, j: i32, power: i32): void {
  const half = -power >> 1;
  store<T>(at<T>(items + FACTORS, j), powerOfTwo<T>(half));
  store<T>(at<T>(items + FACTORS + VECTOR_BYTES, j), powerOfTwo<T>(-power - half));
}

/** Power, info and factors of lane j from its matrix. */
function measure<T>(n: i32, a: usize, pitch: usize, items: usize, j: i32): void {
  const top = largest<T>(n, n, a, pitch);
  const good = finite<T>(top);
  const power = good && top > 0 ? exponentOf<T>(top) + 1 : 0;
  store<i32>(powerOf(items, j), power);
  store<i32>(infoOf(items, j), good ? 0 : -1);
  setFactors<T>(items, j, power);
  if (sizeof<T>() == 4) store<i32>(at<T>(items + KEPT, j), good ? -1 : 0);
  else store<i64>(at<T>(items + KEPT, j), good ? -1 : 0);
}

/** s = the elements of `used` matrices `step` bytes apart, one a lane; lanes beyond hold the last matrix again. */
function interleave<T>(n: i32, used: i32, a: usize, step: usize, pitch: usize, s: usize): void {
  const a1 = a + <usize>min<i32>(1, used - 1) * step;
  const a2 = a + <usize>min<i32>(2, used - 1) * step;
  const a3 = a + <usize>min<i32>(3, used - 1) * step;
  const whole = n & ~(lanes<T>() - 1);
  const none = v128.splat<T>(0);
  for (let i = 0; i < n; i++) {
    const place = <usize>i * pitch;
    const row = s + <usize>i * rowBytes<v128>(n);
    transposeStrip<T>(whole / lanes<T>(), a + place, a1 + place, a2 + place, a3 + place, 16, none, row, 16, <usize>lanes<T>() * 16);
    for (let j = whole; j < n; j++) {
      store<T>(laneAt<T>(row, j, 0), load<T>(at<T>(a + place, j)));
      store<T>(laneAt<T>(row, j, 1), load<T>(at<T>(a1 + place, j)));
      if (lanes<T>() == 2) continue;
      store<T>(laneAt<T>(row, j, 2), load<T>(at<T>(a2 + place, j)));
      store<T>(laneAt<T>(row, j, 3), load<T>(at<T>(a3 + place, j)));
    }
  }
}

/** s ← 2^−power·(½S + ½Sᵀ), zero in lanes that are not finite; returns the largest magnitude. Rows of v128. */
function symmetrise<T>(n: i32, s: usize, items: usize): v128 {
  const stride = rowBytes<v128>(n);
  const f1 = v128.load(items + FACTORS);
  const f2 = v128.load(items + FACTORS, 16);
  const kept = v128.load(items + KEPT);
  const half = v128.splat<T>(0.5);
  let top = v128.splat<T>(0);
  for (let i = 0; i < n; i++) {
    let low = s + <usize>i * stride;
    let high = s + <usize>i * VECTOR_BYTES;
    for (let j = 0; j <= i; j++) {
      const x = v128.mul<T>(v128.mul<T>(v128.load(low), f1), f2);
      const y = v128.mul<T>(v128.mul<T>(v128.load(high), f1), f2);
      const v = v128.and(v128.mul<T>(half, v128.add<T>(x, y)), kept);
      v128.store(low, v);
      v128.store(high, v);
      top = v128.pmax<T>(top, v128.abs<T>(v));
      low += VECTOR_BYTES;
      high += stride;
    }
  }
  return top;
}

/** The same for one matrix into rows of T. */
function symmetriseOne<T>(n: i32, a: usize, pitch: usize, s: usize, items: usize): v128 {
  const stride = rowBytes<T>(n);
  const f1 = load<T>(items + FACTORS);
  const f2 = load<T>(items + FACTORS, 16);
  const kept = load<i32>(infoOf(items, 0)) == 0;
  let top: T = 0;
  for (let i = 0; i < n; i++) {
    const row = a + <usize>i * pitch;
    let low = s + <usize>i * stride;
    let high = at<T>(s, i);
    for (let j = 0; j <= i; j++) {
      const x = load<T>(at<T>(row, j)) * f1 * f2;
      const y = load<T>(at<T>(a + <usize>j * pitch, i)) * f1 * f2;
      const v = kept ? <T>0.5 * (x + y) : <T>0;
      store<T>(low, v);
      store<T>(high, v);
      top = max<T>(top, abs<T>(v));
      low += sizeof<T>();
      high += stride;
    }
    for (let j = n; j & 3; j++) store<T>(at<T>(s + <usize>i * stride, j), 0);
  }
  return v128.splat<T>(top);
}

/** Lanes whose symmetric part is small beside A are scaled up again. */
function rescale<T, L>(n: i32, top: v128, s: usize, items: usize): void {
  const zero = v128.splat<T>(0);
  const small = v128.and(v128.gt<T>(top, zero), v128.lt<T>(top, v128.splat<T>(0.25)));
  if (!v128.any_true(small)) return;
  v128.store(items + FACTORS, v128.and(top, small));
  for (let j = 0; j < lanes<T>(); j++) {
    const x = load<T>(at<T>(items + FACTORS, j));
    const more = x > 0 ? exponentOf<T>(x) + 1 : 0;
    store<i32>(powerOf(items, j), load<i32>(powerOf(items, j)) + more);
    setFactors<T>(items, j, more);
  }
  const f1 = v128.load(items + FACTORS);
  const f2 = v128.load(items + FACTORS, 16);
  const end = s + <usize>n * rowBytes<L>(n);
  for (let p = s; p < end; p += VECTOR_BYTES) v128.store(p, v128.mul<T>(v128.mul<T>(v128.load(p), f1), f2));
}

/**
 * Reads `used` matrices (one, if L = T), `step` bytes apart with rows `pitch` bytes apart, into s: symmetric, scaled to
 * a largest entry in [¼, 1), all 0 where an entry is not finite (info −1).
 */
export function readItems<T, L>(n: i32, used: i32, a: usize, step: usize, pitch: usize, s: usize, items: usize): void {
  const measured = isAcross<L>() ? lanes<T>() : 1;
  for (let j = 0; j < measured; j++) measure<T>(n, a + <usize>min<i32>(j, used - 1) * step, pitch, items, j);
  if (isAcross<L>()) {
    interleave<T>(n, used, a, step, pitch, s);
    rescale<T, L>(n, symmetrise<T>(n, s, items), s, items);
  } else rescale<T, L>(n, symmetriseOne<T>(n, a, pitch, s, items), s, items);
}

/**
 * Rows of Zᵀ of each lane, one n×n block of T after the other at zt, are the columns of Q, the one of index i with the
 * sign flips[i] (0 or −0 a lane).
 */
export function columnsToRows<T, L>(n: i32, q: usize, flips: usize, zt: usize): void {
  const stride = rowBytes<T>(n);
  const wide = rowBytes<L>(n);
  const blocks = (n + lanes<T>() - 1) / lanes<T>();
  const step = <usize>lanes<T>() * wide;
  for (let j = 0; j < n; j += isAcross<L>() ? 1 : lanes<T>()) {
    const p = at<L>(q, j);
    const flip = v128.load(at<L>(flips, j));
    const row = zt + <usize>j * stride;
    const pitch = isAcross<L>() ? <usize>((n + 3) & ~3) * stride : stride;
    transposeStrip<T>(blocks, p, p + wide, p + 2 * wide, p + 3 * wide, step, flip, row, pitch, VECTOR_BYTES);
  }
}

/** Ascending insertion sort of lane j of d into w; order[i] is the old place of value i. */
export function sortLane<T>(n: i32, d: usize, j: i32, w: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<T>(laneAt<T>(d, i, j));
    let k = i;
    for (; k > 0 && load<T>(at<T>(w, k - 1)) > x; k--) {
      store<T>(at<T>(w, k), load<T>(at<T>(w, k - 1)));
      store<i32>(at<i32>(order, k), load<i32>(at<i32>(order, k - 1)));
    }
    store<T>(at<T>(w, k), x);
    store<i32>(at<i32>(order, k), i);
  }
}

/** Negates a row of zero-padded vectors if its first entry of largest magnitude is negative. */
function canonicalise<T>(bytes: usize, row: usize): void {
  let top = v128.splat<T>(0);
  for (let i: usize = 0; i < bytes; i += VECTOR_BYTES) top = v128.pmax<T>(top, v128.abs<T>(v128.load(row + i)));
  if (lanes<T>() == 4) top = v128.pmax<T>(top, v128.shuffle<f32>(top, top, 2, 3, 0, 1));
  if (lanes<T>() == 4) top = v128.pmax<T>(top, v128.shuffle<f32>(top, top, 1, 0, 3, 2));
  else top = v128.pmax<T>(top, v128.shuffle<f64>(top, top, 1, 0));
  let found = 0; // a bit an element, n ≤ 32: no branch to guess wrong
  for (let i: usize = 0, shift = 0; i < bytes; i += VECTOR_BYTES, shift += lanes<T>()) {
    const same = v128.eq<T>(v128.abs<T>(v128.load(row + i)), top);
    found |= (lanes<T>() == 4 ? v128.bitmask<i32>(same) : v128.bitmask<i64>(same)) << shift;
  }
  const lead = load<T>(at<T>(row, ctz<i32>(found)));
  const flip = v128.and(v128.splat<T>(lead), v128.splat<T>(-0.0));
  for (let i: usize = 0; i < bytes; i += VECTOR_BYTES) v128.store(row + i, v128.xor(v128.load(row + i), flip));
}

/** Row order[j] of Zᵀ (row 0 at `row`, `step` bytes apart) becomes column j of z, with the canonical sign. */
export function writeVectors<T>(n: i32, row: usize, step: usize, order: usize, z: usize, ldz: i32): void {
  const bytes = (<usize>n * sizeof<T>() + 15) & ~15;
  const pitch = <usize>ldz * sizeof<T>();
  const whole = n & ~(lanes<T>() - 1);
  const none = v128.splat<T>(0);
  for (let j = 0; j < n; j++) canonicalise<T>(bytes, row + <usize>j * step);
  for (let j = 0; j < whole; j += lanes<T>()) {
    const s0 = row + <usize>load<i32>(at<i32>(order, j)) * step;
    const s1 = row + <usize>load<i32>(at<i32>(order, j), 4) * step;
    const s2 = lanes<T>() == 4 ? row + <usize>load<i32>(at<i32>(order, j), 8) * step : s0;
    const s3 = lanes<T>() == 4 ? row + <usize>load<i32>(at<i32>(order, j), 12) * step : s0;
    transposeStrip<T>(whole / lanes<T>(), s0, s1, s2, s3, 16, none, at<T>(z, j), pitch, <usize>lanes<T>() * pitch);
  }
  for (let j = 0; j < n; j++) {
    const source = row + <usize>load<i32>(at<i32>(order, j)) * step;
    for (let i = j < whole ? whole : 0; i < n; i++) {
      store<T>(at<T>(z + <usize>i * pitch, j), load<T>(at<T>(source, i)));
    }
  }
}

/** Values times 2^power. */
export function scaleValues<T>(n: i32, w: usize, power: i32): void {
  for (let i = 0; i < n; i++) store<T>(at<T>(w, i), scaleByPower<T>(load<T>(at<T>(w, i)), power));
}
