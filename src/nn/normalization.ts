import { ArgumentError } from "../errors.js";
import { ones, zeros } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { batchNorm } from "../ops/batchNorm.js";
import { groupNorm } from "../ops/groupNorm.js";
import { l2Normalize, type L2NormalizeOptions } from "../ops/l2Normalize.js";
import { layerNorm } from "../ops/layerNorm.js";
import { checkSizes } from "./layers.js";
import { buffer, Module, parameter } from "./module.js";

export interface NormalizationOptions {
  /** Added to the variance (default 1e-5). */
  readonly eps?: number;
  /** Whether a trained weight (from 1) and bias (from 0) per channel follow (default true). */
  readonly affine?: boolean;
  /** Element type of parameters and buffers (default float32). */
  readonly dtype?: FloatDType;
}

export interface BatchNormLayerOptions extends NormalizationOptions {
  /** Weight of a new batch in the running statistics (default 0.1). */
  readonly momentum?: number;
}

/** Weight and bias of the layers below, or null for both. */
function affine(
  n: number,
  { affine = true, dtype = "float32" }: NormalizationOptions,
): [Tensor, Tensor] | [null, null] {
  return affine ? [parameter(ones([n], { dtype })), parameter(zeros([n], { dtype }))] : [null, null];
}

/**
 * Batch normalisation of [N, .., n] over all axes but the last: by the batch's own statistics in training, which also
 * moves the buffers `runningMean` and `runningVar`, by these in evaluation. Parameters `weight`, `bias` [n].
 *
 * @throws {ArgumentError} unless n is a positive integer and momentum from 0 to 1.
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * const layer = new nn.BatchNorm(8);
 * layer.forward(random.normal([4, 5, 5, 8], { seed: 1 })).shape; // [ 4, 5, 5, 8 ]
 * Object.keys(layer.state()); // [ "weight", "bias", "runningMean", "runningVar" ]
 */
export class BatchNorm extends Module {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  private readonly eps: number;
  private readonly momentum: number;

  constructor(n: number, options: BatchNormLayerOptions = {}) {
    super();
    checkSizes("BatchNorm", { n });
    const { eps = 1e-5, momentum = 0.1, dtype = "float32" } = options;
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new ArgumentError("BatchNorm", `momentum must be from 0 to 1, got ${momentum}`);
    }
    [this.weight, this.bias] = affine(n, options);
    this.runningMean = buffer(zeros([n], { dtype }));
    this.runningVar = buffer(ones([n], { dtype }));
    this.eps = eps;
    this.momentum = momentum;
  }

  forward(x: Tensor): Tensor {
    const { training, runningMean, runningVar, momentum, eps } = this;
    return batchNorm(x, this.weight, this.bias, { training, runningMean, runningVar, momentum, eps });
  }
}

/**
 * Layer normalisation of [.., n] over the last axis, the same in training and evaluation. Parameters `weight`, `bias`
 * [n].
 *
 * @throws {ArgumentError} unless n is a positive integer.
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.LayerNorm(8).forward(ones([4, 8])).shape; // [ 4, 8 ]
 */
export class LayerNorm extends Module {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  private readonly eps: number;

  constructor(n: number, options: NormalizationOptions = {}) {
    super();
    checkSizes("LayerNorm", { n });
    [this.weight, this.bias] = affine(n, options);
    this.eps = options.eps ?? 1e-5;
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, { eps: this.eps });
  }
}

/**
 * Group normalisation of [N, .., n]: `groups` runs of neighbouring channels, each over all positions of an item.
 * Parameters `weight`, `bias` [n].
 *
 * @throws {ArgumentError} unless `groups` and n are positive integers and the first divides the second.
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.GroupNorm(2, 8).forward(ones([4, 5, 5, 8])).shape; // [ 4, 5, 5, 8 ]
 */
export class GroupNorm extends Module {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  private readonly eps: number;

  constructor(
    private readonly groups: number,
    n: number,
    options: NormalizationOptions = {},
  ) {
    super();
    checkSizes("GroupNorm", { groups, n });
    if (n % groups !== 0) throw new ArgumentError("GroupNorm", `groups (${groups}) must divide ${n}`);
    [this.weight, this.bias] = affine(n, options);
    this.eps = options.eps ?? 1e-5;
  }

  forward(x: Tensor): Tensor {
    return groupNorm(x, this.groups, this.weight, this.bias, { eps: this.eps });
  }
}

/**
 * Rows of the last axis divided by their Euclidean length: see `functional.l2Normalize`.
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.L2Normalize().forward(tensor([[3, 4]], { dtype: "float64" })).toArray(); // [ [ 0.6, 0.8 ] ]
 */
export class L2Normalize extends Module {
  constructor(private readonly options: L2NormalizeOptions = {}) {
    super();
  }

  forward(x: Tensor): Tensor {
    return l2Normalize(x, this.options);
  }
}
