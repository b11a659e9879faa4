import type { DType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reshape } from "../reshape.js";

/** One number for each matrix of a batch, [..] → [.., 1, 1]. */
export function overMatrices<D extends DType>(x: Tensor<D>): Tensor<D> {
  return reshape(x, [...x.shape, 1, 1]);
}
