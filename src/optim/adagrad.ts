import { checkRange } from "./check.js";
import { RuleOptimizer, type Optimizer } from "./optimizer.js";
import type { Trainable } from "./parameters.js";
import type { UpdateRule } from "./rule.js";

/** Options of {@link adagrad}. */
export interface AdagradOptions {
  /** Learning rate (default 0.01). */
  readonly lr?: number;
  /** In step t the rate is lr / (1 + (t − 1) · lrDecay) (default 0). */
  readonly lrDecay?: number;
  /** L2 penalty: this times the parameter is added to its gradient (default 0). */
  readonly weightDecay?: number;
  /** What the sum of squares starts with (default 0). */
  readonly initialAccumulatorValue?: number;
  /** Added to the root of the sum of squares (default 1e-10). */
  readonly eps?: number;
}

const rule: UpdateRule<Required<AdagradOptions>> = {
  name: "optim.adagrad",
  defaults: { lr: 0.01, lrDecay: 0, weightDecay: 0, initialAccumulatorValue: 0, eps: 1e-10 },
  check(op, { lrDecay, initialAccumulatorValue, eps }) {
    checkRange(op, "lrDecay", lrDecay, 0);
    checkRange(op, "initialAccumulatorValue", initialAccumulatorValue, 0);
    checkRange(op, "eps", eps, 0);
  },
  buffers: ({ initialAccumulatorValue }) => ({ sumOfSquares: initialAccumulatorValue }),
  update(kernels, n, { count, lr }, { lrDecay, eps, weightDecay }, param, grad, [squares]) {
    kernels.adagrad(n, lr / (1 + (count - 1) * lrDecay), eps, weightDecay, param, grad, squares!);
  },
};

/**
 * Adagrad (Duchi, Hazan, Singer 2011), as torch.optim.Adagrad: with g = gradient + weightDecay · p in step t,
 *
 *     s ← s + g²,   p ← p − lr / (1 + (t − 1) · lrDecay) · g / (√s + eps)
 *
 * @param params `model.parameters()`, or groups `[{ params, lr?, weightDecay?, … }, …]`.
 * @returns an {@link Optimizer} whose state is `"sumOfSquares/PATH"`, `"step"` and `"lr"`.
 * @throws {ArgumentError} if an option is unknown or out of range, or `params` holds something that cannot be trained.
 * @example
 * import { init, nn, optim } from "matprop";
 * await init();
 * const opt = optim.adagrad(new nn.Linear(4, 2, { seed: 1 }).parameters(), { lr: 0.1 });
 */
export function adagrad(params: Trainable<AdagradOptions>, options: AdagradOptions = {}): Optimizer {
  return new RuleOptimizer(rule, params, options);
}
