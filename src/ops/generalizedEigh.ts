import { NonFiniteError, NotPositiveDefiniteError } from "../errors.js";
import { tensor } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { cholesky } from "./cholesky.js";
import type { Eigh } from "./eigh.js";
import { mul } from "./mul.js";
import { triangularSolve } from "./solveTriangular.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { squareBatch } from "./support/matrices.js";
import { symmetric } from "./support/symmetric.js";

type Float = Tensor<FloatDType>;

/**
 * A·x = λ·B·x by B = LLᵀ and the problem of C = L⁻¹AL⁻ᵀ, which `solve` takes: x = L⁻ᵀy. Every step has an adjoint, so the
 * gradients for A and B come of themselves (Golub and Van Loan, Matrix Computations, §8.7.2).
 */
export function generalizedEigh<D extends FloatDType>(
  A: Tensor<D>,
  B: Tensor<D>,
  solve: (C: Float) => Eigh<D>,
): Eigh<D> {
  checkFloat("eigh", B);
  squareBatch("eigh", B);
  checkSameDtype("eigh", A, B);
  const L = factor(B);
  const half = triangularSolve(L, symmetric(A), { op: "eigh" });
  const { eigenvalues, eigenvectors: Y } = solve(
    triangularSolve(L, half, { op: "eigh", right: true, transpose: true }),
  );
  const X = triangularSolve(L, Y, { op: "eigh", transpose: true });
  return { eigenvalues, eigenvectors: mul(X, canonicalSigns(X)) as Tensor<D> };
}

function factor(B: Float): Float {
  try {
    return cholesky(B);
  } catch (error) {
    if (error instanceof NotPositiveDefiniteError) {
      const { batchIndex } = error;
      throw new NotPositiveDefiniteError("eigh", batchIndex, `item ${batchIndex} of B is not positive definite`);
    }
    if (error instanceof NonFiniteError) throw new NonFiniteError("eigh", error.batchIndex);
    throw error;
  }
}

/** [.., 1, k] of ±1: the sign of the first entry of largest magnitude of each column; constant for the gradient. */
function canonicalSigns(X: Float): Float {
  const [n, k] = X.shape.slice(-2) as [number, number];
  const values = X.data();
  const signs = new (X.dtype === "float32" ? Float32Array : Float64Array)(n === 0 ? 0 : X.size / n).fill(1);
  signs.forEach((_, column) => {
    const first = Math.floor(column / k) * n * k + (column % k);
    let best = 0;
    for (let i = first; i < first + n * k; i += k) {
      if (Math.abs(values[i]!) <= best) continue;
      best = Math.abs(values[i]!);
      signs[column] = values[i]! < 0 ? -1 : 1;
    }
  });
  return tensor(signs as Float64Array, { shape: [...X.shape.slice(0, -2), n === 0 ? 0 : 1, k] });
}
