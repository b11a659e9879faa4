import { scope, type data, type segmentation } from "../library.js";
import { enlargeLabels } from "./enlarge.js";
import { regionsOf, type FeatureMap, type Regions, type SegmentRule } from "./pipeline.js";
import { sampleOf, type Sample } from "./samples.js";

/** A way to segment images: features and the rule by which their eigenvectors become segments. */
export interface Segmenter {
  readonly features: FeatureMap;
  readonly rule: SegmentRule;
  /** Longer side of what the features are computed on. */
  readonly side: number;
}

/** An image whose regions are found and can be joined more or less. */
export interface SegmentedRegions {
  readonly sample: Sample;
  readonly regions: Regions;
  /** The segments at the size of the image. */
  cut(at: segmentation.Cut): segmentation.CompactMap;
}

/** Finds the regions of an image; its segmentations are not looked at. */
export function segmentImage(image: data.SegmentedImage, { features, rule, side }: Segmenter): SegmentedRegions {
  const { height, width } = image;
  const sample = sampleOf({ ...image, truths: [] }, side);
  const regions = scope(() => regionsOf(features(sample), rule.rank));
  const { map } = regions.hierarchy;
  const labels = enlargeLabels(map.labels, [map.height, map.width], [height, width]);
  return { sample, regions, cut: (at) => regions.hierarchy.cut(at, { labels, height, width }) };
}
