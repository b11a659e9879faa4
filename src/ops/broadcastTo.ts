import { ShapeError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { DType } from "../tensor/dtype.js";
import { broadcastShapes, checkShape, sameShape, showShape, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { sumTo } from "./sumTo.js";
import { broadcastStrides } from "./support/broadcast.js";
import { checkTensor } from "./support/check.js";
import { copyStrided } from "./support/strided.js";

const rule: Rule<[Tensor<DType>], Shape> = {
  name: "broadcastTo",
  saves: "nothing",
  forward: ([x], shape) => copyStrided("broadcastTo", x, shape, broadcastStrides(x.shape, shape), 0),
  vjp: (g, { inputs: [x] }) => [sumTo(g, x.shape)],
  vjpDifferentiable: (g, { inputs: [x] }) => [sumTo(g, x.shape)],
};

/**
 * x repeated to `shape` by NumPy's broadcasting rule.
 *
 * Adjoint: gx sums g over the repeated axes.
 * @throws {ShapeError} if x does not broadcast to `shape`.
 * @example
 * import { broadcastTo, init, tensor } from "matprop";
 * await init();
 * broadcastTo(tensor([1, 2]), [2, 2]).toArray(); // [ [ 1, 2 ], [ 1, 2 ] ]
 */
export function broadcastTo<D extends DType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  checkTensor("broadcastTo", x);
  checkShape("broadcastTo", shape);
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
    throw new ShapeError("broadcastTo", `${showShape(x.shape)} does not broadcast to ${showShape(shape)}`);
  }
  return apply(rule, [x], [...shape]) as Tensor<D>;
}
