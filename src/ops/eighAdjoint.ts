/**
 * The adjoint of the symmetric eigendecomposition composed of differentiable ops, for derivatives of the gradient and for the
 * choices that expand 1/(λⱼ − λᵢ): gA = sym(Z{skew(Zᵀg_Z)ᵢⱼ/(λⱼ − λᵢ) + diag(g_λ)}Zᵀ). `eigh.ts` has the kernel for the rest.
 */
import { eye } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { mul } from "./mul.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { inverseGaps, type Gaps } from "./support/gaps.js";
import { refuseTurns, refuseWeights, turnsOf } from "./support/gauge.js";
import { gemm } from "./support/gemm.js";
import { columnsOf, eigenvalueSpectrum } from "./support/spectrum.js";
import { symmetric } from "./support/symmetric.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

/** Throws where `gaps.rule` leaves a pair open that a cotangent reaches. */
export function eighAdjoint(w: Float, z: Float, gw: Float | null, gz: Float | null, { rule }: Gaps): Float {
  let inner: Float | null = null;
  if (gz !== null) {
    const spectrum = eigenvalueSpectrum("eigh", w);
    const inverse = inverseGaps(w, spectrum, rule, columnsOf(gz, spectrum.k));
    const M = gemm(z, gz, true);
    inner = mul(mul(sub(M, transpose(M)), inverse), 0.5);
  }
  if (gw !== null) {
    const diagonal = mul(eye(w.shape[w.rank - 1]!, { dtype: w.dtype }) as Float, unsqueeze(gw, -1));
    inner = inner === null ? diagonal : add(inner, diagonal);
  }
  return symmetric(gemm(gemm(z, inner!), z, false, true));
}

/** Throws if the loss depends on what a closed gap leaves free. */
export function checkEighGauge(most: number, w: Float, z: Float, gw: Float | null, gz: Float | null): void {
  const spectrum = eigenvalueSpectrum("eigh", w);
  const turns = turnsOf(z, gz);
  if (turns !== null) refuseTurns(spectrum, most, [turns]);
  refuseWeights(spectrum, most, gw);
}
