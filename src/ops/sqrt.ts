import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("sqrt", { kernel: "sqrt", saves: "output", adjoint: (g, _x, y) => mul(div(g, y), 0.5) });

/**
 * √x elementwise, correctly rounded; NaN below zero.
 *
 * Adjoint: gx = g/(2√x).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { sqrt, init, tensor } from "matprop";
 * await init();
 * sqrt(tensor([4, 9])).toArray(); // [ 2, 3 ]
 */
export function sqrt<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
