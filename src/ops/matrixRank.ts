import { ArgumentError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import type { FloatDType } from "../tensor/dtype.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { checkFloat } from "./support/check.js";
import { asPartOf } from "./support/frame.js";
import { matrixBatch } from "./support/matrices.js";
import { tolerance } from "./support/pseudoinverse.js";
import { svdvals } from "./svd.js";

export interface MatrixRankOptions {
  /** Singular values up to rtol·σ₁ count as 0 (default max(m, n)·ulp as NumPy has it, or 0 if `atol` is given). */
  readonly rtol?: number;
  /** Singular values up to atol count as 0 (default 0). The larger of the two cuts. */
  readonly atol?: number;
}

/**
 * The number of singular values above max(atol, rtol·σ₁) of each matrix of a batch, [.., m, n] → [..], int32. It has no
 * gradient.
 *
 * @throws {ShapeError} if A has fewer than two axes; {@link NonFiniteError}, {@link ConvergenceError} with the batch
 * index; {@link ArgumentError} for a negative tolerance.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.matrixRank(tensor([[1, 2], [2, 4]])).item(); // 1
 */
export function matrixRank(A: Tensor<FloatDType>, options: MatrixRankOptions = {}): Tensor<"int32"> {
  checkFloat("matrixRank", A);
  const { lead, batch } = matrixBatch("matrixRank", A);
  const { atol = 0 } = options;
  if (!(atol >= 0)) throw new ArgumentError("matrixRank", `atol must be at least 0, got ${atol}`);
  const rtol = tolerance("matrixRank", A, options.rtol ?? (atol > 0 ? 0 : undefined));
  const S = asPartOf("matrixRank", "the batch", () => svdvals(stopGradient(A)));
  const k = S.shape[S.rank - 1]!;
  const sigma = S.data();
  const ranks = Int32Array.from({ length: batch }, (_, item) => {
    const own = sigma.subarray(item * k, (item + 1) * k);
    const cut = Math.max(atol, rtol * (own[0] ?? 0));
    return own.filter((value: number) => value > cut).length;
  });
  return fromArray(ranks, lead, "int32");
}
