import { ArgumentError, ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkFloat } from "./support/check.js";
import { checkAffine, normInputs, normalization } from "./support/normalization.js";

export interface NormOptions {
  /** Added to the variance (default 1e-5). */
  readonly eps?: number;
}

const OP = "layerNorm";
const normalize = normalization(OP);

/**
 * Layer normalisation of x [.., C] over the last axis: y = (x − mean)/√(var + eps)·weight + bias with mean and biased
 * variance of each row (Ba, Kiros, Hinton 2016). A row has the same bits whatever the batch.
 *
 * Adjoint: with h = g·weight and x̂ the normalised row: gx = (h − mean(h) − x̂·mean(h·x̂))/√(var + eps), g_weight = Σ g·x̂,
 * g_bias = Σ g over rows.
 * @throws {ShapeError} if x is a scalar or weight or bias are not [C]; {@link ArgumentError} if eps is negative.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.layerNorm(tensor([[1, 3], [0, 4]]), null, null, { eps: 0 }).toArray(); // [ [ -1, 1 ], [ -1, 1 ] ]
 */
export function layerNorm<D extends FloatDType>(
  x: Tensor<D>,
  weight?: Tensor<D> | null,
  bias?: Tensor<D> | null,
  options: NormOptions = {},
): Tensor<D> {
  const { eps = 1e-5 } = options;
  checkFloat(OP, x);
  if (x.rank < 1) throw new ShapeError(OP, "needs at least one axis, got a scalar");
  if (!(eps >= 0)) throw new ArgumentError(OP, `eps must not be negative, got ${eps}`);
  const c = x.shape[x.rank - 1]!;
  checkAffine(OP, x, c, { weight, bias });
  const sizes = { n: sizeOf(x.shape.slice(0, -1)), rows: 1, c, groups: 1 };
  return normalize(normInputs(x, weight, bias), {
    ...sizes,
    eps,
    hasWeight: !!weight,
    hasBias: !!bias,
  })[0] as Tensor<D>;
}
