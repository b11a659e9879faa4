/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). A draw is named by a seed (key0, key1), a `stream` and a 64-bit `block` number (low, high word); its block b
 * is the four words philox(block + b, stream, attempt = 0; key). Element i depends on that name and on i alone, so a draw
 * may be cut at any whole block; the next draw starts at block + blocks used:
 * - one word an element, four elements a block: `suniform`, `bernoulli`, `sdropout`, `ddropout`, `irandint`, `permutation`;
 * - two words an element, two elements a block: `duniform`, `snormal`, `dnormal`.
 * Outputs do not overlap inputs, but dropout may have y = x. No work space.
 */
import { logDouble, trigDouble } from "./math/calls";
import { at } from "./simd";

/** Words (hi1 ^ c1 ^ k0, lo1, hi0 ^ c3 ^ k1, lo0) of the products c0·0xD2511F53 (0) and c2·0xCD9E8D57 (1). */
// @ts-ignore: decorator
@inline
function round(c: v128, key: v128): v128 {
  const even = v128.shuffle<i32>(c, c, 0, 2, 0, 2);
  const product = v128.extmul_low<u32>(even, i32x4(<i32>0xd2511f53, <i32>0xcd9e8d57, 0, 0));
  const swapped = v128.shuffle<i32>(product, product, 3, 2, 1, 0);
  return v128.xor(v128.xor(swapped, v128.shr<u64>(c, 32)), key);
}

/** Ten rounds on counter words c0 … c3; `key` is (key0, 0, key1, 0). */
function generate(key: v128, block: u64, stream: u32, attempt: u32): v128 {
  let c = v128.replace_lane<i64>(v128.splat<i64>(((<i64>attempt) << 32) | stream), 0, block);
  for (let i = 0; i < 10; i++) {
    c = round(c, key);
    key = v128.add<i32>(key, i32x4(<i32>0x9e3779b9, 0, <i32>0xbb67ae85, 0));
  }
  return c;
}

// @ts-ignore: decorator
@inline
function keyOf(key0: u32, key1: u32): v128 {
  return v128.replace_lane<i64>(v128.splat<i64>(key1), 0, key0);
}

// @ts-ignore: decorator
@inline
function blockOf(low: u32, high: u32): u64 {
  return ((<u64>high) << 32) | low;
}

/** The words of one block: y[0 … 3] = philox(c0 … c3; key0, key1). */
export function philox(c0: u32, c1: u32, c2: u32, c3: u32, key0: u32, key1: u32, y: usize): void {
  v128.store(y, generate(keyOf(key0, key1), blockOf(c0, c1), c2, c3));
}

/** The next word comes into lane 0. */
// @ts-ignore: decorator
@inline
function rotate(words: v128): v128 {
  return v128.shuffle<i32>(words, words, 1, 2, 3, 0);
}

/** The largest number below a finite `x`. */
// @ts-ignore: decorator
@inline
function below<T>(x: T): T {
  if (x == <T>0) return sizeof<T>() == 4 ? <T>reinterpret<f32>(0x80000001) : <T>reinterpret<f64>(0x8000000000000001);
  if (sizeof<T>() == 4) {
    const bits = reinterpret<i32>(<f32>x);
    return <T>reinterpret<f32>(x > <T>0 ? bits - 1 : bits + 1);
  }
  const bits = reinterpret<i64>(<f64>x);
  return <T>reinterpret<f64>(x > <T>0 ? bits - 1 : bits + 1);
}

/** y_i = lo + (hi − lo)·u, u a multiple of 2⁻²⁴ in [0, 1); never hi itself, whatever the rounding. */
export function suniform(
  n: i32,
  key0: u32,
  key1: u32,
  stream: u32,
  low: u32,
  high: u32,
  lo: f32,
  hi: f32,
  y: usize,
): void {
  const key = keyOf(key0, key1);
  const scale = v128.splat<f32>((hi - lo) * <f32>(1.0 / 16777216.0));
  const start = v128.splat<f32>(lo);
  const cap = v128.splat<f32>(lo < hi ? below<f32>(hi) : hi);
  let block = blockOf(low, high);
  for (let i = 0; i < n; i += 4, block++) {
    const u = f32x4.convert_i32x4_u(v128.shr<u32>(generate(key, block, stream, 0), 8));
    let v = v128.min<f32>(v128.add<f32>(start, v128.mul<f32>(scale, u)), cap);
    if (i <= n - 4) {
      v128.store(at<f32>(y, i), v);
      continue;
    }
    for (let k = i; k < n; k++, v = rotate(v)) store<f32>(at<f32>(y, k), v128.extract_lane<f32>(v, 0));
  }
}

