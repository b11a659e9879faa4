import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { erf } from "./erf.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { square } from "./square.js";
import { unary } from "./support/elementwise.js";

const SQRT_HALF = 0.7071067811865476;
const INVERSE_SQRT_TWO_PI = 0.3989422804014327;

/** Φ(x) + xφ(x). */
function slope(x: Tensor<FloatDType>): Tensor<FloatDType> {
  const distribution = mul(add(erf(mul(x, SQRT_HALF)), 1), 0.5);
  const density = mul(exp(mul(square(x), -0.5)), INVERSE_SQRT_TWO_PI);
  return add(distribution, mul(x, density));
}

const op = unary("gelu", {
  kernel: "gelu",
  saves: "inputs",
  adjoint: (g, x) => mul(g, slope(x)),
  fused: "gelu_vjp",
});

/**
 * ½x(1 + erf(x/√2)) elementwise: the exact GELU.
 *
 * Adjoint: gx = g·(Φ(x) + x·φ(x)) with the normal distribution function and density.
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { gelu, init, tensor } from "matprop";
 * await init();
 * gelu(tensor([0])).toArray(); // [ 0 ]
 */
export function gelu<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
