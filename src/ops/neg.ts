import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { unary } from "./support/elementwise.js";

const op = unary("neg", { kernel: "neg", saves: "nothing", adjoint: (g) => neg(g) });

/**
 * −x elementwise (the sign bit flips, also of zeros).
 *
 * Adjoint: gx = −g.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { neg, init, tensor } from "matprop";
 * await init();
 * neg(tensor([1, -2])).toArray(); // [ -1, 2 ]
 */
export function neg<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
