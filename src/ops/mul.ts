import type { FloatDType } from "../tensor/dtype.js";
import type { Rule } from "../autodiff/rule.js";
import { Tensor } from "../tensor/tensor.js";
import { applyBinary, applyScalar, binaryRule, scalarRule } from "./support/elementwise.js";

const rule: Rule<[Tensor<FloatDType>, Tensor<FloatDType>]> = binaryRule("mul", "inputs", (g, a, b) => [
  () => applyBinary(rule, g, b),
  () => applyBinary(rule, g, a),
]);
const scalar: Rule<[Tensor<FloatDType>], number> = scalarRule("mul", "muls", "nothing", (g, _x, s) =>
  applyScalar(scalar, g, s),
);

/**
 * a · b elementwise with broadcasting; b may be a number.
 *
 * Adjoint: ga = g·b, gb = g·a, each summed over the axes along which it was broadcast.
 * @throws {ShapeError} if the shapes do not broadcast; {@link DtypeError} if the dtypes differ.
 * @example
 * import { init, mul, tensor } from "matprop";
 * await init();
 * mul(tensor([1, 2]), tensor([3, 4])).toArray(); // [ 3, 8 ]
 */
export function mul<D extends FloatDType>(a: Tensor<D>, b: Tensor<D> | number): Tensor<D> {
  return typeof b === "number" ? applyScalar(scalar, a, b) : applyBinary(rule, a, b);
}
