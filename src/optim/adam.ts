import { ArgumentError } from "../errors.js";
import { add } from "../ops/add.js";
import { div } from "../ops/div.js";
import { mul } from "../ops/mul.js";
import { sqrt } from "../ops/sqrt.js";
import { checkRange } from "./check.js";
import { RuleOptimizer, type Optimizer } from "./optimizer.js";
import type { Trainable } from "./parameters.js";
import { power } from "./power.js";
import type { ManifoldRule, UpdateRule } from "./rule.js";

/** Options of {@link adam} and {@link adamw}. */
export interface AdamOptions {
  /** Learning rate (default 0.001). */
  readonly lr?: number;
  /** How much of the running means of gradient and squared gradient is kept (default [0.9, 0.999]). */
  readonly betas?: readonly [number, number];
  /** Added to the root of the mean square (default 1e-8). */
  readonly eps?: number;
  /** `adam`: L2 penalty, added to the gradient (default 0). `adamw`: share that decays, times lr (default 0.01). */
  readonly weightDecay?: number;
}

type Options = Required<AdamOptions>;

/**
 * Riemannian Adam (Bécigneul, Ganea 2019): v holds the mean squared length of the gradient, one number a matrix, because a
 * manifold has no coordinates to scale one by one. Decoupled decay has no meaning there and is left out.
 */
function onManifold(decoupled: 0 | 1): ManifoldRule<Options> {
  return {
    buffers: () => ({ firstMoment: "tangent", secondMoment: "number" }),
    move(geometry, { count, lr }, { betas: [beta1, beta2], eps, weightDecay }, point, grad, [m, v]) {
      const decay = decoupled ? 0 : weightDecay;
      const g = geometry.gradient(point, decay === 0 ? grad : add(grad, mul(point, decay)));
      const first = add(mul(m!, beta1), mul(g, 1 - beta1));
      const second = add(mul(v!, beta2), mul(geometry.squaredLength(point, g), 1 - beta2));
      const root = sqrt(div(second, 1 - power(beta2, count)));
      const step = div(mul(first, -lr / (1 - power(beta1, count))), add(root, eps));
      const [next, carried] = geometry.move(point, step, first);
      return { point: next, buffers: [carried, second] };
    },
  };
}

function rule(name: string, weightDecay: number, decoupled: 0 | 1): UpdateRule<Options> {
  return {
    name,
    defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay },
    check(op, { betas, eps }) {
      if (!Array.isArray(betas) || betas.length !== 2) {
        throw new ArgumentError(op, `betas must be two numbers, got ${String(betas)}`);
      }
      betas.forEach((beta, i) => checkRange(op, `betas[${i}]`, beta, 0, 1, true));
      checkRange(op, "eps", eps, 0);
    },
    buffers: () => ({ firstMoment: 0, secondMoment: 0 }),
    update(kernels, n, { count, lr }, { betas: [beta1, beta2], eps, weightDecay: decay }, param, grad, [m, v]) {
      const correction1 = 1 - power(beta1, count);
      const correction2 = Math.sqrt(1 - power(beta2, count));
      kernels.adam(n, lr, beta1, beta2, eps, decay, decoupled, correction1, correction2, param, grad, m!, v!);
    },
    onManifold: onManifold(decoupled),
  };
}

const adamRule = rule("optim.adam", 0, 0);
const adamwRule = rule("optim.adamw", 0.01, 1);

/**
 * Adam (Kingma, Ba 2015), as torch.optim.Adam: with g = gradient + weightDecay · p in step t,
 *
 *     m ← β₁ · m + (1 − β₁) · g,   v ← β₂ · v + (1 − β₂) · g²
 *     p ← p − lr / (1 − β₁ᵗ) · m / (√(v / (1 − β₂ᵗ)) + eps)
 *
 * A parameter on a manifold (`nn.parameter`) moves along it, as in {@link sgd}, with g the Riemannian gradient and v the
 * mean of its squared length, one number a matrix (Bécigneul, Ganea 2019).
 *
 * @param params `model.parameters()`, or groups `[{ params, lr?, weightDecay?, … }, …]`.
 * @returns an {@link Optimizer} whose state is `"firstMoment/PATH"`, `"secondMoment/PATH"`, `"step"` and `"lr"`.
 * @throws {ArgumentError} if an option is unknown or out of range, or `params` holds something that cannot be trained.
 * @example
 * import { init, nn, optim } from "matprop";
 * await init();
 * const opt = optim.adam(new nn.Linear(4, 2, { seed: 1 }).parameters(), { lr: 3e-4 });
 */
export function adam(params: Trainable<AdamOptions>, options: AdamOptions = {}): Optimizer {
  return new RuleOptimizer(adamRule, params, options);
}

/**
 * AdamW (Loshchilov, Hutter 2019), as torch.optim.AdamW: {@link adam} without the penalty in g; instead every step
 * begins with p ← p · (1 − lr · weightDecay), except for parameters on a manifold.
 *
 * @param params `model.parameters()`, or groups `[{ params, lr?, weightDecay?, … }, …]`.
 * @returns an {@link Optimizer} whose state is `"firstMoment/PATH"`, `"secondMoment/PATH"`, `"step"` and `"lr"`.
 * @throws {ArgumentError} if an option is unknown or out of range, or `params` holds something that cannot be trained.
 * @example
 * import { init, nn, optim } from "matprop";
 * await init();
 * const opt = optim.adamw(new nn.Linear(4, 2, { seed: 1 }).parameters(), { lr: 3e-4, weightDecay: 0.05 });
 */
export function adamw(params: Trainable<AdamOptions>, options: AdamOptions = {}): Optimizer {
  return new RuleOptimizer(adamwRule, params, options);
}
