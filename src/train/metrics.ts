import { ArgumentError, ShapeError } from "../errors.js";
import { argmax } from "../ops/argExtrema.js";
import { type DType, isFloat, type FloatDType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** Classes or anything that lists them. */
export type Classes = ArrayLike<number>;

/**
 * The share of predictions that equal their label. Samples with a negative label (`ignoreIndex`) do not count.
 *
 * @returns a number from 0 to 1; NaN when no sample counts.
 * @throws {ArgumentError} if the two differ in length.
 * @example
 * import { train } from "matprop";
 * train.accuracy([0, 1, 1, 2], [0, 1, 2, 2]); // 0.75
 */
export function accuracy(predictions: Classes, labels: Classes): number {
  checkLengths("train.accuracy", predictions, labels);
  let right = 0;
  let counted = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! < 0) continue;
    counted++;
    if (predictions[i] === labels[i]) right++;
  }
  return right / counted;
}

/**
 * How often each class was taken for each: entry `label · classes + prediction` counts the samples of class `label`
 * that were predicted as `prediction`. Samples with a negative label do not count.
 *
 * @throws {ArgumentError} if the two differ in length, or a class is not below `classes`.
 * @example
 * import { train } from "matprop";
 * train.confusionMatrix([0, 1, 1], [0, 0, 1], 2); // Int32Array [ 1, 1, 0, 1 ]
 */
export function confusionMatrix(predictions: Classes, labels: Classes, classes: number): Int32Array<ArrayBuffer> {
  const op = "train.confusionMatrix";
  checkLengths(op, predictions, labels);
  const matrix = new Int32Array(classes * classes);
  for (let i = 0; i < labels.length; i++) {
    const [label, prediction] = [labels[i]!, predictions[i]!];
    if (label < 0) continue;
    if (!(label < classes && prediction >= 0 && prediction < classes)) {
      const pair = `label ${label}, prediction ${prediction}`;
      throw new ArgumentError(op, `classes must be below ${classes}, got ${pair} for sample ${i}`);
    }
    matrix[label * classes + prediction]!++;
  }
  return matrix;
}

/** One class of a confusion matrix. */
export interface ClassReport {
  /** Samples of the class. */
  readonly support: number;
  /** Of the samples predicted as this class, the share that is of it; NaN when there are none. */
  readonly precision: number;
  /** Of the samples of this class, the share predicted as it; NaN when there are none. */
  readonly recall: number;
  /** 2 · right / (support + predicted), the harmonic mean of both; NaN when neither exists. */
  readonly f1: number;
}

/**
 * Precision, recall and F1 of every class.
 *
 * @param confusion as {@link confusionMatrix} returns it.
 * @throws {ShapeError} if its length is no square.
 * @example
 * import { train } from "matprop";
 * train.classReport(Int32Array.of(8, 2, 0, 10))[0]; // { support: 10, precision: 1, recall: 0.8, f1: 0.888… }
 */
export function classReport(confusion: Classes): ClassReport[] {
  const classes = Math.floor(Math.sqrt(confusion.length) + 0.5);
  if (classes * classes !== confusion.length) {
    throw new ShapeError("train.classReport", `a confusion matrix is square, got ${confusion.length} entries`);
  }
  return Array.from({ length: classes }, (_, c) => {
    let support = 0;
    let predicted = 0;
    for (let other = 0; other < classes; other++) {
      support += confusion[c * classes + other]!;
      predicted += confusion[other * classes + c]!;
    }
    const right = confusion[c * classes + c]!;
    return { support, precision: right / predicted, recall: right / support, f1: (2 * right) / (support + predicted) };
  });
}

/** The predicted class of each row of logits: the index of the largest, the first of equals. */
export function predictionsOf(op: string, logits: Tensor<DType>, labels: Tensor<DType>): Int32Array<ArrayBuffer> {
  const [rows] = logits.shape;
  if (logits.rank !== 2 || labels.rank !== 1 || labels.shape[0] !== rows || !isFloat(logits.dtype)) {
    const got = `${showShape(logits.shape)} ${logits.dtype} and ${showShape(labels.shape)} ${labels.dtype}`;
    throw new ShapeError(op, `expected float logits [B, classes] and labels [B], got ${got}`);
  }
  return argmax(logits as Tensor<FloatDType>, 1).data();
}

function checkLengths(op: string, predictions: Classes, labels: Classes): void {
  if (predictions.length !== labels.length) {
    throw new ArgumentError(op, `${predictions.length} predictions for ${labels.length} labels`);
  }
}
