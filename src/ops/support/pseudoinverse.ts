/** What pinv, lstsq and matrixRank share: singular values, and which of them count. */
import { ArgumentError } from "../../errors.js";
import { stopGradient } from "../../autodiff/grad.js";
import { newArray, ulpOf, type FloatDType } from "../../tensor/dtype.js";
import { fromArray, type Tensor } from "../../tensor/tensor.js";
import { mul } from "../mul.js";
import { unsqueeze } from "../squeeze.js";
import { svd } from "../svd.js";
import { asPartOf } from "./frame.js";
import { gemm } from "./gemm.js";
import { matrixBatch } from "./matrices.js";

type Float = Tensor<FloatDType>;

/** A ≈ U·diag(1/w)·Vh, w = 0 for singular values that count as 0. */
export type Pseudoinverse = readonly [U: Float, w: Float, Vh: Float];

/** `rtol`, or NumPy's and torch's max(m, n)·ulp. */
export function tolerance(op: string, A: Float, rtol: number | undefined): number {
  const { rows, columns } = matrixBatch(op, A);
  if (rtol !== undefined && !(rtol >= 0)) throw new ArgumentError(op, `rtol must be at least 0, got ${rtol}`);
  return rtol ?? Math.max(rows, columns) * ulpOf(A.dtype);
}

/** Pseudo-inverse factors; singular values up to `rtol` times the largest count as 0. What A is called in errors: `what`. */
export function pseudoinverse(op: string, A: Float, rtol: number, what = "the batch"): Pseudoinverse {
  const { U, S, Vh } = asPartOf(op, what, () => svd(stopGradient(A)));
  const k = S.shape[S.rank - 1]!;
  const sigma = S.data();
  const w = newArray(A.dtype, sigma.length);
  for (let i = 0; i < sigma.length; i++) {
    const cut = rtol * sigma[i - (i % k)]!;
    w[i] = sigma[i]! > cut ? 1 / sigma[i]! : 0;
  }
  return [U, fromArray(w, S.shape, A.dtype), Vh];
}

/** A⁺·B, or (A⁺)ᵀ·B. */
export function applyPseudoinverse([U, w, Vh]: Pseudoinverse, B: Float, transpose: boolean): Float {
  const [first, last] = transpose ? [Vh, U] : [U, Vh];
  return gemm(last, mul(unsqueeze(w, -1), gemm(first, B, !transpose)), !transpose);
}
