import { FormatError } from "../errors.js";
import { sizeOf, stridesOf, type Shape } from "../tensor/shape.js";
import type { TypedArray } from "../tensor/dtype.js";

/** Axes a file may ask for: NumPy's own limit. */
const MAX_RANK = 64;
const MAX_ELEMENTS = 0x7fffffff;

/**
 * The number of elements of a shape read from a file, whose sizes may be anything.
 *
 * @throws {FormatError} unless the sizes are non-negative integers and the whole fits a tensor.
 */
export function checkedSize(op: string, what: string, shape: readonly unknown[]): number {
  if (shape.length > MAX_RANK) throw new FormatError(op, `${what} has ${shape.length} axes, more than ${MAX_RANK}`);
  for (const axis of shape) {
    if (!Number.isInteger(axis) || (axis as number) < 0) {
      throw new FormatError(op, `${what}: sizes must be non-negative integers, got [${shape.join(", ")}]`);
    }
  }
  // A single size beyond the limit is no shape either, even beside a zero; the product may be NaN (∞ · 0).
  const size = sizeOf(shape as readonly number[]);
  if (!shape.every((axis) => (axis as number) <= MAX_ELEMENTS) || !(size <= MAX_ELEMENTS)) {
    throw new FormatError(op, `${what}: shape [${shape.join(", ")}] has more than 2³¹−1 elements`);
  }
  return size;
}

/** Row-major elements with the axes in a new order: out[i₀, i₁, …] has the axes `axes[0], axes[1], …` of the input. */
export function permuteArray<A extends TypedArray>(values: A, shape: Shape, axes: readonly number[]): A {
  const out = new (values.constructor as new (length: number) => A)(values.length);
  const sizes = axes.map((axis) => shape[axis]!);
  const sourceStrides = stridesOf(shape);
  const strides = axes.map((axis) => sourceStrides[axis]!);
  const last = sizes.length - 1;
  if (last < 0 || sizeOf(sizes) === 0) {
    out.set(values);
    return out;
  }
  const index = sizes.map(() => 0);
  const run = sizes[last]!;
  const step = strides[last]!;
  for (let at = 0, from = 0; at < out.length;) {
    for (let i = 0, source = from; i < run; i++, source += step) out[at++] = values[source]!;
    for (let axis = last - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      from -= strides[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
