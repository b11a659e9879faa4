import { ArgumentError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { filled } from "../tensor/create.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { stridesOf, type Shape } from "../tensor/shape.js";
import { address, viewOf, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { collapse, stage } from "./support/broadcast.js";
import { checkTensor } from "./support/check.js";
import { copyStrided } from "./support/strided.js";
import { reshape } from "./reshape.js";

/** What to take along one axis: an index (the axis vanishes), or from, to and step as in Python; null is "all". */
export type Range = number | null | readonly [from: number | null, to: number | null, step?: number];

interface View {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

const rule: Rule<[Tensor<DType>], View> = {
  name: "slice",
  saves: "nothing",
  forward: ([x], view) => take(x, view),
  vjp: (g, { inputs: [x], params }) => [put(g, { view: params, shape: x.shape })],
  vjpDifferentiable: (g, { inputs: [x], params }) => [put(g, { view: params, shape: x.shape })],
};

/** The adjoint of slicing: zeros of `shape` with g in the place of the view. */
const putRule: Rule<[Tensor<FloatDType>], { readonly view: View; readonly shape: Shape }> = {
  name: "slice",
  saves: "nothing",
  forward: ([g], { view, shape }) => {
    const out = filled(shape, g.dtype, 0);
    if (g.size === 0) return out;
    const from = address("slice", g);
    const walk = collapse(view.shape, [view.strides]);
    const [dims, strides] = stage([walk.dims, walk.strides[0]!]);
    const at = address("slice", out) + view.offset * (g.dtype === "float32" ? 4 : 8);
    wasm[g.dtype].add_strided(walk.dims.length, dims!, strides!, from, at);
    return out;
  },
  vjp: (h, { params }) => [apply(rule, [h], params.view)],
  vjpDifferentiable: (h, { params }) => [apply(rule, [h], params.view)],
};

function put(g: Tensor<FloatDType>, params: { readonly view: View; readonly shape: Shape }): Tensor<DType> {
  return apply(putRule, [g], params);
}

/**
 * A part of x: `slice(x, "1:3, :, -1")` as in Python, or `slice(x, [[1, 3], null, -1])`. Missing axes are taken whole;
 * steps may be negative; ranges are clipped to the axis, an index outside it is an error.
 *
 * Adjoint: gx is zero outside the part.
 * @throws {ArgumentError} if the text cannot be read, an index is out of range, or there are too many ranges.
 * @example
 * import { init, slice, tensor } from "matprop";
 * await init();
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), ":, ::-1").toArray(); // [ [ 3, 2, 1 ], [ 6, 5, 4 ] ]
 */
export function slice<D extends DType>(x: Tensor<D>, ranges: string | readonly Range[]): Tensor<D> {
  checkTensor("slice", x);
  const list = typeof ranges === "string" ? parse(ranges) : ranges;
  if (list.length > x.rank) {
    throw new ArgumentError("slice", `${list.length} ranges for a tensor of rank ${x.rank}`);
  }
  const steps = stridesOf(x.shape);
  const shape: number[] = [];
  const strides: number[] = [];
  const kept: number[] = [];
  let offset = 0;
  x.shape.forEach((size, axis) => {
    const range = list[axis] ?? null;
    const { from, count, step } = resolve(range, size, axis);
    if (count > 0) offset += from * steps[axis]!;
    shape.push(count);
    strides.push(step * steps[axis]!);
    if (typeof range !== "number") kept.push(count);
  });
  const part = apply(rule, [x], { shape, strides, offset }) as Tensor<D>;
  return kept.length === shape.length ? part : reshape(part, kept);
}

/** The part in a storage of its own, or as a view when it lies in one piece. */
function take(x: Tensor<DType>, { shape, strides, offset }: View): Tensor<DType> {
  const { dims, strides: merged } = collapse(shape, [strides]);
  if (dims.length === 0 || (dims.length === 1 && merged[0]![0] === 1)) return viewOf(x, shape, offset);
  return copyStrided("slice", x, shape, strides, offset);
}

function resolve(range: Range, size: number, axis: number): { from: number; count: number; step: number } {
  if (typeof range === "number") {
    const at = range < 0 ? range + size : range;
    if (!Number.isInteger(range) || at < 0 || at >= size) {
      throw new ArgumentError("slice", `index ${range} is out of range for axis ${axis} of size ${size}`);
    }
    return { from: at, count: 1, step: 1 };
  }
  const [first, last, step = 1] = range ?? [null, null];
  for (const part of [first ?? 0, last ?? 0, step]) {
    if (!Number.isInteger(part)) throw new ArgumentError("slice", `ranges take integers, got ${part}`);
  }
  if (step === 0) throw new ArgumentError("slice", "a step cannot be 0");
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clip = (at: number | null, otherwise: number): number =>
    at === null ? otherwise : Math.min(high, Math.max(low, at < 0 ? at + size : at));
  const from = clip(first, step > 0 ? low : high);
  const to = clip(last, step > 0 ? high : low);
  return { from, count: Math.max(0, Math.ceil((to - from) / step)), step };
}

function parse(text: string): Range[] {
  return text.split(",").map((part) => {
    const fields = part.split(":").map((field) => field.trim());
    const numbers = fields.map((field) => (field === "" ? null : Number(field)));
    const readable = fields.length <= 3 && numbers.every((value) => value === null || Number.isInteger(value));
    if (!readable || (fields.length === 1 && numbers[0] === null)) {
      throw new ArgumentError("slice", `cannot read the range "${part.trim()}"`);
    }
    return fields.length === 1 ? numbers[0]! : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  });
}
