/**
 * The GEMM micro-kernel for the last columns, under the contract of ukernel.ts (same sums, same bits): a tile of up to 4
 * rows and up to 2 vectors of C, one kernel for all of them.
 *
 * Rows that do not exist repeat the first one and are not stored. Of `cols` columns, more than a vector, the second vector
 * holds the last ones, so that both are whole; columns in both come out the same twice. Fewer columns than a vector are
 * stored one by one; B is then `padded` (packed) or read with partial loads. Four rows of two vectors fill the registers
 * as two rows of four do; a single chain per row and vector bounds one row by latency alone, so that missing rows cost
 * little.
 */
import { at, lanes, loadPartial, storePartial } from "../simd";

// prettier-ignore
export function ukrEdge<T>(
  rows: i32, cols: i32, padded: bool, k: i32, a0: usize, lda: usize, b: usize, bStep: usize,
  alpha: T, beta: T, c: usize, ldc: usize, bias: usize, relu: i32,
): void {
  const part = cols < lanes<T>();
  const off = cols > lanes<T>() ? at<T>(0, cols - lanes<T>()) : 0;
  let a1 = rows > 1 ? a0 + lda : a0;
  let a2 = rows > 2 ? a1 + lda : a0;
  let a3 = rows > 3 ? a2 + lda : a0;
  let c00 = v128.splat<T>(<T>0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let b0: v128, b1: v128, x0: v128, x1: v128, x2: v128, x3: v128;
  if (off) {
    while (k > 0) {
      b0 = v128.load(b); b1 = v128.load(b + off);
      x0 = v128.load_splat<T>(a0); x1 = v128.load_splat<T>(a1);
      x2 = v128.load_splat<T>(a2); x3 = v128.load_splat<T>(a3);
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c20 = v128.add<T>(c20, v128.mul<T>(x2, b0)); c21 = v128.add<T>(c21, v128.mul<T>(x2, b1));
      c30 = v128.add<T>(c30, v128.mul<T>(x3, b0)); c31 = v128.add<T>(c31, v128.mul<T>(x3, b1));
      if (k == 1) break;
      b += bStep;
      b0 = v128.load(b); b1 = v128.load(b + off);
      x0 = v128.load_splat<T>(a0, sizeof<T>()); x1 = v128.load_splat<T>(a1, sizeof<T>());
      x2 = v128.load_splat<T>(a2, sizeof<T>()); x3 = v128.load_splat<T>(a3, sizeof<T>());
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0)); c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c20 = v128.add<T>(c20, v128.mul<T>(x2, b0)); c21 = v128.add<T>(c21, v128.mul<T>(x2, b1));
      c30 = v128.add<T>(c30, v128.mul<T>(x3, b0)); c31 = v128.add<T>(c31, v128.mul<T>(x3, b1));
      a0 += 2 * sizeof<T>(); a1 += 2 * sizeof<T>(); a2 += 2 * sizeof<T>(); a3 += 2 * sizeof<T>();
      b += bStep; k -= 2;
    }
  } else if (part && !padded) {
    for (; k > 0; k--, b += bStep) {
      b0 = loadPartial<T>(b, cols, <T>0);
      c00 = v128.add<T>(c00, v128.mul<T>(v128.load_splat<T>(a0), b0));
      c10 = v128.add<T>(c10, v128.mul<T>(v128.load_splat<T>(a1), b0));
      c20 = v128.add<T>(c20, v128.mul<T>(v128.load_splat<T>(a2), b0));
      c30 = v128.add<T>(c30, v128.mul<T>(v128.load_splat<T>(a3), b0));
      a0 += sizeof<T>(); a1 += sizeof<T>(); a2 += sizeof<T>(); a3 += sizeof<T>();
    }
  } else {
    while (k > 0) {
      b0 = v128.load(b);
      x0 = v128.load_splat<T>(a0); x1 = v128.load_splat<T>(a1);
      x2 = v128.load_splat<T>(a2); x3 = v128.load_splat<T>(a3);
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
      c20 = v128.add<T>(c20, v128.mul<T>(x2, b0)); c30 = v128.add<T>(c30, v128.mul<T>(x3, b0));
      if (k == 1) break;
      b0 = v128.load(b + bStep);
      x0 = v128.load_splat<T>(a0, sizeof<T>()); x1 = v128.load_splat<T>(a1, sizeof<T>());
      x2 = v128.load_splat<T>(a2, sizeof<T>()); x3 = v128.load_splat<T>(a3, sizeof<T>());
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0)); c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
      c20 = v128.add<T>(c20, v128.mul<T>(x2, b0)); c30 = v128.add<T>(c30, v128.mul<T>(x3, b0));
      a0 += 2 * sizeof<T>(); a1 += 2 * sizeof<T>(); a2 += 2 * sizeof<T>(); a3 += 2 * sizeof<T>();
      b += 2 * bStep; k -= 2;
    }
  }
  const scale = v128.splat<T>(alpha);
  const keep = v128.splat<T>(beta);
  const floor = v128.splat<T>(<T>0);
  for (; rows > 0; rows--, c += ldc) {
    let v0 = v128.mul<T>(scale, c00);
    let v1 = v128.mul<T>(scale, c01);
    if (beta != <T>0) {
      v0 = v128.add<T>(v128.mul<T>(keep, part ? loadPartial<T>(c, cols, <T>0) : v128.load(c)), v0);
      if (off) v1 = v128.add<T>(v128.mul<T>(keep, v128.load(c + off)), v1);
    }
    if (bias) {
      v0 = v128.add<T>(v0, part ? loadPartial<T>(bias, cols, <T>0) : v128.load(bias));
      if (off) v1 = v128.add<T>(v1, v128.load(bias + off));
    }
    if (relu) {
      v0 = v128.max<T>(v0, floor);
      v1 = v128.max<T>(v1, floor);
    }
    if (part) {
      storePartial<T>(c, v0, cols);
    } else {
      v128.store(c, v0);
      if (off) v128.store(c + off, v1);
    }
    c00 = c10; c01 = c11; c10 = c20; c11 = c21; c20 = c30; c21 = c31;
  }
}
