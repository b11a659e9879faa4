import { ArgumentError, NonFiniteError, SingularMatrixError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { newArray, type FloatDType } from "../tensor/dtype.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { abs } from "./abs.js";
import { gt } from "./compare.js";
import { div } from "./div.js";
import { max } from "./extrema.js";
import { inverse } from "./inv.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { sqrt } from "./sqrt.js";
import { square } from "./square.js";
import { unsqueeze } from "./squeeze.js";
import { concat } from "./concat.js";
import { sum } from "./sum.js";
import { checkFloat } from "./support/check.js";
import { asPartOf } from "./support/frame.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch, squareBatch } from "./support/matrices.js";
import { overMatrices } from "./support/overMatrices.js";
import { svd, svdvals } from "./svd.js";
import { polar } from "./svdFunc.js";
import { where } from "./where.js";

type Float = Tensor<FloatDType>;

/** The norms of matrices: Frobenius, spectral (the largest singular value), nuclear (the sum of singular values). */
export type MatrixNorm = "fro" | 2 | "nuc";

/** Beyond 2^±far squares may over- or underflow; matrices there are multiplied by `down` or `up` first. */
const RANGES = {
  float32: { far: 2 ** 50, down: 2 ** -80, up: 2 ** 100 },
  float64: { far: 2 ** 400, down: 2 ** -600, up: 2 ** 600 },
} as const;

const frobeniusRule: Rule<[Float]> = {
  name: "norm",
  guarded: "NaN",
  saves: "both",
  forward: ([A]) => frobenius(stopGradient(A)),
  vjp: direction,
  vjpDifferentiable: direction,
};

const nuclearRule: Rule<[Float]> = {
  name: "norm",
  guarded: "NaN",
  saves: "inputs",
  forward: ([A]) => sum(singularValues("norm", stopGradient(A)), -1),
  vjp: (g, { inputs: [A] }) => {
    const { U, Vh } = svd(A);
    return [mul(gemm(U, Vh), overMatrices(g))];
  },
  vjpDifferentiable: (g, { inputs: [A] }) => [mul(polar(A), overMatrices(g))],
};

const ratioRule: Rule<[Float]> = {
  name: "cond",
  guarded: "NaN",
  saves: "inputs",
  forward: ([S]) => {
    const k = S.shape[S.rank - 1]!;
    const sigma = S.data();
    const out = newArray(S.dtype, sigma.length / k);
    for (let i = 0; i < out.length; i++) {
      const least = sigma[(i + 1) * k - 1]!;
      if (sigma[i * k] === Infinity) {
        throw new NonFiniteError("cond", i, `the singular values of item ${i} of the batch overflow`);
      }
      out[i] = least === 0 ? Infinity : sigma[i * k]! / least;
    }
    return fromArray(out, S.shape.slice(0, -1), S.dtype);
  },
  vjp: ratioAdjoint,
  vjpDifferentiable: ratioAdjoint,
};

/**
 * A norm of each matrix of a batch, [.., m, n] → [..]: `"fro"` (default), √Σ aᵢⱼ²; `2`, the largest singular value;
 * `"nuc"`, the sum of the singular values. An empty matrix has norm 0.
 *
 * Adjoint: g·A/‖A‖ (0 at A = 0), g·u₁v₁ᵀ, g·UVᵀ. Where norms have a corner — σ₁ repeated for `2`, a singular value 0 for
 * `"nuc"` — it is one of the subgradients: that of the singular vectors found. The second gradient of `2` needs a gap
 * below σ₁, that of `"nuc"`, through {@link polar}, full rank.
 * @throws {ShapeError} if A has fewer than two axes; {@link ArgumentError} for another norm; for `2` and `"nuc"`
 * {@link NonFiniteError}, {@link ConvergenceError} with the batch index, in the second gradient {@link DegenerateError}.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.norm(tensor([[3, 0], [0, 4]])).item(); // 5
 */
export function norm<D extends FloatDType>(A: Tensor<D>, kind: MatrixNorm = "fro"): Tensor<D> {
  checkFloat("norm", A);
  matrixBatch("norm", A);
  if (kind !== "fro" && kind !== 2 && kind !== "nuc") {
    throw new ArgumentError("norm", `knows "fro", 2 and "nuc", got ${String(kind)}`);
  }
  if (kind === "fro") return apply(frobeniusRule, [A], null) as Tensor<D>;
  if (kind === "nuc") return apply(nuclearRule, [A], null) as Tensor<D>;
  const S = singularValues("norm", A) as Tensor<D>;
  return sum(slice(S, [...S.shape.slice(0, -1).map(() => null), [0, 1]]), -1);
}

/**
 * The condition of each matrix of a batch, [.., m, n] → [..]: σ₁/σₖ for p = 2 (default), ‖A‖·‖A⁻¹‖ in the norm p of square
 * matrices otherwise. A singular matrix has condition ∞ for p = 2, an empty one 0.
 *
 * Adjoint: that of the singular values, or of norm and inverse.
 * @throws {ShapeError} if A is not square for p other than 2; {@link NonFiniteError} with the batch index;
 * {@link SingularMatrixError} in the gradient, and for p other than 2.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.cond(tensor([[2, 0], [0, 8]])).item(); // 4
 */
export function cond<D extends FloatDType>(A: Tensor<D>, p: MatrixNorm = 2): Tensor<D> {
  checkFloat("cond", A);
  const { rows, columns } = p === 2 ? matrixBatch("cond", A) : squareBatch("cond", A);
  if (rows === 0 || columns === 0) return norm(A);
  if (p === 2) return apply(ratioRule, [singularValues("cond", A)], null) as Tensor<D>;
  return mul(norm(A, p), norm(inverse("cond", A) as Tensor<D>, p));
}

function singularValues(op: string, A: Float): Float {
  return asPartOf(op, "the batch", () => svdvals(A));
}

function frobenius(A: Float): Float {
  const { lead, rows, columns } = matrixBatch("norm", A);
  const items = reshape(A, [...lead, rows * columns]);
  if (A.size === 0) return sum(items, -1);
  const { far, down, up } = RANGES[A.dtype];
  const tops = max(abs(items), -1).data();
  const scale = tops.map((top: number) => (top > far ? down : top < 1 / far ? up : 1));
  if (scale.every((factor: number) => factor === 1)) return sqrt(sum(square(items), -1));
  const factors = fromArray(scale, lead, A.dtype);
  return div(sqrt(sum(square(mul(items, unsqueeze(factors, -1))), -1)), factors);
}

function direction(g: Float, { inputs: [A], outputs }: Applied<[Float], null>): [Float] {
  const size = outputs[0] as Float;
  const one = where(gt(size, 0) as never, size, 1) as Float;
  const share = where(gt(size, 0) as never, g, 0) as Float;
  return [mul(div(A, overMatrices(one)), overMatrices(share))];
}

function ratioAdjoint(g: Float, { inputs: [S], outputs }: Applied<[Float], null>): [Float] {
  const infinite = (outputs[0] as Float).data().indexOf(Infinity);
  if (infinite >= 0) throw new SingularMatrixError("cond", infinite, "an infinite condition has no gradient");
  const k = S.shape[S.rank - 1]!;
  const all = S.shape.slice(0, -1).map(() => null);
  if (k === 1) return [mul(S, 0)];
  const [first, last] = [slice(S, [...all, [0, 1]]), slice(S, [...all, [k - 1, k]])] as [Float, Float];
  const up = div(unsqueeze(g, -1), last);
  const rest = mul(slice(S, [...all, [1, k - 1]]) as Float, 0);
  return [concat([up, rest, neg(mul(up, div(first, last)))], -1) as Float];
}
