import { ArgumentError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti, followed } from "../autodiff/tape.js";
import { eye } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { sizeOf } from "../tensor/shape.js";
import { fromArray, viewOf, type Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { astype } from "./astype.js";
import { concat } from "./concat.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";
import { degreesOf, metricOf, spectrumOf, type Doubles } from "./support/affinity.js";
import { largestOf } from "./support/magnitude.js";
import { affinityArguments, type AffinityOptions } from "./support/affinityArguments.js";
import { canonicalSigns, couplings } from "./support/eigenvectors.js";
import { gemm } from "./support/gemm.js";
import { closedGap } from "./support/spectrum.js";
import { symmetric } from "./support/symmetric.js";

type Float = Tensor<FloatDType>;
type Double = Tensor<"float64">;

export interface NormalizedCutsEmbeddingOptions extends AffinityOptions {
  /** How many eigenvectors. */
  readonly k: number;
  /** Return the eigenvalues too (default false). */
  readonly eigenvalues?: boolean;
}

/** The leading eigenpairs of a normalised affinity. */
export interface NormalizedCutsEmbedding<D extends FloatDType> {
  /** Orthonormal columns, the leading one first, [.., k]; in each the first entry of largest magnitude is positive. */
  readonly eigenvectors: Tensor<D>;
  /** Descending, [k] or [N, k]. */
  readonly eigenvalues: Tensor<D>;
}

interface Params extends AffinityOptions {
  readonly k: number;
}

const OP = "normalizedCutsEmbedding";

const rule: MultiRule<[Float, Float], Params> = { name: OP, guarded: "NaN", saves: "both", forward: run, vjp: adjoint };

/**
 * The k leading eigenvectors of the normalised affinity D^{-1/2}FΛFᵀD^{-1/2} at pixel resolution, in O(m·d²): for features
 * [m, d], [H, W, d] or [N, H, W, d] and a metric Λ, [d] or [d, d], the embedding [.., k], leading eigenvector first.
 *
 * Method and notation as {@link normalizedCutsLoss}. Where fewer than k eigenvalues are positive (constant images, few
 * features) the remaining columns and eigenvalues are 0: they would be an arbitrary basis of the null space.
 * Adjoint: that of eigenvectors, so the gaps around each used one must be open; a loss that sees only their span should
 * be {@link normalizedCutsLoss}, which needs one gap.
 * @returns the eigenvectors, or with `eigenvalues: true` both.
 * @throws {ShapeError}, {@link DtypeError}, {@link NonFiniteError} as for the loss; {@link ArgumentError} unless k is a
 * positive integer up to m, or for a mean degree ≤ 0; in the gradient {@link DegenerateError}. No second derivatives.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * const F = tensor([[1, 0], [1, 0], [0, 1]]);
 * const u = linalg.normalizedCutsEmbedding(F, tensor([1, 2]), { k: 2 });
 * u.shape; // [ 3, 2 ]: two pixels alike and one apart
 */
export function normalizedCutsEmbedding<D extends FloatDType>(
  F: Tensor<D>,
  Lambda: Tensor<D>,
  options: NormalizedCutsEmbeddingOptions & { readonly eigenvalues: true },
): NormalizedCutsEmbedding<D>;
export function normalizedCutsEmbedding<D extends FloatDType>(
  F: Tensor<D>,
  Lambda: Tensor<D>,
  options: NormalizedCutsEmbeddingOptions,
): Tensor<D>;
export function normalizedCutsEmbedding<D extends FloatDType>(
  F: Tensor<D>,
  Lambda: Tensor<D>,
  options: NormalizedCutsEmbeddingOptions,
): Tensor<D> | NormalizedCutsEmbedding<D> {
  const { k, eigenvalues = false, minDegree, precision } = options;
  const { features, spatial, batched } = affinityArguments(OP, F, Lambda, options);
  if (!Number.isInteger(k) || k < 1 || k > sizeOf(spatial)) {
    throw new ArgumentError(OP, `k must be an integer from 1 to ${sizeOf(spatial)}, got ${k}`);
  }
  const [U, w] = applyMulti(rule, [features, Lambda], { k, minDegree, precision }) as [Tensor<D>, Tensor<D>];
  const eigenvectors = reshape(U, [...F.shape.slice(0, -1), k]);
  return eigenvalues ? { eigenvectors, eigenvalues: batched ? w : reshape(w, [k]) } : eigenvectors;
}

/** What the adjoint needs of one image. */
interface Image {
  /** The roots of the degrees, and −½/degree, 0 for a lifted one: [m, 1] in the dtype of F. */
  readonly roots: Float;
  readonly shares: Float;
  /** Fᵀ1 and ΛFᵀ1, [1, d]. */
  readonly total: Double;
  readonly c: Double;
  /** Of the spectrum: [ρ] and d×ρ. */
  readonly eigenvalues: Double;
  readonly X: Double;
  readonly BtU: Double;
  readonly L: Double;
}

const SAVED = ["roots", "shares", "total", "c", "eigenvalues", "X", "BtU", "L"] as const;

function decompose(
  features: Float,
  metric: Double,
  { minDegree, precision = "float64" }: Params,
  n: number,
): { F: Float; image: Image } {
  const [, m, d] = features.shape as [number, number, number];
  const F = viewOf(features, [m, d], n * m * d);
  const { degrees, floor, total, c } = degreesOf(OP, F, metric, minDegree, n);
  const { eigenvalues, ...spectrum } = spectrumOf(OP, F, metric, degrees, precision, n);
  const column = (values: Doubles): Float => astype(fromArray(values, [m, 1], "float64"), F.dtype);
  const image: Image = {
    roots: column(degrees.map((x) => Math.sqrt(x))),
    shares: column(degrees.map((x) => (x > floor ? -0.5 / x : 0))),
    total: fromArray(total, [1, d], "float64"),
    c: fromArray(c, [1, d], "float64"),
    eigenvalues: fromArray(eigenvalues, [eigenvalues.length], "float64"),
    ...spectrum,
  };
  return { F, image };
}

/** The column of the spectrum behind each column of the embedding, −1 for none: U spans everything, or λ is not 0. */
function columnsOf(w: Doubles, k: number, m: number): readonly number[] {
  const least = closedGap(w.length, "float64", largestOf(w));
  return Array.from({ length: k }, (_, j) => {
    const i = w.length - 1 - j;
    return i >= 0 && (w.length === m || w[i]! > least) ? i : -1;
  });
}

/** Outputs the embedding [images, m, k], the eigenvalues [images, k], and for the adjoint signs and images. */
function run([features, Lambda]: [Float, Float], params: Params): readonly Float[] {
  const { k } = params;
  const [images, m] = features.shape as [number, number];
  const { dtype } = features;
  const metric = metricOf(Lambda);
  const values = new Float64Array(images * k);
  const keep = followed(features) || followed(Lambda);
  const saved: Float[] = [];
  const parts = Array.from({ length: images }, (_, n) => {
    const { F, image } = decompose(features, metric, params, n);
    const w = image.eigenvalues.data();
    const columns = columnsOf(w, k, m);
    columns.forEach((i, j) => (values[n * k + j] = i < 0 ? 0 : w[i]!));
    const U = div(gemm(F, astype(chosen(image.X, columns), dtype)), image.roots);
    const signs = canonicalSigns(U);
    if (keep) saved.push(signs, ...SAVED.map((name) => image[name]));
    return reshape(mul(U, signs), [1, m, k]);
  });
  return [concat(parts, 0), astype(fromArray(values, [images, k], "float64"), dtype), ...saved];
}

/** The columns of a matrix by index, zeros for −1; `scale` multiplies column i of the matrix. */
function chosen(x: Double, columns: readonly number[], scale: (i: number) => number = () => 1): Double {
  const n = x.shape[1]!;
  const pick = new Float64Array(n * columns.length);
  columns.forEach((i, j) => {
    if (i >= 0) pick[i * columns.length + j] = scale(i);
  });
  return gemm(x, fromArray(pick, [n, columns.length], "float64")) as Double;
}

/**
 * gM = U·sym(N)·Uᵀ + sym((I − UUᵀ)·gU·diag(1/λ)·U_kᵀ), N_ij = (UᵀgU)_ij/(λⱼ − λᵢ) and gλ on the diagonal; gB = 2·gM·B·Λ. The
 * rest as in cutAdjoint.ts.
 */
function adjoint(
  [gU, gw]: readonly (Float | null)[],
  { inputs: [features, Lambda], outputs, params: { k }, needs }: Applied<[Float, Float], Params>,
): [Float | null, Float | null] {
  const [images, m, d] = features.shape as [number, number, number];
  const metric = metricOf(Lambda);
  const gFs: Float[] = [];
  let gLambda: Float | null = null;
  for (let n = 0; n < images; n++) {
    const [signs, ...saved] = outputs.slice(2 + n * (1 + SAVED.length)) as [Float, ...Float[]];
    const image = Object.fromEntries(SAVED.map((name, i) => [name, saved[i]])) as unknown as Image;
    const F = viewOf(features, [m, d], n * m * d);
    const g = gU ? mul(viewOf(gU, [m, k], n * m * k), signs) : null;
    const own = gw ? viewOf(gw, [k], n * k).data() : new Float64Array(k);
    const { gF, gMetric } = imageAdjoint(F, image, metric, g, own, n);
    gFs.push(reshape(gF, [1, m, d]));
    gLambda = gLambda === null ? gMetric : add(gLambda, gMetric);
  }
  const gFull = Lambda.rank === 2 ? gLambda! : sum(mul(gLambda!, eye(d, { dtype: "float64" })), -1);
  return [needs[0] ? concat(gFs, 0) : null, needs[1] ? astype(gFull, features.dtype) : null];
}

function imageAdjoint(
  F: Float,
  { roots, shares, total, c, eigenvalues, X, BtU, L }: Image,
  metric: Double,
  gU: Float | null,
  gw: Doubles | Float32Array,
  item: number,
): { gF: Float; gMetric: Float } {
  const [m] = F.shape as [number];
  const { dtype } = F;
  const w = eigenvalues.data();
  const columns = columnsOf(w, gw.length, m);
  const C = gU && (gemm(X, astype(gemm(F, div(gU, roots), true), "float64"), true) as Double);
  const N = symmetric(couplings(OP, w, columns, C, gw, item));
  // Where U spans everything, I − UUᵀ is 0.
  const tail = gU !== null && w.length < m ? chosen(L, columns, (i) => 1 / w[i]!) : null;
  let S = mul(gemm(N, L, false, true), 2);
  if (tail !== null) S = add(S, mul(gemm(C!, tail, false, true), -1));
  const own = div(gemm(F, astype(gemm(X, S), dtype)), mul(roots, roots));
  const gScaled = tail === null ? own : add(own, div(gemm(gU!, astype(tail, dtype), false, true), roots));
  const gDegrees = mul(sum(mul(gScaled, F), -1, { keepdims: true }), shares);
  const pulled = astype(gemm(F, gDegrees, true), "float64");
  const everywhere = astype(gemm(pulled, metric, true), dtype);
  const gF = add(gScaled, add(gemm(gDegrees, astype(c, dtype)), everywhere));
  const gMetric = add(gemm(gemm(BtU, N), BtU, false, true), symmetric(gemm(pulled, total)));
  return { gF, gMetric };
}
