/** The public `segmentation` namespace. */
export {
  boundaries,
  boundaryAgreement,
  boundaryScore,
  type BoundaryCounts,
  type BoundaryOptions,
  type BoundaryScore,
} from "./boundaries.js";
export type { LabelMap, Segmentation } from "./labelMap.js";
export {
  agreement,
  covering,
  optimalScale,
  randIndex,
  variationOfInformation,
  type Agreement,
  type OptimalScale,
} from "./metrics.js";
