import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("floor", { kernel: "floor", saves: "nothing", adjoint: (g) => mul(g, 0) });

/**
 * ⌊x⌋ elementwise.
 *
 * Adjoint: zero (the function is constant almost everywhere).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { floor, init, tensor } from "matprop";
 * await init();
 * floor(tensor([1.5, -1.5])).toArray(); // [ 1, -2 ]
 */
export function floor<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
