/** The public `segmentation` namespace. */
export {
  boundaries,
  boundaryAgreement,
  boundaryScore,
  type BoundaryCounts,
  type BoundaryOptions,
  type BoundaryScore,
} from "./boundaries.js";
export type { ClusterOptions } from "./clusters.js";
export { discretize, type Discretization } from "./discretize.js";
export { RegionHierarchy, type Cut } from "./hierarchy.js";
export { kmeans, type KMeans } from "./kmeans.js";
export type { CompactMap, LabelMap, Segmentation } from "./labelMap.js";
export {
  agreement,
  covering,
  optimalScale,
  randIndex,
  variationOfInformation,
  type Agreement,
  type OptimalScale,
} from "./metrics.js";
export { connectedComponents, mergeSmallRegions, type RegionOptions } from "./regions.js";
export { segment, type SegmentOptions } from "./segment.js";
