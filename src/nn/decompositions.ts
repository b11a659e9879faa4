/** The SVD and EIG layers of matrix backpropagation (Ionescu, Vantzos, Sminchisescu 2015). */
import { ulpOf, type FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "../ops/astype.js";
import * as ops from "../ops/eigh.js";
import { checkFloat } from "../ops/support/check.js";
import type { GapOptions } from "../ops/support/gaps.js";
import { svd as decompose, type Svd, type SvdOptions } from "../ops/svd.js";
import { Module } from "./module.js";
import type { SpectralLayerOptions } from "./spd.js";

export interface SvdLayerOptions extends SvdOptions, SpectralLayerOptions {}

export interface EighLayerOptions extends ops.EighOptions, SpectralLayerOptions {}

/**
 * The SVD layer: {@link linalg.svd} of matrices [.., m, n] → U [.., m, k], S [.., k], Vh [.., k, n], in double precision by
 * default, whatever the features are. Feature maps [N, H, W, C] become matrices by `reshape([N, H·W, C])`.
 *
 * Its gradients exist for losses that do not depend on the signs of the pairs uᵢ, vᵢ and where the values that the loss tells
 * apart differ; {@link SvdOptions} has the choices at closed gaps. A function of the singular values alone is
 * {@link linalg.svdFunc}, of FᵀF {@link secondOrderPooling}: these meet no gap.
 * @throws {ShapeError} if X has fewer than two axes; {@link NonFiniteError}, {@link ConvergenceError} with the batch index; in
 * the gradient {@link DegenerateError} and, if asked for, {@link GaugeError}.
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * nn.functional.svd(random.normal([2, 49, 8], { seed: 1 })).Vh.shape; // [ 2, 8, 8 ]
 */
export function svd<D extends FloatDType>(X: Tensor<D>, options: SvdLayerOptions = {}): Svd<D> {
  checkFloat("svd", X);
  const { precision = "float64", ...rest } = options;
  const { U, S, Vh } = decompose(astype(X, precision), { ...rest, checkGauge: gaugeFor(X, rest) });
  return { U: astype(U, X.dtype), S: astype(S, X.dtype), Vh: astype(Vh, X.dtype) };
}

/**
 * The EIG layer: {@link linalg.eigh} of symmetric matrices [.., n, n], ascending, in double precision by default, whatever the
 * features are.
 *
 * Its gradients exist as those of {@link svd}; a function of the matrix is {@link linalg.symFunc}, a projector on leading
 * vectors {@link linalg.spectralProjector}.
 * @throws {ShapeError} unless square; {@link NonFiniteError}, {@link ConvergenceError} with the batch index; in the gradient
 * {@link DegenerateError} and, if asked for, {@link GaugeError}.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.eigh(tensor([[2, 1], [1, 2]])).eigenvalues.toArray(); // [ 1, 3 ]
 */
export function eigh<D extends FloatDType>(X: Tensor<D>, options: EighLayerOptions = {}): ops.Eigh<D> {
  checkFloat("eigh", X);
  const { precision = "float64", ...rest } = options;
  const factors = ops.eigh(astype(X, precision), { ...rest, checkGauge: gaugeFor(X, rest) });
  const { eigenvalues, eigenvectors } = factors;
  return { eigenvalues: astype(eigenvalues, X.dtype), eigenvectors: astype(eigenvectors, X.dtype) };
}

/** Cotangents are as precise as the features, whatever the precision of the decomposition. */
function gaugeFor({ dtype }: Tensor, { checkGauge }: GapOptions): GapOptions["checkGauge"] {
  return checkGauge === true ? { tolerance: Math.sqrt(ulpOf(dtype)) } : checkGauge;
}

/**
 * {@link svd} as a layer; it returns a record, so that a model picks what it needs.
 *
 * @example
 * import { init, nn, random } from "matprop";
 * await init();
 * const layer = new nn.SVD({ degenerate: "taylor" });
 * layer.forward(random.normal([2, 9, 4], { seed: 1 })).S.shape; // [ 2, 4 ]
 */
export class SVD extends Module<Svd<FloatDType>> {
  constructor(private readonly options: SvdLayerOptions = {}) {
    super();
  }

  forward<D extends FloatDType>(X: Tensor<D>): Svd<D> {
    return svd(X, this.options);
  }
}

/**
 * {@link eigh} as a layer; it returns a record, so that a model picks what it needs.
 *
 * @example
 * import { eye, init, nn } from "matprop";
 * await init();
 * new nn.Eigh({ checkGauge: true }).forward(eye(3)).eigenvalues.toArray(); // [ 1, 1, 1 ]
 */
export class Eigh extends Module<ops.Eigh<FloatDType>> {
  constructor(private readonly options: EighLayerOptions = {}) {
    super();
  }

  forward<D extends FloatDType>(X: Tensor<D>): ops.Eigh<D> {
    return eigh(X, this.options);
  }
}
