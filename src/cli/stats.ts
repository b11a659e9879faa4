/** The statistics of `matprop compare`. */
import { ArgumentError } from "./library.js";

/** Most pairs the exact test takes: 2²³ sums, a fraction of a second. */
const MOST_PAIRS = 24;

export interface SignFlipResult {
  /** Two-sided p value: the share of all sign assignments whose |mean| is at least the observed one. */
  readonly p: number;
  /** Mean of the differences. */
  readonly mean: number;
  /** Number of pairs. */
  readonly pairs: number;
  /** How many of the 2ⁿ assignments are at least as extreme, the observed one included. */
  readonly extreme: number;
}

/** The arithmetic mean; NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** The upper median; of no values undefined. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The sample standard deviation (divisor n − 1); 0 for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, x) => sum + (x - centre) * (x - centre), 0);
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * The exact paired sign-flip (Fisher–Pitman permutation) test. Under the null hypothesis that the differences are
 * symmetric about 0, all 2ⁿ assignments of signs are equally likely; p is the share whose |sum| reaches the observed.
 * Sums that are equal but for rounding count as equal; zero differences stay in (both their signs give the same sum).
 *
 * Source: R. A. Fisher, The Design of Experiments (1935), §21.
 *
 * @throws {ArgumentError} for no pairs, more than 24 pairs, or differences that are not finite.
 */
export function signFlipTest(differences: readonly number[]): SignFlipResult {
  const n = differences.length;
  if (n === 0 || n > MOST_PAIRS) throw new ArgumentError("signFlipTest", `takes 1 to ${MOST_PAIRS} pairs, got ${n}`);
  if (!differences.every(Number.isFinite)) throw new ArgumentError("signFlipTest", "the differences must be finite");
  const observed = differences.reduce((sum, d) => sum + d, 0);
  const scale = differences.reduce((sum, d) => sum + Math.abs(d), 0);
  const threshold = Math.abs(observed) - scale * n * 2 * Number.EPSILON;
  const count = (i: number, sum: number): number => {
    if (i === n) return Math.abs(sum) >= threshold ? 1 : 0;
    return count(i + 1, sum + differences[i]!) + count(i + 1, sum - differences[i]!);
  };
  // Flipping all signs at once leaves |sum| as it is: half of the assignments suffice.
  const extreme = 2 * count(1, differences[0]!);
  let assignments = 1;
  for (let i = 0; i < n; i++) assignments *= 2;
  return { p: extreme / assignments, mean: observed / n, pairs: n, extreme };
}
