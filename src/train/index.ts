/** The public `train` namespace. */
export { checkpoint, restore, type Progress, type Restored, type Trainee } from "./checkpoint.js";
export { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate.js";
export { fit, type FitCallbacks, type FitOptions } from "./fit.js";
export { accuracy, classReport, confusionMatrix, type Classes, type ClassReport } from "./metrics.js";
export { NonFiniteLossError, type Batch, type Batches, type EpochData, type Loss, type StepReport } from "./types.js";
