import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { filled } from "../tensor/create.js";
import { eq, logicalAnd } from "./compare.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { applyBinary, applyScalar, binaryRule, scalarRule } from "./support/elementwise.js";
import { where } from "./where.js";

type Float = Tensor<FloatDType>;

const rule = binaryRule("pow", "inputs", (g, a, b) => [
  // At a = b = 0 the product b·aᵇ⁻¹ would be 0·∞, but a⁰ is constant.
  () => mul(g, where(logicalAnd(eq(a, 0), eq(b, 0)), 0, mul(b, pow(a, sub(b, 1))))),
  () => mul(g, mul(pow(a, b), logOrZero(a))),
]);
const scalar = scalarRule("pow", "pows", "inputs", (g, x, s) => (s === 0 ? mul(g, 0) : mul(g, mul(pow(x, s - 1), s))));

/**
 * aᵇ elementwise with broadcasting, C99's special cases, error at most 2 ulp; b may be a number.
 *
 * Adjoint: ga = g·b·aᵇ⁻¹, gb = g·aᵇ·log a (0 where a = 0), each summed over broadcast axes.
 * @example
 * import { init, pow, tensor } from "matprop";
 * await init();
 * pow(tensor([2, 3]), 3).toArray(); // [ 8, 27 ]
 */
export function pow<D extends FloatDType>(a: Tensor<D>, b: Tensor<D> | number): Tensor<D> {
  return typeof b === "number" ? applyScalar(scalar, a, b) : applyBinary(rule, a, b);
}

/** log a, and 0 at a = 0, where aᵇ·log a vanishes for b > 0. */
function logOrZero(a: Float): Float {
  const zero = eq(a, 0);
  const one = filled([], a.dtype, 1);
  return log(where(zero, one, a));
}
