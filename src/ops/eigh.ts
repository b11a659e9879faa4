import { ArgumentError, DegenerateError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti, followed } from "../autodiff/tape.js";
import { ulpOf, type FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkEighGauge, eighAdjoint } from "./eighAdjoint.js";
import { generalizedEigh } from "./generalizedEigh.js";
import { slice } from "./slice.js";
import { cast } from "./support/cast.js";
import { checkFloat } from "./support/check.js";
import { expands, gapsOf, type GapOptions, type Gaps } from "./support/gaps.js";
import { squareBatch, throwOnInfo } from "./support/matrices.js";
import { ADVICE } from "./support/spectrum.js";

type Float = Tensor<FloatDType>;

export interface EighOptions extends GapOptions {
  /**
   * Only the pairs low ≤ i < high in ascending order: values [.., high − low], vectors [.., n, high − low], the same bits
   * as among all. Where a gradient will be wanted all pairs are computed, because the adjoint sums over them.
   */
  readonly subset?: readonly [low: number, high: number];
}

export interface GeneralizedEighOptions<D extends FloatDType> extends EighOptions {
  /** Solve A·x = λ·B·x for symmetric positive definite B, taken as ½B + ½Bᵀ; XᵀBX = I. Leading axes broadcast. */
  readonly B?: Tensor<D>;
}

export interface Eigh<D extends FloatDType> {
  /** Ascending, [.., n]. */
  readonly eigenvalues: Tensor<D>;
  /** Orthonormal columns, [.., n, n] (with `B`: XᵀBX = I); in each the first entry of largest magnitude is positive. */
  readonly eigenvectors: Tensor<D>;
}

interface Params extends Gaps {
  /** The only pairs computed: never where a tape follows. */
  readonly subset?: readonly [number, number];
}

const MODES = { raise: 0, drop: 1, broaden: 2 } as const;
const PLAIN: Gaps = { rule: { method: "raise" }, gauge: null };
const FIRST_FAILURE_BYTES = 64;

/** As in assembly/lapack/small/layout.ts. */
const SMALL = 32;

const rule: MultiRule<[Float], Params> = {
  name: "eigh",
  guarded: "NaN",
  saves: "output",
  forward: ([A], { subset }) => (subset ? decomposePart(A, subset) : decompose("eigh", A, 1)),
  vjp: (g, applied) => [pullBack(g, applied, fused)],
  vjpDifferentiable: (g, applied) => [pullBack(g, applied, composed)],
};

/** Computes vectors only where an adjoint will need them: the values are the same to the bit. */
const valuesRule: MultiRule<[Float], Params> = {
  ...rule,
  name: "eigvalsh",
  forward: ([A]) => decompose("eigvalsh", A, followed(A) ? 1 : 0),
};

/**
 * Eigenvalues and eigenvectors of symmetric matrices, [.., n, n]: A is taken as ½A + ½Aᵀ.
 *
 * Method: Householder tridiagonalisation, then implicit QL (n ≤ 32) or divide and conquer. With `B`: Cholesky of B and the
 * problem of L⁻¹AL⁻ᵀ. Adjoint: gA = Z{skew(Zᵀg_Z)ᵢⱼ/(λⱼ − λᵢ) + diag(g_λ)}Zᵀ, exactly symmetric (Ionescu, Vantzos,
 * Sminchisescu 2015, Prop. 2, corrected; Giles 2008); with `B` composed of the adjoints of its steps. A loss of the
 * eigenvalues alone never meets a gap. For f(A) use {@link logm} and its kin, which are exact at repeated eigenvalues.
 * @throws {ShapeError} unless square; {@link ArgumentError} for a subset outside 0 … n; {@link NonFiniteError},
 * {@link ConvergenceError}, {@link NotPositiveDefiniteError} (for B) with the batch index; in the gradient
 * {@link DegenerateError} (see {@link Degenerate}) and, if asked for, {@link GaugeError}.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.eigh(tensor([[2, 1], [1, 2]])).eigenvalues.toArray(); // [ 1, 3 ]
 */
export function eigh<D extends FloatDType>(A: Tensor<D>, options: GeneralizedEighOptions<D> = {}): Eigh<D> {
  checkFloat("eigh", A);
  const { rows: n } = squareBatch("eigh", A);
  const { B, subset } = options;
  const gaps = gapsOf("eigh", A.dtype, options);
  if (subset !== undefined) checkSubset(subset, n);
  if (B !== undefined) return generalizedEigh(A, B, (C) => solve(C, gaps, subset) as Eigh<D>);
  return solve(A, gaps, subset) as Eigh<D>;
}

function checkSubset(subset: readonly [number, number], n: number): void {
  const [low, high] = Array.isArray(subset) ? subset : [NaN, NaN];
  if (subset?.length !== 2 || !Number.isInteger(low) || !Number.isInteger(high) || low < 0 || low > high || high > n) {
    throw new ArgumentError(
      "eigh",
      `subset must be [low, high] with 0 ≤ low ≤ high ≤ ${n}, got ${Array.isArray(subset) ? `[${subset.join(", ")}]` : String(subset)}`,
    );
  }
}

/**
 * Some pairs: by themselves, or out of all where a tape follows A, and of small float32 matrices, which alone are
 * decomposed in float32.
 */
