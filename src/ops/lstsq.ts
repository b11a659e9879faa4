import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { broadcastShapes } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { broadcastTo } from "./broadcastTo.js";
import { sub } from "./sub.js";
import { checkFloat } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch } from "./support/matrices.js";
import { applyPseudoinverse, pseudoinverse, tolerance, type Pseudoinverse } from "./support/pseudoinverse.js";
import { rightHandSide } from "./support/rightHandSide.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

export interface LstsqOptions {
  /** Singular values up to rtol·σ₁ count as 0 (default max(m, n)·ulp, as NumPy and torch have it). */
  readonly rtol?: number;
}

/** Applies A⁺ (`false`) or its transpose. */
type Apply = (B: Float, transposed: boolean) => Float;

/** Outputs X, and for the adjoint the factors of A⁺. */
const rule: MultiRule<[Float, Float], { readonly rtol: number }> = {
  name: "lstsq",
  guarded: "infinity",
  saves: "both",
  forward: ([A, B], { rtol }) => {
    const factors = pseudoinverse("lstsq", A, rtol, "A");
    return [applyPseudoinverse(factors, B, false), ...factors];
  },
  vjp: ([g], applied) => {
    const [, ...factors] = applied.outputs as readonly Tensor<DType>[] as [Float, ...Pseudoinverse];
    return adjoint(g!, applied, (B, transposed) => applyPseudoinverse(factors, B, transposed));
  },
  vjpDifferentiable: ([g], applied) => {
    const { inputs, params } = applied;
    const A = (transposed: boolean): Float => (transposed ? transpose(inputs[0]) : inputs[0]);
    return adjoint(g!, applied, (B, transposed) => applyMulti(rule, [A(transposed), B], params)[0] as Float);
  },
};

/**
 * The X of least norm among those that minimise ‖A·X − B‖, of each matrix of a batch: A [.., m, n], B [.., m, k] or a
 * vector (torch.linalg.solve's rule: one axis, or exactly the shape of A without its last axis) → [.., n, k]; leading axes
 * broadcast. A may have any shape and rank.
 *
 * Method: SVD, X = V·Σ⁺·Uᵀ·B. Adjoint at constant rank (Golub, Pereyra 1973), with Z = A⁺ᵀg and R = B − A·X: g_B = Z,
 * g_A = −ZXᵀ + R(A⁺Z)ᵀ + (A⁺ᵀX)(g − AᵀZ)ᵀ. NaN in B spreads down its column.
 * @throws {ShapeError}, {@link DtypeError} if the operands do not fit; {@link NonFiniteError} if A holds NaN or infinity,
 * {@link ConvergenceError}, with the batch index; {@link ArgumentError} for a negative tolerance.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.lstsq(tensor([[1], [1]]), tensor([1, 3])).toArray().map(Math.round); // [ 2 ]
 */
export function lstsq<D extends FloatDType>(A: Tensor<D>, B: Tensor<D>, options: LstsqOptions = {}): Tensor<D> {
  checkFloat("lstsq", A);
  matrixBatch("lstsq", A);
  const { B: matrices, restore } = rightHandSide("lstsq", A, B);
  const lead = broadcastShapes("lstsq", A.shape.slice(0, -2), matrices.shape.slice(0, -2));
  const inputs = [A, matrices].map((x) => broadcastTo<FloatDType>(x, [...lead, ...x.shape.slice(-2)])) as [
    Float,
    Float,
  ];
  return restore(applyMulti(rule, inputs, { rtol: tolerance("lstsq", A, options.rtol) })[0] as Float) as Tensor<D>;
}

function adjoint(
  g: Float,
  { inputs: [A, B], outputs, needs }: Applied<[Float, Float], unknown>,
  pseudo: Apply,
): [Float | null, Float | null] {
  const X = outputs[0] as Float;
  const Z = pseudo(g, true);
  if (!needs[0]) return [null, Z];
  const residual = gemm(sub(B, gemm(A, X)), pseudo(Z, false), false, true);
  const kernel = gemm(pseudo(X, true), sub(g, gemm(A, Z, true)), false, true);
  return [sub(add(residual, kernel), gemm(Z, X, false, true)), Z];
}
