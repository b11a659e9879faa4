/**
 * The adjoint of U f(Σ) Vᵀ as a function of A that can be differentiated again, for derivatives of the gradient;
 * `svdFunc.ts` has the direct one. The dilation 𝒟(A) = [0 A; Aᵀ 0] is symmetric with the eigenvalues ±σ and zeros, and
 * 𝒟(U f(Σ) Vᵀ) = f̃(𝒟(A)) for the odd extension f̃ of f. So the adjoint is the upper right block of Df̃(𝒟(A))[𝒟(G)], and what
 * support/spectralAdjoint.ts says of matrix functions holds for it (docs/derivations.md). Work: O((m + n)³).
 */
import { DegenerateError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import { zeros } from "../tensor/create.js";
import { ulpOf, type FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { concat } from "./concat.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { slice } from "./slice.js";
import { derivativesOf, type DividedDifferences, type Eigenvalues } from "./spectralFunction.js";
import { secondDividedDifference, type Scalar } from "./support/dividedDifference.js";
import { matrixBatch } from "./support/matrices.js";
import { reversed } from "./support/reversed.js";
import { spectralAdjoint } from "./support/spectralAdjoint.js";
import { svd } from "./svd.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

/** A function on σ ≥ 0, with f[a, b] there and its derivatives. */
interface HalfFunction {
  readonly name: string;
  readonly f: Scalar;
  readonly df: Scalar;
  readonly ddf?: Scalar;
  readonly first: (a: number, b: number) => number;
}

export function dilatedAdjoint(A: Float, g: Float, of: HalfFunction): Float {
  const { rows: m, columns: n } = matrixBatch(of.name, A);
  const [w, z] = eigenpairs(A);
  const full = spectralAdjoint(dilation(A), dilation(g), w, z, derivativesOf(oddExtension(of, m, n, A.dtype)));
  return slice(full, [...A.shape.slice(0, -2).map(() => null), [0, m], [m, m + n]]);
}

function dilation(A: Float): Float {
  const { lead, rows: m, columns: n } = matrixBatch("svdFunc", A);
  const [above, below] = [m, n].map((size) => zeros([...lead, size, size], { dtype: A.dtype }));
  return concat([concat([above!, A], -1), concat([transpose(A), below!], -1)], -2);
}

/** −σ₁ … −σₖ, |m − n| zeros, σₖ … σ₁, and the eigenvectors (±u, v)/√2 and those of the longer complement. */
function eigenpairs(A: Float): [w: Float, z: Float] {
  const { lead, rows: m, columns: n } = matrixBatch("svdFunc", A);
  const k = Math.min(m, n);
  const { U, S, Vh } = svd(stopGradient(A), { full: true });
  const nothing = (...shape: number[]): Float => zeros([...lead, ...shape], { dtype: A.dtype });
  const columns = (X: Float, from: number, to: number): Float =>
    slice(X, [...X.shape.slice(1).map(() => null), [from, to]]);
  const w = concat([neg(S), nothing(m + n - 2 * k), reversed(S)], -1);
  const V = transpose(Vh);
  const [left, right] = [U, V].map((X) => mul(columns(X, 0, k), Math.SQRT1_2)) as [Float, Float];
  const upper = m > n ? columns(U, k, m) : nothing(m, n - k);
  const lower = m > n ? nothing(n, m - k) : columns(V, k, n);
  return [w, concat([concat([left, upper, reversed(left)], -1), concat([neg(right), lower, reversed(right)], -1)], -2)];
}

/** Values of the dilation closer than this part of the largest are integrated over, also across 0. */
const NARROW = 2 ** -10;

function oddExtension(of: HalfFunction, m: number, n: number, dtype: FloatDType): DividedDifferences {
  const { name, f, df, ddf, first } = of;
  const k = Math.min(m, n);
  const end = m + n - k;
  /** Pairs of vectors of the complement: no matrix of the dilation's form couples them. */
  const complement = (i: number, j: number): boolean => i >= k && j < end;
  const difference = (a: number, b: number): number => {
    if (a >= 0 && b > 0) return a > 0 ? first(a, b) : f(b) / b;
    if (a < 0 && b <= 0) return b < 0 ? first(-b, -a) : f(-a) / -a;
    return a === b ? df(0) : (f(b) + f(-a)) / (b - a);
  };
  const odd = (x: number): number => (x > 0 ? ddf!(x) : x < 0 ? -ddf!(-x) : 0);
  const smooth = ddf !== undefined && f(0) === 0 && ddf(0) === 0;
  const second = (w: Eigenvalues, i: number, j: number, l: number, item: number): number => {
    if (complement(i, l)) return 0;
    const [a, b, c, top] = [w[i]!, w[j]!, w[l]!, w[m + n - 1]!];
    if (!smooth && Math.max(-a, c) <= Math.max(m, n) * ulpOf(dtype) * top) {
      throw new DegenerateError(
        name,
        k - 1,
        k,
        c,
        item,
        "A is rank-deficient, where a function with f″(0) ≠ 0 has no f″",
      );
    }
    const narrow = smooth && c - a <= NARROW * top;
    return secondDividedDifference(odd, difference, a, b, c, narrow || undefined);
  };
  return {
    name,
    difference: (w, i, j) => (complement(i, j) ? 0 : difference(w[i]!, w[j]!)),
    ...(ddf && { second }),
  };
}
