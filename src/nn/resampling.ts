import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { upsample, type UpsampleOptions } from "../ops/upsample.js";
import { Module } from "./module.js";

/**
 * Maps [N, H, W, C] resampled to a given size or by a factor: see `functional.upsample`.
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.Upsample({ scale: 2, mode: "bilinear" }).forward(ones([1, 4, 4, 3])).shape; // [ 1, 8, 8, 3 ]
 */
export class Upsample extends Module {
  constructor(private readonly options: UpsampleOptions) {
    super();
  }

  forward(x: Tensor): Tensor {
    return upsample(x as Tensor<FloatDType>, this.options);
  }
}
