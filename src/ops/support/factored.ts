/** A[perm] = LU on batches, and what is solved with it: raw kernels, for rules. In double, whatever the dtype of A is. */
import { SingularMatrixError } from "../../errors.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { currentScope } from "../../tensor/scope.js";
import { sizeOf } from "../../tensor/shape.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";
import { cast } from "./cast.js";
import { matrixBatch, throwOnInfo } from "./matrices.js";

type Float = Tensor<FloatDType>;

/** L below, U on and above the diagonal, and the rows of A in their order. */
export type Factored = readonly [lu: Tensor<"float64">, perm: Tensor<"int32">];

/** Factors each matrix of A; a pivot that is exactly 0 is an error if `regular`. */
export function factored(op: string, A: Float, regular: boolean): Factored {
  const { lead, batch, rows: m, columns: n } = matrixBatch(op, A);
  const lu = allocate(A.shape, "float64");
  const perm = allocate([...lead, m], "int32");
  const infos = allocate([batch], "int32");
  const [pa, pl, pp, pi] = [cast(A, "float64"), lu, perm, infos].map((x) => address(op, x)) as [
    number,
    number,
    number,
    number,
  ];
  const { kernels } = wasm;
  const work = currentScope()!.scratch(kernels.dgetrf_work(m, n) >>> 0);
  const singular = (item: number, info: number): Error | null =>
    regular ? new SingularMatrixError(op, item, `pivot ${info - 1} is 0`) : null;
  if (kernels.dgetrf_batched(m, n, batch, pa, pl, pp, work, pi) !== 0) throwOnInfo(op, pi, batch, singular);
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
  const X = allocate([...lead, n, k], "float64");
  const addresses = [lu, perm, cast(B, "float64"), X].map((x) => address(op, x));
  const [pl, pp, pb, px] = addresses as [number, number, number, number];
  const { kernels } = wasm;
  const work = currentScope()!.scratch(kernels.dgetrs_work(n, k) >>> 0);
  const [stepA, stepB] = [lu, B].map((x) => Number(sizeOf(x.shape.slice(0, -2)) !== 1)) as [number, number];
  kernels.dgetrs_batched(+transpose, n, k, pl, pp, stepA, pb, stepB, px, sizeOf(lead), work);
  return cast(X, B.dtype);
}

/** A⁻¹ in `dtype`. */
export function invertFactored(op: string, [lu, perm]: Factored, dtype: FloatDType): Float {
  const { batch, rows: n } = matrixBatch(op, lu);
  const X = allocate(lu.shape, "float64");
  const [pl, pp, px] = [lu, perm, X].map((x) => address(op, x)) as [number, number, number];
  const { kernels } = wasm;
  const work = currentScope()!.scratch(kernels.dgetrs_work(n, n) >>> 0);
  kernels.dgetri_batched(n, batch, pl, pp, px, work);
  return cast(X, dtype);
}

/** sign(det A), log|det A| and det A, each in the batch shape and in `dtype`. */
export function determinants(op: string, [lu, perm]: Factored, dtype: FloatDType): Float[] {
  const { lead, batch, rows: n } = matrixBatch(op, lu);
  const results = [0, 1, 2].map(() => allocate(lead, "float64"));
  const [pl, pp, ps, pg, pd] = [lu, perm, ...results].map((x) => address(op, x)) as [
    ...[number, number, number, number, number],
  ];
  wasm.kernels.dgetrf_det(n, batch, pl, pp, ps, pg, pd, currentScope()!.scratch(Math.max(4, 4 * n)));
  return results.map((x) => cast(x, dtype));
}
