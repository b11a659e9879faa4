import { ArgumentError } from "../errors.js";
import type { MultiRule } from "../autodiff/rule.js";
import { applyMulti, followed } from "../autodiff/tape.js";
import { newArray, type FloatDType } from "../tensor/dtype.js";
import { sizeOf } from "../tensor/shape.js";
import { fromArray, viewOf, type Tensor } from "../tensor/tensor.js";
import { degreesOf, metricOf, spectrumOf } from "./support/affinity.js";
import { affinityArguments, type AffinityOptions } from "./support/affinityArguments.js";
import { cutAdjoint, SAVED, type SavedCuts } from "./support/cutAdjoint.js";
import { cutLoss, type CutTarget } from "./support/cutLoss.js";
import { partitions, type ImagePartition, type Partition } from "./support/partition.js";

type Float = Tensor<FloatDType>;

export interface NormalizedCutsLossOptions extends AffinityOptions {
  /**
   * The subspace that is wanted: `"degree"` (default), the range of D^{1/2}E, which is that of the best cut for these
   * degrees; `"indicator"`, the range of E itself.
   */
  readonly target?: CutTarget;
  /** How many leading eigenvectors of the normalised affinity span the subspace; absent: all with an eigenvalue not 0. */
  readonly rank?: number;
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
  guarded: "NaN",
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
  const { features, spatial, batched } = affinityArguments(OP, F, Lambda, options);
  if (target !== "degree" && target !== "indicator") {
    throw new ArgumentError(OP, `target must be "degree" or "indicator", got ${String(target)}`);
  }
  const pixels = sizeOf(spatial);
  if (rank !== undefined && (!Number.isInteger(rank) || rank < 1 || rank > pixels)) {
    throw new ArgumentError(OP, `rank must be an integer from 1 to ${pixels}, got ${rank}`);
  }
  const parts = partitions(OP, E, spatial, batched ? F.shape[0]! : null);
  return applyMulti(rule, [features, Lambda], { parts, target, rank, minDegree, precision })[0] as Tensor<D>;
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
