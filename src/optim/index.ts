/** The public `optim` namespace. */
export { accumulator, type AccumulatedOptions, type Accumulator } from "./accumulator.js";
export { adagrad, type AdagradOptions } from "./adagrad.js";
export { adam, adamw, type AdamOptions } from "./adam.js";
export { clipGradNorm, type ClippedGrads } from "./clip.js";
export { ema, type Ema, type EmaOptions } from "./ema.js";
export type { Optimizer } from "./optimizer.js";
export type { ParameterGroup, Trainable } from "./parameters.js";
export { rmsprop, type RmspropOptions } from "./rmsprop.js";
export * as schedules from "./schedules.js";
export type { CosineOptions, OneCycleOptions, Schedule, StepScheduleOptions, WarmupOptions } from "./schedules.js";
export { sgd, type SgdOptions } from "./sgd.js";
