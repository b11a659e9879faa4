import type { FloatDType } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import { applyBinary, applyScalar, binaryRule, scalarRule } from "./support/elementwise.js";

const rule = binaryRule("add", "nothing", (g) => [() => g, () => g]);
const scalar = scalarRule("add", "adds", "nothing", (g) => g);

/**
 * a + b with broadcasting; b may be a number.
 *
 * Adjoint: ga = g, gb = g, each summed over the axes along which it was broadcast.
 * @throws {ShapeError} if the shapes do not broadcast; {@link DtypeError} if the dtypes differ.
 * @example
 * import { add, init, tensor } from "matprop";
 * await init();
 * add(tensor([[1], [2]]), tensor([10, 20])).toArray(); // [ [ 11, 21 ], [ 12, 22 ] ]
 */
export function add<D extends FloatDType>(a: Tensor<D>, b: Tensor<D> | number): Tensor<D> {
  return typeof b === "number" ? applyScalar(scalar, a, b) : applyBinary(rule, a, b);
}
