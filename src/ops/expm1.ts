import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("expm1", { kernel: "expm1", saves: "output", adjoint: (g, _x, y) => mul(g, add(y, 1)) });

/**
 * eˣ − 1 elementwise, accurate near 0, error at most 1 ulp.
 *
 * Adjoint: gx = g·eˣ.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { expm1, init, tensor } from "matprop";
 * await init();
 * expm1(tensor([0])).toArray(); // [ 0 ]
 */
export function expm1<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
