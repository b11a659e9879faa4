/**
 * Level 1 over contiguous vectors of `n` elements (`n` ≤ 0 does nothing).
 *
 *   axpy  y ← y + alpha·x            scal  x ← alpha·x           copy  y ← x           swap  x ↔ y
 *   dot   Σ xᵢ·yᵢ                    rot   (x, y) ← (c·x + s·y, c·y − s·x)
 *
 * Vectors are disjoint, save that `copy` may have x = y and `dot` may read one vector twice. No work space. Elementwise
 * operations round each product and each sum once (no fused multiply-add); `rot` subtracts s·x from c·y as written.
 * `dot` sums by the reduction tree of docs/architecture.md. Unlike BLAS, `scal` with alpha = 0 keeps NaN and Inf.
 */
import { at, lanes, loadPartial } from "../simd";

/** Elements a block of the reduction tree holds. */
const BLOCK: i32 = 512;

export function axpy<T>(n: i32, alpha: T, x: usize, y: usize): void {
  const factor = v128.splat<T>(alpha);
  let i = n;
  for (; i >= 4 * lanes<T>(); i -= 4 * lanes<T>(), x += 64, y += 64) {
    v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(factor, v128.load(x))));
    v128.store(y, v128.add<T>(v128.load(y, 16), v128.mul<T>(factor, v128.load(x, 16))), 16);
    v128.store(y, v128.add<T>(v128.load(y, 32), v128.mul<T>(factor, v128.load(x, 32))), 32);
    v128.store(y, v128.add<T>(v128.load(y, 48), v128.mul<T>(factor, v128.load(x, 48))), 48);
  }
  for (; i >= lanes<T>(); i -= lanes<T>(), x += 16, y += 16) {
    v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(factor, v128.load(x))));
  }
  for (; i > 0; i--, x += sizeof<T>(), y += sizeof<T>()) store<T>(y, load<T>(y) + alpha * load<T>(x));
}

export function scal<T>(n: i32, alpha: T, x: usize): void {
  const factor = v128.splat<T>(alpha);
  let i = n;
  for (; i >= 2 * lanes<T>(); i -= 2 * lanes<T>(), x += 32) {
    v128.store(x, v128.mul<T>(factor, v128.load(x)));
    v128.store(x, v128.mul<T>(factor, v128.load(x, 16)), 16);
  }
  for (; i > 0; i--, x += sizeof<T>()) store<T>(x, alpha * load<T>(x));
}

export function copy<T>(n: i32, x: usize, y: usize): void {
  let i = n;
  for (; i >= 2 * lanes<T>(); i -= 2 * lanes<T>(), x += 32, y += 32) {
    v128.store(y, v128.load(x));
    v128.store(y, v128.load(x, 16), 16);
  }
  for (; i > 0; i--, x += sizeof<T>(), y += sizeof<T>()) store<T>(y, load<T>(x));
}

export function swap<T>(n: i32, x: usize, y: usize): void {
  let i = n;
  for (; i >= lanes<T>(); i -= lanes<T>(), x += 16, y += 16) {
    const u = v128.load(x);
    v128.store(x, v128.load(y));
    v128.store(y, u);
  }
  for (; i > 0; i--, x += sizeof<T>(), y += sizeof<T>()) {
    const u = load<T>(x);
    store<T>(x, load<T>(y));
    store<T>(y, u);
  }
}

export function rot<T>(n: i32, x: usize, y: usize, c: T, s: T): void {
  const cc = v128.splat<T>(c);
  const ss = v128.splat<T>(s);
  let i = n;
  for (; i >= 2 * lanes<T>(); i -= 2 * lanes<T>(), x += 32, y += 32) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const y0 = v128.load(y);
    const y1 = v128.load(y, 16);
    v128.store(x, v128.add<T>(v128.mul<T>(cc, x0), v128.mul<T>(ss, y0)));
    v128.store(x, v128.add<T>(v128.mul<T>(cc, x1), v128.mul<T>(ss, y1)), 16);
    v128.store(y, v128.sub<T>(v128.mul<T>(cc, y0), v128.mul<T>(ss, x0)));
    v128.store(y, v128.sub<T>(v128.mul<T>(cc, y1), v128.mul<T>(ss, x1)), 16);
  }
  for (; i > 0; i--, x += sizeof<T>(), y += sizeof<T>()) {
    const x0 = load<T>(x);
    const y0 = load<T>(y);
    store<T>(x, c * x0 + s * y0);
    store<T>(y, c * y0 - s * x0);
  }
}

