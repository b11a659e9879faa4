import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { mul } from "./mul.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { checkFloat } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch } from "./support/matrices.js";
import { pseudoinverse, tolerance, type Pseudoinverse } from "./support/pseudoinverse.js";

type Float = Tensor<FloatDType>;

export interface PinvOptions {
  /** Singular values up to rtol·σ₁ count as 0 (default max(m, n)·ulp, as NumPy and torch have it). */
  readonly rtol?: number;
}

/** Outputs P, and for the adjoint its factors. */
const rule: MultiRule<[Float], { readonly rtol: number }> = {
  name: "pinv",
  guarded: "infinity",
  saves: "both",
  forward: ([A], { rtol }) => {
    const [U, w, Vh] = pseudoinverse("pinv", A, rtol);
    return [gemm(mul(Vh, unsqueeze(w, -1)), U, true, true), U, w, Vh];
  },
  vjp: ([g], { outputs: [, ...factors] }) => [byFactors(g!, factors as unknown as Pseudoinverse)],
  vjpDifferentiable: ([g], applied) => [byProducts(g!, applied)],
};

/**
 * The Moore–Penrose pseudo-inverse A⁺ of each matrix of a batch, [.., m, n] → [.., n, m].
 *
 * Method: SVD. Adjoint at constant rank (Golub, Pereyra 1973), P = A⁺: g_A = −PᵀgPᵀ + (I − AP)gᵀPPᵀ + PᵀPgᵀ(I − PA).
 * Where the rank changes A⁺ jumps; the gradient is that within the matrices of the same rank.
 * @throws {ShapeError} if A has fewer than two axes; {@link NonFiniteError}, {@link ConvergenceError} with the batch
 * index; {@link ArgumentError} for a negative tolerance.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.pinv(tensor([[2, 0], [0, 0]])).toArray(); // [ [ 0.5, 0 ], [ 0, 0 ] ]
 */
export function pinv<D extends FloatDType>(A: Tensor<D>, options: PinvOptions = {}): Tensor<D> {
  checkFloat("pinv", A);
  matrixBatch("pinv", A);
  return applyMulti(rule, [A], { rtol: tolerance("pinv", A, options.rtol) })[0] as Tensor<D>;
}

/**
 * With A = U·diag(1/w)·Vh: no product of three of P, A and P, which would leave the range long before its parts do.
 * −U(w∘(VᵀgU)∘w)Vᵀ + (I − UUᵀ)gᵀV·w²·Vᵀ + U·w²·Uᵀgᵀ(I − VVᵀ), I − UUᵀ and I − VVᵀ those of the directions that count.
 */
function byFactors(g: Float, [U, w, Vh]: Pseudoinverse): Float {
  const { rows: m, columns: k } = matrixBatch("pinv", U);
  const n = Vh.shape[Vh.rank - 1]!;
  const values = w.data();
  const row = (of: (value: number, open: boolean) => number): Float => {
    const scaled = values.map((value: number, at: number) => {
      const first = at - (at % k);
      return of(value, values.subarray(first, first + k).includes(0));
    });
    return unsqueeze(fromArray(scaled, w.shape, w.dtype), -2);
  };
  const counts = row((value) => Number(value > 0));
  const gV = gemm(g, Vh, true, true);
  const M = gemm(U, gV, true);
  const first = gemm(gemm(mul(U, unsqueeze(w, -2)), M, false, true), mul(Vh, unsqueeze(w, -1)));
  const outside = mul(
    sub(gV, gemm(mul(U, counts), M)),
    row((value, open) => (m > k || open ? value * value : 0)),
  );
  const beside = sub(gemm(U, g, true, true), gemm(mul(M, counts), Vh));
  const scaledU = mul(
    U,
    row((value, open) => (n > k || open ? value * value : 0)),
  );
  return sub(add(gemm(outside, Vh), gemm(scaledU, beside)), first);
}

/** The same from A and P, which a further derivative can follow. */
function byProducts(g: Float, { inputs: [A], outputs }: Applied<[Float], unknown>): Float {
  const P = outputs[0] as Float;
  const gP = gemm(g, P, true, false);
  const first = gemm(gemm(P, g, true), P, false, true);
  // gᵀPPᵀ less its image under AP; PᵀPgᵀ less what PA takes from it.
  const left = gemm(gP, P, false, true);
  const right = gemm(P, gemm(P, g, false, true), true);
  const outer = sub(left, gemm(A, gemm(P, left)));
  const inner = sub(right, gemm(gemm(right, P), A));
  return sub(add(outer, inner), first);
}
