import { ArgumentError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "./astype.js";
import { spectralFunction } from "./spectralFunction.js";
import { checkFloat } from "./support/check.js";

export interface ReEigOptions {
  /** The smallest eigenvalue that remains as it is (default 1e-4). */
  readonly eps?: number;
  /** In what precision decomposition and adjoint run (default float64). */
  readonly precision?: FloatDType;
}

/**
 * Rectified eigenvalues Z max(ε, Λ) Zᵀ of symmetric matrices, [.., n, n]: the non-linearity of SPD networks (Huang, Van
 * Gool 2017); A is taken as ½A + ½Aᵀ.
 *
 * Adjoint (Daleckii–Krein): Lᵢⱼ = 1 if both eigenvalues are above ε, 0 if neither, (λᵢ − ε)/(λᵢ − λⱼ) between: finite
 * at the repeated eigenvalues that ReEig itself makes.
 * @throws {ShapeError} unless square; {@link ArgumentError} unless ε is finite; {@link NonFiniteError},
 * {@link ConvergenceError} with the batch index.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.reEig(tensor([[2, 0], [0, -1]]), { eps: 0.5 }).toArray(); // [ [ 2, 0 ], [ 0, 0.5 ] ]
 */
export function reEig<D extends FloatDType>(X: Tensor<D>, options: ReEigOptions = {}): Tensor<D> {
  const { eps = 1e-4, precision = "float64" } = options;
  if (!Number.isFinite(eps)) throw new ArgumentError("reEig", `eps must be finite, got ${eps}`);
  // Eigenvalues ascend, so of i ≤ j ≤ k the last is the largest.
  const difference = (a: number, b: number): number => (a > eps ? 1 : b > eps ? (b - eps) / (b - a) : 0);
  checkFloat("reEig", X);
  const rectified = spectralFunction(astype(X, precision), {
    name: "reEig",
    value: (w, i) => Math.max(eps, w[i]!),
    difference: (w, i, j) => difference(w[i]!, w[j]!),
    second: (w, i, j, k) => {
      const [a, b, c] = [w[i]!, w[j]!, w[k]!];
      return a > eps || c <= eps ? 0 : (difference(b, c) - difference(a, b)) / (c - a);
    },
  });
  return astype(rectified, X.dtype);
}
