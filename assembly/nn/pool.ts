/**
 * Max and average pooling over NHWC, with adjoints. The descriptor is fourteen i32 (PoolDesc). Windows hang over the
 * border by the padding; x [N, H, W, C], y [N, OH, OW, C]. Outputs alias nothing. No work space. SIMD over channels.
 *   maxpool2d   y = max over the window inside x; index [N, OH, OW, C] i32 = h·W + w of the winner. Ties go to the first in
 *               row-major order, the first NaN wins. A window that sees no element gives −∞ and index −1.
 *   avgpool2d   y = Σ / divisor, the sum in row-major order from zero; the divisor counts the elements inside x, or with
 *               `includePad` those inside x and its padding (as torch's count_include_pad). No element: y = 0.
 * Adjoints overwrite dx: each output adds to the inputs it saw, outputs taken in row-major order.
 */
import { lanes } from "../simd";
import { loadUpTo, storeUpTo } from "./columns";

// @ts-ignore: decorator
@unmanaged
class PoolDesc {
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  kh: i32;
  kw: i32;
  strideH: i32;
  strideW: i32;
  padTop: i32;
  padBottom: i32;
  padLeft: i32;
  padRight: i32;
  oh: i32;
  ow: i32;
}

/** Stores the indices that stand beside the first `count` elements of type T, as i32. */
// @ts-ignore: decorator
@inline
function storeIndices<T>(ptr: usize, v: v128, count: i32): void {
  if (sizeof<T>() == 8) v = i8x16.shuffle(v, v, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);
  if (sizeof<T>() == 4 && count >= 4) v128.store(ptr, v);
  else if (sizeof<T>() == 4) storeUpTo<f32>(ptr, v, count);
  else if (count >= 2) v128.store64_lane(ptr, v, 0);
  else v128.store32_lane(ptr, v, 0);
}

/** Splat of an i32 into the lanes that stand beside elements of type T. */
// @ts-ignore: decorator
@inline
function splatIndex<T>(i: i32): v128 {
  return sizeof<T>() == 4 ? i32x4.splat(i) : i64x2.splat(<i64>i);
}

/** The indices that stand beside a vector of type T. */
// @ts-ignore: decorator
@inline
function loadIndices<T>(ptr: usize): v128 {
  return sizeof<T>() == 4 ? v128.load(ptr) : i64x2.extend_low_i32x4_s(v128.load64_zero(ptr));
}

// @ts-ignore: decorator
@inline
function equalIndex<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.eq(a, b) : i64x2.eq(a, b);
}

/** Where v takes the place of the best so far: it is larger, or the first NaN. */
// @ts-ignore: decorator
@inline
function wins<T>(v: v128, best: v128): v128 {
  return v128.andnot(v128.eq<T>(best, best), v128.le<T>(v, best));
}

/** Whole vectors of a 2×2 window that lies in the map, whose first element has index `first`. Returns the bytes done. */
// @ts-ignore: decorator
@inline
function maxOfFour<T>(x: usize, step: usize, row: usize, first: i32, width: i32, y: usize, index: usize): usize {
  const i0 = splatIndex<T>(first);
  const i1 = splatIndex<T>(first + 1);
  const i2 = splatIndex<T>(first + width);
  const i3 = splatIndex<T>(first + width + 1);
  const bytes = step & ~15;
  for (let o: usize = 0; o < bytes; o += 16) {
    let best = v128.load(x + o);
    let v = v128.load(x + o + step);
    let take = wins<T>(v, best);
    best = v128.bitselect(v, best, take);
    let where = v128.bitselect(i1, i0, take);
    v = v128.load(x + o + row);
    take = wins<T>(v, best);
    best = v128.bitselect(v, best, take);
    where = v128.bitselect(i2, where, take);
    v = v128.load(x + o + row + step);
    take = wins<T>(v, best);
    v128.store(y + o, v128.bitselect(v, best, take));
    storeIndices<T>(index + (o << 2) / sizeof<T>(), v128.bitselect(i3, where, take), lanes<T>());
  }
  return bytes;
}

