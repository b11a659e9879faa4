import { checkRange } from "./check.js";
import { RuleOptimizer, type Optimizer } from "./optimizer.js";
import type { Trainable } from "./parameters.js";
import type { UpdateRule } from "./rule.js";

/** Options of {@link rmsprop}. */
export interface RmspropOptions {
  /** Learning rate (default 0.01). */
  readonly lr?: number;
  /** How much of the running mean of the squared gradient is kept (default 0.99). */
  readonly alpha?: number;
  /** Added to the root of the mean square (default 1e-8). */
  readonly eps?: number;
  /** L2 penalty: this times the parameter is added to its gradient (default 0). */
  readonly weightDecay?: number;
  /** Share of the last velocity that is kept (default 0: none). */
  readonly momentum?: number;
}

const rule: UpdateRule<Required<RmspropOptions>> = {
  name: "optim.rmsprop",
  defaults: { lr: 0.01, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0 },
  check(op, { alpha, eps, momentum }) {
    checkRange(op, "alpha", alpha, 0, 1);
    checkRange(op, "eps", eps, 0);
    checkRange(op, "momentum", momentum, 0);
  },
  buffers({ momentum }): Record<string, number> {
    return momentum === 0 ? { secondMoment: 0 } : { secondMoment: 0, momentum: 0 };
  },
  update(kernels, n, { lr }, { alpha, eps, weightDecay, momentum }, param, grad, [squares, velocity = 0]) {
    kernels.rmsprop(n, lr, alpha, eps, weightDecay, momentum, param, grad, squares!, velocity);
  },
};

/**
 * RMSprop (Tieleman, Hinton 2012; not centred), as torch.optim.RMSprop: with g = gradient + weightDecay · p,
 *
 *     s ← alpha · s + (1 − alpha) · g²,   u = g / (√s + eps)
 *     b ← momentum · b + u,   p ← p − lr · b        (without momentum p ← p − lr · u)
 *
 * @param params `model.parameters()`, or groups `[{ params, lr?, weightDecay?, … }, …]`.
 * @returns an {@link Optimizer} whose state is `"secondMoment/PATH"`, `"momentum/PATH"` (with momentum), `"step"`, `"lr"`.
 * @throws {ArgumentError} if an option is unknown or out of range, or `params` holds something that cannot be trained.
 * @example
 * import { init, nn, optim } from "matprop";
 * await init();
 * const opt = optim.rmsprop(new nn.Linear(4, 2, { seed: 1 }).parameters(), { lr: 1e-3, momentum: 0.9 });
 */
export function rmsprop(params: Trainable<RmspropOptions>, options: RmspropOptions = {}): Optimizer {
  return new RuleOptimizer(rule, params, options);
}
