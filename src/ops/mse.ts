import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { sub } from "./sub.js";
import { elementwiseLoss, type LossOptions } from "./support/losses.js";

const loss = elementwiseLoss<null>("mse", {
  kernel: (table, n, x, t, _, y) => table.mse(n, x, t, y),
  adjoint: (table, n, x, t, g, _, dx) => table.mse_vjp(n, x, t, g, 1, dx),
  predictions: (g, x, t) => mul(g, mul(sub(x, t), 2)),
  targets: (_g, gx) => neg(gx()),
});

/**
 * The squared error (x − t)² of predictions and targets of one shape: its mean (default), sum, or one each.
 *
 * Adjoint: gx = 2(x − t)·g, gt = −gx.
 * @throws {ShapeError}, {@link DtypeError} if x and t differ in shape or dtype; {@link ArgumentError} for an unknown
 * reduction.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.mse(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export function mse<D extends FloatDType>(x: Tensor<D>, target: Tensor<D>, options: LossOptions = {}): Tensor<D> {
  return loss(x, target, null, options.reduction ?? "mean");
}
