import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { unary } from "./support/elementwise.js";

const op = unary("sigmoid", {
  kernel: "sigmoid",
  saves: "output",
  adjoint: (g, _x, y) => mul(g, mul(y, sub(1, y))),
  fused: "sigmoid_vjp",
});

/**
 * 1/(1 + e⁻ˣ) elementwise, without overflow.
 *
 * Adjoint: gx = g·y·(1 − y).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { sigmoid, init, tensor } from "matprop";
 * await init();
 * sigmoid(tensor([0])).toArray(); // [ 0.5 ]
 */
export function sigmoid<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
