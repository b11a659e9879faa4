import { ArgumentError } from "../errors.js";
import type { Applied, MultiRule, Rule } from "../autodiff/rule.js";
import { apply, applyMulti } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { matmul } from "./matmul.js";
import { mul } from "./mul.js";
import { unsqueeze } from "./squeeze.js";
import { cast } from "./support/cast.js";
import { checkFloat } from "./support/check.js";
import { gapsOf, type GapOptions, type Gaps } from "./support/gaps.js";
import { matrixBatch, throwOnInfo } from "./support/matrices.js";
import { svdAdjoint } from "./svdAdjoint.js";

type Float = Tensor<FloatDType>;

export interface SvdOptions extends GapOptions {
  /**
   * U [.., m, m] and Vh [.., n, n] instead of the thin factors (default false). Of the columns U₂ that this adds only their
   * span is a function of A, so that only a loss of U₂U₂ᵀ (of V₂V₂ᵀ if wide) has a gradient; the part of a cotangent that
   * turns them among themselves, skew(U₂ᵀg_U₂), counts as 0, or is a {@link GaugeError} under `checkGauge`.
   */
  readonly full?: boolean;
  /**
   * `"dc"` (default): bidiagonalisation and divide and conquer, error in every value relative to the largest.
   * `"jacobi"`: one-sided Jacobi, every value to a few ulp relative where the columns of A are badly scaled but otherwise
   * well conditioned; slower. Not with `full`.
   */
  readonly method?: "dc" | "jacobi";
}

export interface Svd<D extends FloatDType> {
  /** Orthonormal columns, [.., m, k], k = min(m, n); in each the first entry of largest magnitude is positive. */
  readonly U: Tensor<D>;
  /** Singular values, descending, [.., k]. */
  readonly S: Tensor<D>;
  /** Orthonormal rows, [.., k, n]: A = U·diag(S)·Vh. */
  readonly Vh: Tensor<D>;
}

interface Params extends Gaps {
  readonly full: boolean;
  readonly jacobi: boolean;
}

const THIN = 1;
const FULL = 2;

const rule: MultiRule<[Float], Params> = {
  name: "svd",
  guarded: "NaN",
  saves: "output",
  forward: ([A], { full, jacobi }) => decompose(A, full, jacobi),
  vjp: (g, applied) => [svdAdjoint(g, applied)],
  vjpDifferentiable: (g, applied) => [svdAdjoint(g, applied)],
};

const valuesRule: Rule<[Float]> = {
  name: "svdvals",
  guarded: "NaN",
  saves: "inputs",
  forward: ([A]) => values(A),
  vjp: valuesAdjoint,
  vjpDifferentiable: valuesAdjoint,
};

/**
 * Singular value decomposition of each matrix of a batch: A = U·diag(S)·Vh, [.., m, n] → U [.., m, k], S [.., k],
 * Vh [.., k, n], k = min(m, n).
 *
 * Adjoint, with a = UᵀgU − gUᵀU, b = VᵀgV − gVᵀV: gA = U{½[(aᵢⱼ + bᵢⱼ)/(σⱼ − σᵢ) + (aᵢⱼ − bᵢⱼ)/(σⱼ + σᵢ)] + diag(gS)}Vᵀ +
 * (I − UUᵀ)gUΣ⁻¹Vᵀ + UΣ⁻¹gVᵀ(I − VVᵀ), with `full` also −U₂gU₂ᵀUΣ⁻¹Vᵀ and −UΣ⁻¹VᵀgV₂V₂ᵀ (Ionescu, Vantzos, Sminchisescu
 * 2015, Prop. 1, corrected). A loss of the values alone never meets a gap.
 * @throws {ShapeError} if A has fewer than two axes; {@link NonFiniteError}, {@link ConvergenceError} with the batch
 * index; in the gradient {@link DegenerateError} (see {@link Degenerate}) and, if asked for, {@link GaugeError}.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.svd(tensor([[0, 2], [1, 0]])).S.toArray(); // [ 2, 1 ]
 */