/** A multiple of 2⁻⁵³ in [0, 1) from two words. */
// @ts-ignore: decorator
@inline
function unit(words: v128, pair: u8): f64 {
  const bits = pair ? v128.extract_lane<u64>(words, 1) : v128.extract_lane<u64>(words, 0);
  return <f64>(<i64>(bits >> 11)) * (1.0 / 9007199254740992.0);
}

/** As `suniform` with multiples of 2⁻⁵³. */
export function duniform(
  n: i32,
  key0: u32,
  key1: u32,
  stream: u32,
  low: u32,
  high: u32,
  lo: f64,
  hi: f64,
  y: usize,
): void {
  const key = keyOf(key0, key1);
  const cap = lo < hi ? below<f64>(hi) : hi;
  let block = blockOf(low, high);
  for (let i = 0; i < n; i += 2, block++) {
    const words = generate(key, block, stream, 0);
    store<f64>(at<f64>(y, i), min<f64>(lo + (hi - lo) * unit(words, 0), cap));
    if (i + 1 < n) store<f64>(at<f64>(y, i + 1), min<f64>(lo + (hi - lo) * unit(words, 1), cap));
  }
}

/**
 * y_i = mean + std·z by Box–Muller: a block gives z = √(−2 ln(1 − u)) · (cos 2πv, sin 2πv), to 1e-15. Computed in double:
 * the float32 draw (`single`) is the float64 draw rounded.
 */
function normal(single: bool, n: i32, key: v128, stream: u32, block: u64, mean: f64, std: f64, y: usize): void {
  const shift = single ? 2 : 3;
  for (let i = 0; i < n; i += 4, block += 2) {
    const a = generate(key, block, stream, 0);
    const b = generate(key, block + 1, stream, 0);
    const u = f64x2(1 - unit(a, 0), 1 - unit(b, 0));
    const angle = v128.mul<f64>(f64x2(unit(a, 1), unit(b, 1)), v128.splat<f64>(6.283185307179586));
    const radius = v128.sqrt<f64>(v128.mul<f64>(v128.splat<f64>(-2), logDouble(u)));
    const factor = v128.mul<f64>(v128.splat<f64>(std), radius);
    let even = v128.add<f64>(v128.splat<f64>(mean), v128.mul<f64>(factor, trigDouble(angle, 1)));
    let odd = v128.add<f64>(v128.splat<f64>(mean), v128.mul<f64>(factor, trigDouble(angle, 0)));
    for (let k = i; k < min<i32>(n, i + 4); k++) {
      const z = v128.extract_lane<f64>(even, 0);
      const to = y + ((<usize>k) << shift);
      if (single) store<f32>(to, <f32>z);
      else store<f64>(to, z);
      // even 0, odd 0, even 1, odd 1
      const next = v128.shuffle<i64>(even, even, 1, 0);
      even = odd;
      odd = next;
    }
  }
}

export function snormal(
  n: i32,
  key0: u32,
  key1: u32,
  stream: u32,
  low: u32,
  high: u32,
  mean: f64,
  std: f64,
  y: usize,
): void {
  normal(true, n, keyOf(key0, key1), stream, blockOf(low, high), mean, std, y);
}
export function dnormal(
  n: i32,
  key0: u32,
  key1: u32,
  stream: u32,
  low: u32,
  high: u32,
  mean: f64,
  std: f64,
  y: usize,
): void {
  normal(false, n, keyOf(key0, key1), stream, blockOf(low, high), mean, std, y);
}

/** An event of probability p (to 2⁻³³) is word < threshold; 2³² is "always". */
// @ts-ignore: decorator
@inline
function threshold(p: f64): u64 {
  return <u64>nearest<f64>(p * 4294967296.0);
}

/** y_i (uint8) = 1 with probability p, else 0. */
export function bernoulli(n: i32, key0: u32, key1: u32, stream: u32, low: u32, high: u32, p: f64, y: usize): void {
  const key = keyOf(key0, key1);
  const limit = threshold(p);
  let block = blockOf(low, high);
  let words = key;
  for (let i = 0; i < n; i++) {
    words = i & 3 ? rotate(words) : generate(key, block++, stream, 0);
    store<u8>(y + i, <u8>(<u64>v128.extract_lane<u32>(words, 0) < limit));
  }
}

