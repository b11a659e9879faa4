import { ArgumentError, ShapeError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import { touch } from "../tensor/assign.js";
import type { FloatDType } from "../tensor/dtype.js";
import { inScope } from "../tensor/scoped.js";
import { showShape, sizeOf } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { sqrt } from "./sqrt.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { checkFloat } from "./support/check.js";
import {
  affineAddresses,
  checkAffine,
  fusedAdjoint,
  normInputs,
  normalization,
  type NormParams,
} from "./support/normalization.js";

type Float = Tensor<FloatDType>;

/** How `batchNorm` normalizes, and what it updates. */
export interface BatchNormOptions<D extends FloatDType = FloatDType> {
  /** Normalise by the statistics of this batch and update the running ones (default false: use the running ones). */
  readonly training?: boolean;
  /** Running mean and variance, [C]: read in evaluation; in training, resident buffers that are updated if given. */
  readonly runningMean?: Tensor<D> | null;
  readonly runningVar?: Tensor<D> | null;
  /** Weight of the new batch in the running statistics (default 0.1). */
  readonly momentum?: number;
  /** Added to the variance (default 1e-5). */
  readonly eps?: number;
}

const OP = "batchNorm";
const train = normalization(OP);

/** Inputs x, weight and bias as far as there are any, running mean, running variance. Outputs y and 1/√(variance + eps). */
const evalRule: MultiRule<readonly Float[], NormParams> = {
  name: OP,
  saves: "both",
  forward: (inputs, p) => {
    const x = inputs[0]!;
    const [average, variance] = inputs.slice(-2) as [Float, Float];
    const [y, invstd] = [allocate(x.shape, x.dtype), allocate([p.c], x.dtype)];
    const [px, pa, pv, pi, py] = [x, average, variance, invstd, y].map((t) => address(OP, t)) as Five;
    const [pw, pb] = affineAddresses(OP, inputs, p);
    wasm[x.dtype].batchnorm_eval(p.rows, p.c, px, pa, pv, pw, pb, p.eps, pi, py);
    return [y, invstd];
  },
  vjp: ([g], { inputs, outputs, params }) => [
    ...fusedAdjoint(OP, g!, inputs, inputs[inputs.length - 2]!, outputs[1] as Float, params, true),
    ...[null, null],
  ],
  vjpDifferentiable: ([g], applied) => [...evalAdjoint(g!, applied), null, null],
};

type Five = [number, number, number, number, number];

/**
 * Batch normalisation of x [.., C] over all axes but the last: y = (x − mean)/√(var + eps)·weight + bias. In training,
 * mean and (biased) variance are those of the batch, and the running statistics move by `momentum` towards the mean and
 * the unbiased variance, as in torch; else they are the running ones (Ioffe, Szegedy 2015).
 *
 * Adjoint: with h = g·weight and x̂ = (x − mean)/√(var + eps): gx = (h − mean(h) − x̂·mean(h·x̂))/√(var + eps) in training,
 * h/√(var + eps) else; g_weight = Σ g·x̂, g_bias = Σ g.
 * @throws {ShapeError} if sizes do not fit, or for one position per channel in training; {@link ArgumentError} if
 * running statistics are missing, or cannot be updated because they are no buffers.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.batchNorm(tensor([[1], [3]]), null, null, { training: true, eps: 0 }).toArray(); // [ [ -1 ], [ 1 ] ]
 */
export function batchNorm<D extends FloatDType>(
  x: Tensor<D>,
  weight?: Tensor<D> | null,
  bias?: Tensor<D> | null,
  options: BatchNormOptions<D> = {},
): Tensor<D> {
  const { training = false, runningMean = null, runningVar = null, momentum = 0.1, eps = 1e-5 } = options;
  checkFloat(OP, x);
  if (x.rank < 2) throw new ShapeError(OP, `needs [N, .., C], got ${showShape(x.shape)}`);
  const c = x.shape[x.rank - 1]!;
  const rows = sizeOf(x.shape.slice(0, -1));
  checkAffine(OP, x, c, { weight, bias, runningMean, runningVar });
  if (!(eps >= 0)) throw new ArgumentError(OP, `eps must not be negative, got ${eps}`);
  if (!(momentum >= 0 && momentum <= 1)) throw new ArgumentError(OP, `momentum must be from 0 to 1, got ${momentum}`);
  const inputs = normInputs(x, weight, bias);
  const params = { n: 1, rows, c, groups: c, eps, hasWeight: !!weight, hasBias: !!bias };
  if (!training) {
    if (!runningMean || !runningVar) {
      throw new ArgumentError(OP, "needs runningMean and runningVar unless training is true");
    }
    return applyMulti(evalRule, [...inputs, runningMean, runningVar], params)[0] as Tensor<D>;
  }
  for (const running of [runningMean, runningVar]) {
    if (running && !running._storage.resident) {
      throw new ArgumentError(OP, "running statistics must be buffers (nn.buffer) to be updated in training");
    }
  }
  if (rows < 2)
    throw new ShapeError(OP, `training needs at least two positions per channel, got ${showShape(x.shape)}`);
  const [y, average, variance] = train(inputs, params);
  if (runningMean) update(runningMean, average!, momentum, 1);
  if (runningVar) update(runningVar, variance!, momentum, rows / (rows - 1));
  return y as Tensor<D>;
}

/** running ← (1 − momentum)·running + momentum·factor·batch. */
function update(running: Float, batch: Float, momentum: number, factor: number): void {
  inScope(() => {
    const at = address(OP, running);
    wasm[running.dtype].axpby(running.size, momentum * factor, address(OP, batch), 1 - momentum, at);
    touch(running);
  });
}

function evalAdjoint(g: Float, { inputs, params }: Applied<readonly Float[], NormParams>): Float[] {
  const [average, variance] = inputs.slice(-2) as [Float, Float];
  const invstd = div(1, sqrt(add(variance, params.eps)));
  const scale = params.hasWeight ? mul(inputs[1]!, invstd) : invstd;
  const total = (t: Float): Float => sum(reshape(t, [params.rows, params.c]), 0);
  const xhat = (): Float => mul(sub(inputs[0]!, average), invstd);
  const gw = params.hasWeight ? [total(mul(g, xhat()))] : [];
  return [mul(g, scale), ...gw, ...(params.hasBias ? [total(g)] : [])];
}
