import { tensor } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { philoxKey } from "../tensor/random.js";
import { overwrite, type Tensor } from "../tensor/tensor.js";
import { checkProbability, dropout, dropoutBlocks } from "../ops/dropout.js";
import { checkFloat } from "../ops/support/check.js";
import { defaultSeed } from "./init.js";
import { buffer, Module } from "./module.js";

/**
 * In training, zeroes each element with probability p and divides the others by 1 − p; the identity in evaluation. The
 * buffer `generator` holds the seed and how many blocks of its sequence are used up, so that a saved and restored model
 * draws the masks it would have drawn.
 *
 * @throws {ArgumentError} unless p is from 0 to 1 and the seed is a non-negative integer.
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * const layer = new nn.Dropout(0.5, { seed: 1 });
 * layer.forward(ones([2, 3])); // zeros and twos
 * layer.eval().forward(ones([2, 3])); // ones
 */
export class Dropout extends Module {
  readonly generator: Tensor<"float64">;

  constructor(
    private readonly p = 0.5,
    options: { readonly seed?: number } = {},
  ) {
    super();
    checkProbability("Dropout", p);
    const seed = defaultSeed(options.seed);
    philoxKey("Dropout", { seed });
    this.generator = buffer(tensor([seed, 0], { dtype: "float64" }));
  }

  forward(x: Tensor): Tensor {
    checkFloat("Dropout", x);
    if (!this.training || this.p === 0) return x;
    const [seed, block] = this.generator.data() as unknown as [number, number];
    const y = dropout(x as Tensor<FloatDType>, this.p, { seed, block });
    overwrite("Dropout", this.generator, Float64Array.of(seed, block + dropoutBlocks(x.size)));
    return y;
  }
}
