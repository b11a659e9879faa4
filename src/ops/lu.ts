import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { concat } from "./concat.js";
import { oneHot } from "./gather.js";
import { mul } from "./mul.js";
import { slice, type Range } from "./slice.js";
import { triangularSolve } from "./solveTriangular.js";
import { sub } from "./sub.js";
import { cast } from "./support/cast.js";
import { checkFloat } from "./support/check.js";
import { factored } from "./support/factored.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch } from "./support/matrices.js";
import { triangle } from "./support/triangle.js";

type Float = Tensor<FloatDType>;

export interface Lu<D extends FloatDType> {
  /** Unit lower triangular (trapezoidal), [.., m, k], k = min(m, n), no entry above 1 in magnitude. */
  readonly L: Tensor<D>;
  /** Upper triangular (trapezoidal), [.., k, n]. */
  readonly U: Tensor<D>;
  /** Row i of L·U is row pivots[i] of A: a permutation of 0 … m − 1, [.., m]. */
  readonly pivots: Tensor<"int32">;
}

const rule: MultiRule<[Float]> = {
  name: "lu",
  guarded: "NaN",
  saves: "output",
  forward: ([A]) => {
    const { rows: m, columns: n } = matrixBatch("lu", A);
    const [factors, pivots] = factored("lu", A, false);
    const lu = cast(factors, A.dtype);
    const L = triangle(part(lu, null, [0, Math.min(m, n)]), false, 0, 1);
    return [L, triangle(part(lu, [0, Math.min(m, n)], null), true), pivots];
  },
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * A[pivots] = L·U with partial pivoting, of each matrix of a batch, [.., m, n]: the pivot is the first entry of largest
 * magnitude in its column. A zero pivot is no error.
 *
 * Adjoint with L = [L₁; L₂], U = [U₁ U₂] split after k rows and columns (one of L₂, U₂ is empty), and M = stril(L₁ᵀg_L₁ −
 * g_U₂U₂ᵀ) + triu(g_U₁U₁ᵀ − L₂ᵀg_L₂): g_A[pivots] = [L₁⁻ᵀM; g_L₂]·U₁⁻ᵀ where m ≥ n, L₁⁻ᵀ·[M·U₁⁻ᵀ g_U₂] where m < n
 * (docs/derivations.md). It is that of the order of pivots as chosen.
 * @throws {ShapeError} if A has fewer than two axes; {@link NonFiniteError} if A holds NaN or infinity, or the factors
 * overflow; in the gradient {@link SingularMatrixError} where a pivot is 0.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * const { L, U, pivots } = linalg.lu(tensor([[1, 2], [2, 8]]));
 * U.toArray(); // [ [ 2, 8 ], [ 0, -2 ] ]
 * pivots.toArray(); // [ 1, 0 ]
 */
export function lu<D extends FloatDType>(A: Tensor<D>): Lu<D> {
  checkFloat("lu", A);
  matrixBatch("lu", A);
  const [L, U, pivots] = applyMulti(rule, [A], null) as unknown as [Tensor<D>, Tensor<D>, Tensor<"int32">];
  return { L, U, pivots };
}

/** Rows and columns of every matrix. */
function part(x: Float, rows: Range, columns: Range): Float {
  return slice(x, [...x.shape.slice(0, -2).map(() => null), rows, columns]) as Float;
}

function adjoint([gL, gU]: readonly (Float | null)[], { inputs: [A], outputs }: Applied<[Float], null>): [Float] {
  const [L, U, pivots] = outputs as unknown as [Float, Float, Tensor<"int32">];
  const { rows: m, columns: n } = matrixBatch("lu", A);
  const k = Math.min(m, n);
  if (A.size === 0) return [mul(A, 0)];
  const [hL, hU] = [gL ?? mul(L, 0), gU ?? mul(U, 0)];
  const [L1, U1] = [part(L, [0, k], null), part(U, null, [0, k])];
  let below = gemm(L1, part(hL, [0, k], null), true);
  let above = gemm(part(hU, null, [0, k]), U1, false, true);
  if (m > n) above = sub(above, gemm(part(L, [k, m], null), part(hL, [k, m], null), true));
  if (m < n) below = sub(below, gemm(part(hU, null, [k, n]), part(U, null, [k, n]), false, true));
  const M = add(triangle(below, false, 0), triangle(above, true));
  const byL = (x: Float): Float => triangularSolve(L1, x, { unit: true, transpose: true, op: "lu" });
  const byU = (x: Float): Float => triangularSolve(U1, x, { lower: false, transpose: true, right: true, op: "lu" });
  const moved =
    m < n
      ? byL(concat([byU(M), part(hU, null, [k, n])], -1) as Float)
      : byU(concat([byL(M), part(hL, [k, m], null)], -2) as Float);
  return [gemm(oneHot(pivots, m, { dtype: A.dtype }), moved, true)];
}