function maxpool2d<T>(desc: usize, x: usize, y: usize, index: usize): void {
  const d = changetype<PoolDesc>(desc);
  const width = d.w;
  const step = <usize>d.c * sizeof<T>();
  const row = <usize>width * step;
  const four = d.kh == 2 && d.kw == 2;
  for (let n = 0; n < d.n; n++, x += <usize>d.h * row) {
    for (let p = 0; p < d.oh; p++) {
      const h0 = max(p * d.strideH - d.padTop, 0);
      const h1 = min(p * d.strideH - d.padTop + d.kh, d.h);
      for (let q = 0; q < d.ow; q++) {
        const w0 = max(q * d.strideW - d.padLeft, 0);
        const w1 = min(q * d.strideW - d.padLeft + d.kw, width);
        const first = h0 < h1 && w0 < w1 ? h0 * width + w0 : -1;
        const window = x + <usize>h0 * row + <usize>w0 * step;
        let o: usize = 0;
        if (four && h1 - h0 == 2 && w1 - w0 == 2) o = maxOfFour<T>(window, step, row, first, width, y, index);
        for (; o < step; o += 16) {
          const left = <i32>((step - o) / sizeof<T>());
          let best = v128.splat<T>(<T>-Infinity);
          let where = splatIndex<T>(first);
          for (let h = h0; h < h1; h++) {
            for (let w = w0; w < w1; w++) {
              const v = loadUpTo<T>(x + <usize>h * row + <usize>w * step + o, left);
              const take = wins<T>(v, best);
              best = v128.bitselect(v, best, take);
              where = v128.bitselect(splatIndex<T>(h * width + w), where, take);
            }
          }
          storeUpTo<T>(y + o, best, left);
          storeIndices<T>(index + (o << 2) / sizeof<T>(), where, left);
        }
        y += step;
        index += <usize>d.c << 2;
      }
    }
  }
}

/** g where the maximum stood, else 0; added to zero as elsewhere, so that −0 becomes 0. */
// @ts-ignore: decorator
@inline
function placeAt<T>(to: usize, g: v128, at: v128, position: i32): void {
  v128.store(to, v128.add<T>(v128.splat<T>(0), v128.and(g, equalIndex<T>(at, splatIndex<T>(position)))));
}

/** 2×2 windows side by side that cover the map, channels in whole vectors: dx is written once. */
function maxpool2dFours<T>(d: PoolDesc, dy: usize, index: usize, dx: usize): void {
  const step = <usize>d.c * sizeof<T>();
  const row = <usize>d.w * step;
  for (let n = 0; n < d.n; n++) {
    for (let p = 0; p < d.oh; p++, dx += row) {
      let first = 2 * p * d.w;
      for (let q = 0; q < d.ow; q++, first += 2, dx += step) {
        for (const end = dx + step; dx != end; dx += 16, dy += 16, index += <usize>(4 * lanes<T>())) {
          const g = v128.load(dy);
          const at = loadIndices<T>(index);
          placeAt<T>(dx, g, at, first);
          placeAt<T>(dx + step, g, at, first + 1);
          placeAt<T>(dx + row, g, at, first + d.w);
          placeAt<T>(dx + row + step, g, at, first + d.w + 1);
        }
      }
    }
  }
}

function maxpool2dVjp<T>(desc: usize, dy: usize, index: usize, dx: usize): void {
  const d = changetype<PoolDesc>(desc);
  const image = <usize>d.h * d.w * d.c * sizeof<T>();
  const fours = d.kh == 2 && d.kw == 2 && d.strideH == 2 && d.strideW == 2 && (d.padTop | d.padLeft) == 0;
  if (fours && 2 * d.oh == d.h && 2 * d.ow == d.w && d.c % lanes<T>() == 0) {
    maxpool2dFours<T>(d, dy, index, dx);
    return;
  }
  memory.fill(dx, 0, <usize>d.n * image);
  for (let n = 0; n < d.n; n++, dx += image) {
    for (let p = d.oh * d.ow; p > 0; p--) {
      let to = dx;
      for (let c = 0; c < d.c; c++, to += sizeof<T>(), dy += sizeof<T>(), index += 4) {
        const at = load<i32>(index);
        if (at < 0) continue;
        const ptr = to + <usize>at * d.c * sizeof<T>();
        store<T>(ptr, load<T>(ptr) + load<T>(dy));
      }
    }
  }
}

function divisor(d: PoolDesc, p: i32, q: i32, includePad: i32): i32 {
  const h = p * d.strideH - d.padTop;
  const w = q * d.strideW - d.padLeft;
  if (includePad) return (min(h + d.kh, d.h + d.padBottom) - h) * (min(w + d.kw, d.w + d.padRight) - w);
  return max(min(h + d.kh, d.h) - max(h, 0), 0) * max(min(w + d.kw, d.w) - max(w, 0), 0);
}

