import { stopGradient } from "../../autodiff/grad.js";
import type { FloatDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { abs } from "../abs.js";
import { add } from "../add.js";
import { div } from "../div.js";
import { maximum } from "../maximum.js";
import { mul } from "../mul.js";
import { square } from "../square.js";
import { sub } from "../sub.js";

type Float = Tensor<FloatDType>;

/** 1/x where the mask is 1, 0 where it is 0. */
export function maskedInverse(x: Float, mask: Float): Float {
  return div(mask, add(mul(x, mask), sub(1, mask)));
}

/** x/(x² + η) as (x/m)/m over (x/m)² + η/m², m = max(|x|, √η): no square leaves the range. m cancels, so it is constant. */
export function broadenedInverse(x: Float, eta: number): Float {
  const root = Math.sqrt(eta);
  const m = maximum(abs(stopGradient(x)), root) as Float;
  const share = div(x, m);
  return div(div(share, m), add(square(share), square(div(root, m))));
}
