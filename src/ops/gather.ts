import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { filled } from "../tensor/create.js";
import { itemBytes, type DType, type FloatDType } from "../tensor/dtype.js";
import { inScope } from "../tensor/scoped.js";
import { normalizeAxis, showShape, sizeOf, type Shape } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkTensor } from "./support/check.js";

type Float = Tensor<FloatDType>;

const rule: Rule<[Tensor<DType>, Tensor<DType>], number> = {
  name: "gather",
  saves: "inputs",
  forward: ([x, index], axis) => {
    const { outer, n, inner } = around(x.shape, axis);
    const out = allocate([...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)], x.dtype);
    const bytes = inner * itemBytes(x.dtype);
    const [px, pi, po] = [address("gather", x), address("gather", index), address("gather", out)];
    refuse("gather", wasm.kernels.gather(outer, n, bytes, index.size, pi, px, po), index, n);
    return out;
  },
  vjp: (g, { inputs: [x, index], params }) => [scatter(g, index, { axis: params, shape: x.shape }), null],
  vjpDifferentiable: (g, { inputs: [x, index], params }) => [scatter(g, index, { axis: params, shape: x.shape }), null],
};

/** The adjoint of gathering: rows of g added up, in ascending order, where they came from. */
const scatterRule: Rule<[Float, Tensor<DType>], { readonly axis: number; readonly shape: Shape }> = {
  name: "gather",
  saves: "inputs",
  forward: ([g, index], { axis, shape }) => {
    const { outer, n, inner } = around(shape, axis);
    const out = filled(shape, g.dtype, 0);
    const [pg, pi, po] = [address("gather", g), address("gather", index), address("gather", out)];
    wasm[g.dtype].scatter_add(outer, n, inner, index.size, pi, pg, po);
    return out;
  },
  vjp: (h, { inputs: [, index], params }) => [apply(rule, [h, index], params.axis), null],
  vjpDifferentiable: (h, { inputs: [, index], params }) => [apply(rule, [h, index], params.axis), null],
};

function scatter(
  g: Float,
  index: Tensor<DType>,
  params: { readonly axis: number; readonly shape: Shape },
): Tensor<DType> {
  return apply(scatterRule, [g, index], params);
}

/**
 * The slices of x at the given indices along an axis (as NumPy's `take`): the axis is replaced by the shape of `index`.
 *
 * Adjoint: gx adds up the slices of g by their index.
 * @throws {DtypeError} unless `index` is int32; {@link ArgumentError} if an index is outside the axis.
 * @example
 * import { gather, init, tensor } from "matprop";
 * await init();
 * const rows = tensor(new Int32Array([1, 0, 1]));
 * gather(tensor([[1, 2], [3, 4]]), rows).toArray(); // [ [ 3, 4 ], [ 1, 2 ], [ 3, 4 ] ]
 */
export function gather<D extends DType>(x: Tensor<D>, index: Tensor<"int32">, axis = 0): Tensor<D> {
  checkTensor("gather", x);
  requireIndex("gather", index);
  if (x.rank === 0) throw new ShapeError("gather", `needs at least one axis, got ${showShape(x.shape)}`);
  return apply(rule, [x, index], normalizeAxis("gather", axis, x.rank)) as Tensor<D>;
}

/**
 * One-hot rows: shape `[…index.shape, classes]`, 1 at the index, else 0. No gradient.
 *
 * @throws {DtypeError} unless `index` is int32; {@link ArgumentError} if an index is outside 0 … classes − 1.
 * @example
 * import { init, oneHot, tensor } from "matprop";
 * await init();
 * oneHot(tensor(new Int32Array([1, 0])), 2).toArray(); // [ [ 0, 1 ], [ 1, 0 ] ]
 */
export function oneHot<D extends FloatDType = "float32">(
  index: Tensor<"int32">,
  classes: number,
  options: { readonly dtype?: D } = {},
): Tensor<D> {
  requireIndex("oneHot", index);
  if (!Number.isInteger(classes) || classes < 1) {
    throw new ArgumentError("oneHot", `classes must be a positive integer, got ${classes}`);
  }
  const { dtype = "float32" as D } = options;
  wasm.require("oneHot");
  return inScope(() => {
    const out = allocate([...index.shape, classes], dtype);
    const [pi, po] = [address("oneHot", index), address("oneHot", out)];
    refuse("oneHot", wasm[dtype].oneHot(index.size, classes, pi, po), index, classes);
    return out;
  });
}

function requireIndex(op: string, index: Tensor<DType>): void {
  checkTensor(op, index);
  if (index.dtype !== "int32") throw new DtypeError(op, `the index must be int32, got ${index.dtype}`);
}

/** Turns a kernel's "position + 1 of the first index out of range" into an error. */
function refuse(op: string, code: number, index: Tensor<DType>, n: number): void {
  if (code === 0) return;
  throw new ArgumentError(op, `index ${index.data()[code - 1]} at position ${code - 1} is outside 0 … ${n - 1}`);
}

function around(shape: Shape, axis: number): { outer: number; n: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), n: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}
