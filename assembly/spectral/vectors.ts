import { lanes, loadPartial, storePartial } from "../simd";

// Not inlined: the ends of rows are rare, and their code is long.
function loadEnd<T>(ptr: usize, count: i32): v128 {
  return loadPartial<T>(ptr, count, 1);
}

function storeEnd<T>(ptr: usize, v: v128, count: i32): void {
  storePartial<T>(ptr, v, count);
}

/** A whole vector where `count` elements fill one, else `count` elements and ones: harmless to every function here. */
// @ts-ignore: decorator
@inline
export function loadUpTo<T>(ptr: usize, count: i32): v128 {
  return count >= lanes<T>() ? v128.load(ptr) : loadEnd<T>(ptr, count);
}

/** Stores a whole vector, or the first `count` lanes. */
// @ts-ignore: decorator
@inline
export function storeUpTo<T>(ptr: usize, v: v128, count: i32): void {
  if (count >= lanes<T>()) v128.store(ptr, v);
  else storeEnd<T>(ptr, v, count);
}
