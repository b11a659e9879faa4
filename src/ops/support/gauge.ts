/**
 * Measures in a backward pass whether the loss depends on what a decomposition leaves free. As the vectors i and j turn in
 * their plane, dZ = Z·Ω with Ω skew, the loss changes by 2·skew(Zᵀg_Z)ᵢⱼ: where their values are equal the turned vectors are
 * as good, so this must be 0 (`most` is what rounding may leave of it). For the same reason the values of such a pair must have one cotangent: diag(g) in another
 * basis of the plane is another matrix otherwise.
 */
import { GaugeError } from "../../errors.js";
import type { FloatDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { run } from "./gemm.js";
import { forEachPair, type Spectrum } from "./spectrum.js";

type Float = Tensor<FloatDType>;
type Values = ArrayLike<number>;

/** The turns of one set of vectors: Zᵀg_Z, [.., k, k], and Σ|g| of every column. */
export interface Turns {
  readonly product: Values;
  readonly sizes: Values;
}

/** The turns of the columns of Z, [.., rows, k], under a cotangent of the same shape; null without one. */
export function turnsOf(Z: Float, g: Float | null): Turns | null {
  if (g === null) return null;
  const product = run(Z, g, { transA: true, transB: false }).data();
  return { product, sizes: columnSizes(g) };
}

/** Σ|gᵢⱼ| over the rows of each column, k an item. */
export function columnSizes(g: Float): Float64Array {
  const [rows, k] = g.shape.slice(-2) as [number, number];
  const values = g.data();
  const sizes = new Float64Array(rows === 0 ? 0 : values.length / rows);
  for (let at = 0; at < values.length; at++) {
    const item = Math.floor(at / (rows * k));
    sizes[item * k + (at % k)]! += Math.abs(values[at]!);
  }
  return sizes;
}

/** |Σ(Pᵢⱼ − Pⱼᵢ)| of these turns together, relative to what they are made of. */
function residualOf(turns: readonly Turns[], k: number, item: number, i: number, j: number): number {
  let [sum, size] = [0, 0];
  for (const { product, sizes } of turns) {
    sum += product[(item * k + i) * k + j]! - product[(item * k + j) * k + i]!;
    size += sizes[item * k + i]! + sizes[item * k + j]!;
  }
  return size === 0 ? 0 : Math.abs(sum) / size;
}

/**
 * Throws for a closed gap whose pair the loss sees turned: all sets of vectors together, and each by itself where both
 * values are 0 and `separateZeros` says that nothing ties them.
 */
export function refuseTurns(spectrum: Spectrum, most: number, turns: readonly Turns[], separateZeros = false): void {
  const { op, k, values, gap, zero } = spectrum;
  forEachPair(spectrum, (item, i, j) => {
    const [a, b] = [values[item * k + i]!, values[item * k + j]!];
    if (Math.abs(a - b) > gap(item)) return;
    const alone = separateZeros && Math.max(a, b) <= zero(item);
    for (const group of alone ? turns.map((one) => [one]) : [turns]) {
      const residual = residualOf(group, k, item, i, j);
      if (residual <= most) continue;
      const reason = `how the vectors ${i} and ${j} of one repeated value are turned`;
      throw new GaugeError(op, i, j, item, residual, reason);
    }
  });
}

/**
 * Throws for a closed gap whose values have different cotangents. That of a smooth function of the values may differ by what
 * it changes over the gap, in proportion to gap/|v|.
 */
export function refuseWeights(spectrum: Spectrum, most: number, g: Float | null): void {
  if (g === null) return;
  const { op, k, values, gap } = spectrum;
  const weights = g.data();
  forEachPair(spectrum, (item, i, j) => {
    const [a, b] = [values[item * k + i]!, values[item * k + j]!];
    if (Math.abs(a - b) > gap(item)) return;
    const [p, q] = [weights[item * k + i]!, weights[item * k + j]!];
    const size = Math.max(Math.abs(p), Math.abs(q));
    const least = Math.min(Math.abs(a), Math.abs(b));
    const residual = size === 0 ? 0 : Math.abs(p - q) / size;
    if (residual <= most || residual * least <= 8 * gap(item)) return;
    const reason = `which of the vectors ${i} and ${j} belongs to which of two equal values`;
    throw new GaugeError(op, i, j, item, residual, reason);
  });
}

/** Throws if the loss sees the columns that `full` adds, [.., n, r], turned among themselves; `first` is the first's index. */
export function refuseComplement(op: string, most: number, first: number, Z: Float, g: Float): void {
  const r = Z.shape[Z.rank - 1]!;
  const turns = turnsOf(Z, g)!;
  for (let item = 0; item * r < turns.sizes.length; item++) {
    for (let i = 0; i < r; i++) {
      for (let j = i + 1; j < r; j++) {
        const residual = residualOf([turns], r, item, i, j);
        if (residual <= most) continue;
        const reason = `how the vectors ${first + i} and ${first + j} that full adds are turned`;
        throw new GaugeError(op, first + i, first + j, item, residual, reason);
      }
    }
  }
}

/**
 * Throws for a zero value whose vector the loss sees turned into the complement: `rest`, [.., n, k], is the derivative of
 * that turn, `sizes` what it is measured against.
 */
export function refuseZeroTurns(spectrum: Spectrum, most: number, rest: Float, sizes: Values): void {
  const { op, k, values, zero } = spectrum;
  const turned = columnSizes(rest);
  for (let at = 0; at < turned.length; at++) {
    const [item, j] = [Math.floor(at / k), at % k];
    const residual = sizes[at] === 0 ? 0 : turned[at]! / sizes[at]!;
    if (values[at]! > zero(item) || residual <= most) continue;
    throw new GaugeError(op, j, k, item, residual, `how the vector ${j} of σ = 0 is turned into the complement`);
  }
}
