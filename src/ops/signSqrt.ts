import { ArgumentError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { abs } from "./abs.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { sqrt } from "./sqrt.js";
import { checkFloat } from "./support/check.js";

type Float = Tensor<FloatDType>;

const rule: Rule<[Float], number> = {
  name: "signSqrt",
  saves: "inputs",
  forward: ([x]) => {
    const y = allocate(x.shape, x.dtype);
    wasm[x.dtype].signSqrt(x.size, address("signSqrt", x), address("signSqrt", y));
    return y;
  },
  vjp: (g, { inputs: [x], params: eps }) => {
    const out = allocate(x.shape, x.dtype);
    wasm[x.dtype].signSqrt_vjp(x.size, eps, address("signSqrt", x), address("signSqrt", g), address("signSqrt", out));
    return [out];
  },
  vjpDifferentiable: (g, { inputs: [x], params: eps }) => [div(mul(g, 0.5), add(sqrt(abs(x)), eps))],
};

/**
 * sign(x)·√|x| elementwise: the power normalisation of bilinear pooling (Lin, RoyChowdhury, Maji 2015).
 *
 * Adjoint: gx = g/(2(√|x| + eps)); eps keeps it finite at 0, where the true slope is infinite.
 * @throws {ArgumentError} unless eps ≥ 0.
 * @example
 * import { init, signSqrt, tensor } from "matprop";
 * await init();
 * signSqrt(tensor([-4, 9])).toArray(); // [ -2, 3 ]
 */
export function signSqrt<D extends FloatDType>(x: Tensor<D>, eps = 1e-5): Tensor<D> {
  checkFloat("signSqrt", x);
  if (!(eps >= 0)) throw new ArgumentError("signSqrt", `eps must not be negative, got ${eps}`);
  return apply(rule, [x], eps) as Tensor<D>;
}
