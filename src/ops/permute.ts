import { ArgumentError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { DType } from "../tensor/dtype.js";
import { normalizeAxis } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./support/check.js";
import { permuted } from "./support/strided.js";

const rule: Rule<[Tensor<DType>], readonly number[]> = {
  name: "permute",
  saves: "nothing",
  forward: ([x], order) => permuted("permute", x, order),
  vjp: (g, { params }) => [permute(g, inverse(params))],
  vjpDifferentiable: (g, { params }) => [permute(g, inverse(params))],
};

/**
 * The axes in another order: axis i of the result is axis `order[i]` of x.
 *
 * Adjoint: gx permutes g back.
 * @throws {ArgumentError} if `order` does not name every axis once.
 * @example
 * import { init, permute, zeros } from "matprop";
 * await init();
 * permute(zeros([2, 3, 4]), [2, 0, 1]).shape; // [ 4, 2, 3 ]
 */
export function permute<D extends DType>(x: Tensor<D>, order: readonly number[]): Tensor<D> {
  checkTensor("permute", x);
  const axes = order.map((axis) => normalizeAxis("permute", axis, x.rank));
  if (axes.length !== x.rank || new Set(axes).size !== x.rank) {
    throw new ArgumentError(
      "permute",
      `the order must name each of the ${x.rank} axes once, got [${order.join(", ")}]`,
    );
  }
  return axes.every((axis, i) => axis === i) ? x : (apply(rule, [x], axes) as Tensor<D>);
}

function inverse(order: readonly number[]): number[] {
  const back = new Array<number>(order.length);
  order.forEach((axis, i) => (back[axis] = i));
  return back;
}
