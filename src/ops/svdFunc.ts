/**
 * U f(Σ) Vᵀ, a function of the singular values alone. With M = UᵀGV, its symmetric part S and skew part K,
 *
 *   gA = U[Γ ∘ S + Δ ∘ K]Vᵀ + (I − UUᵀ)GV·diag(f(σ)/σ)·Vᵀ + U·diag(f(σ)/σ)·UᵀG(I − VVᵀ)
 *   Γᵢⱼ = (f(σᵢ) − f(σⱼ))/(σᵢ − σⱼ),   Δᵢⱼ = (f(σᵢ) + f(σⱼ))/(σᵢ + σⱼ)
 *
 * (docs/derivations.md): finite at repeated singular values, and at σ = 0 if f(0) = 0, where both ratios become f′(0).
 */
import { ArgumentError, DegenerateError, NonFiniteError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import { stopGradient } from "../autodiff/grad.js";
import { newArray, ulpOf, type FloatDType } from "../tensor/dtype.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { mul } from "./mul.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { checkFloat } from "./support/check.js";
import { dividedDifference, type Scalar } from "./support/dividedDifference.js";
import { asPartOf } from "./support/frame.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch } from "./support/matrices.js";
import { svd } from "./svd.js";
import { dilatedAdjoint } from "./svdFuncAdjoint.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

export interface SvdFuncOptions {
  /** The function, for σ ≥ 0. */
  readonly f: Scalar;
  /** Its derivative. */
  readonly df: Scalar;
  /** Its second derivative; needed only for derivatives of the gradient. */
  readonly ddf?: Scalar;
  /** (a, b) ↦ (f(a) − f(b))/(a − b), f′(a) for a = b; default as in {@link SymFuncOptions}. */
  readonly dividedDifference?: (a: number, b: number) => number;
}

interface Params extends SvdFuncOptions {
  readonly name: string;
  /** f[a, b] for a, b ≥ 0. */
  readonly first: (a: number, b: number) => number;
}

/** Outputs U f(Σ) Vᵀ, and for the adjoint U, σ and Vᵀ. */
const rule: MultiRule<[Float], Params> = {
  name: "function of singular values",
  opOf: ({ name }) => name,
  guarded: "infinity",
  saves: "both",
  forward: ([A], { f, name }) => {
    const { U, S, Vh } = asPartOf(name, "the batch", () => svd(stopGradient(A)));
    const values = fromArray(S.data().map(f), S.shape, S.dtype);
    return [gemm(mul(U, unsqueeze(values, -2)), Vh), U, S, Vh];
  },
  vjp: adjoint,
  vjpDifferentiable: ([g], { inputs: [A], outputs, params }) => {
    const { rows: m, columns: n } = matrixBatch(params.name, A);
    factors(m, n, outputs[2] as Float, params); // for its refusals
    return [dilatedAdjoint(A, g!, params)];
  },
};

/**
 * U f(Σ) Vᵀ for the singular values of any matrices and any scalar function, [.., m, n]. f runs in JavaScript.
 *
 * Adjoint: with S and K the symmetric and skew parts of UᵀGV, gA = U[Γ∘S + Δ∘K]Vᵀ and what leaves the spans of U and V
 * times f(σ)/σ; Γ and Δ the divided differences of f across a − b and a + b: exact at repeated singular values.
 * @throws {ShapeError} unless A has two axes or more; {@link ArgumentError} if f or df is missing;
 * {@link NonFiniteError}, {@link ConvergenceError} with the batch index; in the gradient {@link DegenerateError} where
 * A is rank-deficient and f(0) ≠ 0: there the result is no function of A, and {@link NonFiniteError} where f′ is infinite;
 * for a second derivative {@link NotDifferentiableError} without `ddf`, {@link DegenerateError} where A is rank-deficient
 * and f″(0) ≠ 0.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.svdFunc(tensor([[0, 2], [1, 0]]), { f: (x) => x * x, df: (x) => 2 * x }).toArray(); // [ [ 0, 4 ], [ 1, 0 ] ]
 */
export function svdFunc<D extends FloatDType>(A: Tensor<D>, options: SvdFuncOptions): Tensor<D> {
  const { f, df, dividedDifference: given } = options ?? {};
  for (const [name, one] of Object.entries({ f, df })) {
    if (typeof one !== "function") throw new ArgumentError("svdFunc", `${name} must be a function, got ${String(one)}`);
  }
  const first = given ?? ((a: number, b: number) => dividedDifference(f, df, a, b));
  return run(A, { ...options, first, name: "svdFunc" });
}

/**
 * The orthogonal factor U Vᵀ of the polar decomposition of each matrix of a batch, [.., m, n]: the nearest matrix with
 * orthonormal columns (rows if m < n).
 *
 * Adjoint: gA = U[2/(σᵢ + σⱼ) ∘ skew(UᵀGV)]Vᵀ and what leaves the spans divided by σ: no gap matters, nor for the second
 * derivative.
 * @throws {ShapeError} unless A has two axes or more; {@link NonFiniteError}, {@link ConvergenceError} with the batch
 * index; in the gradient {@link DegenerateError} where A is rank-deficient.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.polar(tensor([[0, 2], [1, 0]])).toArray(); // [ [ 0, 1 ], [ 1, 0 ] ]
 */
export function polar<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  const zero = (): number => 0;
  return run(A, { name: "polar", f: () => 1, df: zero, ddf: zero, first: zero });
}

