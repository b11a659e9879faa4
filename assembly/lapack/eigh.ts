import { at } from "../simd";
import { SMALL } from "./small/layout";
import { smallSyev, smallSyevBatched, smallSyevWork } from "./small/syev";
import { syevd, syevdWork } from "./syevd";

export { NOT_FINITE } from "./syevd";

export function syevWork<T>(vectors: i32, n: i32): usize {
  return n > SMALL ? syevdWork<T>(vectors, n) : n > 0 ? smallSyevWork(n) + 16 : 0;
}

/** A = Z·diag(w)·Zᵀ as syevd.ts says; up to order SMALL by the solver of small/syev.ts. */
export function syev<T>(vectors: i32, n: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize): i32 {
  if (n <= 0) return 0;
  if (n <= SMALL) return smallSyev<T>(vectors, n, a, lda, w, z, ldz, work);
  return syevd<T>(vectors, n, 0, n, a, lda, w, z, ldz, work);
}

/**
 * `syev` for `batch` matrices, n×n, contiguous in w (n) and z (n·n), `strideA` elements apart in a; infos[i] is item
 * i's info. Each item has the bits of a single call. Returns the number of items that failed.
 */
export function syevBatched<T>(
  vectors: i32,
  n: i32,
  batch: i32,
  a: usize,
  strideA: i32,
  w: usize,
  z: usize,
  work: usize,
  infos: usize,
): i32 {
  if (n > 0 && n <= SMALL) return smallSyevBatched<T>(vectors, n, batch, a, strideA, w, z, work, infos);
  let failed = 0;
  const step = <usize>n * <usize>n * sizeof<T>();
  for (let i = 0; i < batch; i++) {
    const info = syev<T>(
      vectors,
      n,
      a + <usize>i * <usize>strideA * sizeof<T>(),
      n,
      w + <usize>i * <usize>n * sizeof<T>(),
      z + <usize>i * step,
      n,
      work,
    );
    store<i32>(at<i32>(infos, i), info);
    failed += i32(info != 0);
  }
  return failed;
}

export function ssyev_work(vectors: i32, n: i32): usize {
  return syevWork<f32>(vectors, n);
}
export function dsyev_work(vectors: i32, n: i32): usize {
  return syevWork<f64>(vectors, n);
}
export function ssyev(vectors: i32, n: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize): i32 {
  return syev<f32>(vectors, n, a, lda, w, z, ldz, work);
}
export function dsyev(vectors: i32, n: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize): i32 {
  return syev<f64>(vectors, n, a, lda, w, z, ldz, work);
}
export function ssyev_batched(
  vectors: i32,
  n: i32,
  batch: i32,
  a: usize,
  strideA: i32,
  w: usize,
  z: usize,
  work: usize,
  infos: usize,
): i32 {
  return syevBatched<f32>(vectors, n, batch, a, strideA, w, z, work, infos);
}
export function dsyev_batched(
  vectors: i32,
  n: i32,
  batch: i32,
  a: usize,
  strideA: i32,
  w: usize,
  z: usize,
  work: usize,
  infos: usize,
): i32 {
  return syevBatched<f64>(vectors, n, batch, a, strideA, w, z, work, infos);
}
