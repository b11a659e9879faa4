/** A[perm] = LU on batches, and what is solved with it: raw kernels, for rules. */
import { SingularMatrixError } from "../../errors.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { currentScope } from "../../tensor/scope.js";
import { sizeOf } from "../../tensor/shape.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";
import { matrixBatch, throwOnInfo } from "./matrices.js";

type Float = Tensor<FloatDType>;

/** L below, U on and above the diagonal, and the rows of A in their order. */
export type Factored = readonly [lu: Float, perm: Tensor<"int32">];

/** Factors each matrix of A; a pivot that is exactly 0 is an error if `regular`. */
export function factored(op: string, A: Float, regular: boolean): Factored {
  const { lead, batch, rows: m, columns: n } = matrixBatch(op, A);
  const lu = allocate(A.shape, A.dtype);
  const perm = allocate([...lead, m], "int32");
  const infos = allocate([batch], "int32");
  const [pa, pl, pp, pi] = [A, lu, perm, infos].map((x) => address(op, x)) as [number, number, number, number];
  const table = wasm[A.dtype];
  const work = currentScope()!.scratch(table.getrf_work(m, n) >>> 0);
  const singular = (item: number, info: number): Error | null =>
    regular ? new SingularMatrixError(op, item, `pivot ${info - 1} is 0`) : null;
  if (table.getrf_batched(m, n, batch, pa, pl, pp, work, pi) !== 0) throwOnInfo(op, pi, batch, singular);
  return [lu, perm];
}

/** A⁻¹·B, or A⁻ᵀ·B, in the batch shape `lead` of both together; an operand of one item serves all. */
export function solveFactored(
  op: string,
  [lu, perm]: Factored,
  B: Float,
  transpose: boolean,
  lead: readonly number[],
): Float {
  const { rows: n, columns: k } = matrixBatch(op, B);
  const X = allocate([...lead, n, k], B.dtype);
  const [pl, pp, pb, px] = [lu, perm, B, X].map((x) => address(op, x)) as [number, number, number, number];
  const table = wasm[B.dtype];
  const work = currentScope()!.scratch(table.getrs_work(n, k) >>> 0);
  const [stepA, stepB] = [lu, B].map((x) => Number(sizeOf(x.shape.slice(0, -2)) !== 1)) as [number, number];
  table.getrs_batched(+transpose, n, k, pl, pp, stepA, pb, stepB, px, sizeOf(lead), work);
  return X;
}

/** A⁻¹. */
export function invertFactored(op: string, [lu, perm]: Factored): Float {
  const { batch, rows: n } = matrixBatch(op, lu);
  const X = allocate(lu.shape, lu.dtype);
  const [pl, pp, px] = [lu, perm, X].map((x) => address(op, x)) as [number, number, number];
  const table = wasm[lu.dtype];
  const work = currentScope()!.scratch(table.getrs_work(n, n) >>> 0);
  table.getri_batched(n, batch, pl, pp, px, work);
  return X;
}

/** sign(det A), log|det A| and det A, each in the batch shape. */
export function determinants(op: string, [lu, perm]: Factored): [sign: Float, logabsdet: Float, det: Float] {
  const { lead, batch, rows: n } = matrixBatch(op, lu);
  const results = [0, 1, 2].map(() => allocate(lead, lu.dtype)) as [Float, Float, Float];
  const [pl, pp, ps, pg, pd] = [lu, perm, ...results].map((x) => address(op, x)) as [
    ...[number, number, number, number, number],
  ];
  wasm[lu.dtype].getrf_det(n, batch, pl, pp, ps, pg, pd, currentScope()!.scratch(Math.max(4, 4 * n)));
  return results;
}
