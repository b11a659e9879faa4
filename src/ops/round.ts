import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("round", { kernel: "round", saves: "nothing", adjoint: (g) => mul(g, 0) });

/**
 * The nearest integer elementwise, halves to even.
 *
 * Adjoint: zero (the function is constant almost everywhere).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { round, init, tensor } from "matprop";
 * await init();
 * round(tensor([1.5, 2.5])).toArray(); // [ 2, 2 ]
 */
export function round<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
