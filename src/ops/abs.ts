import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { sign } from "./sign.js";
import { unary } from "./support/elementwise.js";

const op = unary("abs", { kernel: "abs", saves: "inputs", adjoint: (g, x) => mul(g, sign(x)) });

/**
 * |x| elementwise.
 *
 * Adjoint: gx = g·sign(x), 0 at x = 0.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { abs, init, tensor } from "matprop";
 * await init();
 * abs(tensor([-1, 2])).toArray(); // [ 1, 2 ]
 */
export function abs<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
