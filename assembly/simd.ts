/**
 * Lane helpers shared by every kernel. A kernel is written once, generic over the element type `T` (`f32` or `f64`);
 * these fold to constants when it is instantiated.
 */

/** Bytes of one SIMD vector. */
export const VECTOR_BYTES: usize = 16;

/** Elements of type `T` in one 128-bit vector: 4 for f32, 2 for f64. */
// @ts-ignore: decorator
@inline
export function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>();
}

/** Address of element `i` of an array of `T` that starts at `base`. `i` may exceed 2³¹/sizeof(T) bytes: it is widened first. */
// @ts-ignore: decorator
@inline
export function at<T>(base: usize, i: i32): usize {
  return base + (<usize>i) * sizeof<T>();
}

/** `n` rounded up to a multiple of `step` (a power of two). */
// @ts-ignore: decorator
@inline
export function roundUp(n: usize, step: usize): usize {
  return (n + step - 1) & ~(step - 1);
}

/** Loads the first `count` (0 … lanes) elements at `ptr`; the other lanes are `fill`. Never reads past them. */
// @ts-ignore: decorator
@inline
export function loadPartial<T>(ptr: usize, count: i32, fill: T): v128 {
  let v = v128.splat<T>(fill);
  if (count > 0) v = v128.replace_lane<T>(v, 0, load<T>(ptr));
  if (count > 1) v = v128.replace_lane<T>(v, 1, load<T>(ptr, sizeof<T>()));
  if (sizeof<T>() == 4) {
    if (count > 2) v = v128.replace_lane<T>(v, 2, load<T>(ptr, 2 * sizeof<T>()));
    if (count > 3) v = v128.replace_lane<T>(v, 3, load<T>(ptr, 3 * sizeof<T>()));
  }
  return v;
}

/** Stores the first `count` (0 … lanes) lanes of `v` at `ptr` and touches nothing else. */
// @ts-ignore: decorator
@inline
export function storePartial<T>(ptr: usize, v: v128, count: i32): void {
  if (count > 0) store<T>(ptr, v128.extract_lane<T>(v, 0));
  if (count > 1) store<T>(ptr, v128.extract_lane<T>(v, 1), sizeof<T>());
  if (sizeof<T>() == 4) {
    if (count > 2) store<T>(ptr, v128.extract_lane<T>(v, 2), 2 * sizeof<T>());
    if (count > 3) store<T>(ptr, v128.extract_lane<T>(v, 3), 3 * sizeof<T>());
  }
}
