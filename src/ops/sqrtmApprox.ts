import { ArgumentError } from "../errors.js";
import { eye } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { cholesky } from "./cholesky.js";
import { mul } from "./mul.js";
import { triangularSolve } from "./solveTriangular.js";
import { sub } from "./sub.js";
import { approximateRoot, checkSteps, type RootOptions } from "./support/approximateRoot.js";
import { checkFloat } from "./support/check.js";
import { asPartOf } from "./support/frame.js";
import { gemm } from "./support/gemm.js";
import { squareBatch } from "./support/matrices.js";

type Float = Tensor<FloatDType>;

const OP = "sqrtmApprox";

export interface SqrtmApproxOptions extends RootOptions {
  /** A quotient of two polynomials (Padé approximant, default), or one polynomial (Taylor). */
  readonly method?: "mpa" | "mtp";
  /** Degree of the two polynomials of `"mpa"` (default 5, at most 12), of the one of `"mtp"` (default 10). */
  readonly degree?: number;
}

/**
 * An approximate square root of symmetric positive definite matrices, [.., n, n], without a decomposition; A is taken as
 * ½A + ½Aᵀ (Song, Sebe, Wang 2022). With t = ‖A‖_F (or tr A, `norm`) and Â = A/t:
 *
 *   "mpa":  √t·Q(Â)⁻¹P(Â),  P = Σ C(2m+1, 2i)·Âⁱ,  Q = Σ C(2m+1, 2i+1)·Âⁱ,  i = 0 … m, the Padé approximant at I
 *   "mtp":  √t·Σ cₖ(I − Â)ᵏ,  cₖ the Taylor coefficients of √(1 − x)
 *
 * and for the inverse P(Â)⁻¹Q(Â)/√t and the coefficients of 1/√(1 − x). With ρ = ((1 − √z)/(1 + √z))^(2m+1) the relative error
 * of "mpa" at an eigenvalue z of Â is 2ρ/(1 − ρ): 2e-3 at z = 0.1, 0.25 at z = 0.01 for m = 5. The gradient is by default
 * (`backward: "lyapunov"`) that of A^(1/2) at the result B, B·g_A + g_A·B = sym(G); or exactly that of the approximant.
 * A must be positive semidefinite and not 0; indefinite matrices are not noticed. For the root itself {@link sqrtm} is exact
 * and its gradient finite at any gap.
 * @throws {ShapeError} unless square; {@link ArgumentError} for options out of range; {@link NotPositiveDefiniteError},
 * {@link NonFiniteError} with the batch index; {@link NotDifferentiableError} for a second derivative by `"lyapunov"`.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.sqrtmApprox(tensor([[4, 0], [0, 9]], { dtype: "float64" }), { degree: 12 }).toArray(); // about [ [ 2, 0 ], [ 0, 3 ] ]
 */
export function sqrtmApprox<D extends FloatDType>(A: Tensor<D>, options: SqrtmApproxOptions = {}): Tensor<D> {
  const { method = "mpa", norm = "fro", inverse = false, backward = "lyapunov" } = options;
  const { degree = method === "mpa" ? 5 : 10 } = options;
  checkFloat(OP, A);
  squareBatch(OP, A);
  if (method !== "mpa" && method !== "mtp") {
    throw new ArgumentError(OP, `method must be "mpa" or "mtp", got ${String(method)}`);
  }
  checkSteps(OP, "degree", degree);
  if (method === "mpa" && degree > LARGEST_PADE) {
    throw new ArgumentError(OP, `degree must be at most ${LARGEST_PADE} for "mpa", got ${degree}`);
  }
  const approximant = method === "mpa" ? pade : taylor;
  const settings = { ...options, norm, backward };
  return approximateRoot(OP, A, settings, (Z) => approximant(Z, degree, inverse)) as Tensor<D>;
}

/** Q has a condition of up to 4ᵐ/(2m + 1): 7e5 here. */
const LARGEST_PADE = 12;

/** Q⁻¹P, or P⁻¹Q: both polynomials are positive definite where Z is, because their coefficients are positive. */
function pade(Z: Float, m: number, inverse: boolean): Float {
  const binomials = [1];
  for (let k = 0; k <= 2 * m; k++) binomials.push((binomials[k]! * (2 * m + 1 - k)) / (k + 1));
  const identity: Float = eye(Z.shape[Z.rank - 1]!, { dtype: Z.dtype });
  let power = identity;
  let [P, Q] = [mul(identity, binomials[0]!), mul(identity, binomials[1]!)];
  for (let i = 1; i <= m; i++) {
    power = i === 1 ? Z : gemm(power, Z);
    P = add(P, mul(power, binomials[2 * i]!));
    Q = add(Q, mul(power, binomials[2 * i + 1]!));
  }
  const [above, below] = inverse ? [Q, P] : [P, Q];
  const L = asPartOf(OP, "the batch", () => cholesky(below));
  return triangularSolve(L, triangularSolve(L, above, { op: OP }), { op: OP, transpose: true });
}

/** Σ cₖ(I − Z)ᵏ by Horner's rule; c₀ = 1, cₖ = cₖ₋₁(k − ½ ∓ 1 …)/k. */
function taylor(Z: Float, degree: number, inverse: boolean): Float {
  const c = [1];
  for (let k = 1; k <= degree; k++) c.push((c[k - 1]! * (k - (inverse ? 0.5 : 1.5))) / k);
  const identity: Float = eye(Z.shape[Z.rank - 1]!, { dtype: Z.dtype });
  const X = sub(identity, Z);
  let total = mul(identity, c[degree]!);
  for (let k = degree - 1; k >= 0; k--) total = add(gemm(total, X), mul(identity, c[k]!));
  return total;
}
