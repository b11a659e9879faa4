import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { sin } from "./sin.js";
import { unary } from "./support/elementwise.js";

const op = unary("cos", { kernel: "cos", saves: "inputs", adjoint: (g, x) => neg(mul(g, sin(x))) });

/**
 * cos x elementwise (x in radians), error at most 1 ulp over the whole range.
 *
 * Adjoint: gx = −g·sin x.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { cos, init, tensor } from "matprop";
 * await init();
 * cos(tensor([0])).toArray(); // [ 1 ]
 */
export function cos<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
