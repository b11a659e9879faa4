import { ArgumentError } from "../../errors.js";
import type { DType } from "../../tensor/dtype.js";
import { normalizeAxes, sizeOf, type Shape } from "../../tensor/shape.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import { permuted } from "./strided.js";

/** One axis or several; negative ones count from the end. */
export type Axes = number | readonly number[];

export interface ReduceOptions {
  /** Keep the reduced axes with size 1 (default false). */
  readonly keepdims?: boolean;
}

/** A reduction as the kernels see it, [outer, n, inner] → [outer, inner], and the shapes on both sides. */
export interface Reduction {
  readonly axes: readonly number[];
  readonly n: number;
  /** Result shape with the reduced axes kept as 1. */
  readonly kept: Shape;
  /** Result shape as asked for. */
  readonly shape: Shape;
}

export function planReduction(
  op: string,
  shape: Shape,
  axes: Axes | undefined,
  options: ReduceOptions = {},
): Reduction {
  const list = normalizeAxes(op, axes, shape.length);
  const kept = shape.map((size, axis) => (list.includes(axis) ? 1 : size));
  const n = list.reduce((product, axis) => product * shape[axis]!, 1);
  return { axes: list, n, kept, shape: options.keepdims ? kept : shape.filter((_, axis) => !list.includes(axis)) };
}

/**
 * `x` such that the reduced axes are neighbours (a copy with them last, if they are not), and its three sizes.
 * The order of summation within an item is the row-major order of the reduced axes either way.
 */
export function asThreeAxes(op: string, x: Tensor<DType>, axes: readonly number[]) {
  const { shape } = x;
  const first = axes[0] ?? 0;
  const adjacent = axes.every((axis, i) => axis === first + i);
  const sizeBetween = (from: number, to: number): number => sizeOf(shape.slice(from, to));
  if (adjacent) {
    const end = axes.length === 0 ? 0 : first + axes.length;
    const from = axes.length === 0 ? 0 : first;
    return { x, outer: sizeBetween(0, from), n: sizeBetween(from, end), inner: sizeBetween(end, shape.length) };
  }
  const rest = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const n = axes.reduce((product, axis) => product * shape[axis]!, 1);
  return {
    x: permuted(op, x, [...rest, ...axes]),
    outer: n === 0 ? sizeOf(rest.map((a) => shape[a]!)) : x.size / n,
    n,
    inner: 1,
  };
}

/** Runs `kernel(outer, n, inner, x, y)` and returns y in the planned shape. */
export function runReduction<D extends DType>(
  op: string,
  x: Tensor<DType>,
  plan: Reduction,
  dtype: D,
  kernel: (outer: number, n: number, inner: number, x: number, y: number) => void,
): Tensor<D> {
  const { x: source, outer, n, inner } = asThreeAxes(op, x, plan.axes);
  const y = allocate(plan.shape, dtype);
  kernel(outer, n, inner, address(op, source), address(op, y));
  return y;
}

/** Throws when a reduction without a neutral element meets an empty axis. */
export function requireNonEmpty(op: string, plan: Reduction): void {
  if (plan.n === 0 && sizeOf(plan.kept) > 0) throw new ArgumentError(op, "cannot reduce an empty axis");
}
