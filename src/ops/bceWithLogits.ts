import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { sigmoid } from "./sigmoid.js";
import { sub } from "./sub.js";
import { elementwiseLoss, type LossOptions } from "./support/losses.js";

const loss = elementwiseLoss<null>("bceWithLogits", {
  kernel: (table, n, x, t, _, y) => table.bce_logits(n, x, t, y),
  adjoint: (table, n, x, t, g, _, dx) => table.bce_logits_vjp(n, x, t, g, 1, dx),
  predictions: (g, x, t) => mul(g, sub(sigmoid(x), t)),
  targets: (g, _gx, x) => neg(mul(g, x)),
});

/**
 * Binary cross-entropy of logits x with targets t in [0, 1]: −t·log σ(x) − (1 − t)·log(1 − σ(x)), computed as
 * max(x, 0) − x·t + log(1 + e^−|x|), which neither overflows nor cancels; its mean (default), sum, or one each.
 *
 * Adjoint: gx = (σ(x) − t)·g, gt = −x·g.
 * @throws {ShapeError}, {@link DtypeError} if x and t differ in shape or dtype; {@link ArgumentError} for an unknown
 * reduction.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.bceWithLogits(tensor([0, 3]), tensor([1, 1]), { reduction: "none" }).toArray(); // [ 0.693…, 0.048… ]
 */
export function bceWithLogits<D extends FloatDType>(
  x: Tensor<D>,
  target: Tensor<D>,
  options: LossOptions = {},
): Tensor<D> {
  return loss(x, target, null, options.reduction ?? "mean");
}
