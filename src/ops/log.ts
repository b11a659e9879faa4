import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { div } from "./div.js";
import { unary } from "./support/elementwise.js";

const op = unary("log", { kernel: "log", saves: "inputs", adjoint: (g, x) => div(g, x) });

/**
 * The natural logarithm elementwise, error at most 1 ulp; −∞ at 0, NaN below.
 *
 * Adjoint: gx = g/x.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { log, init, tensor } from "matprop";
 * await init();
 * log(tensor([1])).toArray(); // [ 0 ]
 */
export function log<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
