/**
 * Resampling of NHWC maps, x [N, H, W, C] → y [N, OH, OW, C], any sizes, as torch's `interpolate` with the output size given
 * and align_corners = false, and the adjoints. Outputs alias nothing. No work space. SIMD over channels.
 *   nearest    source row ⌊p·H / OH⌋, exactly in integers
 *   bilinear   source row max((2p + 1)·H − OH, 0) / (2·OH) = h + t, the upper neighbour clamped to H − 1:
 *              y = (1−t)(1−u)·x00 + (1−t)u·x01 + t(1−u)·x10 + tu·x11 from left to right, u likewise along the columns
 * Adjoints overwrite dx: each output adds to its sources 00, 01, 10, 11, outputs taken in row-major order.
 */
import { lanes } from "../simd";
import { loadUpTo, storeUpTo } from "./columns";

// @ts-ignore: decorator
@inline
function nearestSource(p: i32, size: i32, outSize: i32): i32 {
  return <i32>((<i64>p * size) / outSize);
}

/** Numerator of the bilinear source position over 2·outSize. */
// @ts-ignore: decorator
@inline
function bilinearPosition(p: i32, size: i32, outSize: i32): i64 {
  return max<i64>((2 * <i64>p + 1) * size - outSize, 0);
}

/** y += a·x over the channels. */
function addScaled<T>(c: i32, a: T, x: usize, y: usize): void {
  const factor = v128.splat<T>(a);
  for (; c > 0; c -= lanes<T>(), x += 16, y += 16) {
    storeUpTo<T>(y, v128.add<T>(loadUpTo<T>(y, c), v128.mul<T>(factor, loadUpTo<T>(x, c))), c);
  }
}

function upsampleNearest(size: i32, n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, x: usize, y: usize): void {
  const bytes = <usize>c * size;
  for (let i = 0; i < n; i++, x += <usize>h * w * bytes) {
    for (let p = 0; p < oh; p++) {
      const row = x + <usize>nearestSource(p, h, oh) * w * bytes;
      for (let q = 0; q < ow; q++, y += bytes) memory.copy(y, row + <usize>nearestSource(q, w, ow) * bytes, bytes);
    }
  }
}

function upsampleNearestVjp<T>(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, dy: usize, dx: usize): void {
  const bytes = <usize>c * sizeof<T>();
  memory.fill(dx, 0, <usize>n * h * w * bytes);
  for (let i = 0; i < n; i++, dx += <usize>h * w * bytes) {
    for (let p = 0; p < oh; p++) {
      const row = dx + <usize>nearestSource(p, h, oh) * w * bytes;
      for (let q = 0; q < ow; q++, dy += bytes) addScaled<T>(c, <T>1, dy, row + <usize>nearestSource(q, w, ow) * bytes);
    }
  }
}

/** The map from x to y, or its adjoint from y to x: both pair the same positions with the same weights. */
function bilinear<T>(adjoint: i32, n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, x: usize, y: usize): void {
  const bytes = <usize>c * sizeof<T>();
  memory.fill(adjoint ? x : y, 0, <usize>n * (adjoint ? h * w : oh * ow) * bytes);
  for (let i = 0; i < n; i++, x += <usize>h * w * bytes) {
    for (let p = 0; p < oh; p++) {
      const atH = bilinearPosition(p, h, oh);
      const h0 = <i32>(atH / (2 * <i64>oh));
      const t = <T>(atH - <i64>h0 * 2 * oh) / (<T>oh * <T>2);
      for (let q = 0; q < ow; q++, y += bytes) {
        const atW = bilinearPosition(q, w, ow);
        const w0 = <i32>(atW / (2 * <i64>ow));
        const u = <T>(atW - <i64>w0 * 2 * ow) / (<T>ow * <T>2);
        for (let corner = 0; corner < 4; corner++) {
          const row = min(h0 + (corner >> 1), h - 1);
          const col = min(w0 + (corner & 1), w - 1);
          const source = x + <usize>(row * w + col) * bytes;
          const weight = (corner & 2 ? t : <T>1 - t) * (corner & 1 ? u : <T>1 - u);
          addScaled<T>(c, weight, adjoint ? y : source, adjoint ? source : y);
        }
      }
    }
  }
}

// prettier-ignore
export function supsample_nearest(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, x: usize, y: usize): void { upsampleNearest(4, n, h, w, c, oh, ow, x, y); }
// prettier-ignore
export function dupsample_nearest(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, x: usize, y: usize): void { upsampleNearest(8, n, h, w, c, oh, ow, x, y); }
// prettier-ignore
export function supsample_nearest_vjp(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, dy: usize, dx: usize): void { upsampleNearestVjp<f32>(n, h, w, c, oh, ow, dy, dx); }
// prettier-ignore
export function dupsample_nearest_vjp(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, dy: usize, dx: usize): void { upsampleNearestVjp<f64>(n, h, w, c, oh, ow, dy, dx); }
// prettier-ignore
export function supsample_bilinear(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, x: usize, y: usize): void { bilinear<f32>(0, n, h, w, c, oh, ow, x, y); }
// prettier-ignore
export function dupsample_bilinear(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, x: usize, y: usize): void { bilinear<f64>(0, n, h, w, c, oh, ow, x, y); }
// prettier-ignore
export function supsample_bilinear_vjp(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, dy: usize, dx: usize): void { bilinear<f32>(1, n, h, w, c, oh, ow, dx, dy); }
// prettier-ignore
export function dupsample_bilinear_vjp(n: i32, h: i32, w: i32, c: i32, oh: i32, ow: i32, dy: usize, dx: usize): void { bilinear<f64>(1, n, h, w, c, oh, ow, dx, dy); }
