import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { neg } from "./neg.js";
import { checkFloat } from "./support/check.js";
import { factored, invertFactored } from "./support/factored.js";
import { gemm } from "./support/gemm.js";
import { squareBatch } from "./support/matrices.js";

type Float = Tensor<FloatDType>;

const rule: Rule<[Float], { readonly op: string }> = {
  name: "inv",
  guarded: "infinity",
  saves: "output",
  forward: ([A], { op }) => invertFactored(op, factored(op, A, true), A.dtype),
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * The inverse of general square matrices, [.., n, n]. To apply it, {@link solve} is cheaper and more accurate.
 *
 * Method: LU with partial pivoting. Adjoint: g_A = −A⁻ᵀ·g·A⁻ᵀ (Giles 2008).
 * @throws {ShapeError} unless square; {@link SingularMatrixError} with the batch index where a pivot is exactly 0;
 * {@link NonFiniteError} if A holds NaN or infinity, or its factors overflow.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.inv(tensor([[2, 1], [0, 4]])).toArray(); // [ [ 0.5, -0.125 ], [ 0, 0.25 ] ]
 */
export function inv<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  checkFloat("inv", A);
  squareBatch("inv", A);
  return inverse("inv", A) as Tensor<D>;
}

/** {@link inv} for the adjoints of other ops, which its errors name. */
export function inverse(op: string, A: Float): Float {
  return apply(rule, [A], { op }) as Float;
}

function adjoint(g: Float, { outputs }: Applied<[Float], unknown>): [Float] {
  const X = outputs[0] as Float;
  return [neg(gemm(gemm(X, g, true), X, false, true))];
}
