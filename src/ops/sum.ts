import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { broadcastTo } from "./broadcastTo.js";
import { reshape } from "./reshape.js";
import { checkFloat } from "./support/check.js";
import { planReduction, runReduction, type Axes, type ReduceOptions, type Reduction } from "./support/reduce.js";

type Float = Tensor<FloatDType>;

const rule: Rule<[Float], Reduction> = {
  name: "sum",
  saves: "nothing",
  forward: ([x], plan) => runReduction("sum", x, plan, x.dtype, wasm[x.dtype].sum),
  vjp: (g, { inputs: [x], params }) => [broadcastTo(reshape(g, params.kept), x.shape)],
  vjpDifferentiable: (g, { inputs: [x], params }) => [broadcastTo(reshape(g, params.kept), x.shape)],
};

/**
 * The sum over all elements, or over the given axes. The order of summation depends only on how many elements are
 * reduced (docs/architecture.md), so a row of a batch has the bits of the same row alone.
 *
 * Adjoint: gx repeats g along the reduced axes.
 * @param axis one axis or several; negative counts from the end; absent means all.
 * @throws {ArgumentError} if an axis is out of range or given twice.
 * @example
 * import { init, sum, tensor } from "matprop";
 * await init();
 * sum(tensor([[1, 2], [3, 4]]), 0).toArray(); // [ 4, 6 ]
 */
export function sum<D extends FloatDType>(x: Tensor<D>, axis?: Axes, options?: ReduceOptions): Tensor<D> {
  checkFloat("sum", x);
  return apply(rule, [x], planReduction("sum", x.shape, axis, options)) as Tensor<D>;
}
