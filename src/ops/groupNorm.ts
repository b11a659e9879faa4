import { ArgumentError, ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { NormOptions } from "./layerNorm.js";
import { checkFloat } from "./support/check.js";
import { checkAffine, normInputs, normalization } from "./support/normalization.js";

const OP = "groupNorm";
const normalize = normalization(OP);

/**
 * Group normalisation of x [N, .., C]: for each item, each of `groups` runs of C/groups neighbouring channels is
 * normalised over all positions, then scaled: y = (x − mean)/√(var + eps)·weight + bias (Wu, He 2018). One group is layer
 * normalisation over whole items, C groups instance normalisation.
 *
 * Adjoint: that of {@link layerNorm} within each group.
 * @throws {ShapeError} if x has fewer than two axes, or sizes do not fit; {@link ArgumentError} for bad options.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.groupNorm(tensor([[1, 3, 0, 8]]), 2, null, null, { eps: 0 }).toArray(); // [ [ -1, 1, -1, 1 ] ]
 */
export function groupNorm<D extends FloatDType>(
  x: Tensor<D>,
  groups: number,
  weight?: Tensor<D> | null,
  bias?: Tensor<D> | null,
  options: NormOptions = {},
): Tensor<D> {
  const { eps = 1e-5 } = options;
  checkFloat(OP, x);
  if (x.rank < 2) throw new ShapeError(OP, `needs [N, .., C], got ${showShape(x.shape)}`);
  if (!(eps >= 0)) throw new ArgumentError(OP, `eps must not be negative, got ${eps}`);
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ArgumentError(OP, `groups must be a positive integer, got ${groups}`);
  }
  const c = x.shape[x.rank - 1]!;
  if (c % groups !== 0) throw new ShapeError(OP, `groups (${groups}) must divide the ${c} channels`);
  checkAffine(OP, x, c, { weight, bias });
  const sizes = { n: x.shape[0]!, rows: sizeOf(x.shape.slice(1, -1)), c, groups };
  return normalize(normInputs(x, weight, bias), {
    ...sizes,
    eps,
    hasWeight: !!weight,
    hasBias: !!bias,
  })[0] as Tensor<D>;
}
