/** Layers and models. `functional` has every layer without its parameters, `init` the initialisers. */
export * as functional from "./functional.js";
export * as init from "./init.js";
export { ELU, GELU, LeakyReLU, ReLU, Sigmoid, SignSqrt, SiLU, Softplus, Tanh } from "./activations.js";
export { Conv1d, Conv2d, ConvTranspose2d, Flatten, Linear, type WeightOptions } from "./layers.js";
export { buffer, Module, parameter, type TensorRecord } from "./module.js";
export { AvgPool2d, GlobalAvgPool, MaxPool2d } from "./pooling.js";
export { SecondOrderPooling, type SecondOrderPoolingOptions } from "./secondOrderPooling.js";
export { Sequential } from "./sequential.js";
