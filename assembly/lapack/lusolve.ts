/**
 * What follows from A[perm] = L·U (lu.ts) of order n, rows packed, no pivot zero:
 * `getrs`: X = A⁻¹B or A⁻ᵀB (`trans`), B and X n×k, rows packed, disjoint. `getri`: X = A⁻¹, with the bits of `getrs` on
 * the identity (but for the sign of zeros) for two thirds of its work: L⁻¹ first, as a triangle. `getrf_det`: sign and
 * logarithm of |det A| and det A itself, from the mantissas and the exponents of the pivots apart, so that nothing over-
 * or underflows on the way; a zero pivot gives 0, −∞ and 0.
 *
 * Batched forms only: lu, perm and pivots of item i follow each other; `getrs` takes strides in items (0 repeats).
 * Order of summation: that of TRSM; det: pivots in order. Accuracy: |A·X − B| ≤ 3n·u·|L||U||X|; det and its logarithm to
 * n+2 roundings. Work: `<name>_work` bytes, `getrf_det` 4·n.
 */
import { gemm } from "../blas/gemm";
import { copy } from "../blas/level1";
import { firstHalf, solveLeft, trsmWork } from "../blas/trsm";
import { log1 } from "../math/calls";
import { at } from "../simd";
import { lowExponent } from "./lu";
import { exponentOf, powerOfTwo, scaleByPower } from "./scalar";

/** Order of the blocks of L that are inverted by solving with the identity. */
// @ts-ignore: decorator
@inline
const NB: i32 = 32;

export function getrsWork<T>(n: i32, k: i32): usize {
  if (n <= 0 || k <= 0) return 0;
  return (<usize>n + 2) * <usize>k * sizeof<T>() + trsmWork<T>(0, n, k);
}

/**
 * Powers of two, k at `down` and their inverses behind them, that take the columns of B to where products lose no digits;
 * false if all are 1. Each column has its own, so that it does not depend on the others.
 */
function columnScales<T>(n: i32, k: i32, b: usize, down: usize): bool {
  const up = at<T>(down, k);
  memory.fill(down, 0, <usize>k * sizeof<T>());
  for (let i = 0; i < n; i++, b += <usize>k * sizeof<T>()) {
    for (let j = 0; j < k; j++) {
      store<T>(at<T>(down, j), max<T>(load<T>(at<T>(down, j)), abs<T>(load<T>(at<T>(b, j)))));
    }
  }
  const limit = sizeof<T>() == 4 ? 120 : 1000; // so that both factors are normal
  let any = false;
  for (let j = 0; j < k; j++) {
    const top = load<T>(at<T>(down, j));
    const e = max(-limit, lowExponent<T>(top));
    any = any || e != 0;
    store<T>(at<T>(down, j), powerOfTwo<T>(-e));
    store<T>(at<T>(up, j), powerOfTwo<T>(e));
  }
  return any;
}

/** Columns times their factors. */
function scaleColumns<T>(n: i32, k: i32, factors: usize, x: usize): void {
  for (; n > 0; n--) {
    for (let j = 0; j < k; j++, x += sizeof<T>()) store<T>(x, load<T>(x) * load<T>(at<T>(factors, j)));
  }
}

function getrs<T>(trans: i32, n: i32, k: i32, lu: usize, perm: usize, b: usize, x: usize, work: usize): void {
  const row = <usize>k * sizeof<T>();
  const scales = work + <usize>n * row;
  const rest = scales + 2 * row;
  const scaled = columnScales<T>(n, k, b, scales);
  const y = trans ? work : x;
  for (let i = 0; i < n; i++) {
    const from = trans ? i : load<i32>(at<i32>(perm, i));
    copy<T>(k, b + <usize>from * row, y + <usize>i * row);
  }
  if (scaled) scaleColumns<T>(n, k, scales, y);
  solveLeft<T>(trans, trans, 1 - trans, n, k, lu, n, y, k, rest);
  solveLeft<T>(1 - trans, trans, trans, n, k, lu, n, y, k, rest);
  if (scaled) scaleColumns<T>(n, k, scales + row, y);
  if (!trans) return;
  for (let i = 0; i < n; i++) copy<T>(k, y + <usize>i * row, x + <usize>load<i32>(at<i32>(perm, i)) * row);
}

// prettier-ignore
function getrsBatched<T>(
  trans: i32, n: i32, k: i32, lu: usize, perm: usize, strideA: i32, b: usize, strideB: i32, x: usize, batch: i32,
  work: usize,
): void {
  const order = <usize>n * sizeof<T>();
  for (; batch > 0; batch--) {
    getrs<T>(trans, n, k, lu, perm, b, x, work);
    lu += <usize>strideA * <usize>n * order;
    perm += <usize>strideA * <usize>n * 4;
    b += <usize>strideB * <usize>k * order;
    x += <usize>k * order;
  }
}

