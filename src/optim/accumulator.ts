import { ArgumentError } from "../errors.js";
import type { TensorRecord } from "../nn/module.js";
import { mul } from "../ops/mul.js";
import { touch } from "../tensor/assign.js";
import { disposal } from "../tensor/disposal.js";
import { emptyLike, address, resident, type Tensor } from "../tensor/tensor.js";
import { inScope } from "../tensor/scoped.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { wasm } from "../wasm/runtime.js";
import { checkParameter, checkRange, checkRecord } from "./check.js";

/** Options of {@link Accumulator.grads}. */
export interface AccumulatedOptions {
  /** What the sum is multiplied by (default 1 / total weight: the mean). */
  readonly scale?: number;
}

/**
 * Adds up the gradients of micro-batches, for a batch that does not fit into memory at once. Made by
 * {@link accumulator}.
 */
export class Accumulator {
  private readonly sums: Record<string, Tensor<FloatDType>> = {};
  private total = 0;

  /** @internal */
  constructor(params: Readonly<TensorRecord>) {
    const op = "optim.accumulator";
    wasm.require(op);
    for (const [name, param] of Object.entries(params)) checkParameter(op, name, param);
    for (const [name, param] of Object.entries(params)) {
      const { shape, dtype } = param as Tensor<FloatDType>;
      this.sums[name] = resident(emptyLike(param as Tensor<FloatDType>), shape, dtype);
    }
  }

  /** Sum of the weights added since the last {@link reset}. */
  get weight(): number {
    return this.total;
  }

  /**
   * Adds the gradients of one micro-batch: sum ← sum + weight · gradient. A call that throws has added nothing.
   *
   * @param grads a gradient for every path, of the parameter's shape and dtype.
   * @param weight positive (default 1). With losses that are means, the size of the micro-batch when sizes differ.
   * @throws {ArgumentError} if paths are missing or unknown, or the weight is not positive; {@link ShapeError},
   * {@link DtypeError} if a gradient does not fit.
   */
  add(grads: Readonly<TensorRecord>, weight = 1): void {
    const op = "optim.accumulator.add";
    checkRange(op, "weight", weight, Number.MIN_VALUE);
    checkRecord(op, "gradient", grads, this.sums);
    const sums = Object.entries(this.sums);
    for (const [, sum] of sums) sum._storage.check(op);
    inScope(() => {
      // All addresses before the first change: copying a gradient in may run out of memory.
      const at = sums.map(([name]) => address(op, grads[name]!));
      sums.forEach(([, sum], i) => {
        wasm[sum.dtype].axpy(sum.size, weight, at[i]!, address(op, sum));
        touch(sum);
      });
    });
    this.total += weight;
  }

  /**
   * The gradients of the whole batch, for an optimizer's `step`: new tensors, the sums times `scale`.
   *
   * @throws {ArgumentError} if nothing was added since the last {@link reset}, or `scale` is not finite.
   */
  grads({ scale }: AccumulatedOptions = {}): TensorRecord {
    const op = "optim.accumulator.grads";
    if (this.total === 0) throw new ArgumentError(op, "nothing was added since the last reset");
    const factor = scale ?? 1 / this.total;
    checkRange(op, "scale", factor, -Number.MAX_VALUE);
    return inScope(() =>
      Object.fromEntries(Object.entries(this.sums).map(([name, sum]) => [name, mul(sum, factor) as Tensor<DType>])),
    );
  }

  /** Starts the next batch: the sums are zero again. */
  reset(): void {
    for (const sum of Object.values(this.sums)) {
      wasm[sum.dtype].fill(sum.size, 0, address("optim.accumulator.reset", sum));
      touch(sum);
    }
    this.total = 0;
  }

  /** Frees the sums at once; the accumulator cannot be used afterwards. Never required. */
  dispose(): void {
    for (const sum of Object.values(this.sums)) sum._storage.dispose();
  }

  /** What `using` calls. */
  [disposal](): void {
    this.dispose();
  }
}

/**
 * Gradient accumulation over micro-batches: the mean of their gradients is the gradient of one big batch, in a fraction
 * of its memory. (Layers that couple a batch, such as batch normalization in training, see micro-batches all the same.)
 *
 * @param params `model.parameters()`: one resident sum is kept for each.
 * @throws {ArgumentError} if `params` holds something that cannot be trained.
 * @example
 * import { init, nn, ones, optim, scope, valueAndGrad } from "matprop";
 * await init();
 * const model = new nn.Linear(3, 1, { seed: 1 });
 * const opt = optim.sgd(model.parameters(), { lr: 0.1 });
 * const sums = optim.accumulator(model.parameters());
 * const gradient = valueAndGrad((x) => model.forward(x).square().mean(), { wrt: model.parameters() });
 * for (const x of [ones([8, 3]), ones([5, 3])]) scope(() => sums.add(gradient(x).grads, x.shape[0]));
 * opt.step(sums.grads());
 * sums.reset();
 */
export function accumulator(params: Readonly<TensorRecord>): Accumulator {
  return new Accumulator(params);
}
