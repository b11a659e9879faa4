import { ArgumentError } from "../errors.js";
import { log } from "../ops/log.js";
import { fromArray } from "../tensor/tensor.js";
import type { Segmentation } from "./labelMap.js";
import { overlapOf, type Overlap } from "./overlap.js";

const LOG_2 = 0.6931471805599453;

/**
 * Covering of one segmentation, usually a human one, by another: (1/N) Σ_{R ∈ truth} |R| max_{R'} |R ∩ R'| / |R ∪ R'|.
 * 1 if the partitions are equal; not symmetric.
 *
 * Source: Arbeláez, Maire, Fowlkes, Malik, "Contour detection and hierarchical image segmentation", TPAMI 33 (2011).
 *
 * @param truth the segmentation that is to be covered, [H, W]. @param segmentation of the same size.
 * @throws {ShapeError} if the sizes differ; {@link DtypeError}, {@link ArgumentError} for what is no segmentation.
 * @example
 * import { segmentation } from "matprop";
 * const human = { labels: Uint8Array.of(0, 0, 1, 1), height: 2, width: 2 };
 * const ours = { labels: Uint8Array.of(5, 5, 5, 7), height: 2, width: 2 };
 * console.log(segmentation.covering(human, ours)); // (2 · ⅔ + 2 · ½) / 4 = 0.5833…
 */
export function covering(truth: Segmentation, segmentation: Segmentation): number {
  return coveringOf(overlapOf("segmentation.covering", truth, segmentation));
}

function coveringOf({ total, sizesA, sizesB, a, b, common }: Overlap): number {
  const best = new Float64Array(sizesA.length);
  for (let pair = 0; pair < common.length; pair++) {
    const [i, both] = [a[pair]!, common[pair]!];
    const share = both / (sizesA[i]! + sizesB[b[pair]!]! - both);
    best[i] = Math.max(best[i]!, share);
  }
  let sum = 0;
  for (let i = 0; i < best.length; i++) sum += sizesA[i]! * best[i]!;
  return sum / total;
}

/**
 * Share of the pairs of pixels on which two segmentations agree: together in both or apart in both. Symmetric; 1 if the
 * partitions are equal, and for a single pixel. The mean over annotators is the probabilistic Rand index.
 *
 * Sources: Rand, JASA 66 (1971); Unnikrishnan, Pantofaru, Hebert, TPAMI 29 (2007).
 *
 * @throws as {@link covering}.
 * @example
 * import { segmentation } from "matprop";
 * const halves = { labels: Uint8Array.of(0, 0, 1, 1), height: 2, width: 2 };
 * const whole = { labels: new Uint8Array(4), height: 2, width: 2 };
 * console.log(segmentation.randIndex(halves, whole)); // 0.33333333333333337: 2 of 6 pairs
 */
export function randIndex(first: Segmentation, second: Segmentation): number {
  return randIndexOf(overlapOf("segmentation.randIndex", first, second));
}

function randIndexOf({ total, sizesA, sizesB, common }: Overlap): number {
  if (total === 1) return 1;
  // Σ n² ≤ N² is an exact integer below 94 million pixels.
  const apart = squares(sizesA) + squares(sizesB) - 2 * squares(common);
  return 1 - apart / (total * (total - 1));
}

function squares(counts: Int32Array): number {
  let sum = 0;
  for (const n of counts) sum += n * n;
  return sum;
}

/**
 * Variation of information H(A|B) + H(B|A) in **bits**, as the benchmark of BSDS500 has it: 0 if the partitions are equal,
 * symmetric, a metric. By (Σ a log a + Σ b log b − 2 Σ n log n) / N over the sizes a, b and overlaps n, logarithms by our
 * own kernel.
 *
 * Source: Meilă, "Comparing clusterings", J. Multivariate Analysis 98 (2007).
 *
 * @throws as {@link covering}.
 * @example
 * import { init, segmentation } from "matprop";
 * await init();
 * const halves = { labels: Uint8Array.of(0, 0, 1, 1), height: 2, width: 2 };
 * const whole = { labels: new Uint8Array(4), height: 2, width: 2 };
 * console.log(segmentation.variationOfInformation(halves, whole)); // 1
 */
