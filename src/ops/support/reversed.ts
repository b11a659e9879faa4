import type { FloatDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { slice } from "../slice.js";

/** The last axis backwards. */
export function reversed<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  return slice(x, [...x.shape.slice(1).map(() => null), [null, null, -1]]);
}