function run<D extends FloatDType>(A: Tensor<D>, params: Params): Tensor<D> {
  checkFloat(params.name, A);
  matrixBatch(params.name, A);
  return applyMulti(rule, [A], params)[0] as Tensor<D>;
}

function adjoint([g]: readonly (Float | null)[], { inputs: [A], outputs, params }: Applied<[Float], Params>): [Float] {
  const { rows: m, columns: n } = matrixBatch(params.name, A);
  const [, U, S, Vh] = outputs as [Float, Float, Float, Float];
  const { gamma, delta, ratio } = factors(m, n, S, params);
  const [GV, UG] = [gemm(g!, Vh, false, true), gemm(U, g!, true)];
  const M = gemm(U, GV, true);
  const Mt = transpose(M);
  const inner = mul(add(mul(add(M, Mt), gamma), mul(sub(M, Mt), delta)), 0.5);
  const gA = gemm(gemm(U, inner), Vh);
  if (m > n) return [add(gA, gemm(mul(sub(GV, gemm(U, M)), unsqueeze(ratio, -2)), Vh))];
  if (m < n) return [add(gA, gemm(U, mul(sub(UG, gemm(M, Vh)), unsqueeze(ratio, -1))))];
  return [gA];
}

/** Γ and Δ [.., k, k], and f(σ)/σ [.., k]. */
function factors(m: number, n: number, S: Float, { name, f, df, first }: Params) {
  const k = Math.min(m, n);
  const s = S.data();
  const [gamma, delta] = [newArray(S.dtype, s.length * k), newArray(S.dtype, s.length * k)];
  const ratio = newArray(S.dtype, s.length);
  const atZero = f(0);
  const slope = (value: number, item: number): number => {
    if (Number.isFinite(value)) return value;
    throw new NonFiniteError(name, item, `the derivative is infinite at a singular value of item ${item} of the batch`);
  };
  if (atZero !== 0) refuseRankDeficient(name, Math.max(m, n), k, S.dtype, s);
  for (let i = 0; i < s.length; i++) {
    const start = i - (i % k);
    const item = start / k;
    const quotient = (sum: number, size: number): number => (size > 0 ? sum / size : slope(df(0), item));
    for (let j = 0; j < k; j++) {
      const [a, b] = [s[i]!, s[start + j]!];
      gamma[i * k + j] = slope(first(a, b), item);
      // The skew part has no diagonal.
      if (start + j !== i) delta[i * k + j] = quotient(f(a) + f(b), a + b);
    }
    if (m !== n) ratio[i] = quotient(f(s[i]!), s[i]!);
  }
  const square = [...S.shape, k];
  return {
    gamma: fromArray(gamma, square, S.dtype),
    delta: fromArray(delta, square, S.dtype),
    ratio: fromArray(ratio, S.shape, S.dtype),
  };
}

/** A value that counts as 0 may have either sign: where f(0) ≠ 0, f then jumps. */
function refuseRankDeficient(name: string, size: number, k: number, dtype: FloatDType, s: ArrayLike<number>): void {
  for (let first = 0; first < s.length; first += k) {
    const last = first + k - 1;
    if (s[last]! > size * ulpOf(dtype) * s[first]!) continue;
    const advice = "A is rank-deficient, where a function with f(0) ≠ 0 jumps";
    throw new DegenerateError(name, k - 1, k, s[last]!, first / k, advice);
  }
}
