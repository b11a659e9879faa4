import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("sign", { kernel: "sign", saves: "nothing", adjoint: (g) => mul(g, 0) });

/**
 * The sign elementwise: −1, 0 or 1 (zeros and NaN stay as they are).
 *
 * Adjoint: zero (the function is constant almost everywhere).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { sign, init, tensor } from "matprop";
 * await init();
 * sign(tensor([-2, 0, 3])).toArray(); // [ -1, 0, 1 ]
 */
export function sign<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
