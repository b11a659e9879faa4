/** What ops that return eigenvectors share: their signs, and the adjoints of embeddings. */
import { DegenerateError } from "../../errors.js";
import { newArray, type FloatDType } from "../../tensor/dtype.js";
import { elementsOf, fromArray, type Tensor } from "../../tensor/tensor.js";
import type { Doubles } from "./affinity.js";
import { largestOf } from "./magnitude.js";
import { matrixBatch } from "./matrices.js";
import { closedGap } from "./spectrum.js";

type Float = Tensor<FloatDType>;
type Double = Tensor<"float64">;

/** For each column of U [.., m, k] the sign that makes its first entry of largest magnitude positive, [.., 1, k]; a constant. */
export function canonicalSigns(U: Float): Float {
  const { lead, batch, rows: m, columns: k } = matrixBatch("eigh", U);
  const u = elementsOf("eigh", U);
  const largest = newArray(U.dtype, batch * k);
  for (let item = 0, at = 0; item < batch; item++) {
    const own = largest.subarray(item * k, (item + 1) * k);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < k; j++, at++) if (Math.abs(u[at]!) > Math.abs(own[j]!)) own[j] = u[at]!;
    }
  }
  const signs = largest.map((x: number) => (x < 0 ? -1 : 1));
  return fromArray(signs, [...lead, 1, k], U.dtype);
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
  const closed = closedGap(rank, "float64", largestOf(w));
  columns.forEach((column, j) => {
    if (column < 0) return;
    N[column * rank + column] = gw[j]!;
    if (c === undefined) return;
    for (let i = 0; i < rank; i++) {
      const gap = w[column]! - w[i]!;
      if (i === column || c[i * k + j] === 0) continue;
      if (Math.abs(gap) <= closed) {
        const advice = "use normalizedCutsLoss, which sees only their span";
        throw new DegenerateError(op, j, w[0]! < w[rank - 1]! ? rank - 1 - i : i, Math.abs(gap), item, advice);
      }
      N[i * rank + column] = c[i * k + j]! / gap;
    }
  });
  return fromArray(N, [rank, rank], "float64");
}
