import { ArgumentError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { spectralFunction, type Eigenvalues } from "./spectralFunction.js";
import { dividedDifference, secondDividedDifference, type Scalar } from "./support/dividedDifference.js";

export interface SymFuncOptions {
  /** The function. */
  readonly f: Scalar;
  /** Its derivative. */
  readonly df: Scalar;
  /** Its second derivative; needed only for derivatives of the gradient. */
  readonly ddf?: Scalar;
  /**
   * (a, b) ↦ (f(a) − f(b))/(a − b) without cancellation, f′(a) for a = b. Default: the quotient, and where a and b are
   * closer than a sixteenth of the larger or f changes by less than it rounds, eight-point Gauss–Legendre of f′ between them.
   */
  readonly dividedDifference?: (a: number, b: number) => number;
}

/**
 * f(A) of symmetric matrices for any scalar function: Z f(Λ) Zᵀ, [.., n, n]; A is taken as ½A + ½Aᵀ. f runs in
 * JavaScript, outside the promise of equal bits if it calls `Math.exp` and the like; for log, exp, √ and powers there are
 * {@link logm} and its kin.
 *
 * Adjoint (Daleckii–Krein): gA = Z[L ∘ (Zᵀ sym(G) Z)]Zᵀ, Lᵢⱼ = f[λᵢ, λⱼ]: exact and finite at repeated eigenvalues.
 * @throws {ShapeError} unless square; {@link ArgumentError} if f or df is missing; {@link NonFiniteError},
 * {@link ConvergenceError} with the batch index; {@link NotDifferentiableError} for a second derivative without `ddf`.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.symFunc(tensor([[3, 0], [0, -1]]), { f: (x) => x * x, df: (x) => 2 * x }).toArray(); // [ [ 9, 0 ], [ 0, 1 ] ]
 */
export function symFunc<D extends FloatDType>(A: Tensor<D>, options: SymFuncOptions): Tensor<D> {
  const { f, df, ddf, dividedDifference: given } = options ?? {};
  for (const [name, one] of Object.entries({ f, df })) {
    if (typeof one !== "function") throw new ArgumentError("symFunc", `${name} must be a function, got ${String(one)}`);
  }
  const first = given ?? ((a: number, b: number) => dividedDifference(f, df, a, b));
  return spectralFunction(A, {
    name: "symFunc",
    value: (w, i) => f(w[i]!),
    difference: (w, i, j) => first(w[i]!, w[j]!),
    ...(ddf && {
      second: (w: Eigenvalues, i: number, j: number, k: number) =>
        secondDividedDifference(ddf, first, w[i]!, w[j]!, w[k]!),
    }),
  });
}
