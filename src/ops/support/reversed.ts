import type { FloatDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { slice } from "../slice.js";

type Float = Tensor<FloatDType>;

/** The last axis backwards. */
export function reversed(x: Float): Float {
  return slice(x, [...x.shape.slice(1).map(() => null), [null, null, -1]]);
}
