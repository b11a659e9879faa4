import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { sigmoid } from "./sigmoid.js";
import { unary } from "./support/elementwise.js";

const op = unary("softplus", {
  kernel: "softplus",
  saves: "inputs",
  adjoint: (g, x) => mul(g, sigmoid(x)),
  fused: "softplus_vjp",
});

/**
 * log(1 + eˣ) elementwise, without overflow.
 *
 * Adjoint: gx = g·σ(x).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { softplus, init, tensor } from "matprop";
 * await init();
 * softplus(tensor([0])).toArray(); // [ 0.6931471824645996 ]
 */
export function softplus<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