/** Product of the `count` (0 … 8) elements left at offset `o` from x and y, the missing lanes being +0. */
// @ts-ignore: decorator
@inline
function partialProduct<T>(x: usize, y: usize, count: i32): v128 {
  const valid = min<i32>(max<i32>(count, 0), lanes<T>());
  return v128.mul<T>(loadPartial<T>(x, valid, <T>0), loadPartial<T>(y, valid, <T>0));
}

/** One block (at most 512 elements): eight lanes, then ((l0+l4)+(l2+l6))+((l1+l5)+(l3+l7)). */
function dotBlock<T>(n: i32, x: usize, y: usize): T {
  let s0 = v128.splat<T>(<T>0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let i = n;
  for (; i >= 8; i -= 8, x += 8 * sizeof<T>(), y += 8 * sizeof<T>()) {
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x), v128.load(y)));
    s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x, 16), v128.load(y, 16)));
    if (sizeof<T>() == 8) {
      s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x, 32), v128.load(y, 32)));
      s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x, 48), v128.load(y, 48)));
    }
  }
  if (i > 0) {
    // A lane never holds −0 (it starts at +0), so adding the +0 of a missing lane changes no bit.
    s0 = v128.add<T>(s0, partialProduct<T>(x, y, i));
    s1 = v128.add<T>(s1, partialProduct<T>(x + 16, y + 16, i - lanes<T>()));
    if (sizeof<T>() == 8) {
      s2 = v128.add<T>(s2, partialProduct<T>(x + 32, y + 32, i - 2 * lanes<T>()));
      s3 = v128.add<T>(s3, partialProduct<T>(x + 48, y + 48, i - 3 * lanes<T>()));
    }
  }
  if (sizeof<T>() == 4) {
    const s = v128.add<T>(s0, s1);
    return (
      v128.extract_lane<T>(s, 0) +
      v128.extract_lane<T>(s, 2) +
      (v128.extract_lane<T>(s, 1) + v128.extract_lane<T>(s, 3))
    );
  }
  const s = v128.add<T>(v128.add<T>(s0, s2), v128.add<T>(s1, s3));
  return v128.extract_lane<T>(s, 0) + v128.extract_lane<T>(s, 1);
}

/** Blocks [0, blocks) by recursive halving; the last one may be short. */
function dotBlocks<T>(blocks: i32, n: i32, x: usize, y: usize): T {
  if (blocks == 1) return dotBlock<T>(n, x, y);
  const half = (blocks + 1) >> 1;
  const left = dotBlocks<T>(half, half * BLOCK, x, y);
  return left + dotBlocks<T>(blocks - half, n - half * BLOCK, at<T>(x, half * BLOCK), at<T>(y, half * BLOCK));
}

export function dot<T>(n: i32, x: usize, y: usize): T {
  if (n <= 0) return <T>0;
  if (n <= BLOCK) return dotBlock<T>(n, x, y);
  return dotBlocks<T>(((n - 1) >> 9) + 1, n, x, y);
}

// prettier-ignore
export function saxpy(n: i32, alpha: f32, x: usize, y: usize): void { axpy<f32>(n, alpha, x, y); }
// prettier-ignore
export function daxpy(n: i32, alpha: f64, x: usize, y: usize): void { axpy<f64>(n, alpha, x, y); }
// prettier-ignore
export function dscal(n: i32, alpha: f64, x: usize): void { scal<f64>(n, alpha, x); }
// prettier-ignore
export function dcopy(n: i32, x: usize, y: usize): void { copy<f64>(n, x, y); }
// prettier-ignore
export function dswap(n: i32, x: usize, y: usize): void { swap<f64>(n, x, y); }
// prettier-ignore
export function drot(n: i32, x: usize, y: usize, c: f64, s: f64): void { rot<f64>(n, x, y, c, s); }
// prettier-ignore
export function ddot(n: i32, x: usize, y: usize): f64 { return dot<f64>(n, x, y); }
