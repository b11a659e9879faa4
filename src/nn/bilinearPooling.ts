import { ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { div } from "../ops/div.js";
import { gram } from "../ops/gram.js";
import { reshape } from "../ops/reshape.js";
import { checkFloat } from "../ops/support/check.js";
import { Module } from "./module.js";

export interface BilinearPoolingOptions {
  /** Whether the matrix is returned as a vector, [N, C²], row by row (default), or as [N, C, C]. */
  readonly vectorize?: boolean;
}

/**
 * Bilinear pooling FᵀF/m: the mean of x·xᵀ over the m positions of each item (Lin, RoyChowdhury, Maji 2015). Usually
 * followed by `signSqrt` and `l2Normalize`.
 *
 * Adjoint: gF = F·(G + Gᵀ)/m.
 * @param x [N, H, W, C] or [N, m, C].
 * @returns [N, C²], or [N, C, C] with `vectorize: false`.
 * @throws {ShapeError} if x has another number of axes or no positions; {@link DtypeError} unless float.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.bilinearPooling(tensor([[[1, 2], [3, 4]]])).toArray(); // [ [ 5, 7, 7, 10 ] ]
 */
export function bilinearPooling<D extends FloatDType>(x: Tensor<D>, options: BilinearPoolingOptions = {}): Tensor<D> {
  const { vectorize = true } = options;
  checkFloat("bilinearPooling", x);
  if (x.rank !== 3 && x.rank !== 4) {
    throw new ShapeError("bilinearPooling", `needs [N, H, W, C] or [N, m, C], got ${showShape(x.shape)}`);
  }
  const [n, c] = [x.shape[0]!, x.shape[x.rank - 1]!];
  const m = x.shape.slice(1, -1).reduce((product, size) => product * size, 1);
  if (m === 0) throw new ShapeError("bilinearPooling", `${showShape(x.shape)} has no positions`);
  const pooled = div(gram(reshape(x, [n, m, c])), m);
  return vectorize ? reshape(pooled, [n, c * c]) : pooled;
}

/**
 * {@link bilinearPooling} as a layer.
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.BilinearPooling().forward(ones([2, 7, 7, 4])).shape; // [ 2, 16 ]
 */
export class BilinearPooling extends Module {
  constructor(private readonly options: BilinearPoolingOptions = {}) {
    super();
  }

  forward(x: Tensor): Tensor {
    return bilinearPooling(x, this.options);
  }
}
