/**
 * The adjoint of the symmetric eigendecomposition composed of differentiable ops, for derivatives of the gradient:
 * gA = sym(Z{skew(Zᵀg_Z)ᵢⱼ/(λⱼ − λᵢ) + diag(g_λ)}Zᵀ). `eigh.ts` has the kernel for everything else.
 */
import { eye, tensor } from "../tensor/create.js";
import { ulpOf, type FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { square } from "./square.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { gemm } from "./support/gemm.js";
import { maskedInverse } from "./support/maskedInverse.js";
import { symmetric } from "./support/symmetric.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

/** `broadening`: the eta of x/(x² + eta), or null for 1/x where a gap is open and 0 where it is closed. */
export function eighAdjoint(w: Float, z: Float, gw: Float | null, gz: Float | null, broadening: number | null): Float {
  let inner: Float | null = null;
  if (gz !== null) {
    const gaps = sub(unsqueeze(w, -2), unsqueeze(w, -1));
    const inverse = broadening === null ? maskedInverse(gaps, openGaps(w)) : div(gaps, add(square(gaps), broadening));
    const M = gemm(z, gz, true);
    inner = mul(mul(sub(M, transpose(M)), inverse), 0.5);
  }
  if (gw !== null) {
    const diagonal = mul(eye(w.shape[w.rank - 1]!, { dtype: w.dtype }) as Float, unsqueeze(gw, -1));
    inner = inner === null ? diagonal : add(inner, diagonal);
  }
  return symmetric(gemm(gemm(z, inner!), z, false, true));
}

/** 1 for pairs whose gap is open, |λᵢ − λⱼ| > 8·n·ulp·max|λ|, else 0. */
function openGaps(w: Float): Float {
  const n = w.shape[w.rank - 1]!;
  const values = w.data();
  const mask = new Float64Array(values.length * n);
  for (let i = 0; i < values.length; i++) {
    const first = i - (i % n);
    const top = Math.max(Math.abs(values[first]!), Math.abs(values[first + n - 1]!));
    const closed = 8 * n * ulpOf(w.dtype) * top;
    for (let j = 0; j < n; j++) mask[i * n + j] = Number(Math.abs(values[i]! - values[first + j]!) > closed);
  }
  return tensor(mask, { shape: [...w.shape, n], dtype: w.dtype });
}
