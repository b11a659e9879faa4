import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { astype } from "./astype.js";
import { ge, gt } from "./compare.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { applyBinary, applyScalar, binaryRule, scalarRule } from "./support/elementwise.js";

type Float = Tensor<FloatDType>;

/** 1 where a > b, ½ where a = b, 0 elsewhere. */
function share(a: Float, b: Float | number): Float {
  return mul(add(astype(gt(a, b), a.dtype), astype(ge(a, b), a.dtype)), 0.5);
}

const maxRule = binaryRule("maximum", "inputs", (g, a, b) => [() => mul(g, share(a, b)), () => mul(g, share(b, a))]);
const minRule = binaryRule("minimum", "inputs", (g, a, b) => [() => mul(g, share(b, a)), () => mul(g, share(a, b))]);
const maxScalar = scalarRule("maximum", "maximums", "inputs", (g, x, s) => mul(g, share(x, s)));
const minScalar = scalarRule("minimum", "minimums", "inputs", (g, x, s) => mul(g, sub(1, share(x, s))));

/**
 * The larger of a and b elementwise with broadcasting; b may be a number. NaN wins.
 *
 * Adjoint: g goes to the larger operand, half to each where they are equal.
 * @example
 * import { init, maximum, tensor } from "matprop";
 * await init();
 * maximum(tensor([1, 5]), tensor([3, 4])).toArray(); // [ 3, 5 ]
 */
export function maximum<D extends FloatDType>(a: Tensor<D>, b: Tensor<D> | number): Tensor<D> {
  return typeof b === "number" ? applyScalar(maxScalar, a, b) : applyBinary(maxRule, a, b);
}

/**
 * The smaller of a and b elementwise with broadcasting; b may be a number. NaN wins.
 *
 * Adjoint: g goes to the smaller operand, half to each where they are equal.
 * @example
 * import { init, minimum, tensor } from "matprop";
 * await init();
 * minimum(tensor([1, 5]), 3).toArray(); // [ 1, 3 ]
 */
export function minimum<D extends FloatDType>(a: Tensor<D>, b: Tensor<D> | number): Tensor<D> {
  return typeof b === "number" ? applyScalar(minScalar, a, b) : applyBinary(minRule, a, b);
}
