/** The library as the command sees it: its public API, in one place. */
export {
  ArgumentError,
  concat,
  data,
  DegenerateError,
  FormatError,
  gather,
  hash,
  init,
  io,
  linalg,
  log,
  MatpropError,
  nn,
  optim,
  pow,
  random,
  scope,
  segment,
  segmentation,
  tensor,
  train,
  type Tensor,
} from "../index.js";
export {
  mnistData,
  openPictures,
  openSegmented,
  readDataset,
  readImages,
  readSafetensors,
  writeFileAtomic,
  writeLabelMap,
  writeSafetensors,
} from "../node.js";
export { readSamples } from "../data/node/readDataset.js";
export type { SegmentedSet } from "../node.js";
export type { Augment, LabelledImages, LabelledSamples } from "../data/index.js";
