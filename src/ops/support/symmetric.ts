import type { FloatDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add } from "../add.js";
import { mul } from "../mul.js";
import { transpose } from "../transpose.js";

type Float = Tensor<FloatDType>;

/** ½x + ½xᵀ: the part of a matrix that symmetric ops see, and of a cotangent that they return. */
export function symmetric(x: Float): Float {
  return mul(add(x, transpose(x)), 0.5);
}
