import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { square } from "./square.js";
import { unary } from "./support/elementwise.js";

const TWO_OVER_SQRT_PI = 1.1283791670955126;

const op = unary("erf", {
  kernel: "erf",
  saves: "inputs",
  adjoint: (g, x) => mul(mul(g, exp(neg(square(x)))), TWO_OVER_SQRT_PI),
});

/**
 * The error function 2/√π ∫₀ˣ e^(−t²) dt elementwise, error at most 2 ulp.
 *
 * Adjoint: gx = g·(2/√π)·e^(−x²).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { erf, init, tensor } from "matprop";
 * await init();
 * erf(tensor([0])).toArray(); // [ 0 ]
 */
export function erf<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
