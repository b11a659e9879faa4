import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { square } from "./square.js";
import { unary } from "./support/elementwise.js";

const op = unary("reciprocal", { kernel: "recip", saves: "output", adjoint: (g, _x, y) => neg(mul(g, square(y))) });

/**
 * 1/x elementwise, correctly rounded.
 *
 * Adjoint: gx = −g/x².
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { reciprocal, init, tensor } from "matprop";
 * await init();
 * reciprocal(tensor([2, 4])).toArray(); // [ 0.5, 0.25 ]
 */
export function reciprocal<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
