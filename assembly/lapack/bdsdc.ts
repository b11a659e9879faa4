import { at } from "../simd";
import { bdsqr, bdsqrWork } from "./bdsqr";

export function bdsdcWork(vectors: bool, n: i32): usize {
  return bdsqrWork(n);
}

/** order[j]: the row of the j-th largest of d. */
function sortDescending(n: i32, d: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<f64>(at<f64>(d, i));
    let j = i;
    for (; j > 0 && load<f64>(at<f64>(d, load<i32>(at<i32>(order, j - 1)))) < x; j--) {
      store<i32>(at<i32>(order, j), load<i32>(at<i32>(order, j - 1)));
    }
    store<i32>(at<i32>(order, j), i);
  }
}

/** B = U·diag(d)·Vᵀ. */
export function bdsdc(n: i32, d: usize, e: usize, ut: usize, vt: usize, ld: i32, order: usize, work: usize): i32 {
  const stride = <usize>ld * 8;
  if (ut) {
    memory.fill(ut, 0, <usize>(n + 1) * stride);
    memory.fill(vt, 0, <usize>(n + 1) * stride);
    for (let i = 0; i < n; i++) {
      store<f64>(at<f64>(ut, i * ld + i), 1);
      store<f64>(at<f64>(vt, i * ld + i), 1);
    }
  }
  const info = bdsqr(n, d, e, ut, stride, ld / 2, ut ? vt : 0, stride, ld / 2, work);
  sortDescending(n, d, order);
  return info;
}
