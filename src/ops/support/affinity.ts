/**
 * The normalised affinity M = D^{-1/2} F Λ Fᵀ D^{-1/2} of m pixels with d features, by matrices of d rows only:
 *
 *   B = D^{-1/2}F, BᵀB = V Σ² Vᵀ (ρ = rank B),  K = Σ VᵀΛV Σ = Y diag(λ) Yᵀ,  X = V Σ⁻¹ Y,  U = B·X
 *
 * U (m×ρ) has orthonormal columns and M = U diag(λ) Uᵀ; the other m − ρ eigenvalues are 0. Σ and V come from the Gram
 * matrix FᵀD⁻¹F summed in float64 where F is float32, whose own rounding is the larger error, and for float64 features
 * from the R of a QR of B, block of rows by block of rows, so that no digits are lost by squaring.
 */
import { ArgumentError, NonFiniteError } from "../../errors.js";
import { ulpOf, type FloatDType, type TypedArrayOf } from "../../tensor/dtype.js";
import { currentScope } from "../../tensor/scope.js";
import { address, allocate, elementsOf, fromArray, type Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";
import { div } from "../div.js";
import { eigh } from "../eigh.js";
import { gramIn } from "../gram.js";
import { mul } from "../mul.js";
import { slice } from "../slice.js";
import { svd } from "../svd.js";
import { transpose } from "../transpose.js";
import { RELATIVE_FLOOR } from "./affinityArguments.js";
import { gemm } from "./gemm.js";
import { throwOnFailure } from "./matrices.js";
import { symmetric } from "./symmetric.js";

type Float = Tensor<FloatDType>;
type Double = Tensor<"float64">;
/** Float64 values outside the memory of the kernels. */
export type Doubles = TypedArrayOf["float64"];

/** Rows of a block of the QR. */
const BLOCK = 2048;
/** Singular values of float32 features below this part of the largest are rounding. */
const SINGLE_RANK = 8 * ulpOf("float32");

/** The degrees of one image, deg = F·c with c = ΛFᵀ1, and those below the floor lifted to it. */
export interface Degrees {
  readonly degrees: Doubles;
  /** Σᵢ Fᵢ. */
  readonly total: Doubles;
  readonly c: Doubles;
  readonly floor: number;
}

/** One image's M in the basis of its features; columns in ascending order of the eigenvalues. */
export interface Spectrum {
  readonly eigenvalues: Doubles;
  /** X, d×ρ. */
  readonly X: Double;
  /** BᵀU = V Σ Y, d×ρ. */
  readonly BtU: Double;
  /** Λ·BᵀU, d×ρ; it equals X·diag(λ) where B has full column rank. */
  readonly L: Double;
}

/** Λ as a full symmetric matrix in float64, from its diagonal or from itself. */
export function metricOf(Lambda: Float): Double {
  if (Lambda.rank === 2) {
    const values = Float64Array.from(Lambda.data());
    return symmetric(fromArray(values, Lambda.shape, "float64")) as Double;
  }
  const d = Lambda.size;
  const full = new Float64Array(d * d);
  Lambda.data().forEach((value, i) => (full[i * (d + 1)] = value));
  return fromArray(full, [d, d], "float64");
}

/**
 * Degrees of one image, F [m, d]; `minDegree` undefined: 10⁻⁶ of their mean.
 * @throws {ArgumentError} if their mean is not positive.
 */
export function degreesOf(op: string, F: Float, metric: Double, minDegree: number | undefined, item: number): Degrees {
  const [m, d] = F.shape as [number, number];
  const lambda = metric.data();
  const f = elementsOf(op, F);
  const total = new Float64Array(d);
  for (let i = 0, at = 0; i < m; i++) for (let j = 0; j < d; j++, at++) total[j]! += f[at]!;
  const c = new Float64Array(d);
  let volume = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) c[i]! += lambda[i * d + j]! * total[j]!;
    volume += c[i]! * total[i]!;
  }
  const mean = volume / m;
  if (Number.isNaN(mean) || Math.abs(mean) === Infinity) throw new NonFiniteError(op, item);
  if (!(mean > 0)) {
    const advice = "use non-negative features and a non-negative Lambda";
    throw new ArgumentError(op, `the mean degree of image ${item} must be positive, got ${mean}; ${advice}`);
  }
  const floor = minDegree ?? RELATIVE_FLOOR * mean;
  const degrees = new Float64Array(m);
  for (let i = 0, at = 0; i < m; i++) {
    let degree = 0;
    for (let j = 0; j < d; j++, at++) degree += f[at]! * c[j]!;
    degrees[i] = degree > floor ? degree : floor;
  }
  return { degrees, total, c, floor };
}

