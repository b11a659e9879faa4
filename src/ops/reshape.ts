import { ShapeError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { DType } from "../tensor/dtype.js";
import { checkShape, sameShape, showShape, sizeOf, type Shape } from "../tensor/shape.js";
import { viewOf, type Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./support/check.js";

const rule: Rule<[Tensor<DType>], Shape> = {
  name: "reshape",
  saves: "nothing",
  forward: ([x], shape) => viewOf(x, shape),
  vjp: (g, { inputs: [x] }) => [reshape(g, x.shape)],
  vjpDifferentiable: (g, { inputs: [x] }) => [reshape(g, x.shape)],
};

/**
 * The same elements in row-major order under another shape; nothing is copied. One size may be −1: it is inferred.
 *
 * Adjoint: gx = g in the shape of x.
 * @throws {ShapeError} if the number of elements differs.
 * @example
 * import { arange, init, reshape } from "matprop";
 * await init();
 * reshape(arange(6), [2, -1]).shape; // [ 2, 3 ]
 */
export function reshape<D extends DType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  checkTensor("reshape", x);
  if (sameShape(x.shape, shape)) return x;
  return apply(rule, [x], inferred(x, shape)) as Tensor<D>;
}

function inferred(x: Tensor<DType>, shape: Shape): Shape {
  const open = shape.indexOf(-1);
  const full = [...shape];
  if (open >= 0) {
    const rest = sizeOf(full.filter((_, axis) => axis !== open));
    full[open] = rest === 0 ? 0 : x.size / rest;
    if (!Number.isInteger(full[open])) misfit(x, shape);
  }
  checkShape("reshape", full);
  if (sizeOf(full) !== x.size) misfit(x, shape);
  return full;
}

function misfit(x: Tensor<DType>, shape: Shape): never {
  throw new ShapeError("reshape", `${showShape(x.shape)} has ${x.size} elements and cannot become ${showShape(shape)}`);
}
