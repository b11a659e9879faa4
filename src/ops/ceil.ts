import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("ceil", { kernel: "ceil", saves: "nothing", adjoint: (g) => mul(g, 0) });

/**
 * ⌈x⌉ elementwise.
 *
 * Adjoint: zero (the function is constant almost everywhere).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { ceil, init, tensor } from "matprop";
 * await init();
 * ceil(tensor([1.5, -1.5])).toArray(); // [ 2, -1 ]
 */
export function ceil<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
