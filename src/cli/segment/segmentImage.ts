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
  /** The segments at the size of the image, numbered 0, 1, … in order of their first pixel. */
  cut(at: segmentation.Cut): segmentation.CompactMap;
}

/** Finds the regions of an image; its segmentations are not looked at. */
export function segmentImage(image: data.SegmentedImage, { features, rule, side }: Segmenter): SegmentedRegions {
  const { id, pixels, height, width } = image;
  const sample = sampleOf({ id, pixels, height, width, truths: [] }, side);
  const regions = scope(() => regionsOf(features(sample), rule.rank));
  const { map } = regions.hierarchy;
  const enlarged = enlargeLabels(map.labels, [map.height, map.width], [height, width]);
  return {
    sample,
    regions,
    cut(at) {
      const owners = regions.hierarchy.owners(at);
      const numbers = new Map<number, number>();
      const labels = enlarged.map((region) => {
        const owner = owners[region]!;
        if (!numbers.has(owner)) numbers.set(owner, numbers.size);
        return numbers.get(owner)!;
      });
      return { labels, height, width, count: numbers.size };
    },
  };
}
