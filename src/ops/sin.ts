import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { cos } from "./cos.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("sin", { kernel: "sin", saves: "inputs", adjoint: (g, x) => mul(g, cos(x)) });

/**
 * sin x elementwise (x in radians), error at most 1 ulp over the whole range.
 *
 * Adjoint: gx = g·cos x.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { sin, init, tensor } from "matprop";
 * await init();
 * sin(tensor([0])).toArray(); // [ 0 ]
 */
export function sin<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
