import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import type { KernelTable } from "../wasm/runtime.js";
import type { Geometry } from "./geometry.js";

/** Options every optimizer has. */
export interface CommonOptions {
  /** Learning rate. */
  readonly lr: number;
  /** L2 penalty, or for AdamW the share of a parameter that decays (times the learning rate). */
  readonly weightDecay: number;
}

/** One step as a rule sees it. */
export interface StepInfo {
  /** Which step this is, from 1. */
  readonly count: number;
  /** The learning rate of the parameter. */
  readonly lr: number;
}

/**
 * How an optimizer changes one parameter: everything that tells one optimizer from another. Parameters, groups, checks
 * and state are the same for all of them (optimizer.ts).
 */
export interface UpdateRule<O extends CommonOptions> {
  /** For errors: `optim.sgd`. */
  readonly name: string;
  /** Every option and its default; `lr: NaN` makes the learning rate required. */
  readonly defaults: O;
  /** Throws unless the options make sense together; the learning rate and the decay are checked already. */
  check(op: string, options: O): void;
  /** The state kept per parameter: tensors of its shape by name, and the number they start filled with. */
  buffers(options: O): Readonly<Record<string, number>>;
  /** Changes `n` elements at address `param` and the buffers, in the order of {@link buffers}. */
  update(
    kernels: KernelTable,
    n: number,
    step: StepInfo,
    options: O,
    param: number,
    grad: number,
    buffers: readonly number[],
  ): void;
  /** How it changes a parameter on a manifold; absent where it cannot. */
  readonly onManifold?: ManifoldRule<O>;
}

/** Where one step leads on a manifold: the parameter and its buffers after it. */
export interface Moved {
  readonly point: Tensor<FloatDType>;
  readonly buffers: readonly Tensor<FloatDType>[];
}

/** The Riemannian form of an {@link UpdateRule}. */
export interface ManifoldRule<O> {
  /** The state kept per parameter, from 0: a tangent vector of its shape, or a number per matrix, [.., 1, 1]. */
  buffers(options: O): Readonly<Record<string, "tangent" | "number">>;
  /** Computes a step in double precision, from the Euclidean gradient, and changes nothing. */
  move(
    geometry: Geometry,
    step: StepInfo,
    options: O,
    point: Tensor<FloatDType>,
    grad: Tensor<FloatDType>,
    buffers: readonly Tensor<FloatDType>[],
  ): Moved;
}
