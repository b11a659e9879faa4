import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import { type DType, newArray, type FloatDType } from "../tensor/dtype.js";
import { sameShape, showShape, sizeOf } from "../tensor/shape.js";
import { address, allocate, fromArray, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { mul } from "./mul.js";
import { softmax } from "./softmax.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { checkFloat, checkTensor } from "./support/check.js";
import { checkReduction, reduceLosses, type Reduction } from "./support/losses.js";

type Float = Tensor<FloatDType>;

export interface CrossEntropyOptions {
  /** Mean over the labels that count (default), their sum, or one loss each. */
  readonly reduction?: Reduction;
  /** Weight of the uniform distribution mixed into the target (default 0). */
  readonly labelSmoothing?: number;
  /** Rows with this label count nothing (default −100). */
  readonly ignoreIndex?: number;
}

interface Params {
  readonly smoothing: number;
  readonly ignoreIndex: number;
}

/** Outputs one loss a row and the softmax probabilities. */
const rule: MultiRule<[Float, Tensor<DType>], Params> = {
  name: "crossEntropy",
  saves: "both",
  forward: ([logits, labels], { smoothing, ignoreIndex }) => {
    const classes = logits.shape[logits.rank - 1]!;
    const loss = allocate(labels.shape, logits.dtype);
    const probabilities = allocate(logits.shape, logits.dtype);
    const at = [logits, labels, loss, probabilities].map((t) => address("crossEntropy", t));
    const [px, pl, py, pp] = at as [number, number, number, number];
    const code = wasm[logits.dtype].softmax_xent(labels.size, classes, px, pl, 0, smoothing, ignoreIndex, py, pp);
    if (code !== 0) {
      const label = labels.data()[code - 1];
      throw new ArgumentError("crossEntropy", `label ${label} at position ${code - 1} is outside 0 … ${classes - 1}`);
    }
    return [loss, probabilities];
  },
  vjp: adjoint,
  vjpDifferentiable: ([g], applied) => [composedAdjoint(g!, applied), null],
};

/**
 * Softmax cross-entropy of logits [.., C] with int32 labels [..]: −log softmax(logits)[label], computed without overflow.
 *
 * Adjoint: g·(softmax − (1 − e)·onehot − e/C) with e the label smoothing, zero for ignored rows.
 * @returns a scalar, or one loss a label with `reduction: "none"`. The mean over no labels is NaN.
 * @throws {ShapeError}, {@link DtypeError} if the labels do not fit; {@link ArgumentError} for a label out of range.
 * @example
 * import { init, nn, tensor, zeros } from "matprop";
 * await init();
 * const labels = tensor(new Int32Array([0, 2]));
 * nn.functional.crossEntropy(zeros([2, 3]), labels).item(); // 1.098… = log 3
 */
export function crossEntropy<D extends FloatDType>(
  logits: Tensor<D>,
  labels: Tensor<"int32">,
  options: CrossEntropyOptions = {},
): Tensor<D> {
  const { reduction = "mean", labelSmoothing = 0, ignoreIndex = -100 } = options;
  checkFloat("crossEntropy", logits);
  checkTensor("crossEntropy", labels);
  checkReduction("crossEntropy", reduction);
  if (labels.dtype !== "int32") throw new DtypeError("crossEntropy", `labels must be int32, got ${labels.dtype}`);
  if (logits.rank < 1 || !sameShape(logits.shape.slice(0, -1), labels.shape)) {
    const shapes = `${showShape(logits.shape)} and ${showShape(labels.shape)}`;
    throw new ShapeError("crossEntropy", `needs logits [.., C] and labels [..], got ${shapes}`);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ArgumentError("crossEntropy", `labelSmoothing must be between 0 and 1, got ${labelSmoothing}`);
  }
  const [losses] = applyMulti(rule, [logits, labels], { smoothing: labelSmoothing, ignoreIndex }) as [Tensor<D>];
  return reduceLosses(losses, reduction, reduction === "mean" ? counted(labels, ignoreIndex) : 1);
}

function counted(labels: Tensor<DType>, ignoreIndex: number): number {
  let count = 0;
  for (const label of labels.data()) if (label !== ignoreIndex) count++;
  return count;
}

function adjoint(
  [g]: readonly (Float | null)[],
  { inputs: [logits, labels], outputs, params }: Applied<[Float, Tensor<DType>], Params>,
): [Float | null, null] {
  const classes = logits.shape[logits.rank - 1]!;
  const rows = sizeOf(labels.shape);
  const out = allocate(logits.shape, logits.dtype);
  const at = [outputs[1]!, labels, g!, out].map((t) => address("crossEntropy", t)) as [number, number, number, number];
  const { smoothing, ignoreIndex } = params;
  wasm[logits.dtype].softmax_xent_vjp(rows, classes, at[0], at[1], 0, smoothing, ignoreIndex, 1, at[2], at[3]);
  return [out, null];
}

/** The same by differentiable ops: the target distribution is a constant, ignored rows have weight 0. */
function composedAdjoint(
  g: Float,
  { inputs: [logits, labels], params }: Applied<[Float, Tensor<DType>], Params>,
): Float {
  const { smoothing, ignoreIndex } = params;
  const classes = logits.shape[logits.rank - 1]!;
  const target = newArray(logits.dtype, logits.size).fill(smoothing / classes);
  const counts = newArray(logits.dtype, labels.size).fill(1);
  labels.data().forEach((label, row) => {
    if (label === ignoreIndex) counts[row] = 0;
    else target[row * classes + label]! += 1 - smoothing;
  });
  const difference = sub(softmax(logits), fromArray(target, logits.shape, logits.dtype));
  return mul(difference, unsqueeze(mul(g, fromArray(counts, labels.shape, g.dtype)), -1));
}
