import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import { zeros } from "../tensor/create.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { add } from "./add.js";
import { concat } from "./concat.js";
import { oneHot } from "./gather.js";
import { matmul } from "./matmul.js";
import { mul } from "./mul.js";
import { slice } from "./slice.js";
import { triangularSolve } from "./solveTriangular.js";
import { sub } from "./sub.js";
import { cast } from "./support/cast.js";
import { checkFloat } from "./support/check.js";
import { matrixBatch, throwOnInfo } from "./support/matrices.js";
import { triangle } from "./support/triangle.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

export interface QrOptions {
  /** Bring the column of largest remaining norm to the front at each step (default false). */
  readonly pivot?: boolean;
}

export interface Qr<D extends FloatDType> {
  /** Orthonormal columns, [.., m, k], k = min(m, n). */
  readonly Q: Tensor<D>;
  /** Upper triangular with a diagonal ≥ 0, [.., k, n]. */
  readonly R: Tensor<D>;
}

/** With `pivot`: A·P = Q·R. */
export interface PivotedQr<D extends FloatDType> extends Qr<D> {
  /** Column j of A·P is column pivots[j] of A: [.., n]. */
  readonly pivots: Tensor<"int32">;
}

interface Params {
  readonly pivot: boolean;
}

const rule: MultiRule<[Float], Params> = {
  name: "qr",
  guarded: "NaN",
  saves: "both",
  forward: factor,
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * A = Q·R of each matrix of a batch, thin: [.., m, n] → Q [.., m, k], R [.., k, n], k = min(m, n); with `pivot`, A·P = Q·R
 * and the diagonal of R descends, which shows the rank.
 *
 * Method: Householder, blocked. Adjoint, for m ≥ n: gA = (gQ + Q·copyltu(M))·R⁻ᵀ, M = R·gRᵀ − gQᵀ·Q, copyltu(M) the
 * symmetric matrix with M's lower triangle (Seeger, Hetzel, Dai, Meissner, Lawrence 2017); wide: of the first m columns,
 * and Q·gR of the others (Roberts and Roberts 2020). It exists where the leading k columns (pivoted) have full rank.
 * @throws {ShapeError} if A has fewer than two axes; {@link NonFiniteError} with the batch index; in the gradient
 * {@link SingularMatrixError} where the diagonal of R holds a zero.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.qr(tensor([[0, 2], [3, 4]])).R.toArray(); // [ [ 3, 4 ], [ 0, 2 ] ]
 */
export function qr<D extends FloatDType>(A: Tensor<D>, options: { readonly pivot: true }): PivotedQr<D>;
export function qr<D extends FloatDType>(A: Tensor<D>, options?: QrOptions): Qr<D>;
export function qr<D extends FloatDType>(A: Tensor<D>, { pivot = false }: QrOptions = {}): Qr<D> | PivotedQr<D> {
  checkFloat("qr", A);
  matrixBatch("qr", A);
  const [Q, R, pivots] = applyMulti(rule, [A], { pivot }) as [Tensor<D>, Tensor<D>, Tensor<"int32">];
  return pivot ? { Q, R, pivots } : { Q, R };
}

function factor([A]: [Float], { pivot }: Params): readonly Tensor<DType>[] {
  const { lead, batch, rows: m, columns: n } = matrixBatch("qr", A);
  const k = Math.min(m, n);
  const Q = allocate([...lead, m, k], "float64");
  const R = allocate([...lead, k, n], "float64");
  const pivots = allocate([...lead, pivot ? n : 0], "int32");
  const infos = allocate([batch], "int32");
  const addresses = ([cast(A, "float64"), Q, R, pivots, infos] as Tensor<DType>[]).map((x) => address("qr", x));
  const [pa, pq, pr, pp, pi] = addresses as [number, number, number, number, number];
  const { kernels } = wasm;
  const work = currentScope()!.scratch(kernels.dqr_work(m, n, k) >>> 0);
  const failed = kernels.dqr_batched(m, n, k, batch, pa, pq, pr, pivot ? pp : 0, work, pi);
  if (failed !== 0) throwOnInfo("qr", pi, batch);
  return [cast(Q, A.dtype), cast(R, A.dtype), pivots];
}

function adjoint(
  [gQ, gR]: readonly (Float | null)[],
  { inputs: [A], outputs, params }: Applied<[Float], Params>,
): [Float] {
  const { rows: m, columns: n } = matrixBatch("qr", A);
  if (A.size === 0) return [zeros(A.shape, { dtype: A.dtype }) as Float];
  const [Q, R, pivots] = outputs as [Float, Float, Tensor<"int32">];
  // Row j of this permutation is the unit vector of the column of A that stands at j.
  const permutation = params.pivot ? (oneHot(pivots, n, { dtype: A.dtype }) as Float) : null;
  const moved = m < n && permutation !== null ? matmul(A, transpose(permutation)) : A;
  const gA = m < n ? wideAdjoint(gQ ?? null, gR ?? null, Q, R, moved) : tallAdjoint(gQ ?? null, gR ?? null, Q, R);
  return [permutation === null ? gA : matmul(gA, permutation)];
}

function tallAdjoint(gQ: Float | null, gR: Float | null, Q: Float, R: Float): Float {
  const fromR = gR && matmul(R, transpose(gR));
  const fromQ = gQ && matmul(transpose(gQ), Q);
  const M = fromR === null ? mul(fromQ!, -1) : fromQ === null ? fromR : sub(fromR, fromQ);
  const inner = matmul(Q, copyLower(M));
  return triangularSolve(R, gQ === null ? inner : add(gQ, inner), {
    lower: false,
    transpose: true,
    right: true,
    op: "qr",
  });
}

/** A = [X | Y] = Q·[U | V]: gY = Q·gV, and gQ grows by Y·gVᵀ before the square rule for X. */
function wideAdjoint(gQ: Float | null, gR: Float | null, Q: Float, R: Float, A: Float): Float {
  const m = Q.shape[Q.rank - 1]!;
  const n = R.shape[R.rank - 1]!;
  const columns = (x: Float, from: number, to: number): Float =>
    slice(
      x,
      x.shape.map((_, axis) => (axis === x.rank - 1 ? ([from, to] as const) : null)),
    );
  const U = columns(R, 0, m);
  if (gR === null) {
    return concat(
      [tallAdjoint(gQ, null, Q, U), zeros([...A.shape.slice(0, -1), n - m], { dtype: A.dtype }) as Float],
      -1,
    );
  }
  const gV = columns(gR, m, n);
  const more = matmul(columns(A, m, n), transpose(gV));
  const gX = tallAdjoint(gQ === null ? more : add(gQ, more), columns(gR, 0, m), Q, U);
  return concat([gX, matmul(Q, gV)], -1);
}

/** The symmetric matrix with the lower triangle of M. */
const copyLower = (M: Float): Float => add(triangle(M, false), transpose(triangle(M, false, 0)));