/** The eigenvalues of M that are not 0 by rank, and what their eigenvectors are made of. */
export function spectrumOf(
  op: string,
  F: Float,
  metric: Double,
  degrees: Doubles,
  precision: FloatDType,
  item: number,
): Spectrum {
  const { sigma, V } = F.dtype === "float64" ? factorByQr(op, F, degrees, item) : factorByGram(F, degrees, precision);
  const scale = fromArray(sigma, [1, sigma.length], "float64");
  const VS = mul(V, scale);
  const K = gemm(VS, gemm(metric, VS), true);
  const { eigenvalues, eigenvectors: Y } = eigh(K as Double);
  const BtU = gemm(VS, Y) as Double;
  return {
    eigenvalues: eigenvalues.data(),
    X: gemm(div(V, scale), Y) as Double,
    BtU,
    L: gemm(metric, BtU) as Double,
  };
}

interface RightFactor {
  /** The singular values of B that count. */
  readonly sigma: Doubles;
  /** Their right singular vectors, d×ρ. */
  readonly V: Double;
}

function factorByGram(F: Float, degrees: Doubles, precision: FloatDType): RightFactor {
  const weights = new Float32Array(degrees.length);
  for (let i = 0; i < weights.length; i++) weights[i] = 1 / degrees[i]!;
  const G = gramIn(F, precision, { weights: fromArray(weights, [weights.length], "float32") });
  const d = F.shape[1]!;
  const { eigenvalues, eigenvectors } = eigh(fromArray(Float64Array.from(G.data()), [d, d], "float64"));
  const w = eigenvalues.data();
  const least = SINGLE_RANK * SINGLE_RANK * w[d - 1]!;
  let from = 0;
  while (from < d && !(w[from]! > least)) from++;
  const sigma = w.subarray(from).map((x) => Math.sqrt(x));
  return { sigma, V: slice(eigenvectors, [null, [from, d]]) };
}

/** R by a Householder QR of [R; next rows of B], and its singular value decomposition. */
function factorByQr(op: string, F: Float, degrees: Doubles, item: number): RightFactor {
  const [m, d] = F.shape as [number, number];
  const stack = allocate([d + Math.min(m, BLOCK), d], "float64");
  const Q = allocate(stack.shape, "float64");
  const R = allocate([d, d], "float64");
  const info = allocate([1], "int32");
  const [ps, pq, pr, pi, pf] = [stack, Q, R, info, F].map((x) => address(op, x)) as [
    ...[number, number, number, number, number],
  ];
  wasm.f64.fill(0, pr / 8, pr / 8 + d * d);
  for (let start = 0; start < m; start += BLOCK) {
    const rows = Math.min(BLOCK, m - start);
    const work = currentScope()!.scratch(wasm.kernels.dqr_work(d + rows, d, d) >>> 0);
    const memory = wasm.f64;
    memory.copyWithin(ps / 8, pr / 8, pr / 8 + d * d);
    for (let i = 0, to = ps / 8 + d * d, from = pf / 8 + start * d; i < rows; i++) {
      const scale = 1 / Math.sqrt(degrees[start + i]!);
      for (let j = 0; j < d; j++, to++, from++) memory[to] = memory[from]! * scale;
    }
    wasm.kernels.dqr_batched(d + rows, d, d, 1, ps, pq, pr, 0, work, pi);
    throwOnFailure(op, item, wasm.i32[pi >>> 2]!);
  }
  const { S, Vh } = svd(R);
  const s = S.data();
  const least = Math.max(m, d) * ulpOf("float64") * s[0]!;
  let rank = 0;
  while (rank < d && s[rank]! > least) rank++;
  return { sigma: s.slice(0, rank), V: transpose(slice(Vh, [[0, rank]])) as Double };
}
