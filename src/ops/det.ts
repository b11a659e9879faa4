import { NonFiniteError, SingularMatrixError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import { newArray, type DType, type FloatDType } from "../tensor/dtype.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { inverse } from "./inv.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { checkFloat } from "./support/check.js";
import { determinants, factored, invertFactored, type Factored } from "./support/factored.js";
import { gemm } from "./support/gemm.js";
import { squareBatch } from "./support/matrices.js";
import { overMatrices } from "./support/overMatrices.js";
import { svd } from "./svd.js";
import { transpose } from "./transpose.js";
import { where } from "./where.js";

type Float = Tensor<FloatDType>;

export interface Slogdet<D extends FloatDType> {
  /** −1, 0 or 1, [..]; constant for the gradient. */
  readonly sign: Tensor<D>;
  /** log|det A|, [..]; −∞ where A is singular. */
  readonly logabsdet: Tensor<D>;
}

/** Outputs the sign, the logarithm, the determinant, and for the adjoint the factors and the order of rows. */
const rule = (op: string): Omit<MultiRule<[Float]>, "vjp" | "vjpDifferentiable"> => ({
  name: op,
  guarded: "NaN",
  saves: "both",
  forward: ([A]) => {
    const factors = factored(op, A, false);
    return [...determinants(op, factors, A.dtype), ...factors];
  },
});

const detRule: MultiRule<[Float]> = {
  ...rule("det"),
  vjp: ([, , g], applied) => [mul(overMatrices(g!), cofactors(applied))],
  vjpDifferentiable: ([, , g], { inputs: [A], outputs }) => [
    mul(overMatrices(mul(g!, outputs[2] as Float)), transpose(inverse("det", A))),
  ],
};

const slogdetRule: MultiRule<[Float]> = {
  ...rule("slogdet"),
  vjp: ([, g], { inputs: [A], outputs }) => {
    if (!g) return [mul(A, 0)];
    const singular = itemsWith(outputs[0] as Float, (sign) => sign === 0);
    if (singular.length > 0) throw new SingularMatrixError("slogdet", singular[0]!, "log 0 has no derivative");
    return [mul(overMatrices(g), transpose(invertFactored("slogdet", factorsOf(outputs), A.dtype)))];
  },
  vjpDifferentiable: ([, g], { inputs: [A] }) => [
    !g ? mul(A, 0) : mul(overMatrices(g), transpose(inverse("slogdet", A))),
  ],
};

/**
 * The determinant of square matrices, [.., n, n] → [..]; of an empty matrix it is 1.
 *
 * Method: LU with partial pivoting; mantissas and exponents of the pivots are multiplied apart, so that it overflows only
 * if the determinant does. Adjoint: the cofactors, g_A = g·det(A)·A⁻ᵀ, for singular A from its singular values and
 * vectors, g·det(U)·det(V)·U·diag(Π_{j≠i} σⱼ)·Vᵀ. The second derivative needs regular matrices.
 * @throws {ShapeError} unless square; {@link NonFiniteError} if A holds NaN or infinity, or in the gradient if the
 * determinant overflows: then use {@link slogdet}; in the second gradient {@link SingularMatrixError}.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.det(tensor([[0, 2], [1, 5]])).item(); // -2
 */
export function det<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  checkFloat("det", A);
  squareBatch("det", A);
  return applyMulti(detRule, [A], null)[2] as Tensor<D>;
}

/**
 * Sign and logarithm of |det A| of square matrices, [.., n, n] → [..] each: det A = sign·exp(logabsdet), where the
 * determinant itself might over- or underflow. A singular matrix has sign 0 and logarithm −∞.
 *
 * Adjoint of the logarithm: g_A = g·A⁻ᵀ.
 * @throws {ShapeError} unless square; {@link NonFiniteError} if A holds NaN or infinity; in the gradient
 * {@link SingularMatrixError}.
 * @example
 * import { eye, init, linalg } from "matprop";
 * await init();
 * linalg.slogdet(eye(3).mul(-1)).sign.item(); // -1
 */
export function slogdet<D extends FloatDType>(A: Tensor<D>): Slogdet<D> {
  checkFloat("slogdet", A);
  squareBatch("slogdet", A);
  const [sign, logabsdet] = applyMulti(slogdetRule, [A], null) as [Tensor<D>, Tensor<D>];
  return { sign, logabsdet };
}

function factorsOf(outputs: readonly Tensor<DType>[]): Factored {
  return outputs.slice(3) as unknown as Factored;
}

function itemsWith(x: Float, condition: (value: number) => boolean): number[] {
  return [...x.data()].flatMap((value, item) => (condition(value) ? [item] : []));
}

/** ∂det/∂A of each item: its own det·A⁻ᵀ, or what its singular values and vectors give if a pivot is 0. */
function cofactors({ inputs: [A], outputs }: Applied<[Float], null>): Float {
  const [sign, , determinant] = outputs as [Float, Float, Float];
  const infinite = itemsWith(determinant, (value) => !Number.isFinite(value));
  if (infinite.length > 0) {
    const message = `the determinant of item ${infinite[0]!} overflows and has no gradient; use slogdet`;
    throw new NonFiniteError("det", infinite[0]!, message);
  }
  const regular = mul(overMatrices(determinant), transpose(invertFactored("det", factorsOf(outputs), A.dtype)));
  const singular = itemsWith(sign, (value) => value === 0);
  if (singular.length === 0) return regular;
  const mask = new Uint8Array(sign.size);
  for (const item of singular) mask[item] = 1;
  return where(overMatrices(fromArray(mask, sign.shape, "bool")), singularCofactors(A), regular);
}

/** det(U)·det(V)·U·diag(Π_{j≠i} σⱼ)·Vᵀ. */
function singularCofactors(A: Float): Float {
  const { U, S, Vh } = svd(A);
  const n = A.shape[A.rank - 1]!;
  const sigma = S.data();
  const others = newArray(A.dtype, sigma.length);
  for (let from = 0; from < sigma.length; from += n) {
    for (let i = 0; i < n; i++) {
      let product = 1;
      for (let j = 0; j < n; j++) if (j !== i) product *= sigma[from + j]!;
      others[from + i] = product;
    }
  }
  const signs = mul(slogdet(U).sign, slogdet(Vh).sign);
  const scaled = mul(U, reshape(fromArray(others, S.shape, A.dtype), [...S.shape.slice(0, -1), 1, n]));
  return mul(overMatrices(signs), gemm(scaled, Vh));
}
