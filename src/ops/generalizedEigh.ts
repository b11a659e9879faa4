import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import type { Tensor } from "../tensor/tensor.js";
import { cholesky } from "./cholesky.js";
import type { Eigh } from "./eigh.js";
import { mul } from "./mul.js";
import { triangularSolve } from "./solveTriangular.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { canonicalSigns } from "./support/eigenvectors.js";
import { asPartOf, intoFrame } from "./support/frame.js";
import { squareBatch } from "./support/matrices.js";
import { symmetric } from "./support/symmetric.js";

type Float = Tensor<FloatDType>;

const OP = "eigh";

/**
 * A·x = λ·B·x by B = LLᵀ and the problem of C = L⁻¹AL⁻ᵀ, which `solve` takes: x = L⁻ᵀy. Every step has an adjoint, so the
 * gradients for A and B come of themselves (Golub and Van Loan, Matrix Computations, §8.7.2).
 */
export function generalizedEigh<D extends FloatDType>(
  A: Tensor<D>,
  B: Tensor<D>,
  solve: (C: Float) => Eigh<D>,
): Eigh<D> {
  checkFloat(OP, B);
  squareBatch(OP, B);
  checkSameDtype(OP, A, B);
  return scope(() => {
    const L = asPartOf(OP, "B", () => cholesky(B));
    const { eigenvalues, eigenvectors: Y } = solve(intoFrame(OP, L, symmetric(A)));
    const X = triangularSolve(L, Y, { op: OP, transpose: true });
    return { eigenvalues, eigenvectors: mul(X, canonicalSigns(X)) as Tensor<D> };
  });
}
