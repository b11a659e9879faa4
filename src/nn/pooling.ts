import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mean } from "../ops/mean.js";
import { avgPool2d, maxPool2d, type AvgPoolOptions } from "../ops/pool2d.js";
import { mapSizes, type Pair, type WindowOptions } from "../ops/support/window.js";
import { Module } from "./module.js";

/**
 * Maxima over windows: [N, H, W, C] → [N, H', W', C]; by default windows lie side by side.
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.MaxPool2d(2).forward(ones([2, 8, 8, 4])).shape; // [ 2, 4, 4, 4 ]
 */
export class MaxPool2d extends Module {
  constructor(
    private readonly size: Pair,
    private readonly options: WindowOptions = {},
  ) {
    super();
  }
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.size, this.options);
  }
}

/**
 * Means over windows: [N, H, W, C] → [N, H', W', C]; by default windows lie side by side.
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.AvgPool2d(2).forward(ones([2, 8, 8, 4])).shape; // [ 2, 4, 4, 4 ]
 */
export class AvgPool2d extends Module {
  constructor(
    private readonly size: Pair,
    private readonly options: AvgPoolOptions = {},
  ) {
    super();
  }
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.size, this.options);
  }
}

/**
 * The mean of every channel over all positions: [N, H, W, C] → [N, C].
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.GlobalAvgPool().forward(ones([2, 8, 8, 4])).shape; // [ 2, 4 ]
 */
export class GlobalAvgPool extends Module {
  forward(x: Tensor): Tensor {
    return globalAvgPool(x);
  }
}

/**
 * The mean of every channel over all positions: [N, H, W, C] → [N, C].
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * nn.functional.globalAvgPool(ones([2, 7, 7, 4])).shape; // [ 2, 4 ]
 */
export function globalAvgPool<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  mapSizes("globalAvgPool", x);
  return mean(x, [1, 2]);
}