/**
 * y_i = 0 with probability p (where `bernoulli` of the same name gives 1), else x_i / (1 − p). The mask is the same for
 * both dtypes and is not stored: the adjoint is the same call on the cotangent.
 */
// @ts-ignore: decorator
@inline
function dropout<T>(n: i32, key: v128, stream: u32, block: u64, p: f64, x: usize, y: usize): void {
  const limit = threshold(p);
  const scale = <T>(1.0 / (1.0 - p));
  const all = limit > 0xffffffff;
  for (let i = 0; i < n; i += 4, block++) {
    let words = generate(key, block, stream, 0);
    let kept = all ? v128.splat<i32>(0) : v128.ge<u32>(words, v128.splat<u32>(<u32>limit));
    const from = at<T>(x, i);
    const to = at<T>(y, i);
    if (i <= n - 4) {
      if (sizeof<T>() == 4) {
        v128.store(to, v128.and(v128.mul<T>(v128.load(from), v128.splat<T>(scale)), kept));
      } else {
        const low = v128.mul<T>(v128.load(from), v128.splat<T>(scale));
        const high = v128.mul<T>(v128.load(from, 16), v128.splat<T>(scale));
        v128.store(to, v128.and(low, v128.extend_low<i32>(kept)));
        v128.store(to, v128.and(high, v128.extend_high<i32>(kept)), 16);
      }
      continue;
    }
    for (let k = 0; k < n - i; k++, kept = rotate(kept)) {
      store<T>(at<T>(to, k), v128.extract_lane<i32>(kept, 0) ? load<T>(at<T>(from, k)) * scale : <T>0);
    }
  }
}

export function sdropout(
  n: i32,
  key0: u32,
  key1: u32,
  stream: u32,
  low: u32,
  high: u32,
  p: f64,
  x: usize,
  y: usize,
): void {
  dropout<f32>(n, keyOf(key0, key1), stream, blockOf(low, high), p, x, y);
}
export function ddropout(
  n: i32,
  key0: u32,
  key1: u32,
  stream: u32,
  low: u32,
  high: u32,
  p: f64,
  x: usize,
  y: usize,
): void {
  dropout<f64>(n, keyOf(key0, key1), stream, blockOf(low, high), p, x, y);
}

/**
 * Element i of the draw as an unbiased integer in [0, bound), bound > 0: Lemire's multiplication, "Fast random integer
 * generation in an interval" (2019). A rejected word is replaced by the word in its place of attempts 1, 2, ….
 */
function bounded(bound: u32, i: i32, key: v128, stream: u32, start: u64): u32 {
  const reject: u32 = (<u32>0 - bound) % bound;
  let attempt: u32 = 0;
  while (true) {
    let words = generate(key, start + ((<u32>i) >> 2), stream, attempt++);
    for (let k = i & 3; k > 0; k--) words = rotate(words);
    const product = <u64>v128.extract_lane<u32>(words, 0) * bound;
    if (<u32>product >= reject) return <u32>(product >> 32);
  }
}

/** y_i (i32) uniform in [lo, hi), hi > lo. */
export function irandint(
  n: i32,
  key0: u32,
  key1: u32,
  stream: u32,
  low: u32,
  high: u32,
  lo: i32,
  hi: i32,
  y: usize,
): void {
  const key = keyOf(key0, key1);
  const start = blockOf(low, high);
  if (hi <= lo) return;
  for (let i = 0; i < n; i++) store<i32>(at<i32>(y, i), lo + bounded(hi - lo, i, key, stream, start));
}

/** y = a uniform permutation of 0 … n − 1 (i32): Fisher–Yates from the top, element n − 1 − i swapped by draw i. */
export function permutation(n: i32, key0: u32, key1: u32, stream: u32, low: u32, high: u32, y: usize): void {
  const key = keyOf(key0, key1);
  const start = blockOf(low, high);
  for (let i = 0; i < n; i++) store<i32>(at<i32>(y, i), i);
  for (let last = n - 1; last > 0; last--) {
    const p = at<i32>(y, bounded(last + 1, n - 1 - last, key, stream, start));
    const q = at<i32>(y, last);
    const value = load<i32>(p);
    store<i32>(p, load<i32>(q));
    store<i32>(q, value);
  }
}
