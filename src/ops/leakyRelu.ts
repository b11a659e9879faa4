import { ArgumentError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { filled } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { gt } from "./compare.js";
import { mul } from "./mul.js";
import { where } from "./where.js";
import { checkFloat } from "./support/check.js";

type Float = Tensor<FloatDType>;

const rule: Rule<[Float], number> = {
  name: "leakyRelu",
  saves: "inputs",
  forward: ([x], slope) => {
    const y = allocate(x.shape, x.dtype);
    wasm[x.dtype].leakyRelu(x.size, slope, address("leakyRelu", x), address("leakyRelu", y));
    return y;
  },
  vjp: (g, { inputs: [x], params: slope }) => {
    const out = allocate(x.shape, x.dtype);
    wasm[x.dtype].leakyRelu_vjp(
      x.size,
      slope,
      address("leakyRelu", x),
      address("leakyRelu", g),
      address("leakyRelu", out),
    );
    return [out];
  },
  vjpDifferentiable: (g, { inputs: [x], params: slope }) => [mul(g, where(gt(x, 0), 1, filled([], x.dtype, slope)))],
};

/**
 * x where x > 0, else slope·x, elementwise.
 *
 * Adjoint: gx = g where x > 0, else slope·g.
 * @throws {ArgumentError} unless `slope` is finite.
 * @example
 * import { leakyRelu, init, tensor } from "matprop";
 * await init();
 * leakyRelu(tensor([-1, 2]), 0.5).toArray(); // [ -0.5, 2 ]
 */
export function leakyRelu<D extends FloatDType>(x: Tensor<D>, slope = 0.01): Tensor<D> {
  checkFloat("leakyRelu", x);
  if (!Number.isFinite(slope)) throw new ArgumentError("leakyRelu", `slope must be finite, got ${slope}`);
  return apply(rule, [x], slope) as Tensor<D>;
}
