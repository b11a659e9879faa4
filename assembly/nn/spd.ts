/**
 * What second-order pooling needs beside matrix functions.
 *   triu_pack     a [batch, n, n] symmetric (its upper triangle is read) → out [batch, n(n+1)/2]: row-major upper triangle,
 *                 off-diagonals × √2, so that Euclidean lengths are Frobenius norms
 *   triu_unpack   its adjoint and inverse: v → the symmetric matrix with v on the diagonal, v·√½ off it
 *   center        x [batch, m, d] → mean [batch, d] = Σ w_i x_i / Σ w_i and y = x − mean; weights [batch, m] or 0 (ones)
 *   center_vjp    dx_i = dy_i − w_i·s/Σ w, s = Σ dy_i; dw_i = −⟨y_i, s⟩/Σ w (0: not wanted)
 * Outputs overwritten, alias nothing. Work of center_vjp: d elements. Order: sums by the reduction tree, of the products
 * w_i·x_i in the weighted mean.
 */
import { contiguous } from "../reduce/contiguous";
import { PRODUCT, SUM } from "../reduce/tree";
import { lanes } from "../simd";
import { columnSums, loadUpTo, scaleTo, storeUpTo } from "./columns";

function triuPack<T>(n: i32, batch: i32, a: usize, out: usize): void {
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < n; i++) {
      const row = a + (<usize>i * n + i) * sizeof<T>();
      store<T>(out, load<T>(row));
      scaleTo<T>(n - 1 - i, <T>1.4142135623730951, row + sizeof<T>(), out + sizeof<T>());
      out += <usize>(n - i) * sizeof<T>();
    }
    a += <usize>n * n * sizeof<T>();
  }
}

function triuUnpack<T>(n: i32, batch: i32, v: usize, a: usize): void {
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < n; i++) {
      const row = a + (<usize>i * n + i) * sizeof<T>();
      store<T>(row, load<T>(v));
      scaleTo<T>(n - 1 - i, <T>0.7071067811865476, v + sizeof<T>(), row + sizeof<T>());
      v += <usize>(n - i) * sizeof<T>();
      let column = row;
      for (let j = i + 1; j < n; j++) {
        column += <usize>n * sizeof<T>();
        store<T>(column, load<T>(row + <usize>(j - i) * sizeof<T>()));
      }
    }
    a += <usize>n * n * sizeof<T>();
  }
}

/** y_i = x_i − f_i·v, f_i = weights_i / total, or f = 1 when `weights` is 0. */
function subtractRow<T>(m: i32, d: i32, x: usize, weights: usize, total: T, v: usize, y: usize): void {
  for (let i = 0; i < m; i++) {
    const f: T = weights ? load<T>(weights + <usize>i * sizeof<T>()) / total : 1;
    const factor = v128.splat<T>(f);
    let o: usize = 0;
    for (let left = d; left > 0; left -= lanes<T>(), o += 16) {
      storeUpTo<T>(y + o, v128.sub<T>(loadUpTo<T>(x + o, left), v128.mul<T>(factor, loadUpTo<T>(v + o, left))), left);
    }
    x += <usize>d * sizeof<T>();
    y += <usize>d * sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function totalWeight<T>(m: i32, weights: usize): T {
  return weights ? contiguous<T>(SUM, m, weights, weights, v128.splat<T>(0)) : <T>m;
}

function center<T>(batch: i32, m: i32, d: i32, weights: usize, x: usize, mean: usize, y: usize): void {
  if (m <= 0) {
    memory.fill(mean, 0, <usize>batch * d * sizeof<T>());
    return;
  }
  const row = <usize>d * sizeof<T>();
  for (let b = 0; b < batch; b++, x += <usize>m * row, y += <usize>m * row, mean += row) {
    let source = x;
    if (weights) {
      for (let i = 0; i < m; i++) {
        scaleTo<T>(d, load<T>(weights + <usize>i * sizeof<T>()), x + <usize>i * row, y + <usize>i * row);
      }
      source = y;
    }
    columnSums<T>(SUM, m, d, source, source, 0, mean);
    const total = totalWeight<T>(m, weights);
    for (let o: usize = 0; o < row; o += sizeof<T>()) store<T>(mean + o, load<T>(mean + o) / total);
    subtractRow<T>(m, d, x, 0, 1, mean, y);
    if (weights) weights += <usize>m * sizeof<T>();
  }
}

function centerVjp<T>(
  batch: i32,
  m: i32,
  d: i32,
  weights: usize,
  y: usize,
  dy: usize,
  dx: usize,
  dw: usize,
  work: usize,
): void {
  const row = <usize>d * sizeof<T>();
  for (let b = 0; b < batch; b++) {
    const total = totalWeight<T>(m, weights);
    columnSums<T>(SUM, m, d, dy, dy, 0, work);
    if (dw) {
      for (let i = 0; i < m; i++, dw += sizeof<T>()) {
        store<T>(dw, -contiguous<T>(PRODUCT, d, y + <usize>i * row, work, v128.splat<T>(0)) / total);
      }
    }
    if (!weights) for (let o: usize = 0; o < row; o += sizeof<T>()) store<T>(work + o, load<T>(work + o) / total);
    subtractRow<T>(m, d, dy, weights, total, work, dx);
    y += <usize>m * row;
    dy += <usize>m * row;
    dx += <usize>m * row;
    if (weights) weights += <usize>m * sizeof<T>();
  }
}

// prettier-ignore
export function striu_pack(n: i32, batch: i32, a: usize, out: usize): void { triuPack<f32>(n, batch, a, out); }
// prettier-ignore
export function dtriu_pack(n: i32, batch: i32, a: usize, out: usize): void { triuPack<f64>(n, batch, a, out); }
// prettier-ignore
export function striu_unpack(n: i32, batch: i32, v: usize, a: usize): void { triuUnpack<f32>(n, batch, v, a); }
// prettier-ignore
export function dtriu_unpack(n: i32, batch: i32, v: usize, a: usize): void { triuUnpack<f64>(n, batch, v, a); }
// prettier-ignore
export function scenter(batch: i32, m: i32, d: i32, weights: usize, x: usize, mean: usize, y: usize): void { center<f32>(batch, m, d, weights, x, mean, y); }
// prettier-ignore
export function dcenter(batch: i32, m: i32, d: i32, weights: usize, x: usize, mean: usize, y: usize): void { center<f64>(batch, m, d, weights, x, mean, y); }
// prettier-ignore
export function scenter_vjp(batch: i32, m: i32, d: i32, weights: usize, y: usize, dy: usize, dx: usize, dw: usize, work: usize): void { centerVjp<f32>(batch, m, d, weights, y, dy, dx, dw, work); }
// prettier-ignore
export function dcenter_vjp(batch: i32, m: i32, d: i32, weights: usize, y: usize, dy: usize, dx: usize, dw: usize, work: usize): void { centerVjp<f64>(batch, m, d, weights, y, dy, dx, dw, work); }
