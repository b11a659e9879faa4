import { at, lanes, roundUp, VECTOR_BYTES } from "../simd";
import { transpose } from "../blas/pack";
import { canonicalSign, largest } from "./canonical";
import { D, doubles, frameBytes, integers, ORDER } from "./deflate";
import { latrd, latrdWork } from "./latrd";
import { exponentOf, fillNaN, finite, powerOfTwo, scaleByPower } from "./scalar";
import { stedc, stedcWork } from "./stedc";
import { ormtr, ormtrWork } from "./tridiagonal";

/** `info` of a matrix with a NaN or an infinity. */
export const NOT_FINITE: i32 = -1;

const TILE: i32 = 8;

/**
 * Bytes between the rows of the work matrices: whole vectors from any column on, and an odd number of cache lines once
 * rows are long.
 */
function rowStride<T>(n: i32): usize {
  const bytes = roundUp(<usize>(n + lanes<T>() - 1) * sizeof<T>(), VECTOR_BYTES);
  return bytes < 512 ? bytes : roundUp(bytes, 64) | 64;
}

/** Rows of a work matrix: products read up to three beyond the last. */
// @ts-ignore: decorator
@inline
function matrixBytes(n: i32, stride: usize): usize {
  return <usize>(n + 3) * stride;
}

// @ts-ignore: decorator
@inline
function arrayBytes<T>(n: i32): usize {
  return roundUp(<usize>(n + 1) * sizeof<T>(), VECTOR_BYTES);
}

export function syevdWork<T>(vectors: i32, n: i32): usize {
  if (n <= 0) return 0;
  const stride = rowStride<T>(n);
  let rest = max(latrdWork<T>(n, stride), stedcWork<T>(!vectors, n));
  if (vectors) rest = max(rest, frameBytes(n) + ormtrWork<T>(n));
  const matrices = matrixBytes(n, stride) * (vectors ? 4 : 2);
  const ends: usize = vectors ? 0 : <usize>n * VECTOR_BYTES;
  return matrices + ends + 3 * arrayBytes<T>(n) + rest + VECTOR_BYTES;
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

/** s = the symmetric part of A, scaled by 2^−k to a largest entry in [¼, 1); returns k. `top`: the largest |a_ij|. */
function scaledPart<T>(n: i32, top: T, a: usize, lda: i32, s: usize, stride: usize): i32 {
  const k = top > 0 ? exponentOf<T>(top) + 1 : 0;
  symmetrise<T>(n, a, lda, k, s, stride);
  const larger = largest<T>(n, n, s, stride);
  if (larger == 0 || larger >= <T>0.25) return k;
  const more = exponentOf<T>(larger) + 1;
  scaleRows<T>(n, s, stride, -more);
  return k + more;
}

/** The `count` rows of q, n long, become columns of z with canonical signs; a few rows of z at a time. */
function writeVectors<T>(count: i32, n: i32, q: usize, stride: usize, signs: usize, z: usize, ldz: i32): void {
  for (let j = 0; j < count; j++) store<T>(at<T>(signs, j), canonicalSign<T>(n, q + <usize>j * stride));
  const ld = <i32>(stride / sizeof<T>());
  for (let i = 0; i < n; i += TILE) {
    const to = z + <usize>i * <usize>ldz * sizeof<T>();
    transpose<T, T>(count, min<i32>(TILE, n - i), at<T>(q, i), ld, to, ldz, signs);
  }
}

/**
 * A = Z·diag(w)·Zᵀ for the symmetric matrix ½A + ½Aᵀ, n×n; w: n, ascending; the columns of Z are the vectors, each with
 * its first entry of largest magnitude positive. With low … high other than 0 … n only the values and vectors of those
 * places (w: high − low, Z: n×(high − low)). vectors = 0 leaves Z alone. Each value and vector has the same bits whatever
 * else is asked for. A may be Z. Work: syevdWork.
 *
 * Scaled by a power of two to a largest entry in [¼, 1), so that w(2^k·A) = 2^k·w(A) exactly; reflectors in panels
 * (latrd), divide and conquer (stedc), reflectors in blocks (ormtr). Order of summation: theirs. Backward stable: residuals below 4·n·ulp·‖A‖ in all tests. info: 0; NOT_FINITE (−1) if A has a NaN
 * or an infinity; > 0: did not converge. Else w, Z are NaN.
 */
export function syevd<T>(
  vectors: i32, n: i32, low: i32, high: i32, a: usize, lda: i32, w: usize, z: usize, ldz: i32, work: usize,
): i32 {
  if (n <= 0) return 0;
  const stride = rowStride<T>(n);
  const matrix = matrixBytes(n, stride);
  const s = roundUp(work, VECTOR_BYTES);
  const u = s + matrix;
  const zt = u + matrix;
  const q = zt + matrix;
  const d = vectors ? q + matrix : zt + <usize>n * VECTOR_BYTES;
  const e = d + arrayBytes<T>(n);
  const tau = e + arrayBytes<T>(n);
  const rest = tau + arrayBytes<T>(n);
  const count = high - low;

  let info: i32 = NOT_FINITE;
  let k = 0;
  const top = largest<T>(n, n, a, <usize>lda * sizeof<T>());
  if (finite<T>(top)) {
    memory.fill(s, 0, (vectors ? q : d) - s);
    k = scaledPart<T>(n, top, a, lda, s, stride);
    latrd<T>(n, s, stride, d, e, tau, u, rest);
    info = vectors
      ? stedc<T>(false, n, d, e, zt, stride, low, high, s, q, rest)
      : stedc<T>(true, n, d, e, zt, VECTOR_BYTES, 0, 0, s, u, rest);
  }
  const rows = vectors ? n : 0;
  if (info != 0) {
    fillNaN<T>(count, w);
    for (let i = 0; i < rows; i++) fillNaN<T>(count, z + <usize>i * <usize>ldz * sizeof<T>());
    return info;
  }
  const values = doubles(rest, n, D);
  const order = at<i32>(integers(rest, n, ORDER), low);
  for (let i = 0; i < count; i++) {
    const row = load<i32>(at<i32>(order, i));
    store<T>(at<T>(w, i), scaleByPower<T>(<T>load<f64>(at<f64>(values, row)), k));
    if (vectors) memory.copy(q + <usize>i * stride, zt + <usize>row * stride, stride);
  }
  if (!vectors) return 0;
  ormtr<T>(count, n, u, stride, tau, q, rest + frameBytes(n));
  writeVectors<T>(count, n, q, stride, tau, z, ldz);
  return 0;
}
