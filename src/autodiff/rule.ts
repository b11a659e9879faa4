import type { DType, FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";

/** What an adjoint may look at: the operation as it was applied. */
export interface Applied<I extends readonly Tensor<DType>[], P> {
  readonly inputs: I;
  readonly outputs: readonly Tensor<DType>[];
  readonly params: P;
  /** For each input, whether its cotangent is wanted; a rule may return null for the others. */
  readonly needs: readonly boolean[];
}

/** One cotangent per input; null where there is none (integer inputs, inputs not needed). */
export type Cotangents<I extends readonly Tensor<DType>[]> = { readonly [K in keyof I]: Tensor<DType> | null };

/** Which tensors an adjoint reads, so that changed parameters are noticed and memory is accounted for. */
export type Saves = "nothing" | "inputs" | "output" | "both";

interface RuleBase<I extends readonly Tensor<DType>[], G, P> {
  readonly name: string;
  readonly saves: Saves;
  /** What errors call one application, where a rule serves several ops. */
  opOf?(params: P): string;
  /**
   * What finite inputs must not lead to in a result; in a gradient it is either. A NonFiniteError takes its place
   * (`guard.ts`): numbers overflowed inside.
   */
  readonly guarded?: "NaN" | "infinity";
  /** First-order adjoint: may call fused kernels. */
  vjp(g: G, applied: Applied<I, P>): Cotangents<I>;
  /** The adjoint composed of differentiable ops, used when an outer tape follows this one. */
  vjpDifferentiable?(g: G, applied: Applied<I, P>): Cotangents<I>;
}

/**
 * An operation with one output: how to compute it and how to pull a cotangent back through it.
 * `vjp` is required, so an op without an adjoint does not compile.
 */
export interface Rule<I extends readonly Tensor<DType>[], P = null> extends RuleBase<I, Tensor<FloatDType>, P> {
  forward(inputs: I, params: P): Tensor<DType>;
}

/** An operation with several outputs; a cotangent is null where nothing depends on that output. */
export interface MultiRule<I extends readonly Tensor<DType>[], P = null> extends RuleBase<
  I,
  readonly (Tensor<FloatDType> | null)[],
  P
> {
  forward(inputs: I, params: P): readonly Tensor<DType>[];
}
