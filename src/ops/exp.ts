import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("exp", { kernel: "exp", saves: "output", adjoint: (g, _x, y) => mul(g, y) });

/**
 * eˣ elementwise, error at most 1 ulp.
 *
 * Adjoint: gx = g·eˣ.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { exp, init, tensor } from "matprop";
 * await init();
 * exp(tensor([0])).toArray(); // [ 1 ]
 */
export function exp<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
