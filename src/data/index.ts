/** The public `data` namespace: data sets in memory. What reads folders and files is in `matprop/node`. */
export type { Augment } from "./augment.js";
export { batches, epochOrder, type Batch, type Batches, type BatchOptions } from "./batches.js";
export { CIFAR10_CLASSES, parseCifar10 } from "./cifar10.js";
export { fromIdx, parseIdx, type Idx } from "./idx.js";
export {
  fromImageData,
  toImageData,
  type ImageDataLike,
  type ImageDataOptions,
  type ToImageDataOptions,
} from "./imageData.js";
export {
  concat,
  fromArrays,
  type ImageArrays,
  type ImageShape,
  type LabelledImages,
  type TrainTest,
} from "./images.js";
export type { LabelledMatrices } from "./matrices.js";
export { centerCrop, resize, type Size } from "./resize.js";
export { isMatrices, subset, type LabelledSamples } from "./samples.js";
export { syntheticScenes, type SceneOptions } from "./scenes.js";
export { resizeSegmented, type SegmentedImage } from "./segmented.js";
export { split, type SplitOptions } from "./split.js";
export { statistics, type ChannelStatistics } from "./statistics.js";
export { synthetic, type SyntheticOptions } from "./synthetic.js";
