/** The public API. Browser-safe: files and folders are in `matprop/node`. */
import "./ops/methods.js";

export * from "./errors.js";
export { init, initSync, type InitOptions } from "./wasm/load.js";
export { arange, eye, full, ones, tensor, zeros } from "./tensor/create.js";
export type { CreateOptions, TensorOptions } from "./tensor/create.js";
export type { DType, FloatDType, TypedArray, TypedArrayOf } from "./tensor/dtype.js";
export { hash } from "./tensor/hash.js";
export { random } from "./tensor/random.js";
export type { BernoulliOptions, NormalOptions, RandomOptions, UniformOptions } from "./tensor/random.js";
export { memoryStats, resetMemoryPeak, type MemoryStats } from "./tensor/scope.js";
export { scope } from "./tensor/scoped.js";
export type { Shape } from "./tensor/shape.js";
export { Tensor, type NestedArray } from "./tensor/tensor.js";
export { grad, stopGradient, valueAndGrad } from "./autodiff/grad.js";
export type { ArgumentGrads, GradsOf, TensorTree, ValueAndGrad, ValueAndGradAux } from "./autodiff/grad.js";
export { hvp, jvp, type JvpResult } from "./autodiff/jvp.js";
export { gradcheck, type GradcheckOptions, type GradcheckResult } from "./autodiff/gradcheck.js";
export * from "./ops/index.js";
export * as linalg from "./linalg/index.js";
export * as nn from "./nn/index.js";
export { segment } from "./segmentation/segment.js";
export * as segmentation from "./segmentation/index.js";
export * as optim from "./optim/index.js";
export * as data from "./data/index.js";
export * as io from "./io/index.js";
export * as train from "./train/index.js";
