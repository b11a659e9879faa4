import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { unary } from "./support/elementwise.js";

const op = unary("log1p", { kernel: "log1p", saves: "inputs", adjoint: (g, x) => div(g, add(x, 1)) });

/**
 * log(1 + x) elementwise, accurate near 0, error at most 1 ulp.
 *
 * Adjoint: gx = g/(1 + x).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { log1p, init, tensor } from "matprop";
 * await init();
 * log1p(tensor([0])).toArray(); // [ 0 ]
 */
export function log1p<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
