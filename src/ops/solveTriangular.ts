import { ShapeError, SingularMatrixError } from "../errors.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { broadcastShapes, showShape, sizeOf } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { neg } from "./neg.js";
import { sumTo } from "./sumTo.js";
import { broadcastStrides } from "./support/broadcast.js";
import { cast } from "./support/cast.js";
import { checkFloat } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch, squareBatch, throwOnInfo } from "./support/matrices.js";
import { rightHandSide, walkable } from "./support/rightHandSide.js";
import { copyStrided } from "./support/strided.js";
import { triangle } from "./support/triangle.js";

type Float = Tensor<FloatDType>;

export interface SolveTriangularOptions {
  /** Whether T is lower triangular (default); what lies in the other triangle is not read. */
  readonly lower?: boolean;
  /** Solve with Tᵀ instead of T. */
  readonly transpose?: boolean;
  /** Take the diagonal of T as 1 without reading it. */
  readonly unit?: boolean;
}

interface Params extends Required<SolveTriangularOptions> {
  /** X·op(T) = B instead of op(T)·X = B. */
  readonly right: boolean;
  readonly op: string;
}

const rule: Rule<[Float, Float], Params> = {
  name: "solveTriangular",
  guarded: "infinity",
  saves: "both",
  forward: ([T, B], params) => solve(T, B, params),
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * X with T·X = B (or Tᵀ·X = B) for triangular T, [.., n, n]; leading axes broadcast. B is [.., n, k], or a vector: it is
 * one if it has one axis or exactly the shape of T without its last axis (torch.linalg.solve's rule).
 *
 * Method: blocked substitution; a column of X has the same bits whatever the other columns are. Adjoint, with op(T) for T
 * or Tᵀ: g_B = op(T)⁻ᵀ·g, g_op(T) = −g_B·Xᵀ, kept in the triangle that is read (without the diagonal if `unit`) (Giles
 * 2008). NaN in B spreads down its column.
 * @throws {ShapeError}, {@link DtypeError} if the operands do not fit; {@link SingularMatrixError} with the batch index
 * if the diagonal of T holds a zero; {@link NonFiniteError} if T holds NaN or infinity.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.solveTriangular(tensor([[2, 0], [1, 4]]), tensor([2, 9])).toArray(); // [ 1, 2 ]
 */
export function solveTriangular<D extends FloatDType>(
  T: Tensor<D>,
  B: Tensor<D>,
  options: SolveTriangularOptions = {},
): Tensor<D> {
  checkFloat("solveTriangular", T);
  squareBatch("solveTriangular", T);
  const { lower = true, transpose = false, unit = false } = options;
  const { B: matrices, restore } = rightHandSide("solveTriangular", T, B);
  const params = { lower, transpose, unit, right: false, op: "solveTriangular" };
  return restore(triangularSolve(T, matrices, params)) as Tensor<D>;
}

/** op(T)⁻¹·B, or B·op(T)⁻¹; B of rank ≥ 2. Errors name `op`. */
export function triangularSolve(T: Float, B: Float, params: Partial<Params> & { readonly op: string }): Float {
  const full = { lower: true, transpose: false, unit: false, right: false, ...params };
  return apply(rule, [T, B], full) as Float;
}

function solve(T: Float, B: Float, { lower, transpose, unit, right, op }: Params): Float {
  const { rows: m, columns: k } = matrixBatch(op, B);
  const n = squareBatch(op, T).rows;
  if ((right ? k : m) !== n) throw new ShapeError(op, `${showShape(T.shape)} does not fit ${showShape(B.shape)}`);
  const lead = broadcastShapes(op, T.shape.slice(0, -2), B.shape.slice(0, -2));
  const shape = [...lead, m, k];
  const batch = sizeOf(lead);
  const triangles = cast(walkable(T, lead), "float64");
  const X = cast(copyStrided(op, B, shape, broadcastStrides(B.shape, shape), 0), "float64");
  if (X.size === 0) return cast(X, B.dtype);
  const infos = allocate([batch], "int32");
  const [pt, px, pi] = [triangles, X, infos].map((x) => address(op, x)) as [number, number, number];
  const { kernels } = wasm;
  const work = currentScope()!.scratch(kernels.dtrsm_work(+right, m, k) >>> 0);
  const step = sizeOf(triangles.shape) === n * n ? 0 : n * n;
  const flags = [+right, +!lower, +transpose, +unit] as const;
  const failed = kernels.dtrsm_batched(...flags, m, k, pt, n, step, px, k, m * k, batch, work, pi);
  const singular = (item: number, info: number): Error =>
    new SingularMatrixError(op, item, `element ${info - 1} of the diagonal is 0`);
  if (failed !== 0) throwOnInfo(op, pi, batch, singular);
  return cast(X, B.dtype);
}

function adjoint(
  g: Float,
  { inputs: [T, B], outputs, params, needs }: Applied<[Float, Float], Params>,
): [Float | null, Float | null] {
  const X = outputs[0] as Float;
  const { lower, transpose, unit, right } = params;
  const gB = triangularSolve(T, g, { ...params, transpose: !transpose });
  if (!needs[0]) return [null, sumTo(gB, B.shape)];
  // The cotangent of op(T) is −g_B·Xᵀ, on the right −Xᵀ·g_B; that of T the same transposed if op(T) = Tᵀ.
  const [first, second] = right !== transpose ? [X, gB] : [gB, X];
  const full = neg(gemm(first, second, right, !right));
  const gT = triangle(sumTo(full, T.shape), !lower, unit ? 0 : 1);
  return [gT, needs[1] ? sumTo(gB, B.shape) : null];
}
