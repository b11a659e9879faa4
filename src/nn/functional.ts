/** Every layer without its parameters. */
export { conv2d } from "../ops/conv2d.js";
export { convTranspose2d, type ConvTransposeOptions } from "../ops/convTranspose2d.js";
export { crossEntropy, type CrossEntropyOptions, type Reduction } from "../ops/crossEntropy.js";
export { linear } from "../ops/linear.js";
export { avgPool2d, maxPool2d, type AvgPoolOptions } from "../ops/pool2d.js";
export type { ConvOptions, Pair, WindowOptions } from "../ops/support/window.js";
export { triuPack, triuUnpack } from "../ops/triuPack.js";
export { elu, gelu, leakyRelu, relu, sigmoid, signSqrt, silu, softplus, tanh } from "../ops/index.js";
export { conv1d, type Conv1dOptions } from "./conv1d.js";
export { globalAvgPool } from "./pooling.js";
export { secondOrderPooling, type SecondOrderPoolingOptions } from "./secondOrderPooling.js";
