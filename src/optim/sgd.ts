import { ArgumentError } from "../errors.js";
import { checkRange } from "./check.js";
import { RuleOptimizer, type Optimizer } from "./optimizer.js";
import type { Trainable } from "./parameters.js";
import { add } from "../ops/add.js";
import { mul } from "../ops/mul.js";
import type { ManifoldRule, UpdateRule } from "./rule.js";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Learning rate. */
  readonly lr: number;
  /** Share of the last velocity that is kept (default 0: none). */
  readonly momentum?: number;
  /** Share of the gradient that does not enter the velocity (default 0). */
  readonly dampening?: number;
  /** Look ahead along the velocity (default false); needs momentum and no dampening. */
  readonly nesterov?: boolean;
  /** L2 penalty: this times the parameter is added to its gradient (default 0). */
  readonly weightDecay?: number;
}

type Options = Required<SgdOptions>;

/** As on flat space, with the Riemannian gradient, and the velocity brought along. */
const onManifold: ManifoldRule<Options> = {
  buffers({ momentum }): Record<string, "tangent"> {
    return momentum === 0 ? {} : { momentum: "tangent" };
  },
  move(geometry, { count, lr }, { momentum, dampening, nesterov, weightDecay }, point, grad, [velocity]) {
    const g = geometry.gradient(point, weightDecay === 0 ? grad : add(grad, mul(point, weightDecay)));
    if (velocity === undefined) return { point: geometry.move(point, mul(g, -lr), g)[0], buffers: [] };
    const v = count === 1 ? g : add(mul(velocity, momentum), mul(g, 1 - dampening));
    const direction = nesterov ? add(g, mul(v, momentum)) : v;
    const [next, carried] = geometry.move(point, mul(direction, -lr), v);
    return { point: next, buffers: [carried] };
  },
};

const rule: UpdateRule<Options> = {
  name: "optim.sgd",
  defaults: { lr: NaN, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
  check(op, { momentum, dampening, nesterov }) {
    checkRange(op, "momentum", momentum, 0);
    checkRange(op, "dampening", dampening, 0, 1);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError(op, "nesterov needs momentum > 0 and dampening = 0");
    }
  },
  buffers({ momentum }): Record<string, number> {
    return momentum === 0 ? {} : { momentum: 0 };
  },
  update(kernels, n, { count, lr }, o, param, grad, [velocity = 0]) {
    const [nesterov, first] = [Number(o.nesterov), Number(count === 1)];
    kernels.sgd(n, lr, o.momentum, o.dampening, nesterov, o.weightDecay, param, grad, velocity, first);
  },
  onManifold,
};

/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD: with g = gradient + weightDecay · p,
 *
 *     v ← g in the first step, then momentum · v + (1 − dampening) · g
 *     p ← p − lr · (nesterov ? g + momentum · v : v)        (without momentum p ← p − lr · g)
 *
 * A parameter on a manifold (`nn.parameter`) moves along it: g becomes the Riemannian gradient, the step ends by a QR
 * retraction (stiefel) or the exponential map (spd), and v is transported with it (Bonnabel 2013), in double precision.
 *
 * @param params `model.parameters()`, or groups `[{ params, lr?, momentum?, … }, …]`.
 * @param options `lr` is required.
 * @returns an {@link Optimizer} whose state is `"momentum/PATH"` (with momentum), `"step"` and `"lr"`.
 * @throws {ArgumentError} if an option is unknown or out of range, or `params` holds something that cannot be trained.
 * A step throws {@link NonFiniteError} if it would take a parameter off its manifold to NaN or infinity.
 * @example
 * import { init, nn, optim } from "matprop";
 * await init();
 * const model = new nn.Linear(4, 2, { seed: 1 });
 * const { weight, bias } = model.parameters();
 * const opt = optim.sgd([{ params: { weight }, weightDecay: 1e-4 }, { params: { bias } }], { lr: 0.05, momentum: 0.9 });
 */
export function sgd(params: Trainable<SgdOptions>, options: SgdOptions): Optimizer {
  return new RuleOptimizer(rule, params, options);
}
