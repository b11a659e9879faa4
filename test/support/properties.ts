/** A plain-JavaScript reference of n-dimensional arrays, and fast-check generators of shapes, views and values. */
import type { DType } from "../../src/tensor/dtype.js";
import fc from "fast-check";
import { tensor, type FloatDType, type Range, type Tensor } from "../../src/index.js";

export type Float = Tensor<FloatDType>;
export const FLOATS = ["float32", "float64"] as const;

/** Row-major values with a shape: as simple as can be, so that it can be trusted. */
export interface Nd {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Every index of a shape in row-major order. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const total = product(shape);
  for (let flat = 0; flat < total; flat++) {
    const index = new Array<number>(shape.length);
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest = (rest - index[axis]) / shape[axis];
    }
    yield index;
  }
}

/** The element at `index`, counted from the last axis, size 1 repeating: NumPy's broadcasting. */
export function at(x: Nd, index: readonly number[]): number {
  const lead = index.length - x.shape.length;
  let flat = 0;
  x.shape.forEach((size, axis) => (flat = flat * size + (size === 1 ? 0 : index[lead + axis])));
  return x.data[flat];
}

export function broadcastShape(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

/** f applied elementwise with broadcasting. */
export function mapNd(f: (...values: number[]) => number, ...xs: Nd[]): Nd {
  const shape = broadcastShape(...xs.map((x) => x.shape));
  return { shape, data: [...indices(shape)].map((index) => f(...xs.map((x) => at(x, index)))) };
}

/** f of the row-major list of reduced elements, for each kept index. */
export function reduceNd(f: (values: number[]) => number, x: Nd, axes: readonly number[], keepdims = false): Nd {
  const kept = x.shape.filter((_, axis) => !axes.includes(axis));
  const reduced = axes.map((axis) => x.shape[axis]);
  const data = [...indices(kept)].map((outer) =>
    f(
      [...indices(reduced)].map((inner) => {
        let [o, i] = [0, 0];
        return at(
          x,
          x.shape.map((_, axis) => (axes.includes(axis) ? inner[i++] : outer[o++])),
        );
      }),
    ),
  );
  return { shape: keepdims ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : kept, data };
}

export function permuteNd(x: Nd, order: readonly number[]): Nd {
  const shape = order.map((axis) => x.shape[axis]);
  const data = [...indices(shape)].map((index) => {
    const source = new Array<number>(order.length);
    order.forEach((axis, i) => (source[axis] = index[i]));
    return at(x, source);
  });
  return { shape, data };
}

/** The part given per axis by the list of indices to take. */
export function takeNd(x: Nd, picks: readonly (readonly number[])[]): Nd {
  const shape = picks.map((pick) => pick.length);
  const data = [...indices(shape)].map((index) => {
    let flat = 0;
    index.forEach((position, axis) => (flat = flat * x.shape[axis] + picks[axis][position]));
    return x.data[flat];
  });
  return { shape, data };
}

/** Python's range(from, to, step) after slice.indices(size): written from the Python documentation. */
export function sliceIndices(size: number, from: number | null, to: number | null, step: number): number[] {
  const clip = (value: number, low: number, high: number): number =>
    Math.max(low, Math.min(high, value < 0 ? value + size : value));
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const start = from === null ? (step > 0 ? low : high) : clip(from, low, high);
  const stop = to === null ? (step > 0 ? high : low) : clip(to, low, high);
  const picked: number[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) picked.push(i);
  return picked;
}

/** As a tensor; values are rounded to the dtype. */
export function toTensor(x: Nd, dtype: FloatDType): Float {
  return tensor([...x.data], { shape: [...x.shape], dtype }) as Float;
}

export function toNd(x: Tensor<DType>): Nd {
  return { shape: x.shape, data: Array.from(x.data()) };
}

/** Values rounded to the dtype. */
export const rounded = (dtype: FloatDType) => (dtype === "float32" ? Math.fround : (value: number) => value);

/** Shapes of rank 0 … 4 with sizes 0 … 5, few elements. */
export const shapes = (options: { min?: number; minRank?: number; maxRank?: number } = {}): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: options.min ?? 0, max: 5 }), {
    minLength: options.minRank ?? 0,
    maxLength: options.maxRank ?? 4,
  });

/** Values with few digits, of both signs: sums and products of some of them are exact in float32. */
export const smallValue = fc.integer({ min: -64, max: 64 }).map((value) => value / 8);

export const ndOf = (shape: readonly number[], value: fc.Arbitrary<number> = smallValue): fc.Arbitrary<Nd> =>
  fc.array(value, { minLength: product(shape), maxLength: product(shape) }).map((data) => ({ shape, data }));

/** Several shapes that broadcast together: one common shape, each with axes dropped or set to 1. */
export const broadcastable = (count: number): fc.Arbitrary<number[][]> =>
  shapes().chain((shape) =>
    fc
      .array(
        fc.tuple(fc.integer({ min: 0, max: shape.length }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
        { minLength: count, maxLength: count },
      )
      .map((cuts) => cuts.map(([drop, ones]) => shape.slice(drop).map((size, axis) => (ones[axis] ? 1 : size)))),
  );

/** A tensor that came about by permuting and slicing a larger one, with its reference. */
export interface Strided {
  readonly tensor: Float;
  readonly nd: Nd;
}

const steps = fc.constantFrom(1, 1, 2, -1, -2);

export const strided = (dtype: FloatDType, options: { minRank?: number; maxRank?: number } = {}) =>
  shapes({ min: 1, ...options }).chain((shape) =>
    fc
      .tuple(
        ndOf(shape),
        fc.shuffledSubarray(
          shape.map((_, axis) => axis),
          { minLength: shape.length },
        ),
        fc.array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 }), steps), {
          minLength: shape.length,
          maxLength: shape.length,
        }),
      )
      .map(([nd, order, ranges]): Strided => {
        const moved = permuteNd(nd, order);
        const picks = ranges.map(([from, to, step], axis) => sliceIndices(moved.shape[axis], from, to, step));
        const asked: Range[] = ranges.map(([from, to, step]) => [from, to, step]);
        return { tensor: toTensor(nd, dtype).permute(order).slice(asked) as Float, nd: takeNd(moved, picks) };
      }),
  );
