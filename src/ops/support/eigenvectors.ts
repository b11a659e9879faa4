/** What the adjoints of embeddings share. */
import { DegenerateError } from "../../errors.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { fromArray, type Tensor } from "../../tensor/tensor.js";
import { largestOf, type Doubles } from "./affinity.js";

type Float = Tensor<FloatDType>;
type Double = Tensor<"float64">;

const ULP = 2 ** -52;

/** For each column the sign that makes its first entry of largest magnitude positive. */
export function canonicalSigns(U: Float): Doubles {
  const [m, k] = U.shape as [number, number];
  const u = U.data();
  const largest = new Float64Array(k);
  for (let i = 0, at = 0; i < m; i++) {
    for (let j = 0; j < k; j++, at++) if (Math.abs(u[at]!) > Math.abs(largest[j]!)) largest[j] = u[at]!;
  }
  return largest.map((x) => (x < 0 ? -1 : 1));
}

/**
 * N_ij = C_ij/(λⱼ − λᵢ), C = UᵀgU, and gλ on the diagonal: what the cotangents of some eigenvectors (`columns` of the basis,
 * −1 for none) and of their eigenvalues make of the gradient of the matrix in the basis of its eigenvectors, up to symmetry.
 * @throws {DegenerateError} where a gap is closed and its numerator is not 0.
 */
export function couplings(
  op: string,
  w: Doubles,
  columns: readonly number[],
  C: Double | null,
  gw: ArrayLike<number>,
  item: number,
): Double {
  const [rank, k] = [w.length, columns.length];
  const N = new Float64Array(rank * rank);
  const c = C?.data();
  const top = largestOf(w);
  columns.forEach((column, j) => {
    if (column < 0) return;
    N[column * rank + column] = gw[j]!;
    if (c === undefined) return;
    for (let i = 0; i < rank; i++) {
      const gap = w[column]! - w[i]!;
      if (i === column || c[i * k + j] === 0) continue;
      if (Math.abs(gap) <= 8 * rank * ULP * top) {
        const advice = "use normalizedCutsLoss, which sees only their span";
        throw new DegenerateError(op, j, w[0]! < w[rank - 1]! ? rank - 1 - i : i, Math.abs(gap), item, advice);
      }
      N[i * rank + column] = c[i * k + j]! / gap;
    }
  });
  return fromArray(N, [rank, rank], "float64");
}
