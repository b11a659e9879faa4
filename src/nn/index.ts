/** Layers and models. `functional` has every layer without its parameters, `init` the initialisers. */
export * as functional from "./functional.js";
export * as init from "./init.js";
export {
  ELU,
  GELU,
  LeakyReLU,
  LogSoftmax,
  ReLU,
  Sigmoid,
  SignSqrt,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from "./activations.js";
export { BilinearPooling, type BilinearPoolingOptions } from "./bilinearPooling.js";
export { ISqrtCovPooling, MatrixPowerPooling, type ISqrtCovOptions, type MpnCovOptions } from "./covariancePooling.js";
export { Eigh, SVD, type EighLayerOptions, type SvdLayerOptions } from "./decompositions.js";
export { Dropout } from "./dropout.js";
export { Conv1d, Conv2d, ConvTranspose2d, Flatten, Linear, type WeightOptions } from "./layers.js";
export { BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, MSELoss } from "./losses.js";
export { MinimumDistanceToMean, type MinimumDistanceToMeanOptions } from "./minimumDistanceToMean.js";
export type { Manifold } from "./manifold.js";
export { buffer, Module, parameter, type ParameterOptions, type TensorRecord } from "./module.js";
export {
  BatchNorm,
  GroupNorm,
  L2Normalize,
  LayerNorm,
  type BatchNormLayerOptions,
  type NormalizationOptions,
} from "./normalization.js";
export { NormalizedCuts, type NormalizedCutsOptions } from "./normalizedCuts.js";
export { AvgPool2d, GlobalAvgPool, MaxPool2d } from "./pooling.js";
export { Upsample } from "./resampling.js";
export type { GramFunction, GramRoute } from "../ops/gramFunction.js";
export type { ReEigOptions } from "../ops/reEig.js";
export { SecondOrderPooling, type SecondOrderPoolingOptions } from "./secondOrderPooling.js";
export { Sequential } from "./sequential.js";
export { BiMap, ExpEig, LogEig, ReEig, type BiMapOptions, type SpectralLayerOptions } from "./spd.js";
export { SPDBatchNorm, type SPDBatchNormLayerOptions, type SPDBatchNormOptions } from "./spdBatchNorm.js";
