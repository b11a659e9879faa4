/**
 * Rows of x [rows, c] over their lengths: y = x / r, r = max(‖x‖₂, eps), kept in norms [rows] for the adjoint.
 *   dx = (dy − y·⟨y, dy⟩)/r, or dy/r where r = eps
 * y may be x, dx may be y or dy. No work space. Order: the reduction tree. The squares must neither overflow nor all
 * underflow. NaN stays in its row.
 */
import { contiguous } from "../reduce/contiguous";
import { PRODUCT, SQUARE } from "../reduce/tree";
import { lanes } from "../simd";
import { loadUpTo, storeUpTo } from "./columns";

function l2norm<T>(rows: i32, c: i32, x: usize, eps: T, norms: usize, y: usize): void {
  for (let i = 0; i < rows; i++, norms += sizeof<T>()) {
    // max keeps NaN.
    const norm = max<T>(sqrt<T>(contiguous<T>(SQUARE, c, x, x, v128.splat<T>(0))), eps);
    store<T>(norms, norm);
    const divisor = v128.splat<T>(norm);
    for (let left = c; left > 0; left -= lanes<T>()) {
      const step = <usize>min(left, lanes<T>()) * sizeof<T>();
      storeUpTo<T>(y, v128.div<T>(loadUpTo<T>(x, left), divisor), left);
      x += step;
      y += step;
    }
  }
}

function l2normVjp<T>(rows: i32, c: i32, y: usize, dy: usize, norms: usize, eps: T, dx: usize): void {
  for (let i = 0; i < rows; i++, norms += sizeof<T>()) {
    const norm = load<T>(norms);
    const inner: T = norm > eps || norm != norm ? contiguous<T>(PRODUCT, c, y, dy, v128.splat<T>(0)) : 0;
    const along = v128.splat<T>(inner);
    const divisor = v128.splat<T>(norm);
    for (let left = c; left > 0; left -= lanes<T>()) {
      const step = <usize>min(left, lanes<T>()) * sizeof<T>();
      const tangent = v128.sub<T>(loadUpTo<T>(dy, left), v128.mul<T>(loadUpTo<T>(y, left), along));
      storeUpTo<T>(dx, v128.div<T>(tangent, divisor), left);
      y += step;
      dy += step;
      dx += step;
    }
  }
}

// prettier-ignore
export function sl2norm(rows: i32, c: i32, x: usize, eps: f32, norms: usize, y: usize): void { l2norm<f32>(rows, c, x, eps, norms, y); }
// prettier-ignore
export function dl2norm(rows: i32, c: i32, x: usize, eps: f64, norms: usize, y: usize): void { l2norm<f64>(rows, c, x, eps, norms, y); }
// prettier-ignore
export function sl2norm_vjp(rows: i32, c: i32, y: usize, dy: usize, norms: usize, eps: f32, dx: usize): void { l2normVjp<f32>(rows, c, y, dy, norms, eps, dx); }
// prettier-ignore
export function dl2norm_vjp(rows: i32, c: i32, y: usize, dy: usize, norms: usize, eps: f64, dx: usize): void { l2normVjp<f64>(rows, c, y, dy, norms, eps, dx); }
