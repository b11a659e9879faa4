import { ArgumentError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { astype } from "./astype.js";
import { ge, le } from "./compare.js";
import { mul } from "./mul.js";
import { checkFloat } from "./support/check.js";

type Float = Tensor<FloatDType>;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

const rule: Rule<[Float], Bounds> = {
  name: "clip",
  saves: "inputs",
  forward: ([x], { low, high }) => {
    const y = allocate(x.shape, x.dtype);
    wasm[x.dtype].clip(x.size, low, high, address("clip", x), address("clip", y));
    return y;
  },
  vjp: (g, { inputs: [x], params: { low, high } }) => {
    const out = allocate(x.shape, x.dtype);
    wasm[x.dtype].clip_vjp(x.size, low, high, address("clip", x), address("clip", g), address("clip", out));
    return [out];
  },
  vjpDifferentiable: (g, { inputs: [x], params: { low, high } }) => [
    mul(g, mul(astype(ge(x, low), x.dtype), astype(le(x, high), x.dtype))),
  ],
};

/**
 * min(max(x, low), high) elementwise; NaN stays.
 *
 * Adjoint: g where low ≤ x ≤ high, else 0.
 * @throws {ArgumentError} if low > high or a bound is NaN.
 * @example
 * import { clip, init, tensor } from "matprop";
 * await init();
 * clip(tensor([-1, 0.5, 2]), 0, 1).toArray(); // [ 0, 0.5, 1 ]
 */
export function clip<D extends FloatDType>(x: Tensor<D>, low: number, high: number): Tensor<D> {
  checkFloat("clip", x);
  if (!(low <= high)) throw new ArgumentError("clip", `needs low ≤ high, got ${low} and ${high}`);
  return apply(rule, [x], { low, high }) as Tensor<D>;
}
