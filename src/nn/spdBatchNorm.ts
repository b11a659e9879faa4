import { ArgumentError, ShapeError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import { refuseResult } from "../autodiff/guard.js";
import { guardedAs } from "../autodiff/tape.js";
import { assign } from "../tensor/assign.js";
import { eye } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { sameShape, showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "../ops/astype.js";
import { biMap } from "../ops/biMap.js";
import { cholesky } from "../ops/cholesky.js";
import { expm, invSqrtm, logm, sqrtm } from "../ops/matrixFunction.js";
import { mean } from "../ops/mean.js";
import { reshape } from "../ops/reshape.js";
import { spdGeodesic } from "../ops/spdMaps.js";
import { spdMean } from "../ops/spdMean.js";
import { checkFloat, checkSameDtype } from "../ops/support/check.js";
import { asPartOf, intoFrame, outOfFrame } from "../ops/support/frame.js";
import { squareBatch } from "../ops/support/matrices.js";
import { symmetric } from "../ops/support/symmetric.js";
import { checkSizes } from "./layers.js";
import { buffer, Module, parameter } from "./module.js";

const OP = "spdBatchNorm";

export interface SPDBatchNormOptions<D extends FloatDType> {
  /** Normalise by the batch's own mean (and update the running one) instead of the running mean (default false). */
  readonly training?: boolean;
  /** The running mean [n, n]; needed unless training. */
  readonly runningMean?: Tensor<D> | null;
  /** Weight of a new batch in the running mean (default 0.1). */
  readonly momentum?: number;
  /** Steps from the arithmetic towards the Karcher mean of the batch (default 1); Infinity: until it is reached. */
  readonly steps?: number;
  /** In what precision means, roots and adjoints run (default float64). */
  readonly precision?: FloatDType;
}

/**
 * Riemannian batch normalisation of symmetric positive definite matrices X [.., n, n] (Brooks, Schwander, Barbaresco,
 * Schneider, Cord 2019): parallel transport from the batch mean M to I, then to the bias G [n, n],
 *
 *   Y = M^(−½) X M^(−½),   Z = G^½ Y G^½
 *
 * In training M is that of all matrices of X, and the running mean moves towards it along their geodesic by `momentum`; else
 * M is the running mean. With M the Karcher mean (`steps: Infinity`) that of the output is G.
 *
 * Adjoint: that of its steps, through M as well: square roots and logarithms by divided differences, the Karcher mean as a
 * fixed point.
 * @throws {ShapeError}, {@link DtypeError} if sizes do not fit, or for fewer than two matrices in training;
 * {@link ArgumentError} for options out of range or a missing running mean; {@link NotPositiveDefiniteError},
 * {@link NonFiniteError}, {@link ConvergenceError} with the index of the matrix.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * const X = tensor([[[1]], [[16]]], { dtype: "float64" });
 * nn.functional.spdBatchNorm(X, null, { training: true, steps: Infinity }).toArray(); // about [ [ [ 0.25 ] ], [ [ 4 ] ] ]
 */
export function spdBatchNorm<D extends FloatDType>(
  X: Tensor<D>,
  weight?: Tensor<D> | null,
  options: SPDBatchNormOptions<D> = {},
): Tensor<D> {
  const { training = false, runningMean = null, momentum = 0.1, steps = 1, precision = "float64" } = options;
  checkFloat(OP, X);
  const { rows: n } = squareBatch(OP, X);
  for (const [name, other] of Object.entries({ weight, runningMean })) {
    if (!other) continue;
    checkFloat(OP, other);
    checkSameDtype(OP, X, other);
    if (!sameShape(other.shape, [n, n])) {
      throw new ShapeError(OP, `${name} must be [${n}, ${n}], got ${showShape(other.shape)}`);
    }
  }
  checkOptions(OP, momentum, steps);
  if (!training && !runningMean) throw new ArgumentError(OP, "needs runningMean unless training is true");
  if (training && runningMean && !runningMean._storage.resident) {
    throw new ArgumentError(OP, "the running mean must be a buffer (nn.buffer) to be updated in training");
  }
  const count = sizeOf(X.shape.slice(0, -2));
  if (training && count < 2) {
    throw new ShapeError(OP, `training needs at least two matrices, got ${showShape(X.shape)}`);
  }
  return scope(() => {
    const wide = astype(X, precision);
    const running = runningMean && astype(runningMean, precision);
    const M = training ? guardedAs(OP, () => batchMean(reshape(wide, [count, n, n]), steps)) : running!;
    if (training && running) {
      assign(runningMean!, astype(spdGeodesic(stopGradient(running), stopGradient(M), momentum), X.dtype));
    }
    const Z = guardedAs(OP, () => {
      const centred = biMap(
        wide,
        asPartOf(OP, "the mean", () => invSqrtm(M)),
      );
      return weight ? biMap(centred, sqrtm(astype(weight, precision))) : centred;
    });
    refuseResult(OP, "NaN", [wide, M, weight], [Z]);
    return astype(Z, X.dtype);
  });
}

/** `steps` of the Karcher flow from the arithmetic mean of X [N, n, n], or with Infinity its end. */
function batchMean(X: Tensor, steps: number): Tensor {
  if (steps === Infinity) return asPartOf(OP, "X", () => spdMean(X));
  let M = symmetric(mean(X, 0));
  for (let k = 0; k < steps; k++) {
    const L = asPartOf(OP, "X", () => cholesky(M));
    const logs = asPartOf(OP, "X", () => logm(intoFrame(OP, L, X)));
    M = outOfFrame(L, expm(mean(logs, 0)));
  }
  return M;
}

function checkOptions(op: string, momentum: number, steps: number): void {
  if (!(momentum >= 0 && momentum <= 1)) throw new ArgumentError(op, `momentum must be from 0 to 1, got ${momentum}`);
  if (!(steps === Infinity || (Number.isInteger(steps) && steps >= 0))) {
    throw new ArgumentError(op, `steps must be a whole number ≥ 0 or Infinity, got ${steps}`);
  }
}

export interface SPDBatchNormLayerOptions extends Pick<
  SPDBatchNormOptions<FloatDType>,
  "momentum" | "steps" | "precision"
> {
  /** Whether a trained bias G (from I), a positive definite matrix, follows (default true). */
  readonly affine?: boolean;
  /** Element type of parameter and buffer (default float32). */
  readonly dtype?: FloatDType;
}

/**
 * {@link spdBatchNorm} as a layer: by the batch's own mean in training, which also moves the buffer `runningMean` [n, n],
 * by that in evaluation. The parameter `weight` [n, n] is the bias G on the manifold of positive definite matrices.
 *
 * @throws {ArgumentError} unless n is a positive integer, momentum from 0 to 1 and steps a whole number or Infinity.
 * @example
 * import { init, linalg, nn, random } from "matprop";
 * await init();
 * const layer = new nn.SPDBatchNorm(3);
 * layer.forward(linalg.gram(random.normal([8, 20, 3], { seed: 1 }))).shape; // [ 8, 3, 3 ]
 * Object.keys(layer.state()); // [ "weight", "runningMean" ]
 */
export class SPDBatchNorm extends Module {
  readonly weight: Tensor | null;
  readonly runningMean: Tensor;
  private readonly momentum: number;
  private readonly steps: number;
  private readonly precision: FloatDType;

  constructor(n: number, options: SPDBatchNormLayerOptions = {}) {
    super();
    checkSizes("SPDBatchNorm", { n });
    const { affine = true, momentum = 0.1, steps = 1, precision = "float64", dtype = "float32" } = options;
    checkOptions("SPDBatchNorm", momentum, steps);
    this.weight = affine ? parameter(eye(n, { dtype }), { manifold: "spd" }) : null;
    this.runningMean = buffer(eye(n, { dtype }));
    this.momentum = momentum;
    this.steps = steps;
    this.precision = precision;
  }

  forward(X: Tensor): Tensor {
    const { weight, training, runningMean, momentum, steps, precision } = this;
    return spdBatchNorm(X, weight, { training, runningMean, momentum, steps, precision });
  }
}
