import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("square", { kernel: "square", saves: "inputs", adjoint: (g, x) => mul(mul(g, x), 2) });

/**
 * x² elementwise.
 *
 * Adjoint: gx = 2·g·x.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { square, init, tensor } from "matprop";
 * await init();
 * square(tensor([3, -2])).toArray(); // [ 9, 4 ]
 */
export function square<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