export function variationOfInformation(first: Segmentation, second: Segmentation): number {
  return informationOf(overlapOf("segmentation.variationOfInformation", first, second));
}

function informationOf({ total, sizesA, sizesB, common }: Overlap): number {
  const nats = logSum(sizesA) + logSum(sizesB) - 2 * logSum(common);
  // Rounding can leave a little less than nothing.
  return Math.max(0, nats / LOG_2 / total);
}

/** Σ n log n. */
function logSum(counts: Int32Array): number {
  const logs = log(fromArray(Float64Array.from(counts), [counts.length], "float64")).data();
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]! * logs[i]!;
  return sum;
}

/** How well a segmentation agrees with those of several annotators of one image. */
export interface Agreement {
  /** Covering of the annotators' maps by the segmentation: largest and mean. */
  readonly coveringBest: number;
  readonly coveringAverage: number;
  /** Probabilistic Rand index: mean of {@link randIndex}. */
  readonly pri: number;
  /** Mean of {@link variationOfInformation}, bits. */
  readonly vi: number;
}

/**
 * All region measures of one image at once.
 *
 * @param truths the annotators' maps, at least one. @param segmentation the map that is judged.
 * @throws {ArgumentError} without annotators; else as {@link covering}.
 * @example
 * import { init, segmentation } from "matprop";
 * await init();
 * const map = (...labels) => ({ labels: Uint8Array.from(labels), height: 2, width: 2 });
 * const { coveringBest, pri } = segmentation.agreement([map(0, 0, 1, 1), map(0, 1, 2, 3)], map(4, 4, 9, 9)); // 1, 0.8333…
 */
export function agreement(truths: readonly Segmentation[], segmentation: Segmentation): Agreement {
  const op = "segmentation.agreement";
  if (truths.length === 0) throw new ArgumentError(op, "needs the map of at least one annotator");
  const overlaps = truths.map((truth) => overlapOf(op, truth, segmentation));
  const coverings = overlaps.map(coveringOf);
  return {
    coveringBest: coverings.reduce((most, value) => Math.max(most, value), 0),
    coveringAverage: mean(coverings),
    pri: mean(overlaps.map(randIndexOf)),
    vi: mean(overlaps.map(informationOf)),
  };
}

/** The best scale of a segmenter for a set of images, and the best for each image. */
export interface OptimalScale {
  /** Mean over the images at the one scale that is best for the set. */
  readonly ods: number;
  /** Which scale that is; the first of equals. */
  readonly index: number;
  /** Mean over the images of the best scale of each. */
  readonly ois: number;
}

/**
 * Optimal dataset scale (ODS) and optimal image scale (OIS) of scores[image][scale], higher being better. Both look at the
 * truth to choose the scale: they describe a family of segmentations, not a prediction.
 *
 * @throws {ArgumentError} unless every image has the same positive number of scores.
 * @example
 * import { segmentation } from "matprop";
 * segmentation.optimalScale([[0.5, 0.7], [0.6, 0.2]]); // { ods: 0.55, index: 0, ois: 0.65 }
 */
export function optimalScale(scores: readonly (readonly number[])[]): OptimalScale {
  const scales = scores[0]?.length ?? 0;
  if (scales === 0 || scores.some((row) => row.length !== scales)) {
    throw new ArgumentError("segmentation.optimalScale", "every image needs the same positive number of scores");
  }
  const means = Array.from({ length: scales }, (_, scale) => mean(scores.map((row) => row[scale]!)));
  const index = means.reduce((best, value, scale) => (value > means[best]! ? scale : best), 0);
  const ois = mean(scores.map((row) => row.reduce((most, value) => Math.max(most, value), -Infinity)));
  return { ods: means[index]!, index, ois };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
