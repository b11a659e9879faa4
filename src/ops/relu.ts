import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "./astype.js";
import { gt } from "./compare.js";
import { mul } from "./mul.js";
import { unary } from "./support/elementwise.js";

const op = unary("relu", {
  kernel: "relu",
  saves: "output",
  adjoint: (g, _x, y) => mul(g, astype(gt(y, 0), y.dtype)),
  fused: "relu_vjp",
});

/**
 * max(x, 0) elementwise; NaN stays.
 *
 * Adjoint: gx = g where y > 0, else 0.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { relu, init, tensor } from "matprop";
 * await init();
 * relu(tensor([-1, 2])).toArray(); // [ 0, 2 ]
 */
export function relu<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
