/**
 * J = ½‖Π_M − Π_E‖_F² of one image from d×d matrices, and what its adjoint needs of them. In the notation of affinity.ts,
 * with P the orthonormal basis of the target (annotators side by side, each divided by √a), `in` the eigenvectors that
 * count and x the others:
 *
 *   A = BᵀP (label sums of F), T = XᵀA = UᵀP, C = TTᵀ, J = ½(r + k) − ‖T_in‖²
 *   gB = −2(B·S + P·Kᵀ), S = X[(Φ∘C)Lᵀ − C_in·X̃_inᵀ], K = X̃·T_in, gΛ = −BᵀU (Φ∘C) (BᵀU)ᵀ (that of M alone)
 *
 * Φ_ij = 1/|λᵢ − λⱼ| between `in` and x, else 0. X̃ = L·diag(1/λ), and X itself where it may be taken: without `rank` (the
 * shortest choice), and when U spans everything, so that no eigenvalue of `in` has to be away from 0.
 */
import { DegenerateError } from "../../errors.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { elementsOf, fromArray, type Tensor } from "../../tensor/tensor.js";
import { eigvalsh } from "../eigh.js";
import { mul } from "../mul.js";
import { neg } from "../neg.js";
import { sub } from "../sub.js";
import { transpose } from "../transpose.js";
import type { Doubles, Spectrum } from "./affinity.js";
import { largestOf } from "./magnitude.js";
import { gemm } from "./gemm.js";
import type { Partition } from "./partition.js";
import { closedGap } from "./spectrum.js";

type Float = Tensor<FloatDType>;
type Double = Tensor<"float64">;

/** Which subspace of a segmentation E is the target: the range of D^{1/2}E, or of E. */
export type CutTarget = "degree" | "indicator";

/** The cut of one image. */
export interface Cut {
  readonly loss: number;
  /** Gradient at gJ = 1. */
  adjoint(): {
    /** S, d×d. */
    readonly S: Doubles;
    /** The part of gΛ that does not go through the degrees, d×d. */
    readonly gLambda: Doubles;
    /** Row l: what a pixel of column l adds to −½·D^{1/2}gB, columns×d; times D^{-1/2} for the target `"indicator"`. */
    readonly table: Doubles;
    /** What a pixel of column l adds to the gradient of its degree. */
    readonly shares: Doubles;
  };
}

export interface CutOptions {
  readonly target: CutTarget;
  readonly rank: number | undefined;
  readonly metric: Double;
  readonly item: number;
}

export function cutLoss(
  op: string,
  F: Float,
  degrees: Doubles,
  spectrum: Spectrum,
  part: Partition,
  { target, rank, metric, item }: CutOptions,
): Cut {
  const m = F.shape[0]!;
  const { eigenvalues: w, X, BtU, L } = spectrum;
  const whole = w.length === m;
  const counts = rank === undefined ? nonzero(metric, w) : leading(op, w, rank, whole, item);
  const r = counts.reduce((sum, one) => sum + one, 0);
  const k = part.columns;
  const { sums, sizes } = labelSums(op, F, degrees, part, target);
  const perColumn = fromArray(
    sizes.map((size) => 1 / Math.sqrt(size * part.annotators)),
    [k, 1],
    "float64",
  );
  const T = gemm(X, mul(sums, perColumn), true, true);
  const squares = columnSquares(mul(T, columnOf(counts)));
  const loss = 0.5 * (r + k / part.annotators) - squares.reduce((sum, x) => sum + x, 0);
  const adjoint: Cut["adjoint"] = () => {
    const C = gemm(T, T, false, true);
    const coupled = mul(C, couplings(w, counts));
    const plain = whole || (rank === undefined && r === w.length);
    const scales = counts.map((one, i) => (one === 0 ? 0 : plain ? 1 : 1 / w[i]!));
    const Xt = mul(plain ? X : L, transpose(columnOf(scales)));
    const S = gemm(X, sub(gemm(coupled, L, false, true), gemm(C, Xt, false, true)));
    return {
      S: S.data() as Doubles,
      gLambda: neg(gemm(gemm(BtU, coupled), BtU, false, true)).data() as Doubles,
      table: mul(gemm(T, Xt, true, true), perColumn).data() as Doubles,
      shares: target === "degree" ? squares.map((x, l) => x / sizes[l]!) : new Float64Array(k),
    };
  };
  return { loss, adjoint };
}

