import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { mul } from "./mul.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { checkFloat } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch } from "./support/matrices.js";
import { pseudoinverse, tolerance } from "./support/pseudoinverse.js";

type Float = Tensor<FloatDType>;

export interface PinvOptions {
  /** Singular values up to rtol·σ₁ count as 0 (default max(m, n)·ulp, as NumPy and torch have it). */
  readonly rtol?: number;
}

const rule: Rule<[Float], { readonly rtol: number }> = {
  name: "pinv",
  guarded: "infinity",
  saves: "both",
  forward: ([A], { rtol }) => {
    const [U, w, Vh] = pseudoinverse("pinv", A, rtol);
    return gemm(mul(Vh, unsqueeze(w, -1)), U, true, true);
  },
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * The Moore–Penrose pseudo-inverse A⁺ of each matrix of a batch, [.., m, n] → [.., n, m].
 *
 * Method: SVD. Adjoint at constant rank (Golub, Pereyra 1973), P = A⁺: g_A = −PᵀgPᵀ + (I − AP)gᵀPPᵀ + PᵀPgᵀ(I − PA).
 * Where the rank changes A⁺ jumps; the gradient is that within the matrices of the same rank.
 * @throws {ShapeError} if A has fewer than two axes; {@link NonFiniteError}, {@link ConvergenceError} with the batch
 * index; {@link ArgumentError} for a negative tolerance.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.pinv(tensor([[2, 0], [0, 0]])).toArray(); // [ [ 0.5, 0 ], [ 0, 0 ] ]
 */
export function pinv<D extends FloatDType>(A: Tensor<D>, options: PinvOptions = {}): Tensor<D> {
  checkFloat("pinv", A);
  matrixBatch("pinv", A);
  return apply(rule, [A], { rtol: tolerance("pinv", A, options.rtol) }) as Tensor<D>;
}

function adjoint(g: Float, { inputs: [A], outputs }: Applied<[Float], unknown>): [Float] {
  const P = outputs[0] as Float;
  const gP = gemm(g, P, true, false);
  const first = gemm(gemm(P, g, true), P, false, true);
  // gᵀPPᵀ less its image under AP; PᵀPgᵀ less what PA takes from it.
  const left = gemm(gP, P, false, true);
  const right = gemm(P, gemm(P, g, false, true), true);
  const outer = sub(left, gemm(A, gemm(P, left)));
  const inner = sub(right, gemm(gemm(right, P), A));
  return [sub(add(outer, inner), first)];
}
