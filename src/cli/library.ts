/** The library as the command sees it: its public API, in one place. */
export {
  ArgumentError,
  data,
  FormatError,
  hash,
  init,
  io,
  linalg,
  MatpropError,
  nn,
  optim,
  scope,
  train,
  type Tensor,
} from "../index.js";
export { mnistData, readImages, readSafetensors, writeFileAtomic, writeSafetensors } from "../node.js";
export { readSamples } from "../data/node/readDataset.js";
export type { Augment, LabelledImages, LabelledSamples } from "../data/index.js";
