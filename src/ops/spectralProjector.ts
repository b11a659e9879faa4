import { ArgumentError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireGap, spectralFunction, type Eigenvalues } from "./spectralFunction.js";
import { checkFloat } from "./support/check.js";
import { squareBatch } from "./support/matrices.js";

/**
 * The orthogonal projector on the span of the eigenvectors of the r algebraically largest eigenvalues of symmetric
 * matrices, [.., n, n] → [.., n, n]; A is taken as ½A + ½Aᵀ.
 *
 * A function of A wherever the gap λ_r > λ_{r+1} is open; what happens inside either block does not matter. Adjoint: with
 * the step function's divided differences, gA = Z[T ∘ (Zᵀ sym(G) Z)]Zᵀ, Tᵢⱼ = 1/|λᵢ − λⱼ| across the cut and 0 elsewhere
 * (docs/derivations.md; Bach, Jordan 2006).
 * @throws {ShapeError} unless square; {@link ArgumentError} unless 0 ≤ r ≤ n; {@link DegenerateError} if the gap is
 * closed, λ_r − λ_{r+1} ≤ 8·n·ulp·max|λ|; {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.spectralProjector(tensor([[3, 0], [0, 1]]), 1).toArray(); // [ [ 1, 0 ], [ 0, 0 ] ]
 */
export function spectralProjector<D extends FloatDType>(A: Tensor<D>, r: number): Tensor<D> {
  const name = "spectralProjector";
  checkFloat(name, A);
  const { rows: n } = squareBatch(name, A);
  if (!Number.isInteger(r) || r < 0 || r > n) {
    throw new ArgumentError(name, `r must be an integer from 0 to ${n}, got ${r}`);
  }
  const cut = n - r;
  const advice = "choose another r, where the gap is open";
  return spectralFunction(A, {
    name,
    value: (w, i, item) => {
      if (i === cut && i > 0) requireGap(name, w, cut - 1, item, advice);
      return i < cut ? 0 : 1;
    },
    difference: (w, i, j) => (i < cut && j >= cut ? 1 / (w[j]! - w[i]!) : 0),
    second: (w, i, j, k) => acrossTheCut(w, cut, i, j, k),
  });
}

/** f[wᵢ, wⱼ, wₖ] of the step at `cut`, i ≤ j ≤ k: ∓1/((x − o)(y − o)) with o alone on its side and x, y on the other. */
function acrossTheCut(w: Eigenvalues, cut: number, i: number, j: number, k: number): number {
  if (i >= cut || k < cut) return 0;
  const gap = w[k]! - w[i]!;
  return j < cut ? 1 / ((w[k]! - w[j]!) * gap) : -1 / ((w[j]! - w[i]!) * gap);
}
