import { ShapeError } from "../errors.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { normalizeAxis, sizeOf } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { permute } from "./permute.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { checkFloat } from "./support/check.js";

type Float = Tensor<FloatDType>;
type Name = "softmax" | "logSoftmax";

const KERNELS = {
  softmax: ["softmax", "softmax_vjp"],
  logSoftmax: ["logsoftmax", "logsoftmax_vjp"],
} as const;

/** Over the last axis. */
function ruleOf(name: Name, composed: (g: Float, y: Float) => Float): Rule<[Float]> {
  const [forward, backward] = KERNELS[name];
  const rowsOf = (x: Float): [number, number] => [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]!];
  return {
    name,
    saves: "output",
    forward: ([x]) => {
      const y = allocate(x.shape, x.dtype);
      wasm[x.dtype][forward](...rowsOf(x), address(name, x), address(name, y));
      return y;
    },
    vjp: (g, { outputs }) => {
      const y = outputs[0] as Float;
      const gx = allocate(y.shape, y.dtype);
      wasm[y.dtype][backward](...rowsOf(y), address(name, y), address(name, g), address(name, gx));
      return [gx];
    },
    vjpDifferentiable: (g: Float, { outputs }: Applied<[Float], null>) => [composed(g, outputs[0] as Float)],
  };
}

const softmaxRule = ruleOf("softmax", (g, y) => mul(y, sub(g, sum(mul(g, y), -1, { keepdims: true }))));
const logSoftmaxRule = ruleOf("logSoftmax", (g, y) => sub(g, mul(exp(y), sum(g, -1, { keepdims: true }))));

/**
 * exp(x)/Σ exp(x) along an axis (default the last), computed without overflow. A row of −∞ alone gives NaN.
 *
 * Adjoint: gx = y·(g − Σ g·y).
 * @throws {ShapeError} for a scalar; {@link ArgumentError} if the axis is out of range; {@link DtypeError} unless float.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.softmax(tensor([[1, 1], [0, 1000]])).toArray(); // [ [ 0.5, 0.5 ], [ 0, 1 ] ]
 */
export function softmax<D extends FloatDType>(x: Tensor<D>, axis = -1): Tensor<D> {
  return along("softmax", softmaxRule, x, axis);
}

/**
 * x − log Σ exp(x) along an axis (default the last), computed without overflow and without taking the logarithm of a
 * vanishing softmax.
 *
 * Adjoint: gx = g − exp(y)·Σ g.
 * @throws {ShapeError} for a scalar; {@link ArgumentError} if the axis is out of range; {@link DtypeError} unless float.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.logSoftmax(tensor([0, 1000])).toArray(); // [ -1000, 0 ]
 */
export function logSoftmax<D extends FloatDType>(x: Tensor<D>, axis = -1): Tensor<D> {
  return along("logSoftmax", logSoftmaxRule, x, axis);
}

function along<D extends FloatDType>(name: Name, rule: Rule<[Float]>, x: Tensor<D>, axis: number): Tensor<D> {
  checkFloat(name, x);
  if (x.rank === 0) throw new ShapeError(name, "needs at least one axis, got a scalar");
  const at = normalizeAxis(name, axis, x.rank);
  const last = x.rank - 1;
  if (at === last) return apply(rule, [x], null) as Tensor<D>;
  // Exchanging two axes is its own inverse.
  const order = x.shape.map((_, i) => (i === at ? last : i === last ? at : i));
  return permute(apply(rule, [permute(x, order)], null) as Tensor<D>, order);
}
