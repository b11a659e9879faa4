import { NotPositiveDefiniteError } from "../errors.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { triangularSolve } from "./solveTriangular.js";
import { cast } from "./support/cast.js";
import { checkFloat } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { squareBatch, throwOnInfo } from "./support/matrices.js";
import { symmetric } from "./support/symmetric.js";
import { triangle } from "./support/triangle.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

export interface CholeskyOptions {
  /** Whether the factor is lower triangular (default), A = LLᵀ; else upper, A = UᵀU with U = Lᵀ. */
  readonly lower?: boolean;
}

const rule: Rule<[Float]> = {
  name: "cholesky",
  guarded: "NaN",
  saves: "output",
  forward: run,
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * The Cholesky factor L of symmetric positive definite matrices, [.., n, n]: ½A + ½Aᵀ = L·Lᵀ, with a positive diagonal.
 *
 * Method: recursive blocks. Adjoint: g_A = sym(L⁻ᵀ·Φ(Lᵀ·g)·L⁻¹), where Φ keeps the lower triangle with half its diagonal
 * (Murray 2016): exactly symmetric.
 * @throws {ShapeError} unless square; {@link NotPositiveDefiniteError}, {@link NonFiniteError} with the batch index.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.cholesky(tensor([[4, 2], [2, 5]])).toArray(); // [ [ 2, 0 ], [ 1, 2 ] ]
 */
export function cholesky<D extends FloatDType>(A: Tensor<D>, options: CholeskyOptions = {}): Tensor<D> {
  checkFloat("cholesky", A);
  squareBatch("cholesky", A);
  const L = apply(rule, [A], null) as Tensor<D>;
  return (options.lower ?? true) ? L : transpose(L);
}

function run([A]: [Float]): Float {
  const { batch, rows: n } = squareBatch("cholesky", A);
  const L = allocate(A.shape, "float64");
  const infos = allocate([batch], "int32");
  const [pa, pl, pi] = [cast(A, "float64"), L, infos].map((x) => address("cholesky", x)) as [number, number, number];
  const { kernels } = wasm;
  const work = currentScope()!.scratch(kernels.dpotrf_work(n) >>> 0);
  if (kernels.dpotrf_batched(n, batch, pa, pl, work, pi) !== 0) throwOnInfo("cholesky", pi, batch, notPositive);
  return cast(L, A.dtype);
}

function notPositive(item: number, order: number): NotPositiveDefiniteError {
  const what = `item ${item} of the batch is not positive definite: its leading minor of order ${order} is not positive`;
  return new NotPositiveDefiniteError("cholesky", item, `${what}; add a larger eps to its diagonal`);
}

function adjoint(g: Float, { outputs }: Applied<[Float], null>): [Float] {
  const L = outputs[0] as Float;
  const half = triangle(gemm(L, g, true), false, 0.5);
  const left = triangularSolve(L, half, { transpose: true, op: "cholesky" });
  const both = triangularSolve(L, left, { right: true, op: "cholesky" });
  return [symmetric(both)];
}
