/**
 * What a Riemannian optimizer needs of a manifold: how to turn the Euclidean gradient into one along it, how long a tangent
 * vector is, and how to take a step that stays on it (Absil, Mahony, Sepulchre 2008). Leading axes are a batch.
 */
import type { Manifold } from "../nn/manifold.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "../ops/add.js";
import { cholesky } from "../ops/cholesky.js";
import { expm } from "../ops/matrixFunction.js";
import { mul } from "../ops/mul.js";
import { qr } from "../ops/qr.js";
import { square } from "../ops/square.js";
import { sub } from "../ops/sub.js";
import { sum } from "../ops/sum.js";
import { intoFrame, outOfFrame } from "../ops/support/frame.js";
import { gemm } from "../ops/support/gemm.js";
import { symmetric } from "../ops/support/symmetric.js";
import { transpose } from "../ops/transpose.js";

type Float = Tensor<FloatDType>;

export interface Geometry {
  /** The Riemannian gradient at `point` for the Euclidean one. */
  gradient(point: Float, euclidean: Float): Float;
  /** The squared length of a tangent vector at `point`, [.., 1, 1]. */
  squaredLength(point: Float, tangent: Float): Float;
  /** The point that the tangent vector `step` leads to, and how `carried` looks from there. */
  move(point: Float, step: Float, carried: Float): readonly [point: Float, carried: Float];
}

/** The entries' squares, summed over each matrix. */
const squared = (x: Float): Float => sum(square(x), [-2, -1], { keepdims: true });

const isWide = ({ shape }: Float): boolean => shape[shape.length - 2]! <= shape[shape.length - 1]!;

/** X − sym(XWᵀ)W for orthonormal rows W, X − W sym(WᵀX) for columns: the nearest tangent vector at W. */
function projected(W: Float, X: Float): Float {
  const normal = isWide(W) ? gemm(symmetric(gemm(X, W, false, true)), W) : gemm(W, symmetric(gemm(W, X, true)));
  return sub(X, normal);
}

/**
 * Orthonormal rows (or columns) with the inner product of the space around them: retraction by QR with a positive
 * diagonal of R, transport by projection.
 */
const stiefel: Geometry = {
  gradient: projected,
  squaredLength: (_, tangent) => squared(tangent),
  move(point, step, carried) {
    const target = add(point, step);
    const next = isWide(point) ? transpose(qr(transpose(target)).Q) : qr(target).Q;
    return [next, projected(next, carried)];
  },
};

/**
 * Positive definite matrices with the affine-invariant metric ⟨U, V⟩ = tr(P⁻¹UP⁻¹V): gradient P sym(g) P, the exponential
 * map L exp(L⁻¹VL⁻ᵀ)Lᵀ of P = LLᵀ, and parallel transport along it. With E = L exp(½L⁻¹VL⁻ᵀ) the new point is EEᵀ: positive
 * definite by construction.
 */
const spd: Geometry = {
  gradient: (point, euclidean) => outOfFrame(point, symmetric(euclidean)),
  squaredLength: (point, tangent) => squared(intoFrame("spd", cholesky(point), tangent)),
  move(point, step, carried) {
    const L = cholesky(point);
    const E = gemm(L, expm(mul(intoFrame("spd", L, step), 0.5)));
    return [symmetric(gemm(E, E, false, true)), outOfFrame(E, intoFrame("spd", L, carried))];
  },
};

export const GEOMETRIES: Readonly<Record<Manifold, Geometry>> = { stiefel, spd };
