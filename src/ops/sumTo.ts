import type { FloatDType } from "../tensor/dtype.js";
import { sameShape, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";

/** Sums x over the axes along which a tensor of `shape` was broadcast to x's shape: the adjoint of broadcasting. */
export function sumTo<D extends FloatDType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes: number[] = [];
  x.shape.forEach((size, axis) => {
    if (axis < lead || (shape[axis - lead] === 1 && size !== 1)) axes.push(axis);
  });
  return reshape(sum(x, axes), shape);
}
