import type { FloatDType } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { applyBinary, applyScalar, binaryRule, scalarRule } from "./support/elementwise.js";

const rule = binaryRule("div", "inputs", (g, a, b) => [() => div(g, b), () => neg(div(mul(g, div(a, b)), b))]);
const right = scalarRule("div", "divs", "nothing", (g, _x, s) => div(g, s));
const left = scalarRule("div", "rdivs", "both", (g, x, _s, y) => neg(div(mul(g, y), x)));

/**
 * a / b elementwise with broadcasting; either may be a number (not both).
 *
 * Adjoint: ga = g/b, gb = −g·a/b², each summed over the axes along which it was broadcast.
 * @throws {ShapeError} if the shapes do not broadcast; {@link DtypeError} if the dtypes differ.
 * @example
 * import { div, init, tensor } from "matprop";
 * await init();
 * div(1, tensor([2, 4])).toArray(); // [ 0.5, 0.25 ]
 */
export function div<D extends FloatDType>(a: Tensor<D>, b: Tensor<D> | number): Tensor<D>;
export function div<D extends FloatDType>(a: number, b: Tensor<D>): Tensor<D>;
export function div<D extends FloatDType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  if (typeof a === "number") return applyScalar(left, b as Tensor<D>, a);
  return typeof b === "number" ? applyScalar(right, a, b) : applyBinary(rule, a, b);
}
