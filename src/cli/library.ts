/** The library as the command sees it: its public API, in one place. */
export {
  ArgumentError,
  data,
  FormatError,
  hash,
  init,
  io,
  MatpropError,
  nn,
  optim,
  scope,
  train,
  type Tensor,
} from "../index.js";
export { mnistData, readDataset, readImages, readSafetensors, writeFileAtomic, writeSafetensors } from "../node.js";
export type { Augment, LabelledImages, TrainTest } from "../data/index.js";
