/** Layers of SPD networks (Huang, Van Gool 2017): symmetric positive definite matrices in and out, [.., n, n]. */
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "../ops/astype.js";
import { biMap } from "../ops/biMap.js";
import { matrixFunction } from "../ops/matrixFunction.js";
import { reEig, type ReEigOptions } from "../ops/reEig.js";
import { checkFloat } from "../ops/support/check.js";
import { defaultSeed, orthogonal } from "./init.js";
import { checkSizes, type WeightOptions } from "./layers.js";
import { Module, parameter } from "./module.js";

export interface SpectralLayerOptions {
  /** In what precision decomposition and adjoint run (default float64). */
  readonly precision?: FloatDType;
}

/**
 * The matrix logarithm as a layer, [.., n, n]: {@link logm} in double precision by default, whatever the features are. It
 * takes positive definite matrices to all symmetric ones, where Euclidean layers make sense.
 *
 * @throws {NotPositiveDefiniteError}, {@link NonFiniteError} with the batch index.
 * @example
 * import { eye, init, nn } from "matprop";
 * await init();
 * nn.functional.logEig(eye(2)).toArray(); // [ [ 0, 0 ], [ 0, 0 ] ]
 */
export function logEig<D extends FloatDType>(X: Tensor<D>, { precision = "float64" }: SpectralLayerOptions = {}) {
  checkFloat("logEig", X);
  return astype(matrixFunction("logm", astype(X, precision), 0, "logEig"), X.dtype);
}

/**
 * The matrix exponential as a layer, [.., n, n]: the inverse of {@link logEig}.
 *
 * @throws {NonFiniteError} with the batch index.
 * @example
 * import { init, nn, zeros } from "matprop";
 * await init();
 * nn.functional.expEig(zeros([2, 2])).toArray(); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function expEig<D extends FloatDType>(X: Tensor<D>, { precision = "float64" }: SpectralLayerOptions = {}) {
  checkFloat("expEig", X);
  return astype(matrixFunction("expm", astype(X, precision), 0, "expEig"), X.dtype);
}

export interface BiMapOptions extends Omit<WeightOptions, "bias"> {
  /** `"stiefel"` (default): optimizers keep the rows orthonormal; null: they start so and are trained as any weight. */
  readonly manifold?: "stiefel" | null;
}

/**
 * {@link biMap} as a layer: W·X·Wᵀ, [.., nIn, nIn] → [.., nOut, nOut]. `weight` [nOut, nIn] has orthonormal rows, and
 * `optim.sgd`, `adam` and `adamw` keep them so.
 *
 * @example
 * import { eye, init, nn } from "matprop";
 * await init();
 * new nn.BiMap(4, 2, { seed: 1 }).forward(eye(4)).shape; // [ 2, 2 ]
 */
export class BiMap extends Module {
  readonly weight: Tensor;

  constructor(nIn: number, nOut: number, options: BiMapOptions = {}) {
    super();
    checkSizes("BiMap", { nIn, nOut });
    const { dtype = "float32", seed, manifold = "stiefel" } = options;
    this.weight = parameter(orthogonal([nOut, nIn], { seed: defaultSeed(seed), dtype }), { manifold });
  }

  forward(X: Tensor): Tensor {
    return biMap(X, this.weight);
  }
}

/**
 * {@link reEig} as a layer.
 *
 * @example
 * import { eye, init, nn } from "matprop";
 * await init();
 * new nn.ReEig({ eps: 1e-3 }).forward(eye(3)).shape; // [ 3, 3 ]
 */
export class ReEig extends Module {
  constructor(private readonly options: ReEigOptions = {}) {
    super();
  }

  forward(X: Tensor): Tensor {
    return reEig(X, this.options);
  }
}

/**
 * {@link logEig} as a layer.
 *
 * @example
 * import { eye, init, nn } from "matprop";
 * await init();
 * new nn.LogEig().forward(eye(3)).shape; // [ 3, 3 ]
 */
export class LogEig extends Module {
  constructor(private readonly options: SpectralLayerOptions = {}) {
    super();
  }

  forward(X: Tensor): Tensor {
    return logEig(X, this.options);
  }
}

/**
 * {@link expEig} as a layer.
 *
 * @example
 * import { init, nn, zeros } from "matprop";
 * await init();
 * new nn.ExpEig().forward(zeros([3, 3])).shape; // [ 3, 3 ]
 */
export class ExpEig extends Module {
  constructor(private readonly options: SpectralLayerOptions = {}) {
    super();
  }

  forward(X: Tensor): Tensor {
    return expEig(X, this.options);
  }
}