function avgpool2d<T>(desc: usize, includePad: i32, x: usize, y: usize): void {
  const d = changetype<PoolDesc>(desc);
  const width = d.w;
  const channels = d.c;
  const step = <usize>channels * sizeof<T>();
  const row = <usize>width * step;
  for (let n = 0; n < d.n; n++, x += <usize>d.h * row) {
    for (let p = 0; p < d.oh; p++) {
      const h0 = max(p * d.strideH - d.padTop, 0);
      const h1 = min(p * d.strideH - d.padTop + d.kh, d.h);
      for (let q = 0; q < d.ow; q++, y += step) {
        const w0 = max(q * d.strideW - d.padLeft, 0);
        const w1 = min(q * d.strideW - d.padLeft + d.kw, width);
        // An empty sum over one: 0, not 0/0.
        const count = v128.splat<T>(<T>max(divisor(d, p, q, includePad), 1));
        const window = x + <usize>h0 * row + <usize>w0 * step;
        for (let left = channels, o: usize = 0; left > 0; left -= lanes<T>(), o += 16) {
          let sum = v128.splat<T>(0);
          let line = window + o;
          for (let h = h0; h < h1; h++, line += row) {
            let from = line;
            for (let w = w0; w < w1; w++, from += step) sum = v128.add<T>(sum, loadUpTo<T>(from, left));
          }
          storeUpTo<T>(y + o, v128.div<T>(sum, count), left);
        }
      }
    }
  }
}

/** dx[j] += dy[j] / count over the channels. */
function spreadChannels<T>(c: i32, dy: usize, count: T, dx: usize): void {
  const divisors = v128.splat<T>(count);
  for (; c > 0; c -= lanes<T>(), dy += 16, dx += 16) {
    storeUpTo<T>(dx, v128.add<T>(loadUpTo<T>(dx, c), v128.div<T>(loadUpTo<T>(dy, c), divisors)), c);
  }
}

function avgpool2dVjp<T>(desc: usize, includePad: i32, dy: usize, dx: usize): void {
  const d = changetype<PoolDesc>(desc);
  const step = <usize>d.c * sizeof<T>();
  const image = <usize>d.h * d.w * step;
  memory.fill(dx, 0, <usize>d.n * image);
  for (let n = 0; n < d.n; n++, dx += image) {
    for (let p = 0; p < d.oh; p++) {
      const h0 = p * d.strideH - d.padTop;
      for (let q = 0; q < d.ow; q++, dy += step) {
        const w0 = q * d.strideW - d.padLeft;
        const count = <T>divisor(d, p, q, includePad);
        for (let h = max(h0, 0); h < min(h0 + d.kh, d.h); h++) {
          for (let w = max(w0, 0); w < min(w0 + d.kw, d.w); w++) {
            spreadChannels<T>(d.c, dy, count, dx + <usize>(h * d.w + w) * step);
          }
        }
      }
    }
  }
}

// prettier-ignore
export function smaxpool2d(desc: usize, x: usize, y: usize, index: usize): void { maxpool2d<f32>(desc, x, y, index); }
// prettier-ignore
export function dmaxpool2d(desc: usize, x: usize, y: usize, index: usize): void { maxpool2d<f64>(desc, x, y, index); }
// prettier-ignore
export function smaxpool2d_vjp(desc: usize, dy: usize, index: usize, dx: usize): void { maxpool2dVjp<f32>(desc, dy, index, dx); }
// prettier-ignore
export function dmaxpool2d_vjp(desc: usize, dy: usize, index: usize, dx: usize): void { maxpool2dVjp<f64>(desc, dy, index, dx); }
// prettier-ignore
export function savgpool2d(desc: usize, includePad: i32, x: usize, y: usize): void { avgpool2d<f32>(desc, includePad, x, y); }
// prettier-ignore
export function davgpool2d(desc: usize, includePad: i32, x: usize, y: usize): void { avgpool2d<f64>(desc, includePad, x, y); }
// prettier-ignore
export function savgpool2d_vjp(desc: usize, includePad: i32, dy: usize, dx: usize): void { avgpool2dVjp<f32>(desc, includePad, dy, dx); }
// prettier-ignore
export function davgpool2d_vjp(desc: usize, includePad: i32, dy: usize, dx: usize): void { avgpool2dVjp<f64>(desc, includePad, dy, dx); }
