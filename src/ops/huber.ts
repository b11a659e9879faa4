import { ArgumentError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { clip } from "./clip.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { sub } from "./sub.js";
import { elementwiseLoss, type LossOptions } from "./support/losses.js";

export interface HuberOptions extends LossOptions {
  /** Where the parabola becomes a line (default 1). */
  readonly delta?: number;
}

const loss = elementwiseLoss<number>("huber", {
  kernel: (table, n, x, t, delta, y) => table.huber(n, x, t, delta, y),
  adjoint: (table, n, x, t, g, delta, dx) => table.huber_vjp(n, x, t, g, 1, delta, dx),
  predictions: (g, x, t, delta) => mul(g, clip(sub(x, t), -delta, delta)),
  targets: (_g, gx) => neg(gx()),
});

/**
 * Huber's loss of d = x − t: ½d² where |d| ≤ delta, else delta·(|d| − ½·delta); its mean (default), sum, or one each
 * (Huber 1964).
 *
 * Adjoint: gx = min(max(d, −delta), delta)·g, gt = −gx.
 * @throws {ShapeError}, {@link DtypeError} if x and t differ in shape or dtype; {@link ArgumentError} unless delta > 0.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.huber(tensor([0, 3]), tensor([1, 0]), { reduction: "none" }).toArray(); // [ 0.5, 2.5 ]
 */
export function huber<D extends FloatDType>(x: Tensor<D>, target: Tensor<D>, options: HuberOptions = {}): Tensor<D> {
  const { delta = 1, reduction = "mean" } = options;
  if (!(delta > 0) || !Number.isFinite(delta)) {
    throw new ArgumentError("huber", `delta must be a positive number, got ${delta}`);
  }
  return loss(x, target, delta, reduction);
}
