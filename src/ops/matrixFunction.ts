import { ArgumentError, NotPositiveDefiniteError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { cast } from "./support/cast.js";
import { checkFloat } from "./support/check.js";
import { squareBatch, throwOnInfo } from "./support/matrices.js";
import { spectralAdjoint, type SpectralDerivatives } from "./support/spectralAdjoint.js";

type Float = Tensor<FloatDType>;

/** The functions the kernels know, by their codes in assembly/spectral/functions.ts. */
export const SPECTRAL_CODES = { logm: 0, expm: 1, sqrtm: 2, invSqrtm: 3, inv: 4, powm: 5 } as const;

export type SpectralName = keyof typeof SPECTRAL_CODES;

interface Params {
  readonly name: SpectralName;
  readonly p: number;
  /** What errors call it. */
  readonly op: string;
}

/** Outputs C, and for the adjoint the eigenvalues and eigenvectors. */
const rule: MultiRule<[Float], Params> = {
  name: "matrix function",
  opOf: ({ op }) => op,
  guarded: "infinity",
  saves: "output",
  forward: run,
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/** f(A) = Z f(Λ) Zᵀ for symmetric A = ½A + ½Aᵀ; errors name `op`. */
export function matrixFunction<D extends FloatDType>(
  name: SpectralName,
  A: Tensor<D>,
  p = 0,
  op: string = name,
): Tensor<D> {
  checkFloat(op, A);
  squareBatch(op, A);
  return applyMulti(rule, [A], { name, p, op })[0] as Tensor<D>;
}

/**
 * The matrix logarithm of symmetric positive definite matrices, [.., n, n]; A is taken as ½A + ½Aᵀ.
 *
 * f(A) = Z f(Λ) Zᵀ. Adjoint (Daleckii–Krein): gA = Z[L ∘ (Zᵀ sym(G) Z)]Zᵀ with the divided differences
 * Lᵢⱼ = f[λᵢ, λⱼ] evaluated without cancellation: exact and finite at repeated eigenvalues. The result and the gradient
 * are exactly symmetric.
 * @throws {ShapeError} unless square; {@link NotPositiveDefiniteError}, {@link NonFiniteError}, {@link ConvergenceError}
 * with the batch index.
 * @example
 * import { eye, init, linalg } from "matprop";
 * await init();
 * linalg.logm(eye(2)).toArray(); // [ [ 0, 0 ], [ 0, 0 ] ]
 */
export function logm<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  return matrixFunction("logm", A);
}

/**
 * The exponential of symmetric matrices, [.., n, n]: method, adjoint and errors as {@link logm}; any spectrum.
 *
 * @example
 * import { init, linalg, zeros } from "matprop";
 * await init();
 * linalg.expm(zeros([2, 2])).toArray(); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function expm<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  return matrixFunction("expm", A);
}

/**
 * The square root of symmetric positive semidefinite matrices, [.., n, n]: method, adjoint and errors as {@link logm}.
 * The gradient needs positive definite matrices.
 * @example
 * import { eye, init, linalg } from "matprop";
 * await init();
 * linalg.sqrtm(eye(2)).toArray(); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function sqrtm<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  return matrixFunction("sqrtm", A);
}

/**
 * A^(−1/2) of symmetric positive definite matrices, [.., n, n]: method, adjoint and errors as {@link logm}.
 *
 * @example
 * import { eye, init, linalg } from "matprop";
 * await init();
 * linalg.invSqrtm(eye(2)).toArray(); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function invSqrtm<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  return matrixFunction("invSqrtm", A);
}

/**
 * Aᵖ of symmetric matrices, [.., n, n], for real p: method, adjoint and errors as {@link logm}. Integer p ≥ 0 takes any
 * spectrum, negative integers any without 0, other p need positive definite matrices.
 *
 * @throws {ArgumentError} unless p is finite.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.powm(tensor([[2, 0], [0, 4]]), -1).toArray(); // [ [ 0.5, 0 ], [ 0, 0.25 ] ]
 */
export function powm<D extends FloatDType>(A: Tensor<D>, p: number): Tensor<D> {
  if (!Number.isFinite(p)) throw new ArgumentError("powm", `the exponent must be finite, got ${p}`);
  return matrixFunction("powm", A, p);
}

function run([A]: [Float], { name, p, op }: Params): readonly Float[] {
  const { lead, batch, rows: n } = squareBatch(op, A);
  const { kernels } = wasm;
  const c = allocate(A.shape, "float64");
  const w = allocate([...lead, n], "float64");
  const z = allocate(A.shape, "float64");
  const infos = allocate([batch], "int32");
  const addresses = [cast(A, "float64"), w, z, c, infos].map((x) => address(op, x));
  const [pa, pw, pz, pc, pi] = addresses as [number, number, number, number, number];
  const work = currentScope()!.scratch(kernels.dspectral_batched_work(n) >>> 0);
  const failed = kernels.dspectral_batched(SPECTRAL_CODES[name], p, n, batch, pa, pw, pz, pc, work, pi);
  if (failed !== 0) throwOnInfo(op, pi, batch);
  return [c, w, z].map((x) => cast(x, A.dtype));
}

function adjoint([g]: readonly (Float | null)[], { inputs: [A], outputs, params }: Applied<[Float], Params>): [Float] {
  return [spectralAdjoint(A, g!, outputs[1] as Float, outputs[2] as Float, derivativesOf(params))];
}

/** The derivatives of a function the kernels know. */
export function derivativesOf(of: Params): SpectralDerivatives {
  return { name: of.op, first: (w, z, g) => first(of, w, z, g), second: (w, g, h) => second(of, w, g, h) };
}

/** The divided differences are taken in double, the products with Z in the dtype of g. */
function first({ name, p, op }: Params, w: Float, z: Float, g: Float): Float {
  const { batch, rows: n } = squareBatch(op, z);
  const table = wasm[g.dtype];
  const out = allocate(g.shape, g.dtype);
  const [pw, pz, pg, po] = [cast(w, "float64"), z, g, out].map((x) => address(op, x)) as Addresses;
  const work = currentScope()!.scratch(table.spectral_vjp_batched_work(n) >>> 0);
  refuse(op, "", table.spectral_vjp_batched(SPECTRAL_CODES[name], p, n, batch, pw, pz, pg, po, work));
  return out;
}

function second({ name, p, op }: Params, w: Float, g: Float, h: Float): Float {
  const { batch, rows: n } = squareBatch(op, g);
  const { kernels } = wasm;
  const out = allocate(g.shape, "float64");
  const addresses = [w, g, h, out].map((x) => address(op, cast(x, "float64")));
  const [pw, pg, ph, po] = addresses as Addresses;
  const work = currentScope()!.scratch(kernels.dspectral_second_work(n) >>> 0);
  refuse(op, "second ", kernels.dspectral_second(SPECTRAL_CODES[name], p, n, batch, pw, pg, ph, po, work));
  return cast(out, g.dtype);
}

type Addresses = [number, number, number, number];

function refuse(op: string, order: "" | "second ", failed: number): void {
  if (failed === 0) return;
  const item = failed - 1;
  const message = `the ${order}derivative is infinite: item ${item} of the batch has an eigenvalue 0; add a larger eps`;
  throw new NotPositiveDefiniteError(op, item, message);
}
