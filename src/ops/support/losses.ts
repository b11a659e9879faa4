/** What the losses share: reductions, and the rule of losses that compare predictions and targets element by element. */
import { ArgumentError, ShapeError } from "../../errors.js";
import type { Applied, Rule } from "../../autodiff/rule.js";
import { apply } from "../../autodiff/tape.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { sameShape, showShape } from "../../tensor/shape.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import { wasm, type KernelTable } from "../../wasm/runtime.js";
import { div } from "../div.js";
import { sum } from "../sum.js";
import { checkFloat, checkSameDtype } from "./check.js";

type Float = Tensor<FloatDType>;

/** The mean of the losses, their sum, or one loss each. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** Mean over all losses (default), their sum, or one loss each. */
  readonly reduction?: Reduction;
}

/** Throws unless `reduction` is one of the three. */
export function checkReduction(op: string, reduction: Reduction): void {
  if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
    throw new ArgumentError(op, `reduction must be "mean", "sum" or "none", got ${String(reduction)}`);
  }
}

/** The losses as asked for; the mean divides by `count`. */
export function reduceLosses<D extends FloatDType>(losses: Tensor<D>, reduction: Reduction, count: number): Tensor<D> {
  if (reduction === "none") return losses;
  const total = sum(losses);
  return reduction === "sum" ? total : div(total, count);
}

interface LossSpec<P> {
  /** y from (n, x, t). */
  kernel(table: KernelTable, n: number, x: number, t: number, params: P, y: number): void;
  /** dx from (n, x, t, g). */
  adjoint(table: KernelTable, n: number, x: number, t: number, g: number, params: P, dx: number): void;
  /** The cotangent of the targets, by differentiable ops; `gx` gives that of the predictions. */
  targets(g: Float, gx: () => Float, x: Float, t: Float, params: P): Float;
  /** The cotangent of the predictions, by differentiable ops. */
  predictions(g: Float, x: Float, t: Float, params: P): Float;
}

/** A loss of predictions x and targets t of one shape, both differentiable. */
export function elementwiseLoss<P>(name: string, spec: LossSpec<P>) {
  const rule: Rule<[Float, Float], P> = {
    name,
    saves: "inputs",
    forward: ([x, t], params) => {
      const y = allocate(x.shape, x.dtype);
      const [px, pt, py] = [x, t, y].map((one) => address(name, one)) as [number, number, number];
      spec.kernel(wasm[x.dtype], x.size, px, pt, params, py);
      return y;
    },
    vjp: (g, { inputs: [x, t], params, needs }) => {
      const fused = (): Float => {
        const out = allocate(x.shape, x.dtype);
        const [px, pt, pg, po] = [x, t, g, out].map((one) => address(name, one)) as [number, number, number, number];
        spec.adjoint(wasm[x.dtype], x.size, px, pt, pg, params, po);
        return out;
      };
      const gx = needs[0] ? fused() : null;
      return [gx, needs[1] ? spec.targets(g, () => gx ?? fused(), x, t, params) : null];
    },
    vjpDifferentiable: (g: Float, { inputs: [x, t], params, needs }: Applied<[Float, Float], P>) => {
      const gx = (): Float => spec.predictions(g, x, t, params);
      return [needs[0] ? gx() : null, needs[1] ? spec.targets(g, gx, x, t, params) : null];
    },
  };
  return <D extends FloatDType>(x: Tensor<D>, t: Tensor<D>, params: P, reduction: Reduction): Tensor<D> => {
    checkFloat(name, x);
    checkFloat(name, t);
    checkSameDtype(name, x, t);
    if (!sameShape(x.shape, t.shape)) {
      const shapes = `${showShape(x.shape)} and ${showShape(t.shape)}`;
      throw new ShapeError(name, `predictions and targets must have one shape, got ${shapes}`);
    }
    checkReduction(name, reduction);
    return reduceLosses(apply(rule, [x, t], params) as Tensor<D>, reduction, x.size);
  };
}
