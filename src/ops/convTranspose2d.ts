import { ArgumentError, ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { checkOperands, convInputGradient } from "./conv2d.js";
import { groupsOf, mapSizes, pairOf, type ConvOptions, type Pair } from "./support/window.js";

export interface ConvTransposeOptions extends ConvOptions {
  /** Added to the output size on one side, to choose among the sizes a strided convolution maps to one (default 0). */
  readonly outputPadding?: Pair;
}

/**
 * Transposed 2-D convolution of maps x [N, H, W, C] with weights [C, kh, kw, O/groups] (the layout of the convolution it
 * is the adjoint of): [N, H', W', O], H' = (H − 1)·stride − 2·padding + dilation·(kh − 1) + outputPadding + 1.
 *
 * Adjoint: gx is the convolution of g with the weights, gw correlates g with x.
 * @throws {ShapeError} if ranks or channels do not fit; {@link DtypeError}; {@link ArgumentError} for bad options.
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * nn.functional.convTranspose2d(ones([1, 2, 2, 1]), ones([1, 2, 2, 3]), null, { stride: 2 }).shape; // [ 1, 4, 4, 3 ]
 */
export function convTranspose2d<D extends FloatDType>(
  x: Tensor<D>,
  weight: Tensor<D>,
  bias?: Tensor<D> | null,
  options: ConvTransposeOptions = {},
): Tensor<D> {
  const op = "convTranspose2d";
  checkOperands(op, x, weight, bias);
  const [n, h, w, c] = mapSizes(op, x);
  if (weight.rank !== 4 || weight.shape[0] !== c) {
    throw new ShapeError(op, `weights must be [${c}, kh, kw, O/groups], got ${showShape(weight.shape)}`);
  }
  const [, kh, kw, perGroup] = weight.shape as unknown as readonly [number, number, number, number];
  const stride = pairOf(op, "stride", options.stride ?? 1, 1);
  const padding = pairOf(op, "padding", options.padding ?? 0, 0);
  const dilation = pairOf(op, "dilation", options.dilation ?? 1, 1);
  const extra = pairOf(op, "outputPadding", options.outputPadding ?? 0, 0);
  const groups = groupsOf(op, options.groups ?? 1);
  if (c % groups !== 0) throw new ShapeError(op, `groups (${groups}) must divide the ${c} input channels`);
  const outChannels = perGroup * groups;
  if (bias && (bias.rank !== 1 || bias.size !== outChannels)) {
    throw new ShapeError(op, `bias must be [${outChannels}], got ${showShape(bias.shape)}`);
  }
  const sizeOf = (axis: 0 | 1, size: number, kernel: number): number => {
    if (extra[axis] >= Math.max(stride[axis], dilation[axis])) {
      throw new ArgumentError(op, "outputPadding must be smaller than the stride or the dilation");
    }
    return (size - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (kernel - 1) + extra[axis] + 1;
  };
  const [oh, ow] = [sizeOf(0, h, kh), sizeOf(1, w, kw)];
  if (oh < 1 || ow < 1) throw new ShapeError(op, `${showShape(x.shape)} is too small: the result would be ${oh}×${ow}`);
  const geometry = {
    ...{ n, h: oh, w: ow, c: outChannels, o: c, kernel: [kh, kw] as const },
    ...{ stride, padding, dilation, groups, out: [h, w] as const },
  };
  const y = convInputGradient(x, weight, geometry) as Tensor<D>;
  return bias ? add(y, bias) : y;
}
