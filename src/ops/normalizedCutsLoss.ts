import { ArgumentError, ShapeError } from "../errors.js";
import type { MultiRule } from "../autodiff/rule.js";
import { applyMulti, followed } from "../autodiff/tape.js";
import { newArray, type FloatDType } from "../tensor/dtype.js";
import { showShape, sizeOf, type Shape } from "../tensor/shape.js";
import { fromArray, viewOf, type Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";
import { degreesOf, metricOf, spectrumOf } from "./support/affinity.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { cutAdjoint, SAVED, type SavedCuts } from "./support/cutAdjoint.js";
import { cutLoss, type CutTarget } from "./support/cutLoss.js";
import { partitions, type ImagePartition, type Partition } from "./support/partition.js";

type Float = Tensor<FloatDType>;

export interface NormalizedCutsLossOptions {
  /**
   * The subspace that is wanted: `"degree"` (default), the range of D^{1/2}E, which is that of the best cut for these
   * degrees; `"indicator"`, the range of E itself.
   */
  readonly target?: CutTarget;
  /** How many leading eigenvectors of the normalised affinity span the subspace; absent: all with an eigenvalue not 0. */
  readonly rank?: number;
  /** Degrees below this are lifted to it and get no gradient (default 10⁻⁶ of the image's mean degree). */
  readonly minDegree?: number;
  /** In what precision the d×d Gram matrix of float32 features is summed (default float64). */
  readonly precision?: FloatDType;
}

interface Params {
  readonly parts: readonly Partition[];
  readonly target: CutTarget;
  readonly rank: number | undefined;
  readonly minDegree: number | undefined;
  readonly precision: FloatDType;
}

const OP = "normalizedCutsLoss";

/** Outputs J and, where a tape follows, the fields of {@link SavedCuts} in the order of `SAVED`. */
const rule: MultiRule<[Float, Float], Params> = {
  name: OP,
  saves: "both",
  forward: run,
  vjp: ([g], { inputs: [F, Lambda], outputs, params: { parts, target }, needs }) => {
    const saved = Object.fromEntries(SAVED.map((name, i) => [name, outputs[i + 1]!.data()])) as unknown as SavedCuts;
    return cutAdjoint(OP, g!.item(), [F, Lambda], { parts, target, saved, needs });
  },
};

/**
 * How far a normalised affinity is from the one of a segmentation: J = ½‖Π_M − Π_E‖_F² between the orthogonal projectors
 * on the range (with `rank`: on the leading eigenvectors) of M = D^{-1/2}WD^{-1/2}, W = FΛFᵀ, D = diag(W·1), and of the
 * target. J is averaged over the annotators of an image, then over images. Nothing of m×m is formed: time O(m·d²),
 * memory O(m·d).
 *
 * With U_r the leading eigenvectors, P an orthonormal basis of the target and T = UᵀP: J = ½(r + k) − ‖U_rᵀP‖². Only the
 * gap λ_r > λ_{r+1} has to be open. Collinear features are found by rank; the gradient is exact for `rank`, and along
 * perturbations that keep the rank without it. Without `rank`, Λ matters through the degrees alone.
 * Source: Ionescu, Vantzos, Sminchisescu 2015, §5.2; Bach, Jordan 2006; the O(m·d²) form in docs/ncuts.md.
 * @param F features, [m, d], [H, W, d] or [N, H, W, d].
 * @param Lambda the metric: [d], its diagonal, or [d, d], of which the symmetric part counts; of the dtype of F.
 * @param E the segmentation: one-hot [m, k] or [H, W, k]; int32 labels [m] or [H, W], any numbers; several annotators
 * [a, H, W]; for N images these stacked, or an array with those of each image.
 * @returns a scalar of the dtype of F.
 * @throws {ShapeError}, {@link DtypeError} if shapes or dtypes do not fit; {@link ArgumentError} for a mean degree ≤ 0, a
 * rank above the number of pixels, rows that are not one-hot; {@link DegenerateError} if the gap at `rank` is closed, also
 * because M has fewer positive eigenvalues; {@link NonFiniteError} with the image. No second derivatives.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * const F = tensor([[1, 0], [1, 0], [0, 1]]);
 * const labels = tensor(new Int32Array([0, 0, 1]));
 * nn.functional.normalizedCutsLoss(F, tensor([1, 1]), labels).item(); // 0: the features are the segments
 */
export function normalizedCutsLoss<D extends FloatDType>(
  F: Tensor<D>,
  Lambda: Tensor<D>,
  E: ImagePartition,
  options: NormalizedCutsLossOptions = {},
): Tensor<D> {
  const { target = "degree", rank, minDegree, precision = "float64" } = options;
  const { features, spatial, batched } = imagesOf(OP, F);
  checkMetric(OP, F, Lambda);
  checkPrecision(OP, F, precision);
  if (target !== "degree" && target !== "indicator") {
    throw new ArgumentError(OP, `target must be "degree" or "indicator", got ${String(target)}`);
  }
  const pixels = sizeOf(spatial);
  if (rank !== undefined && (!Number.isInteger(rank) || rank < 1 || rank > pixels)) {
    throw new ArgumentError(OP, `rank must be an integer from 1 to ${pixels}, got ${rank}`);
  }
  checkMinDegree(OP, minDegree);
  const parts = partitions(OP, E, spatial, batched ? F.shape[0]! : null);
  return applyMulti(rule, [features, Lambda], { parts, target, rank, minDegree, precision })[0] as Tensor<D>;
}

/** F as [images, pixels, d], the shape of one image's pixels, and whether there is an axis of images. */
export function imagesOf(op: string, F: Float): { features: Float; spatial: Shape; batched: boolean } {
  checkFloat(op, F);
  const { shape, rank } = F;
  if (rank < 2 || rank > 4 || F.size === 0) {
    throw new ShapeError(op, `needs features [m, d], [H, W, d] or [N, H, W, d], none empty, got ${showShape(shape)}`);
  }
  const batched = rank === 4;
  const spatial = shape.slice(batched ? 1 : 0, -1);
  const features = reshape(F, [batched ? shape[0]! : 1, sizeOf(spatial), shape[rank - 1]!]);
  return { features, spatial, batched };
}

/** Throws unless Λ is [d] or [d, d] for F [.., d]. */
export function checkMetric(op: string, F: Float, Lambda: Float): void {
  checkFloat(op, Lambda);
  checkSameDtype(op, F, Lambda);
  const d = F.shape[F.rank - 1]!;
  if (Lambda.rank < 1 || Lambda.rank > 2 || Lambda.shape.some((size) => size !== d)) {
    throw new ShapeError(op, `Lambda must be [${d}] or [${d}, ${d}], got ${showShape(Lambda.shape)}`);
  }
}

/** Throws unless the features can be summed in `precision`. */
export function checkPrecision(op: string, F: Float, precision: FloatDType): void {
  if (precision !== "float64" && precision !== "float32") {
    throw new ArgumentError(op, `precision must be "float64" or "float32", got ${String(precision)}`);
  }
  if (F.dtype === "float64" && precision === "float32") {
    throw new ArgumentError(op, 'precision "float32" needs float32 features');
  }
}

/** Throws unless a floor of the degrees is positive and finite. */
export function checkMinDegree(op: string, minDegree: number | undefined): void {
  if (minDegree !== undefined && !(minDegree > 0 && Number.isFinite(minDegree))) {
    throw new ArgumentError(op, `minDegree must be positive and finite, got ${minDegree}`);
  }
}

function run([features, Lambda]: [Float, Float], params: Params): readonly Float[] {
  const { parts, target, rank, minDegree, precision } = params;
  const [images, m, d] = features.shape as [number, number, number];
  const metric = metricOf(Lambda);
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const saved = followed(features) || followed(Lambda) ? roomFor(images, m, d, columns) : null;
  let total = 0;
  let column = 0;
  for (let n = 0; n < images; n++) {
    const part = parts[n]!;
    const F = viewOf(features, [m, d], n * m * d);
    const from = degreesOf(OP, F, metric, minDegree, n);
    const spectrum = spectrumOf(OP, F, metric, from.degrees, precision, n);
    const cut = cutLoss(OP, F, from.degrees, spectrum, part, { target, rank, metric, item: n });
    total += cut.loss;
    if (saved !== null) {
      saved.degrees.set(from.degrees, n * m);
      saved.floors[n] = from.floor;
      saved.totals.set(from.total, n * d);
      const { S, gLambda, table, shares } = cut.adjoint();
      saved.S.set(S, n * d * d);
      saved.gLambda.set(gLambda, n * d * d);
      saved.table.set(table, column * d);
      saved.shares.set(shares, column);
    }
    column += part.columns;
  }
  const loss = fromArray(newArray(features.dtype, 1).fill(total / images), [], features.dtype);
  return saved === null
    ? [loss]
    : [loss, ...SAVED.map((name) => fromArray(saved[name], [saved[name].length], "float64"))];
}

function roomFor(images: number, m: number, d: number, columns: number): SavedCuts {
  const sizes: Record<keyof SavedCuts, number> = {
    degrees: images * m,
    floors: images,
    totals: images * d,
    S: images * d * d,
    gLambda: images * d * d,
    table: columns * d,
    shares: columns,
  };
  return Object.fromEntries(SAVED.map((name) => [name, new Float64Array(sizes[name])])) as unknown as SavedCuts;
}
