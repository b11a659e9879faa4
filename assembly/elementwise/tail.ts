/**
 * The last elements of an array, less than a vector: the same vector code runs on them as on the rest, so an element's bits
 * do not depend on where in the array it stands. Elementwise loops take them one by one through lane 0 (`read`, `write`):
 * every kernel of the package ends so, and this is the shortest code. `loadTail` / `storeTail` take them at once.
 */

/** Bytes of the whole vectors among `n` elements of type `T`. */
// @ts-ignore: decorator
@inline
export function wholeBytes<T>(n: i32): usize {
  return (<usize>n * sizeof<T>()) & ~15;
}

/** A whole vector, or the one element at `ptr` in every lane. */
// @ts-ignore: decorator
@inline
export function read<T>(ptr: usize, whole: bool): v128 {
  return whole ? v128.load(ptr) : v128.load_splat<T>(ptr);
}

/** Stores the whole vector, or lane 0 alone. */
// @ts-ignore: decorator
@inline
export function write<T>(ptr: usize, v: v128, whole: bool): void {
  if (whole) v128.store(ptr, v);
  else v128.store_lane<T>(ptr, v, 0);
}

/** The `count` elements at `ptr` (0 < count < lanes), zeros in the other lanes. */
// @ts-ignore: decorator
@inline
export function loadTail<T>(ptr: usize, count: i32): v128 {
  if (sizeof<T>() == 8) return v128.load64_zero(ptr);
  if (count == 1) return v128.load32_zero(ptr);
  const v = v128.load64_zero(ptr);
  return count == 2 ? v : v128.load32_lane(ptr, v, 2, 8);
}

/** Stores the first `count` (0 < count < lanes) lanes and nothing else. */
// @ts-ignore: decorator
@inline
export function storeTail<T>(ptr: usize, v: v128, count: i32): void {
  if (sizeof<T>() == 8) {
    v128.store64_lane(ptr, v, 0);
  } else if (count == 1) {
    v128.store32_lane(ptr, v, 0);
  } else {
    v128.store64_lane(ptr, v, 0);
    if (count == 3) v128.store32_lane(ptr, v, 2, 8);
  }
}
