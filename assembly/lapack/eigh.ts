import { at, lanes, roundUp, VECTOR_BYTES } from "../simd";
import { canonicalSign, largest } from "./canonical";
import { exponentOf, fillNaN, finite, powerOfTwo, scaleByPower } from "./scalar";
import { SMALL } from "./small/layout";
import { smallSyev, smallSyevBatched, smallSyevWork } from "./small/syev";
import { steqr, steqrWork } from "./steqr";
import { orgtr, sytrd } from "./tridiagonal";

/** `info` of a matrix with a NaN or an infinity. */
export const NOT_FINITE: i32 = -1;

const SWEEPS_PER_VALUE: i32 = 30;
const TILE: i32 = 8;

/** Bytes between the rows of the work matrices: whole vectors, and an odd number of cache lines once rows are long. */
function rowStride<T>(n: i32): usize {
  const bytes = roundUp(<usize>n * sizeof<T>(), VECTOR_BYTES);
  return bytes < 512 ? bytes : roundUp(bytes, 64) | 64;
}

export function syevWork<T>(vectors: i32, n: i32): usize {
  if (n <= 0) return 0;
  if (n <= SMALL) return smallSyevWork(n) + VECTOR_BYTES;
  const stride = rowStride<T>(n);
  const arrays: usize = roundUp((<usize>n + 1) * sizeof<T>(), VECTOR_BYTES) * 4 + roundUp(<usize>n * 4, VECTOR_BYTES);
  return (<usize>n * 2 + 4) * stride + arrays + steqrWork<T>(n) + VECTOR_BYTES;
}

/** s = 2^−k·(½A + ½Aᵀ), tile by tile. */
function symmetrise<T>(n: i32, a: usize, lda: i32, k: i32, s: usize, stride: usize): void {
  const f1 = powerOfTwo<T>(-k >> 1);
  const f2 = powerOfTwo<T>(-k - (-k >> 1));
  const pitch = <usize>lda * sizeof<T>();
  for (let ib = 0; ib < n; ib += TILE) {
    const iEnd = min<i32>(ib + TILE, n);
    for (let jb = 0; jb <= ib; jb += TILE) {
      for (let i = ib; i < iEnd; i++) {
        const row = a + <usize>i * pitch;
        const jEnd = min<i32>(jb + TILE, i + 1);
        for (let j = jb; j < jEnd; j++) {
          const x = load<T>(at<T>(row, j)) * f1 * f2;
          const y = load<T>(at<T>(a + <usize>j * pitch, i)) * f1 * f2;
          const v = <T>0.5 * (x + y);
          store<T>(at<T>(s + <usize>i * stride, j), v);
          store<T>(at<T>(s + <usize>j * stride, i), v);
        }
      }
    }
  }
}

function scaleRows<T>(n: i32, s: usize, stride: usize, k: i32): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const p = at<T>(s + <usize>i * stride, j);
      store<T>(p, scaleByPower<T>(load<T>(p), k));
    }
  }
}

/** Ascending insertion sort of d; order[j] is the old place of value j. */
function sortValues<T>(n: i32, d: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<T>(at<T>(d, i));
    let j = i;
    for (; j > 0 && load<T>(at<T>(d, j - 1)) > x; j--) {
      store<T>(at<T>(d, j), load<T>(at<T>(d, j - 1)));
      store<i32>(at<i32>(order, j), load<i32>(at<i32>(order, j - 1)));
    }
    store<T>(at<T>(d, j), x);
    store<i32>(at<i32>(order, j), i);
  }
}

/** Row j of zt becomes column place(j) of z, with the canonical sign; panels of 8 columns of zt to spare the cache. */
function writeVectors<T>(n: i32, zt: usize, stride: usize, order: usize, signs: usize, z: usize, ldz: i32): void {
  for (let j = 0; j < n; j++) {
    const row = zt + <usize>load<i32>(at<i32>(order, j)) * stride;
    store<T>(at<T>(signs, j), canonicalSign<T>(n, row));
  }
  for (let ib = 0; ib < n; ib += TILE) {
    const iEnd = min<i32>(ib + TILE, n);
    for (let j = 0; j < n; j++) {
      const row = zt + <usize>load<i32>(at<i32>(order, j)) * stride;
      const sign = load<T>(at<T>(signs, j));
      for (let i = ib; i < iEnd; i++) {
        store<T>(at<T>(z + <usize>i * <usize>ldz * sizeof<T>(), j), sign * load<T>(at<T>(row, i)));
      }
    }
  }
}

/**
 * A = Z·diag(w)·Zᵀ for the symmetric matrix ½A + ½Aᵀ. A, Z: n×n; w: n, ascending; the columns of Z are the vectors,
 * each with its first entry of largest magnitude positive; vectors = 0 leaves z alone and gives the same bits in w. A
 * is kept unless z is the same address (allowed when ldz = lda). work: syevWork.
 *
 * Scaled by a power of two to a largest entry in [¼, 1), reduced by Householder reflectors (sytrd), implicit QL/QR on
 * rows of Zᵀ (steqr). w(2^k·A) = 2^k·w(A) exactly. Backward stable: residuals below 4·n·ulp·‖A‖ in all tests. info: 0;
 * NOT_FINITE (−1) if A has a NaN or an infinity; > 0: off-diagonals that did not converge. Else w, Z are NaN.
 */
export function syev<T>(vectors: i32, n: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize): i32 {
  if (n <= 0) return 0;
  if (n <= SMALL) return smallSyev<T>(vectors, n, a, lda, w, z, ldz, work);
  const stride = rowStride<T>(n);
  const vectorBytes = roundUp((<usize>n + 1) * sizeof<T>(), VECTOR_BYTES);
  const s = roundUp(work, VECTOR_BYTES);
  const u = s + (<usize>n + 1) * stride;
  const spare = u + (<usize>n + 1) * stride;
  const d = spare + 2 * stride;
  const e = d + vectorBytes;
  const tau = e + vectorBytes;
  const signs = tau + vectorBytes;
  const order = signs + vectorBytes;
  const rest = order + roundUp(<usize>n * 4, VECTOR_BYTES);

  let info: i32 = NOT_FINITE;
  let k = 0;
  const top = largest<T>(n, n, a, <usize>lda * sizeof<T>());
  if (finite<T>(top)) {
    memory.fill(s, 0, <usize>(u - s) + (<usize>n + 1) * stride);
    if (top > 0) k = exponentOf<T>(top) + 1;
    symmetrise<T>(n, a, lda, k, s, stride);
    const larger = largest<T>(n, n, s, stride);
    if (larger > 0 && larger < <T>0.25) {
      const more = exponentOf<T>(larger) + 1;
      scaleRows<T>(n, s, stride, -more);
      k += more;
    }
    sytrd<T>(n, s, stride, d, e, tau, u, spare);
    if (vectors) orgtr<T>(n, u, stride, tau, s, signs);
    const columns = (n + lanes<T>() - 1) / lanes<T>();
    info = steqr<T>(n, d, e, vectors ? s : 0, stride, columns, SWEEPS_PER_VALUE, rest);
  }
  if (info != 0) {
    fillNaN<T>(n, w);
    const rows = vectors ? n : 0;
    for (let i = 0; i < rows; i++) fillNaN<T>(n, z + <usize>i * <usize>ldz * sizeof<T>());
    return info;
  }
  sortValues<T>(n, d, order);
  for (let i = 0; i < n; i++) store<T>(at<T>(w, i), scaleByPower<T>(load<T>(at<T>(d, i)), k));
  if (vectors) writeVectors<T>(n, s, stride, order, signs, z, ldz);
  return 0;
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