export function svd<D extends FloatDType>(A: Tensor<D>, options: SvdOptions = {}): Svd<D> {
  checkFloat("svd", A);
  matrixBatch("svd", A);
  const { full = false, method = "dc" } = options;
  if (method !== "dc" && method !== "jacobi")
    throw new ArgumentError("svd", `method must be dc or jacobi, got ${String(method)}`);
  const jacobi = method === "jacobi";
  if (jacobi && full) throw new ArgumentError("svd", "method jacobi gives thin factors: leave full away");
  const params = { ...gapsOf("svd", A.dtype, options), full, jacobi };
  const [U, S, Vh] = applyMulti(rule, [A], params) as [Tensor<D>, Tensor<D>, Tensor<D>];
  return { U, S, Vh };
}

/**
 * The singular values of each matrix of a batch alone, descending: [.., m, n] → [.., min(m, n)].
 *
 * Adjoint: gA = U·diag(g)·Vh, from the vectors computed then: finite whatever the gaps.
 * @throws {ShapeError} if A has fewer than two axes; {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.svdvals(tensor([[3, 0, 0], [0, -4, 0]])).toArray(); // [ 4, 3 ]
 */
export function svdvals<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  checkFloat("svdvals", A);
  matrixBatch("svdvals", A);
  return apply(valuesRule, [A], null) as Tensor<D>;
}

function decompose(A: Float, full: boolean, jacobi: boolean): readonly Float[] {
  const { lead, batch, rows: m, columns: n } = matrixBatch("svd", A);
  const k = Math.min(m, n);
  const U = allocate([...lead, m, full ? m : k], "float64");
  const S = allocate([...lead, k], "float64");
  const Vh = allocate([...lead, full ? n : k, n], "float64");
  const infos = allocate([batch], "int32");
  const [pa, ps, pu, pv, pi] = [cast(A, "float64"), S, U, Vh, infos].map((x) => address("svd", x)) as [
    ...[number, number, number, number, number],
  ];
  const { kernels } = wasm;
  const wanted = full ? FULL : THIN;
  const bytes = (jacobi ? kernels.dgejsv_work(m, n) : kernels.dgesdd_work(wanted, m, n)) >>> 0;
  const work = currentScope()!.scratch(bytes);
  const failed = jacobi
    ? kernels.dgejsv_batched(m, n, batch, pa, ps, pu, pv, work, pi)
    : kernels.dgesdd_batched(wanted, m, n, batch, pa, ps, pu, pv, work, pi);
  if (failed !== 0) throwOnInfo("svd", pi, batch);
  if (A.dtype === "float64") return [U, S, Vh];
  const rounded = [U, S, Vh].map((x) => cast(x, "float32")) as [Float, Float, Float];
  const [pru, prv] = [address("svd", rounded[0]), address("svd", rounded[2])];
  const [columns, rows] = [full ? m : k, full ? n : k];
  for (let item = 0; item < batch; item++) {
    kernels.scanonical(m, k, pru + 4 * item * m * columns, columns, n, prv + 4 * item * rows * n, n);
  }
  return rounded;
}

function values(A: Float): Float {
  const { lead, batch, rows: m, columns: n } = matrixBatch("svdvals", A);
  const S = allocate([...lead, Math.min(m, n)], "float64");
  const infos = allocate([batch], "int32");
  const [pa, ps, pi] = [cast(A, "float64"), S, infos].map((x) => address("svdvals", x)) as [number, number, number];
  const { kernels } = wasm;
  const work = currentScope()!.scratch(kernels.dgesdd_work(0, m, n) >>> 0);
  if (kernels.dgesdd_batched(0, m, n, batch, pa, ps, 0, 0, work, pi) !== 0) throwOnInfo("svdvals", pi, batch);
  return cast(S, A.dtype);
}

function valuesAdjoint(g: Float, { inputs: [A] }: Applied<[Float], null>): [Float] {
  const { U, Vh } = svd(A);
  return [matmul(mul(U, unsqueeze(g, -2)), Vh)];
}
