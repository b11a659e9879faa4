import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { div } from "./div.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { unsqueeze } from "./squeeze.js";

type Float = Tensor<FloatDType>;

/** Each matrix of [.., m, d] minus the mean of its rows, weighted by [.., m] if given. Composed of differentiable ops. */
export function centerRows(x: Float, weights?: Float): Float {
  if (weights === undefined) return sub(x, mean(x, -2, { keepdims: true }));
  const w = unsqueeze(weights, -1);
  const average = div(sum(mul(x, w), -2, { keepdims: true }), sum(w, -2, { keepdims: true }));
  return sub(x, average);
}
