import { ArgumentError, ShapeError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { itemBytes, type DType } from "../tensor/dtype.js";
import { normalizeAxis, showShape, stridesOf } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { slice, type Range } from "./slice.js";
import { unsqueeze } from "./squeeze.js";
import { collapse, stage } from "./support/broadcast.js";
import { checkSameDtype, checkTensor } from "./support/check.js";

const rule: Rule<readonly Tensor<DType>[], number> = {
  name: "concat",
  saves: "nothing",
  forward: join,
  vjp: (g, { inputs, params }) => split(g, inputs, params),
  vjpDifferentiable: (g, { inputs, params }) => split(g, inputs, params),
};

/**
 * The tensors one after the other along an axis; the other sizes must agree.
 *
 * Adjoint: each input gets its part of g.
 * @throws {ShapeError} if the shapes do not fit; {@link DtypeError} if the dtypes differ.
 * @example
 * import { concat, init, ones, zeros } from "matprop";
 * await init();
 * concat([zeros([1, 2]), ones([2, 2])]).shape; // [ 3, 2 ]
 */
export function concat<D extends DType>(tensors: readonly Tensor<D>[], axis = 0): Tensor<D> {
  const [first] = tensors;
  if (first === undefined) throw new ArgumentError("concat", "needs at least one tensor");
  tensors.forEach((x) => checkTensor("concat", x));
  const along = normalizeAxis("concat", axis, first.rank);
  for (const x of tensors) {
    checkSameDtype("concat", first, x);
    if (x.rank !== first.rank || x.shape.some((size, i) => i !== along && size !== first.shape[i])) {
      throw new ShapeError(
        "concat",
        `${showShape(x.shape)} does not join ${showShape(first.shape)} along axis ${axis}`,
      );
    }
  }
  return apply(rule, tensors, along) as Tensor<D>;
}

/**
 * Tensors of one shape along a new axis. Adjoint: each input gets its part of g.
 *
 * @example
 * import { init, stack, tensor } from "matprop";
 * await init();
 * stack([tensor([1, 2]), tensor([3, 4])], 1).toArray(); // [ [ 1, 3 ], [ 2, 4 ] ]
 */
export function stack<D extends DType>(tensors: readonly Tensor<D>[], axis = 0): Tensor<D> {
  return concat(
    tensors.map((x) => unsqueeze(x, axis)),
    axis,
  );
}

function join(inputs: readonly Tensor<DType>[], axis: number): Tensor<DType> {
  const { shape: common, dtype } = inputs[0]!;
  const shape = [...common];
  shape[axis] = inputs.reduce((sum, x) => sum + x.shape[axis]!, 0);
  const out = allocate(shape, dtype);
  const strides = stridesOf(shape);
  const bytes = itemBytes(dtype);
  const { put_strided1, put_strided4, put_strided8 } = wasm.kernels;
  const put = bytes === 4 ? put_strided4 : bytes === 8 ? put_strided8 : put_strided1;
  let start = 0;
  for (const x of inputs) {
    if (x.size > 0) {
      const from = address("concat", x);
      const walk = collapse(x.shape, [strides]);
      const [dims, steps] = stage([walk.dims, walk.strides[0]!]);
      put(walk.dims.length, dims!, steps!, from, address("concat", out) + start * strides[axis]! * bytes);
    }
    start += x.shape[axis]!;
  }
  return out;
}

function split(g: Tensor<DType>, inputs: readonly Tensor<DType>[], axis: number): Tensor<DType>[] {
  let start = 0;
  return inputs.map((x) => {
    const from = start;
    start += x.shape[axis]!;
    const ranges: Range[] = new Array<Range>(axis).fill(null);
    return slice(g, [...ranges, [from, start]]);
  });
}
