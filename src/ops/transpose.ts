import { ShapeError } from "../errors.js";
import type { DType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./support/check.js";
import { permute } from "./permute.js";

/**
 * The last two axes swapped: every matrix of a batch transposed. Also `x.mT`.
 *
 * Adjoint: gx = gᵀ.
 * @throws {ShapeError} if x has fewer than two axes.
 * @example
 * import { init, tensor, transpose } from "matprop";
 * await init();
 * transpose(tensor([[1, 2], [3, 4]])).toArray(); // [ [ 1, 3 ], [ 2, 4 ] ]
 */
export function transpose<D extends DType>(x: Tensor<D>): Tensor<D> {
  checkTensor("transpose", x);
  if (x.rank < 2) throw new ShapeError("transpose", `needs at least two axes, got ${showShape(x.shape)}`);
  const order = x.shape.map((_, axis) => axis);
  order.push(order.splice(order.length - 2, 1)[0]!);
  return permute(x, order);
}
