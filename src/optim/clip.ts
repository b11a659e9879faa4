import { ArgumentError, DtypeError } from "../errors.js";
import type { TensorRecord } from "../nn/module.js";
import { mul } from "../ops/mul.js";
import { type DType, isFloat, type FloatDType } from "../tensor/dtype.js";
import { inScope } from "../tensor/scoped.js";
import { address, allocate, Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";

/** What {@link clipGradNorm} returns. */
export interface ClippedGrads<G> {
  /** Gradients whose norm is at most `maxNorm`; the given ones when theirs was, or was not finite. */
  readonly grads: G;
  /** The norm before clipping. NaN or infinite when a gradient is, or overflows when squared. */
  readonly norm: number;
}

/**
 * Shortens all gradients together when their common 2-norm ‖g‖ exceeds `maxNorm`, as torch's `clip_grad_norm_`: each
 * is multiplied by maxNorm / (‖g‖ + 10⁻⁶). The squares of each tensor are summed in its dtype, the tensors in double in
 * ascending order of their names; a gradient under two names (tied weights) counts once.
 *
 * A norm that is not finite is reported, not hidden: `grads` are then the given ones; check `norm` before a step.
 *
 * @param grads float tensors by path, as `valueAndGrad` returns them; they are not changed.
 * @param maxNorm not negative; `Infinity` only measures.
 * @throws {ArgumentError} if `maxNorm` is negative or NaN; {@link DtypeError} if a gradient is no float tensor.
 * @example
 * import { init, optim, tensor } from "matprop";
 * await init();
 * const { grads, norm } = optim.clipGradNorm({ weight: tensor([3, 4]) }, 1);
 * console.log(norm, grads.weight.toArray()); // 5 and about [ 0.6, 0.8 ]
 */
export function clipGradNorm<G extends Readonly<TensorRecord>>(grads: G, maxNorm: number): ClippedGrads<G> {
  const op = "optim.clipGradNorm";
  if (!(typeof maxNorm === "number" && maxNorm >= 0)) {
    throw new ArgumentError(op, `maxNorm must be a number ≥ 0, got ${String(maxNorm)}`);
  }
  wasm.require(op);
  return inScope(() => {
    const norm = Math.sqrt(sumOfSquares(op, grads));
    // NaN and Infinity fall through to the given gradients: scaling by maxNorm / ∞ = 0 would turn them into NaN.
    const factor = maxNorm / (norm + 1e-6);
    if (!(factor < 1) || norm === Infinity) return { grads, norm };
    const scaled = new Map<Tensor<DType>, Tensor<DType>>();
    const shorten = (g: Tensor<DType>): Tensor<DType> => {
      const known = scaled.get(g);
      if (known !== undefined) return known;
      const short = mul(g as Tensor<FloatDType>, factor);
      scaled.set(g, short);
      return short;
    };
    const entries = Object.entries(grads).map(([name, g]) => [name, shorten(g)]);
    return { grads: Object.fromEntries(entries) as G, norm };
  });
}

function sumOfSquares(op: string, grads: Readonly<TensorRecord>): number {
  const seen = new Set<Tensor<DType>>();
  let total = 0;
  for (const name of Object.keys(grads).sort()) {
    const g: unknown = grads[name];
    if (!(g instanceof Tensor) || !isFloat(g.dtype)) {
      throw new DtypeError(op, `"${name}" must be a float tensor, got ${g instanceof Tensor ? g.dtype : typeof g}`);
    }
    if (seen.has(g)) continue;
    seen.add(g);
    const squares = allocate([], g.dtype);
    wasm[g.dtype].sumsq(1, g.size, 1, address(op, g), address(op, squares));
    total += squares.item();
  }
  return total;
}
