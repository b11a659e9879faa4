import { ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { conv2d } from "../ops/conv2d.js";
import { reshape } from "../ops/reshape.js";

/** Geometry of a 1-D convolution, as of `conv2d` for one axis. */
export interface Conv1dOptions {
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/**
 * 1-D convolution of sequences x [N, L, C] with weights [O, k, C/groups]: [N, L', O]. Adjoint: that of `conv2d`, of which
 * this is the case of one row.
 *
 * @throws {ShapeError} if ranks or channels do not fit.
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * nn.functional.conv1d(ones([1, 9, 2]), ones([4, 3, 2])).shape; // [ 1, 7, 4 ]
 */
export function conv1d<D extends FloatDType>(
  x: Tensor<D>,
  weight: Tensor<D>,
  bias?: Tensor<D> | null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv1dOptions = {},
): Tensor<D> {
  if (x.rank !== 3 || weight.rank !== 3) {
    const shapes = `${showShape(x.shape)} and ${showShape(weight.shape)}`;
    throw new ShapeError("conv1d", `needs x [N, L, C] and weights [O, k, C/groups], got ${shapes}`);
  }
  const [n, length, c] = x.shape as unknown as readonly [number, number, number];
  const [o, k, perGroup] = weight.shape as unknown as readonly [number, number, number];
  const y = conv2d(reshape(x, [n, 1, length, c]), reshape(weight, [o, 1, k, perGroup]), bias, {
    ...{ stride: [1, stride], padding: [0, padding], dilation: [1, dilation], groups },
  });
  return reshape(y, [n, y.shape[2]!, o]);
}
