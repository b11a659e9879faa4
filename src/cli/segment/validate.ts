import { scope, segmentation } from "../library.js";
import { mean } from "../stats.js";
import { regionsOf, type FeatureMap, type Regions, type SegmentRule } from "./pipeline.js";
import type { Sample } from "./samples.js";

/** Thresholds a rule is chosen from: each a quarter more than the one before. */
export const THRESHOLDS: readonly number[] = geometric(0.001, 1.25, 24);

function geometric(first: number, factor: number, count: number): number[] {
  const values = [first];
  while (values.length < count) values.push(values[values.length - 1]! * factor);
  return values;
}

/** Covering at one threshold, and how many segments there were: means over images. */
export interface Scale {
  readonly threshold: number;
  readonly best: number;
  readonly average: number;
  readonly segments: number;
}

/**
 * Every threshold on a set of images, at the size the network works on.
 *
 * @param visit gets the regions of each image, as they are found.
 */
export function scalesOf(
  samples: readonly Sample[],
  features: FeatureMap,
  rank: number,
  visit?: (sample: Sample, regions: Regions) => void,
): Scale[] {
  const sums = THRESHOLDS.map(() => ({ best: 0, average: 0, segments: 0 }));
  for (const sample of samples) {
    const regions = scope(() => regionsOf(features(sample), rank));
    visit?.(sample, regions);
    THRESHOLDS.forEach((threshold, i) => {
      const map = regions.hierarchy.cut({ threshold });
      const coverings = sample.image.truths.map((truth) => segmentation.covering(truth, map));
      sums[i]!.best += Math.max(...coverings);
      sums[i]!.average += mean(coverings);
      sums[i]!.segments += map.count;
    });
  }
  return sums.map(({ best, average, segments }, i) => ({
    threshold: THRESHOLDS[i]!,
    best: best / samples.length,
    average: average / samples.length,
    segments: segments / samples.length,
  }));
}

/** The scale whose best and average covering have the largest sum; the first of equals. */
export function chosen(scales: readonly Scale[]): Scale {
  return scales.reduce((top, scale) => (scale.best + scale.average > top.best + top.average ? scale : top));
}

/** The rule that suits a set of images. */
export function ruleFor(scales: readonly Scale[], rank: number): SegmentRule {
  return { rank, threshold: chosen(scales).threshold };
}
