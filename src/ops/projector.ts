import type { MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "./astype.js";
import { gt } from "./compare.js";
import { mul } from "./mul.js";
import { pinv, type PinvOptions } from "./pinv.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { checkFloat } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch } from "./support/matrices.js";
import { pseudoinverse, tolerance } from "./support/pseudoinverse.js";
import { symmetric } from "./support/symmetric.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

interface Params {
  readonly rtol: number;
}

/** Outputs Π, and for the adjoint (A⁺)ᵀ. */
const rule: MultiRule<[Float], Params> = {
  name: "projector",
  guarded: "NaN",
  saves: "output",
  forward: ([A], { rtol }) => {
    const [U, w, Vh] = pseudoinverse("projector", A, rtol);
    const range = mul(U, unsqueeze(astype(gt(w, 0), A.dtype), -2));
    return [gemm(range, U, false, true), gemm(mul(range, unsqueeze(w, -2)), Vh)];
  },
  vjp: ([g], { outputs: [projection, inverse] }) => [adjoint(g!, projection as Float, inverse as Float)],
  vjpDifferentiable: ([g], { inputs: [A], outputs: [projection], params }) => [
    adjoint(g!, projection as Float, transpose(pinv(A, params))),
  ],
};

/** 2(I − Π)·sym(g)·(A⁺)ᵀ. */
function adjoint(g: Float, projection: Float, inverse: Float): Float {
  const outside = gemm(symmetric(g), inverse);
  return mul(sub(outside, gemm(projection, outside)), 2);
}

/**
 * The orthogonal projector Π = A·A⁺ on the range of each matrix of a batch, [.., m, n] → [.., m, m]: the paper's projector
 * layer (Ionescu, Vantzos, Sminchisescu 2015, §5.2).
 *
 * Method: SVD, Π = U_rU_rᵀ for the r singular values above the tolerance. Adjoint at constant rank, from Π² = Π and ΠA = A
 * alone: g_A = 2(I − Π)·sym(G)·(A⁺)ᵀ, whatever gaps there are between singular values (Golub, Pereyra 1973). Where the rank
 * changes Π jumps; the gradient is that within the matrices of the same rank.
 * @throws {ShapeError} if A has fewer than two axes; {@link NonFiniteError}, {@link ConvergenceError} with the batch
 * index; {@link ArgumentError} for a negative tolerance.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.projector(tensor([[2], [0]])).toArray(); // [ [ 1, 0 ], [ 0, 0 ] ]
 */
export function projector<D extends FloatDType>(A: Tensor<D>, options: PinvOptions = {}): Tensor<D> {
  const op = "projector";
  checkFloat(op, A);
  matrixBatch(op, A);
  return applyMulti(rule, [A], { rtol: tolerance(op, A, options.rtol) })[0] as Tensor<D>;
}