/** y ← L⁻¹ for the unit lower triangle L; exact zeros above. */
function invertLower<T>(n: i32, l: usize, y: usize, ld: i32, work: usize): void {
  const row = <usize>ld * sizeof<T>();
  if (n <= NB) {
    for (let i = 0; i < n; i++) {
      memory.fill(y + <usize>i * row, 0, <usize>n * sizeof<T>());
      store<T>(at<T>(y + <usize>i * row, i), 1);
    }
    solveLeft<T>(0, 0, 1, n, n, l, ld, y, ld, work);
    return;
  }
  const n1 = firstHalf(n, NB);
  const n2 = n - n1;
  const below = <usize>n1 * row;
  const corner = at<T>(below, n1);
  invertLower<T>(n1, l, y, ld, work);
  for (let i = 0; i < n1; i++) memory.fill(at<T>(y + <usize>i * row, n1), 0, <usize>n2 * sizeof<T>());
  gemm<T>(0, 0, n2, n1, n1, -1, l + below, ld, y, ld, 0, y + below, ld, work);
  solveLeft<T>(0, 0, 1, n2, n1, l + corner, ld, y + below, ld, work);
  invertLower<T>(n2, l + corner, y + corner, ld, work);
}

function getri<T>(n: i32, lu: usize, perm: usize, x: usize, work: usize): void {
  const row = <usize>n * sizeof<T>();
  const rest = work + <usize>n * row;
  invertLower<T>(n, lu, work, n, rest);
  for (let j = 0; j < n; j++) {
    const column = load<i32>(at<i32>(perm, j));
    for (let i = 0; i < n; i++) {
      store<T>(at<T>(x + <usize>i * row, column), load<T>(at<T>(work + <usize>i * row, j)));
    }
  }
  solveLeft<T>(1, 0, 0, n, n, lu, n, x, n, rest);
}

function getriBatched<T>(n: i32, batch: i32, lu: usize, perm: usize, x: usize, work: usize): void {
  const step = <usize>n * <usize>n * sizeof<T>();
  for (; batch > 0; batch--, lu += step, x += step, perm += <usize>n * 4) getri<T>(n, lu, perm, x, work);
}

/** +1 or −1: the sign of a permutation. */
function parity(n: i32, perm: usize, work: usize): f64 {
  let sign: f64 = 1;
  for (let i = 0; i < n; i++) store<i32>(at<i32>(work, i), load<i32>(at<i32>(perm, i)));
  for (let i = 0; i < n; i++) {
    for (let j = load<i32>(at<i32>(work, i)); j != i; j = load<i32>(at<i32>(work, i))) {
      store<i32>(at<i32>(work, i), load<i32>(at<i32>(work, j)));
      store<i32>(at<i32>(work, j), j);
      sign = -sign;
    }
  }
  return sign;
}

// prettier-ignore
function getrfDet<T>(
  n: i32, batch: i32, lu: usize, perm: usize, signs: usize, logs: usize, dets: usize, work: usize,
): void {
  for (let item = 0; item < batch; item++, perm += <usize>n * 4) {
    let mantissa: f64 = parity(n, perm, work);
    let exponent = 0;
    for (let i = 0; i < n; i++, lu += sizeof<T>() * (<usize>n + 1)) {
      const pivot = <f64>load<T>(lu);
      const shift = pivot == 0 ? 0 : exponentOf<f64>(abs<f64>(pivot));
      mantissa *= scaleByPower<f64>(pivot, -shift);
      exponent += shift;
      if (abs<f64>(mantissa) > sqrt<f64>(2)) {
        mantissa *= 0.5;
        exponent++;
      }
    }
    lu -= <usize>n * sizeof<T>();
    const sign: f64 = mantissa == 0 ? 0 : copysign<f64>(1, mantissa);
    // ln 2 in two parts, the first with so few bits that its product with the exponent is exact.
    const low = <f64>exponent * reinterpret<f64>(0x3d2ef35793c76730) + log1<f64>(abs<f64>(mantissa));
    store<T>(at<T>(signs, item), <T>sign);
    store<T>(at<T>(logs, item), <T>(<f64>exponent * reinterpret<f64>(0x3fe62e42fefa3800) + low));
    store<T>(at<T>(dets, item), <T>scaleByPower<f64>(mantissa, max(-2000, min(2000, exponent))));
  }
}

// prettier-ignore
export function dgetrs_work(n: i32, k: i32): usize { return getrsWork<f64>(n, k); }
// prettier-ignore
export function dgetrs_batched(
  trans: i32, n: i32, k: i32, lu: usize, perm: usize, strideA: i32, b: usize, strideB: i32, x: usize, batch: i32,
  work: usize,
): void { getrsBatched<f64>(trans, n, k, lu, perm, strideA, b, strideB, x, batch, work); }
// prettier-ignore
export function dgetri_batched(n: i32, batch: i32, lu: usize, perm: usize, x: usize, work: usize): void {
  getriBatched<f64>(n, batch, lu, perm, x, work);
}
// prettier-ignore
export function dgetrf_det(
  n: i32, batch: i32, lu: usize, perm: usize, signs: usize, logs: usize, dets: usize, work: usize,
): void { getrfDet<f64>(n, batch, lu, perm, signs, logs, dets, work); }
