/**
 * The adjoint of A ↦ f(A) = Z f(Λ) Zᵀ as an operation of its own, so that it can be differentiated once more:
 *
 *   adjoint(A, G) = Df(A)[sym G] = Z [L ∘ Ĝ] Zᵀ,   Lᵢⱼ = f[λᵢ, λⱼ],   Ĝ = Zᵀ sym(G) Z   (Daleckii, Krein 1965)
 *
 * For a cotangent H, both of its own adjoints are derivatives of f again, because tr(H·D²f(A)[G, K]) does not change when
 * G, H and K change places: g_G = Df(A)[sym H] and
 *
 *   g_A = D²f(A)[G, H] = Z T Zᵀ,   Tᵢⱼ = Σₖ f[λᵢ, λₖ, λⱼ] (Ĝᵢₖ Ĥₖⱼ + Ĥᵢₖ Ĝₖⱼ).
 *
 * No difference of eigenvalues is divided by but inside divided differences, so both are finite at repeated eigenvalues.
 */
import type { Rule } from "../../autodiff/rule.js";
import { apply } from "../../autodiff/tape.js";
import type { FloatDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { gemm } from "./gemm.js";
import { symmetric } from "./symmetric.js";

type Float = Tensor<FloatDType>;

/** The derivatives of a matrix function at A = Z diag(w) Zᵀ. */
export interface SpectralDerivatives {
  readonly name: string;
  /** Z [f[wᵢ, wⱼ] ∘ (Zᵀ sym(g) Z)] Zᵀ. */
  first(w: Float, z: Float, g: Float): Float;
  /** Tᵢⱼ = Σₖ f[wᵢ, wₖ, wⱼ] (gᵢₖ hₖⱼ + hᵢₖ gₖⱼ) for symmetric g and h; throws where f″ is not known or infinite. */
  second(w: Float, g: Float, h: Float): Float;
}

/** Inputs A, g, and w and z of A, through which nothing flows back: what they carry is in the derivative for A. */
const rule: Rule<[Float, Float, Float, Float], SpectralDerivatives> = {
  name: "the adjoint of a matrix function",
  opOf: ({ name }) => name,
  guarded: "infinity",
  saves: "inputs",
  forward: ([, g, w, z], of) => of.first(w, z, g),
  vjp: (h, { inputs: [, g, w, z], params: of, needs }) => [
    needs[0] ? secondDerivative(w, z, of, g, h) : null,
    needs[1] ? of.first(w, z, h) : null,
    null,
    null,
  ],
};

/** Df(A)[sym g], recorded with its own adjoint; w and z are the eigenvalues and eigenvectors of A. */
export function spectralAdjoint(A: Float, g: Float, w: Float, z: Float, of: SpectralDerivatives): Float {
  return apply(rule, [A, g, w, z], of) as Float;
}

function secondDerivative(w: Float, z: Float, of: SpectralDerivatives, g: Float, h: Float): Float {
  const inBasis = (x: Float): Float => symmetric(gemm(gemm(z, symmetric(x), true), z));
  return symmetric(gemm(gemm(z, of.second(w, inBasis(g), inBasis(h))), z, false, true));
}
