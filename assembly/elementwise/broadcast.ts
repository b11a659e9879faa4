/**
 * The walk over broadcast operands that all binary kernels share.
 *
 * c[i₀,…] = a[Σ iₖ·strideA[k]] ∘ b[Σ iₖ·strideB[k]]. `dims`, `strideA`, `strideB` point to `ndim` i32 each (elements;
 * stride 0 repeats an element, negative strides are allowed); c is contiguous. The caller has merged dimensions that can
 * be merged: only the innermost one is vectorised. c may be an operand that is walked contiguously; else no overlap.
 */

/**
 * One row: c[i] = a[i·sa] ∘ b[i·sb] for i < n. `va`, `vb` hold the first element of a and b in every lane: they are the
 * operand where its stride is 0, and then the pointer is not read. `op` is the code that was given to `walk`.
 */
export type BinaryRow = (op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize) => void;

/** `ptr`'s element in every lane, for elements of `size` 1, 4 or 8 bytes. */
// @ts-ignore: decorator
@inline
function splatAt(size: i32, ptr: usize): v128 {
  if (size == 8) return v128.load64_splat(ptr);
  return size == 4 ? v128.load32_splat(ptr) : v128.load8_splat(ptr);
}

/** Walks the outer dimensions; returns the address behind the last element written. */
export function walk(
  row: BinaryRow,
  op: i32,
  size: i32,
  sizeOut: i32,
  ndim: i32,
  dims: usize,
  strideA: usize,
  strideB: usize,
  a: usize,
  b: usize,
  c: usize,
): usize {
  const n = ndim > 0 ? load<i32>(dims) : 1;
  if (n == 0) return c;
  const sa = ndim > 0 ? load<i32>(strideA) : 0;
  const sb = ndim > 0 ? load<i32>(strideB) : 0;
  if (ndim <= 1) {
    row(op, n, sa, sb, a, b, splatAt(size, a), splatAt(size, b), c);
    return c + <usize>n * sizeOut;
  }
  for (let i = 0; i < n; i++) {
    c = walk(row, op, size, sizeOut, ndim - 1, dims + 4, strideA + 4, strideB + 4, a, b, c);
    a += <usize>sa * size;
    b += <usize>sb * size;
  }
  return c;
}
