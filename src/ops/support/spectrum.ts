/** The values of a decomposition as numbers, which pairs of them count as equal, and the refusal of what follows from that. */
import { DegenerateError, NotPositiveDefiniteError } from "../../errors.js";
import { newArray, ulpOf, type FloatDType, type TypedArrayOf } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";

type Float = Tensor<FloatDType>;
type Values = TypedArrayOf[FloatDType];

/** `k` values an item, monotone, and what counts as 0: a difference of two, and a value or a sum. */
export interface Spectrum {
  readonly op: string;
  readonly dtype: FloatDType;
  readonly k: number;
  readonly values: Values;
  readonly descending: boolean;
  gap(item: number): number;
  zero(item: number): number;
}

/** Whether a cotangent reaches vector j of an item. */
export type Reached = (item: number, j: number) => boolean;

/** What to do instead at a closed gap. */
export const ADVICE =
  'use a function of the matrix (linalg.logm, linalg.svdFunc, …) or choose degenerate: "drop" or "broaden"';

/** Differences up to this count as 0: 8·n·ulp·top, for values up to `top` of a matrix whose longer side is n. */
export function closedGap(n: number, dtype: FloatDType, top: number): number {
  return 8 * n * ulpOf(dtype) * top;
}

/** Ascending eigenvalues [.., n]: closed is ≤ 8·n·ulp·max|λ|. */
export function eigenvalueSpectrum(op: string, w: Float): Spectrum {
  const k = w.shape[w.rank - 1]!;
  const values = w.data() as Values;
  const gap = (item: number): number => {
    const top = Math.max(Math.abs(values[item * k]!), Math.abs(values[item * k + k - 1]!));
    return closedGap(k, w.dtype, top);
  };
  return { op, dtype: w.dtype, k, values, descending: false, gap, zero: gap };
}

/** Descending singular values [.., k] of m×n matrices: closed is ≤ 8·max(m, n)·ulp·σ₁, zero as in matrixRank. */
export function singularSpectrum(op: string, size: number, S: Float): Spectrum {
  const k = S.shape[S.rank - 1]!;
  const values = S.data() as Values;
  const zero = (item: number): number => size * ulpOf(S.dtype) * values[item * k]!;
  return { op, dtype: S.dtype, k, values, descending: true, gap: (item) => 8 * zero(item), zero };
}

/** Tells whether column j of an item of a cotangent [.., rows, k] is not zero; reads it when first asked. */
export function columnsOf(g: Float | null, k: number): Reached {
  let values: Values | undefined;
  return (item, j) => {
    if (g === null) return false;
    values ??= g.data() as Values;
    const rows = g.shape[g.rank - 2]!;
    for (let i = 0; i < rows; i++) if (values[(item * rows + i) * k + j] !== 0) return true;
    return false;
  };
}

/** Calls `visit` for every pair i < j of every item. */
export function forEachPair({ k, values }: Spectrum, visit: (item: number, i: number, j: number) => void): void {
  for (let item = 0; item * k < values.length; item++) {
    for (let i = 0; i < k; i++) for (let j = i + 1; j < k; j++) visit(item, i, j);
  }
}

/** 1 for pairs with |vᵢ + sign·vⱼ| open, 0 on the diagonal and for closed ones. */
export function pairMask(spectrum: Spectrum, sign: 1 | -1): Values {
  const { dtype, k, values, gap, zero } = spectrum;
  const mask = newArray(dtype, values.length * k);
  forEachPair(spectrum, (item, i, j) => {
    const size = Math.abs(values[item * k + i]! + sign * values[item * k + j]!);
    const open = size > (sign < 0 ? gap(item) : zero(item));
    mask[(item * k + i) * k + j] = mask[(item * k + j) * k + i] = Number(open);
  });
  return mask;
}

/** The sign of vⱼ − vᵢ by its place, 0 on the diagonal and where both values are 0. */
export function signedMask(spectrum: Spectrum): Values {
  const { dtype, k, values, descending, zero } = spectrum;
  const mask = newArray(dtype, values.length * k);
  forEachPair(spectrum, (item, i, j) => {
    if (values[item * k + (descending ? i : j)]! <= zero(item)) return;
    mask[(item * k + i) * k + j] = descending ? -1 : 1;
    mask[(item * k + j) * k + i] = descending ? 1 : -1;
  });
  return mask;
}

/** 1 for values that are not 0. */
export function valueMask({ dtype, k, values, zero }: Spectrum): Values {
  return newArray(dtype, values.length).map((_, i) => Number(values[i]! > zero(Math.floor(i / k))));
}

/** Throws for a pair that the mask leaves out although a cotangent reaches one of its vectors. */
export function refusePairs(spectrum: Spectrum, mask: Values, reached: Reached): void {
  const { op, k, values } = spectrum;
  forEachPair(spectrum, (item, i, j) => {
    if (mask[(item * k + i) * k + j] !== 0 || !(reached(item, i) || reached(item, j))) return;
    throw new DegenerateError(op, i, j, Math.abs(values[item * k + i]! - values[item * k + j]!), item, ADVICE);
  });
}

/** Throws for a zero value whose vector, which a cotangent reaches, is not told from the complement. */
export function refuseZeros({ op, k, values }: Spectrum, mask: Values, reached: Reached): void {
  for (let at = 0; at < mask.length; at++) {
    const [item, j] = [Math.floor(at / k), at % k];
    if (mask[at] === 0 && reached(item, j)) throw new DegenerateError(op, j, k, values[at]!, item, ADVICE);
  }
}

/** Throws if a value is negative by more than rounding. */
export function requireNonNegative({ op, k, values, zero }: Spectrum): void {
  for (let at = 0; at < values.length; at++) {
    const item = Math.floor(at / k);
    if (values[at]! >= -zero(item)) continue;
    const reason = 'this choice of degenerate expands in ratios of eigenvalues; choose "drop" or "broaden" instead';
    throw new NotPositiveDefiniteError(op, item, `item ${item} has the eigenvalue ${values[at]}: ${reason}`);
  }
}
