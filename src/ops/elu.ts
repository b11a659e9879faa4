import { ArgumentError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { filled } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { gt } from "./compare.js";
import { exp } from "./exp.js";
import { minimum } from "./maximum.js";
import { mul } from "./mul.js";
import { where } from "./where.js";
import { checkFloat } from "./support/check.js";

type Float = Tensor<FloatDType>;

const rule: Rule<[Float], number> = {
  name: "elu",
  saves: "inputs",
  forward: ([x], alpha) => {
    const y = allocate(x.shape, x.dtype);
    wasm[x.dtype].elu(x.size, alpha, address("elu", x), address("elu", y));
    return y;
  },
  vjp: (g, { inputs: [x], params: alpha }) => {
    const out = allocate(x.shape, x.dtype);
    wasm[x.dtype].elu_vjp(x.size, alpha, address("elu", x), address("elu", g), address("elu", out));
    return [out];
  },
  vjpDifferentiable: (g, { inputs: [x], params: alpha }) => [
    mul(g, where(gt(x, 0), filled([], x.dtype, 1), mul(exp(minimum(x, 0)), alpha))),
  ],
};

/**
 * x where x > 0, else alpha·(eˣ − 1), elementwise.
 *
 * Adjoint: gx = g where x > 0, else g·alpha·eˣ.
 * @throws {ArgumentError} unless `alpha` is finite.
 * @example
 * import { elu, init, tensor } from "matprop";
 * await init();
 * elu(tensor([0, 2])).toArray(); // [ 0, 2 ]
 */
export function elu<D extends FloatDType>(x: Tensor<D>, alpha = 1): Tensor<D> {
  checkFloat("elu", x);
  if (!Number.isFinite(alpha)) throw new ArgumentError("elu", `alpha must be finite, got ${alpha}`);
  return apply(rule, [x], alpha) as Tensor<D>;
}
