import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { sigmoid } from "./sigmoid.js";
import { unary } from "./support/elementwise.js";

/** σ(x)(1 + xσ(−x)). */
function slope(x: Tensor<FloatDType>): Tensor<FloatDType> {
  return mul(sigmoid(x), add(mul(x, sigmoid(neg(x))), 1));
}

const op = unary("silu", {
  kernel: "silu",
  saves: "inputs",
  adjoint: (g, x) => mul(g, slope(x)),
  fused: "silu_vjp",
});

/**
 * x·σ(x) elementwise (SiLU, swish).
 *
 * Adjoint: gx = g·σ(x)·(1 + x·σ(−x)).
 * @throws {DtypeError} unless x is float32 or float64.
 * @example
 * import { silu, init, tensor } from "matprop";
 * await init();
 * silu(tensor([0])).toArray(); // [ 0 ]
 */
export function silu<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return op(x);
}
