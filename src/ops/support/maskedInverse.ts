import type { FloatDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add } from "../add.js";
import { div } from "../div.js";
import { mul } from "../mul.js";
import { sub } from "../sub.js";

type Float = Tensor<FloatDType>;

/** 1/x where the mask is 1, 0 where it is 0. */
export function maskedInverse(x: Float, mask: Float): Float {
  return div(mask, add(mul(x, mask), sub(1, mask)));
}
