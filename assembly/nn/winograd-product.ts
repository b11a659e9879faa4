/**
 * The product of winograd.ts: rows of A by one panel of B (four vectors a step of k) into a panel of C,
 *   C[i, :] (+)= Σ_t A(i, t) · B[t, :],  A(i, t) at a + i·rowStep + t·step, rows of B and C 64 bytes apart.
 * Either step may be the element: A is read by rows (forward) or by columns (weights). Rows go by twos; for an odd number
 * a row more of A is read and of C written. Four steps a turn, parted by exits, for the reason in blas/ukernel.ts. Order: t ascending from zero in one accumulator, then the sum is added.
 */
import { PANEL } from "./winograd-transforms";

export function productPanel<T>(
  rows: i32,
  rowStep: usize,
  k: i32,
  step: usize,
  a: usize,
  b: usize,
  c: usize,
  accumulate: bool,
): void {
  const end = b + <usize>k * PANEL;
  for (; rows > 0; rows -= 2, a += 2 * rowStep, c += 2 * PANEL) {
    let a0 = a,
      a1 = a + rowStep,
      p = b;
    let c00 = v128.splat<T>(0),
      c01 = c00,
      c02 = c00,
      c03 = c00,
      c10 = c00,
      c11 = c00,
      c12 = c00,
      c13 = c00;
    let b0: v128, b1: v128, b2: v128, b3: v128, x0: v128, x1: v128;
    while (p != end) {
      x0 = v128.load_splat<T>(a0);
      x1 = v128.load_splat<T>(a1);
      b0 = v128.load(p);
      b1 = v128.load(p, 16);
      b2 = v128.load(p, 32);
      b3 = v128.load(p, 48);
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
      c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c02 = v128.add<T>(c02, v128.mul<T>(x0, b2));
      c12 = v128.add<T>(c12, v128.mul<T>(x1, b2));
      c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
      c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
      a0 += step;
      a1 += step;
      p += PANEL;
      if (p == end) break;
      x0 = v128.load_splat<T>(a0);
      x1 = v128.load_splat<T>(a1);
      b0 = v128.load(p);
      b1 = v128.load(p, 16);
      b2 = v128.load(p, 32);
      b3 = v128.load(p, 48);
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
      c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c02 = v128.add<T>(c02, v128.mul<T>(x0, b2));
      c12 = v128.add<T>(c12, v128.mul<T>(x1, b2));
      c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
      c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
      a0 += step;
      a1 += step;
      p += PANEL;
      if (p == end) break;
      x0 = v128.load_splat<T>(a0);
      x1 = v128.load_splat<T>(a1);
      b0 = v128.load(p);
      b1 = v128.load(p, 16);
      b2 = v128.load(p, 32);
      b3 = v128.load(p, 48);
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
      c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c02 = v128.add<T>(c02, v128.mul<T>(x0, b2));
      c12 = v128.add<T>(c12, v128.mul<T>(x1, b2));
      c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
      c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
      a0 += step;
      a1 += step;
      p += PANEL;
      if (p == end) break;
      x0 = v128.load_splat<T>(a0);
      x1 = v128.load_splat<T>(a1);
      b0 = v128.load(p);
      b1 = v128.load(p, 16);
      b2 = v128.load(p, 32);
      b3 = v128.load(p, 48);
      c00 = v128.add<T>(c00, v128.mul<T>(x0, b0));
      c10 = v128.add<T>(c10, v128.mul<T>(x1, b0));
      c01 = v128.add<T>(c01, v128.mul<T>(x0, b1));
      c11 = v128.add<T>(c11, v128.mul<T>(x1, b1));
      c02 = v128.add<T>(c02, v128.mul<T>(x0, b2));
      c12 = v128.add<T>(c12, v128.mul<T>(x1, b2));
      c03 = v128.add<T>(c03, v128.mul<T>(x0, b3));
      c13 = v128.add<T>(c13, v128.mul<T>(x1, b3));
      a0 += step;
      a1 += step;
      p += PANEL;
    }
    if (accumulate) {
      c00 = v128.add<T>(v128.load(c), c00);
      c01 = v128.add<T>(v128.load(c, 16), c01);
      c02 = v128.add<T>(v128.load(c, 32), c02);
      c03 = v128.add<T>(v128.load(c, 48), c03);
      c10 = v128.add<T>(v128.load(c, 64), c10);
      c11 = v128.add<T>(v128.load(c, 80), c11);
      c12 = v128.add<T>(v128.load(c, 96), c12);
      c13 = v128.add<T>(v128.load(c, 112), c13);
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    v128.store(c, c02, 32);
    v128.store(c, c03, 48);
    v128.store(c, c10, 64);
    v128.store(c, c11, 80);
    v128.store(c, c12, 96);
    v128.store(c, c13, 112);
  }
}
