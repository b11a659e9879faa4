import { cast_f32_f64, cast_f64_f32 } from "../elementwise/cast";
import { at, roundUp, VECTOR_BYTES } from "../simd";
import { scanonical } from "./canonical";
import { SMALL } from "./small/layout";
import { smallSyev, smallSyevBatched, smallSyevWork } from "./small/syev";
import { syevd, syevdWork } from "./syevd";

export { NOT_FINITE } from "./syevd";

export function syevWork<T>(vectors: i32, n: i32): usize {
  return n > SMALL ? largeWork<T>(vectors, n) : n > 0 ? smallSyevWork(n) + 16 : 0;
}

// @ts-ignore: decorator
@inline
function largeWork<T>(vectors: i32, n: i32): usize {
  const copies: usize = sizeof<T>() == 4 ? <usize>n * <usize>(n + 1) * sizeof<f64>() + VECTOR_BYTES : 0;
  return copies + syevdWork<f64>(vectors, n);
}

/** `syevd` for n > SMALL. There is no float32 one: float32 matrices are decomposed in double, and the results rounded. */
// prettier-ignore
function large<T>(
  vectors: i32, n: i32, low: i32, high: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize,
): i32 {
  if (sizeof<T>() == 8) return syevd<f64>(vectors, n, low, high, a, lda, w, z, ldz, work);
  const matrix = roundUp(work, VECTOR_BYTES);
  const values = at<f64>(matrix, n * n);
  const count = high - low;
  for (let i = 0; i < n; i++) cast_f32_f64(n, at<f32>(a, i * lda), at<f64>(matrix, i * n));
  const info = syevd<f64>(vectors, n, low, high, matrix, n, values, matrix, count, at<f64>(values, n));
  cast_f64_f32(count, values, w);
  if (!vectors) return info;
  for (let i = 0; i < n; i++) cast_f64_f32(count, at<f64>(matrix, i * count), at<f32>(z, i * ldz));
  scanonical(n, count, z, ldz, 0, 0, 0);
  return info;
}

/** A = Z·diag(w)·Zᵀ as syevd.ts says; up to order SMALL by the solver of small/syev.ts. */
export function syev<T>(vectors: i32, n: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize): i32 {
  if (n <= 0) return 0;
  if (n <= SMALL) return smallSyev<T>(vectors, n, a, lda, w, z, ldz, work);
  return large<T>(vectors, n, 0, n, a, lda, w, z, ldz, work);
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

export function syevSubsetWork<T>(n: i32): usize {
  const whole: usize = n <= SMALL ? <usize>(n + 1) * <usize>n * sizeof<T>() : 0;
  return whole + syevWork<T>(1, n);
}

/**
 * The values and vectors of places low … high − 1 of `batch` matrices, n×n: w high − low, z n×(high − low), contiguous,
 * with the bits that `syev` gives them. Other arguments and result as for syevBatched. Work: syevSubsetWork.
 */
// prettier-ignore
export function syevSubset<T>(
  n: i32, low: i32, high: i32, batch: i32, a: usize, strideA: i32, w: usize, z: usize, work: usize, infos: usize,
): i32 {
  const count = high - low;
  const step = <usize>count * sizeof<T>();
  const whole = at<T>(work, n);
  let failed = 0;
  for (let i = 0; i < batch; i++) {
    let info: i32;
    if (n > SMALL) info = large<T>(1, n, low, high, a, n, w, z, count, work);
    else {
      info = syev<T>(1, n, a, n, work, whole, n, at<T>(whole, n * n));
      memory.copy(w, at<T>(work, low), step);
      for (let r = 0; r < n; r++) memory.copy(z + <usize>r * step, at<T>(whole, r * n + low), step);
    }
    store<i32>(at<i32>(infos, i), info);
    failed += i32(info != 0);
    a += <usize>strideA * sizeof<T>();
    w += step;
    z += <usize>n * step;
  }
  return failed;
}

// prettier-ignore
export function dsyev_subset(
  n: i32, low: i32, high: i32, batch: i32, a: usize, strideA: i32, w: usize, z: usize, work: usize, infos: usize,
): i32 { return syevSubset<f64>(n, low, high, batch, a, strideA, w, z, work, infos); }
export function dsyev_subset_work(n: i32): usize {
  return syevSubsetWork<f64>(n);
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
