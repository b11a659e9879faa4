/**
 * The Hessian of φ(M) = ½ Σ wᵢ d(M, Yᵢ)², d the affine-invariant distance, at M = I: with Yᵢ = Z diag(λ) Zᵀ
 *
 *   H[K] = Σ wᵢ Z [h(log λₐ − log λ_b) ∘ (ZᵀKZ)] Zᵀ,   h(x) = (x/2) coth(x/2) ≥ 1
 *
 * on symmetric K, self-adjoint, with eigenvalues from 1 to β = Σ wᵢ h(log λ_max − log λ_min) (Bhatia 2007, chapter 6; Bini,
 * Iannazzo 2013). It is well conditioned, so that conjugate gradients invert it in few steps.
 */
import { stopGradient } from "../autodiff/grad.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { ulpOf, type FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { eq } from "./compare.js";
import { stack } from "./concat.js";
import { div } from "./div.js";
import { eigh } from "./eigh.js";
import { max } from "./extrema.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { gemm } from "./support/gemm.js";
import { overMatrices } from "./support/overMatrices.js";
import { largestOf, powerOfTwo } from "./support/magnitude.js";
import { symmetric } from "./support/symmetric.js";
import { tanh } from "./tanh.js";
import { where } from "./where.js";

type Float = Tensor<FloatDType>;

/** Of matrices Y [.., N, n, n] with weights [.., N]. */
export interface Hessian {
  /** Eigenvectors of the Yᵢ, [.., N, n, n]. */
  readonly Z: Float;
  /** wᵢ h(log λₐ − log λ_b), [.., N, n, n]. */
  readonly H: Float;
  /** Σ wᵢ log Yᵢ, the descent direction −∇φ(I), [.., n, n]. */
  readonly gradient: Float;
  /** The largest β of the batch. */
  readonly bound: number;
}

/** Everything about φ at I, as constants: nothing of it is followed by a tape. */
export function hessianAtIdentity(Y: Float, weights: Float): Hessian {
  const { eigenvalues, eigenvectors: Z } = eigh(Y);
  const logs = log(eigenvalues);
  const half = mul(sub(unsqueeze(logs, -1), unsqueeze(logs, -2)), 0.5);
  const same = eq(half, 0);
  const h = where(same, 1, div(half, tanh(where(same, 1, half) as Float))) as Float;
  const w = overMatrices(weights);
  const spread = mul(Z, unsqueeze(logs, -2));
  return {
    Z,
    H: mul(w, h),
    gradient: symmetric(sum(mul(w, gemm(spread, Z, false, true)), -3)),
    bound: Y.size === 0 ? 1 : max(sum(mul(weights, max(h, [-2, -1])), -1)).item(),
  };
}

const rule: Rule<[Float], Hessian> = {
  name: "spdMean",
  saves: "nothing",
  forward: ([R], hessian) => solveAll(stopGradient(R), hessian, STEP_ACCURACY),
  vjp: (g, { params }) => [solveAll(symmetric(g), params, ulpOf(g.dtype))],
};

/** How closely a step solves for H⁻¹R: as R vanishes at the mean, it only decides how fast it does. */
const STEP_ACCURACY = 1e-4;

/** About H⁻¹[R] for symmetric R [.., n, n]; the adjoint is H⁻¹ itself, because H counts as a constant. */
export function newtonStep(R: Float, hessian: Hessian): Float {
  return apply(rule, [R], hessian) as Float;
}

function solveAll(R: Float, { Z, H }: Hessian, accuracy: number): Float {
  const [n, count] = [Z.shape[Z.rank - 1]!, Z.shape[Z.rank - 3]!];
  const batch = R.size / (n * n);
  const [r, z, h] = [
    reshape(R, [batch, n, n]),
    reshape(Z, [batch, count, n, n]),
    reshape(H, [batch, count, n, n]),
  ] as const;
  const items = Array.from({ length: batch }, (_, item) =>
    scope(() => {
      const [own, basis, factors] = [slice(r, [item]), slice(z, [item]), slice(h, [item])];
      // Lengths are squared on the way.
      const unit = powerOfTwo(largestOf((own as Float).data()));
      const scaled = conjugateGradients(div(own as Float, unit), basis as Float, factors as Float, accuracy);
      return mul(scaled, unit);
    }),
  );
  return reshape(stack(items), R.shape);
}

/** The H of one item on K. */
function times(Z: Float, H: Float, K: Float): Float {
  const inside = mul(H, gemm(gemm(Z, K, true), Z));
  return symmetric(sum(gemm(gemm(Z, inside), Z, false, true), -3));
}

/** Hestenes, Stiefel 1952. */
function conjugateGradients(R: Float, Z: Float, H: Float, accuracy: number): Float {
  const dot = (a: Float, b: Float): number => sum(mul(a, b)).item();
  const all = dot(R, R);
  const goal = accuracy * accuracy * all;
  let [x, r, p]: [Float, Float, Float] = [mul(R, 0), R, R];
  let left = all;
  for (let k = 0; k < MOST_STEPS && left > goal; k++) {
    const Hp = times(Z, H, p);
    const step = left / dot(p, Hp);
    x = add(x, mul(p, step));
    r = add(r, mul(Hp, -step));
    const next = dot(r, r);
    p = add(r, mul(p, next / left));
    left = next;
  }
  return x;
}

/** Far more than the condition β of H asks for; rounding may keep the residual above its goal. */
const MOST_STEPS = 100;
