import type { KernelTable } from "../wasm/runtime.js";

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
}
