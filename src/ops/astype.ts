import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { checkDtype, isFloat, type DType, type FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { cast } from "./support/cast.js";
import { checkTensor } from "./support/check.js";

const rule: Rule<[Tensor<DType>], DType> = {
  name: "astype",
  saves: "nothing",
  forward: ([x], dtype) => cast(x, dtype),
  vjp: back,
  vjpDifferentiable: back,
};

/**
 * The same values in another element type: to a float rounded to nearest, to int32 and uint8 truncated and saturated
 * (NaN gives 0), to bool whether not 0.
 *
 * Adjoint between floats: gx is g in the dtype of x. From or to an integer there is no gradient.
 * @example
 * import { astype, init, tensor } from "matprop";
 * await init();
 * astype(tensor([1.5, -2.5]), "int32").toArray(); // [ 1, -2 ]
 */
export function astype<T extends DType>(x: Tensor<DType>, dtype: T): Tensor<T> {
  checkTensor("astype", x);
  checkDtype("astype", dtype);
  return (x.dtype === dtype ? x : apply(rule, [x], dtype)) as Tensor<T>;
}

function back(g: Tensor<FloatDType>, { inputs: [x] }: Applied<[Tensor<DType>], DType>): [Tensor<DType> | null] {
  return [isFloat(x.dtype) ? astype(g, x.dtype) : null];
}
