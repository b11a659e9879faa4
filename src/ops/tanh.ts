import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { square } from "./square.js";
import { sub } from "./sub.js";
import { unary } from "./support/elementwise.js";

const op = unary("tanh", {
  kernel: "tanh",
  saves: "output",
  adjoint: (g, _x, y) => mul(g, sub(1, square(y))),
  fused: "tanh_vjp",
});

/**
 * tanh x elementwise, error at most 1 ulp.
 *
 * Adjoint: gx = g·(1 − y²).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { tanh, init, tensor } from "matprop";
 * await init();
 * tanh(tensor([0])).toArray(); // [ 0 ]
 */
export function tanh<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
