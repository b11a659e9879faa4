import { ArgumentError } from "../errors.js";
import { zeros } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { conv2d } from "../ops/conv2d.js";
import { convTranspose2d, type ConvTransposeOptions } from "../ops/convTranspose2d.js";
import { linear } from "../ops/linear.js";
import { reshape } from "../ops/reshape.js";
import type { ConvOptions, Pair } from "../ops/support/window.js";
import { conv1d, type Conv1dOptions } from "./conv1d.js";
import { defaultSeed, kaimingUniform } from "./init.js";
import { Module, parameter } from "./module.js";

/** Options every layer with weights takes. */
export interface WeightOptions {
  /** Whether the layer adds a bias (default true; it starts at zero). */
  readonly bias?: boolean;
  /** Element type of the parameters (default float32). */
  readonly dtype?: FloatDType;
  /** Seed of the initial weights; layers without one take 0, 1, 2, … in the order they are made. */
  readonly seed?: number;
}

/** Throws unless every size is a positive integer. */
export function checkSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1) {
      throw new ArgumentError(layer, `${name} must be a positive integer, got ${size}`);
    }
  }
}

/** Throws unless the groups divide the channels on both sides. */
function checkGroups(layer: string, nIn: number, nOut: number, groups: number): void {
  if (nIn % groups !== 0 || nOut % groups !== 0) {
    throw new ArgumentError(layer, `groups (${groups}) must divide ${nIn} and ${nOut}`);
  }
}

function weights(shape: number[], { dtype = "float32", seed }: WeightOptions): Tensor {
  return parameter(kaimingUniform(shape, { seed: defaultSeed(seed), dtype }));
}

function biases(n: number, { bias = true, dtype = "float32" }: WeightOptions): Tensor | null {
  return bias ? parameter(zeros([n], { dtype })) : null;
}

/**
 * y = x·Wᵀ + b over the last axis: [.., nIn] → [.., nOut]. `weight` [nOut, nIn] starts Kaiming-uniform, `bias` at zero.
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.Linear(3, 2, { seed: 1 }).forward(ones([4, 3])).shape; // [ 4, 2 ]
 */
export class Linear extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;

  constructor(nIn: number, nOut: number, options: WeightOptions = {}) {
    super();
    checkSizes("Linear", { nIn, nOut });
    this.weight = weights([nOut, nIn], options);
    this.bias = biases(nOut, options);
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}

/**
 * 2-D convolution of maps [N, H, W, nIn] → [N, H', W', nOut]. `weight` [nOut, kh, kw, nIn/groups], `bias` [nOut].
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.Conv2d(1, 8, 3, { padding: 1, seed: 1 }).forward(ones([2, 28, 28, 1])).shape; // [ 2, 28, 28, 8 ]
 */
export class Conv2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;

  constructor(
    nIn: number,
    nOut: number,
    kernel: Pair,
    private readonly options: WeightOptions & ConvOptions = {},
  ) {
    super();
    const [kh, kw] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const { groups = 1 } = options;
    checkSizes("Conv2d", { nIn, nOut, kh, kw, groups });
    checkGroups("Conv2d", nIn, nOut, groups);
    this.weight = weights([nOut, kh, kw, nIn / groups], options);
    this.bias = biases(nOut, options);
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.options);
  }
}

/**
 * 1-D convolution of sequences [N, L, nIn] → [N, L', nOut]. `weight` [nOut, k, nIn/groups], `bias` [nOut].
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.Conv1d(2, 4, 3, { seed: 1 }).forward(ones([1, 9, 2])).shape; // [ 1, 7, 4 ]
 */
export class Conv1d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;

  constructor(
    nIn: number,
    nOut: number,
    kernel: number,
    private readonly options: WeightOptions & Conv1dOptions = {},
  ) {
    super();
    const { groups = 1 } = options;
    checkSizes("Conv1d", { nIn, nOut, kernel, groups });
    checkGroups("Conv1d", nIn, nOut, groups);
    this.weight = weights([nOut, kernel, nIn / groups], options);
    this.bias = biases(nOut, options);
  }

  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.bias, this.options);
  }
}

/**
 * Transposed 2-D convolution of maps [N, H, W, nIn] → [N, H', W', nOut]. `weight` [nIn, kh, kw, nOut/groups] (the layout
 * of the convolution it is the adjoint of), `bias` [nOut].
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.ConvTranspose2d(1, 3, 2, { stride: 2, seed: 1 }).forward(ones([1, 2, 2, 1])).shape; // [ 1, 4, 4, 3 ]
 */
export class ConvTranspose2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;

  constructor(
    nIn: number,
    nOut: number,
    kernel: Pair,
    private readonly options: WeightOptions & ConvTransposeOptions = {},
  ) {
    super();
    const [kh, kw] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const { groups = 1 } = options;
    checkSizes("ConvTranspose2d", { nIn, nOut, kh, kw, groups });
    checkGroups("ConvTranspose2d", nIn, nOut, groups);
    this.weight = weights([nIn, kh, kw, nOut / groups], options);
    this.bias = biases(nOut, options);
  }

  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, this.bias, this.options);
  }
}

/**
 * [N, …] → [N, product of the rest].
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * new nn.Flatten().forward(ones([2, 3, 4])).shape; // [ 2, 12 ]
 */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    return reshape(x, [x.shape[0]!, x.shape.slice(1).reduce((product, size) => product * size, 1)]);
  }
}