function solve(A: Float, params: Params, subset?: readonly [number, number]): Eigh<FloatDType> {
  const small = A.dtype === "float32" && A.shape[A.rank - 1]! <= SMALL;
  const part = subset !== undefined && !small && !followed(A) ? { ...params, subset } : params;
  const [eigenvalues, eigenvectors] = applyMulti(rule, [A], part) as [Float, Float];
  if (subset === undefined || "subset" in part) return { eigenvalues, eigenvectors };
  const rest = A.shape.slice(1).map(() => null);
  const take = (x: Float): Float => slice(x, [...rest.slice(0, x.rank - 1), subset]);
  return { eigenvalues: take(eigenvalues), eigenvectors: take(eigenvectors) };
}

/**
 * The eigenvalues of symmetric matrices alone, ascending: [.., n, n] → [.., n].
 *
 * Adjoint: gA = Z·diag(g)·Zᵀ: finite whatever the gaps.
 * @throws {ShapeError} unless square; {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.eigvalsh(tensor([[2, 1], [1, 2]])).toArray(); // [ 1, 3 ]
 */
export function eigvalsh<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  checkFloat("eigvalsh", A);
  squareBatch("eigvalsh", A);
  return applyMulti(valuesRule, [A], PLAIN)[0] as Tensor<D>;
}

function decompose(op: string, A: Float, vectors: 0 | 1): readonly Float[] {
  const { lead, batch, rows: n } = squareBatch(op, A);
  const table = wasm[A.dtype];
  const w = allocate([...lead, n], A.dtype);
  const z = vectors ? allocate(A.shape, A.dtype) : null;
  const infos = allocate([batch], "int32");
  const [pa, pw, pi] = [A, w, infos].map((x) => address(op, x)) as [number, number, number];
  const pz = z ? address(op, z) : 0;
  const work = currentScope()!.scratch(table.syev_work(vectors, n) >>> 0);
  if (table.syev_batched(vectors, n, batch, pa, n * n, pw, pz, work, pi) !== 0) throwOnInfo(op, pi, batch);
  return z ? [w, z] : [w];
}

function decomposePart(A: Float, [low, high]: readonly [number, number]): readonly Float[] {
  const { lead, batch, rows: n } = squareBatch("eigh", A);
  const count = high - low;
  const { kernels } = wasm;
  const w = allocate([...lead, count], "float64");
  const z = allocate([...lead, n, count], "float64");
  if (low === high) return [cast(w, A.dtype), cast(z, A.dtype)];
  const infos = allocate([batch], "int32");
  const addresses = [cast(A, "float64"), w, z, infos].map((x) => address("eigh", x));
  const [pa, pw, pz, pi] = addresses as [number, number, number, number];
  const work = currentScope()!.scratch(kernels.dsyev_subset_work(n) >>> 0);
  if (kernels.dsyev_subset(n, low, high, batch, pa, n * n, pw, pz, work, pi) !== 0) throwOnInfo("eigh", pi, batch);
  const rounded = cast(z, A.dtype);
  const pr = address("eigh", rounded);
  for (let item = 0; A.dtype === "float32" && item < batch; item++) {
    kernels.scanonical(n, count, pr + 4 * item * n * count, count, 0, 0, 0);
  }
  return [cast(w, A.dtype), rounded];
}

type Adjoint = (g: readonly (Float | null)[], applied: Applied<[Float], Params>) => Float;

function pullBack(g: readonly (Float | null)[], applied: Applied<[Float], Params>, adjoint: Adjoint): Float {
  const [w, z] = applied.outputs as [Float, Float];
  const { gauge } = applied.params;
  if (gauge !== null) checkEighGauge(gauge, w, z, g[0] ?? null, g[1] ?? null);
  return adjoint(g, applied);
}

function composed(g: readonly (Float | null)[], { outputs, params }: Applied<[Float], Params>): Float {
  const [w, z] = outputs as [Float, Float];
  return eighAdjoint(w, z, g[0] ?? null, g[1] ?? null, params);
}

/** The kernel, for the rules it knows. */
function fused(g: readonly (Float | null)[], applied: Applied<[Float], Params>): Float {
  const { inputs, outputs, params } = applied;
  const { rule: gapRule } = params;
  if (expands(gapRule)) return composed(g, applied);
  const [A] = inputs;
  const { batch, rows: n } = squareBatch("eigh", A);
  const { kernels } = wasm;
  const [w, z] = outputs as [Float, Float];
  const out = allocate(A.shape, "float64");
  const tensors = [w, z, g[0] ?? null, g[1] ?? null, out].map((x) => x && cast(x, "float64"));
  const addresses = tensors.map((x) => (x === null ? 0 : address("eigh", x)));
  const [pw, pz, pgw, pgz, po] = addresses as [number, number, number, number, number];
  const eta = gapRule.method === "broaden" ? gapRule.eta : 0;
  const first = currentScope()!.scratch(FIRST_FAILURE_BYTES + (kernels.dsyev_vjp_work(n) >>> 0));
  const closing = [MODES[gapRule.method], ulpOf(A.dtype), eta] as const;
  const work = first + FIRST_FAILURE_BYTES;
  const failed = kernels.dsyev_vjp_batched(n, batch, pw, pz, pgw, pgz, ...closing, po, first, work);
  if (failed !== 0) {
    const [item, i, j] = wasm.i32.subarray(first >>> 2, (first >>> 2) + 3) as unknown as [number, number, number];
    throw new DegenerateError("eigh", i, j, wasm.f64[(first + 16) / 8]!, item, ADVICE);
  }
  return cast(out, A.dtype);
}