const columnOf = (values: Doubles): Double => fromArray(values, [values.length, 1], "float64");

/** 1 for each eigenvalue of M that is not 0: for a regular Λ all of them, since M has the range of B then. */
function nonzero(metric: Double, w: Doubles): Doubles {
  const threshold = (values: Doubles): number => closedGap(values.length, "float64", largestOf(values));
  const mu = eigvalsh(metric).data();
  const least = threshold(mu);
  if (mu.every((x) => Math.abs(x) > least)) return w.map(() => 1);
  const smallest = threshold(w);
  return w.map((x) => Number(Math.abs(x) > smallest));
}

/** 1 for each of the r algebraically largest eigenvalues of M, among which the m − ρ zeros are none if the gap is open. */
function leading(op: string, w: Doubles, r: number, whole: boolean, item: number): Doubles {
  const first = w.length - r;
  const below = first > 0 ? w[first - 1]! : -Infinity;
  const next = whole || below > 0 ? below : 0;
  const gap = first < 0 ? 0 : w[first]! - next;
  if (!(gap > closedGap(w.length, "float64", largestOf(w)))) {
    const positive = w.filter((x) => x > 0).length;
    const advice = `choose another rank, where the gap is open (${positive} eigenvalues of the affinity are positive)`;
    throw new DegenerateError(op, r - 1, r, gap, item, advice);
  }
  return w.map((_, i) => Number(i >= first));
}

/** Φ: 1/|λᵢ − λⱼ| where one of the two counts and the other does not, else 0. */
function couplings(w: Doubles, counts: Doubles): Double {
  const n = w.length;
  const phi = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (counts[i] !== counts[j]) phi[i * n + j] = 1 / Math.abs(w[i]! - w[j]!);
    }
  }
  return fromArray(phi, [n, n], "float64");
}

/** Σᵢ over the pixels of each column of Fᵢ (for `"indicator"` of Fᵢ/√degᵢ), columns×d, and its volume or its size. */
function labelSums(
  op: string,
  F: Float,
  degrees: Doubles,
  { annotators, columns, cells, cellOf, columnsOf }: Partition,
  target: CutTarget,
): { sums: Double; sizes: Doubles } {
  const [m, d] = F.shape as [number, number];
  const f = elementsOf(op, F);
  const cellSums = new Float64Array(cells * d);
  const cellSizes = new Float64Array(cells);
  for (let i = 0, from = 0; i < m; i++) {
    const weight = target === "degree" ? 1 : 1 / Math.sqrt(degrees[i]!);
    const cell = cellOf[i]!;
    cellSizes[cell]! += target === "degree" ? degrees[i]! : 1;
    for (let j = 0, to = cell * d; j < d; j++, to++, from++) cellSums[to]! += weight * f[from]!;
  }
  const sums = new Float64Array(columns * d);
  const sizes = new Float64Array(columns);
  columnsOf.forEach((l, at) => {
    const cell = Math.floor(at / annotators);
    sizes[l]! += cellSizes[cell]!;
    for (let j = 0; j < d; j++) sums[l * d + j]! += cellSums[cell * d + j]!;
  });
  return { sums: fromArray(sums, [columns, d], "float64"), sizes };
}

/** The sum of the squares of each column. */
function columnSquares(x: Float): Doubles {
  const [rows, columns] = x.shape as [number, number];
  const values = x.data();
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) sums[j]! += values[i * columns + j]! * values[i * columns + j]!;
  return sums;
}
