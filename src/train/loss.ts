import type { Module } from "../nn/module.js";
import { crossEntropy } from "../ops/crossEntropy.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Batch } from "./types.js";

/** Mean softmax cross-entropy of `model.forward(images)` against the labels. */
export function crossEntropyLoss(
  model: Module,
  { images, labels }: Batch,
): [loss: Tensor<DType>, logits: Tensor<DType>] {
  const logits = model.forward(images) as Tensor<FloatDType>;
  return [crossEntropy(logits, labels), logits];
}

/** The softmax cross-entropy of each sample, and the logits of `model.forward(images)`. */
export function crossEntropyPerSample(
  model: Module,
  { images, labels }: Batch,
): [losses: Tensor<DType>, logits: Tensor<DType>] {
  const logits = model.forward(images) as Tensor<FloatDType>;
  return [crossEntropy(logits, labels, { reduction: "none" }), logits];
}
