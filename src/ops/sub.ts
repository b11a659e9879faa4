import type { FloatDType } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import { neg } from "./neg.js";
import { applyBinary, applyScalar, binaryRule, scalarRule } from "./support/elementwise.js";

const rule = binaryRule("sub", "nothing", (g) => [() => g, () => neg(g)]);
const right = scalarRule("sub", "subs", "nothing", (g) => g);
const left = scalarRule("sub", "rsubs", "nothing", (g) => neg(g));

/**
 * a − b with broadcasting; either may be a number (not both).
 *
 * Adjoint: ga = g, gb = −g, each summed over the axes along which it was broadcast.
 * @throws {ShapeError} if the shapes do not broadcast; {@link DtypeError} if the dtypes differ.
 * @example
 * import { init, sub, tensor } from "matprop";
 * await init();
 * sub(1, tensor([1, 2])).toArray(); // [ 0, -1 ]
 */
export function sub<D extends FloatDType>(a: Tensor<D>, b: Tensor<D> | number): Tensor<D>;
export function sub<D extends FloatDType>(a: number, b: Tensor<D>): Tensor<D>;
export function sub<D extends FloatDType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  if (typeof a === "number") return applyScalar(left, b as Tensor<D>, a);
  return typeof b === "number" ? applyScalar(right, a, b) : applyBinary(rule, a, b);
}
