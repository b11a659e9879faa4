/**
 * The ops as methods of Tensor. This is the only module with a side effect: it extends the prototype, typed by
 * declaration merging.
 */
import { assign } from "../tensor/assign.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import * as ops from "./index.js";
import type { Axes, AllcloseOptions, Range, ReduceOptions, VarianceOptions } from "./index.js";

declare module "../tensor/tensor.js" {
  interface Tensor<D extends DType = FloatDType> {
    /** {@link ops.add} */ add(b: Tensor<D> | number): Tensor<D>;
    /** {@link ops.sub} */ sub(b: Tensor<D> | number): Tensor<D>;
    /** {@link ops.mul} */ mul(b: Tensor<D> | number): Tensor<D>;
    /** {@link ops.div} */ div(b: Tensor<D> | number): Tensor<D>;
    /** {@link ops.pow} */ pow(b: Tensor<D> | number): Tensor<D>;
    /** {@link ops.maximum} */ maximum(b: Tensor<D> | number): Tensor<D>;
    /** {@link ops.minimum} */ minimum(b: Tensor<D> | number): Tensor<D>;
    /** {@link ops.neg} */ neg(): Tensor<D>;
    /** {@link ops.abs} */ abs(): Tensor<D>;
    /** {@link ops.sign} */ sign(): Tensor<D>;
    /** {@link ops.sqrt} */ sqrt(): Tensor<D>;
    /** {@link ops.square} */ square(): Tensor<D>;
    /** {@link ops.reciprocal} */ reciprocal(): Tensor<D>;
    /** {@link ops.exp} */ exp(): Tensor<D>;
    /** {@link ops.expm1} */ expm1(): Tensor<D>;
    /** {@link ops.log} */ log(): Tensor<D>;
    /** {@link ops.log1p} */ log1p(): Tensor<D>;
    /** {@link ops.sin} */ sin(): Tensor<D>;
    /** {@link ops.cos} */ cos(): Tensor<D>;
    /** {@link ops.tanh} */ tanh(): Tensor<D>;
    /** {@link ops.erf} */ erf(): Tensor<D>;
    /** {@link ops.sigmoid} */ sigmoid(): Tensor<D>;
    /** {@link ops.relu} */ relu(): Tensor<D>;
    /** {@link ops.gelu} */ gelu(): Tensor<D>;
    /** {@link ops.softplus} */ softplus(): Tensor<D>;
    /** {@link ops.floor} */ floor(): Tensor<D>;
    /** {@link ops.ceil} */ ceil(): Tensor<D>;
    /** {@link ops.round} */ round(): Tensor<D>;
    /** {@link ops.clip} */ clip(low: number, high: number): Tensor<D>;
    /** {@link ops.sum} */ sum(axis?: Axes, options?: ReduceOptions): Tensor<D>;
    /** {@link ops.mean} */ mean(axis?: Axes, options?: ReduceOptions): Tensor<D>;
    /** {@link ops.variance} */ variance(axis?: Axes, options?: VarianceOptions): Tensor<D>;
    /** {@link ops.max} */ max(axis?: Axes, options?: ReduceOptions): Tensor<D>;
    /** {@link ops.min} */ min(axis?: Axes, options?: ReduceOptions): Tensor<D>;
    /** {@link ops.argmax} */ argmax(axis?: number, options?: ReduceOptions): Tensor<"int32">;
    /** {@link ops.argmin} */ argmin(axis?: number, options?: ReduceOptions): Tensor<"int32">;
    /** {@link ops.eq} */ eq(b: Tensor<D> | number): Tensor<"bool">;
    /** {@link ops.ne} */ ne(b: Tensor<D> | number): Tensor<"bool">;
    /** {@link ops.lt} */ lt(b: Tensor<D> | number): Tensor<"bool">;
    /** {@link ops.le} */ le(b: Tensor<D> | number): Tensor<"bool">;
    /** {@link ops.gt} */ gt(b: Tensor<D> | number): Tensor<"bool">;
    /** {@link ops.ge} */ ge(b: Tensor<D> | number): Tensor<"bool">;
    /** {@link ops.logicalAnd} */ logicalAnd(b: Tensor<DType>): Tensor<"bool">;
    /** {@link ops.logicalOr} */ logicalOr(b: Tensor<DType>): Tensor<"bool">;
    /** {@link ops.logicalXor} */ logicalXor(b: Tensor<DType>): Tensor<"bool">;
    /** {@link ops.logicalNot} */ logicalNot(): Tensor<"bool">;
    /** {@link ops.matmul} */ matmul(b: Tensor<D>): Tensor<D>;
    /** {@link ops.reshape}; the sizes may also be given as one array. */ reshape(
      ...shape: number[] | [Shape]
    ): Tensor<D>;
    /** {@link ops.flatten} */ flatten(from?: number, to?: number): Tensor<D>;
    /** {@link ops.squeeze} */ squeeze(axis?: number | readonly number[]): Tensor<D>;
    /** {@link ops.unsqueeze} */ unsqueeze(axis: number): Tensor<D>;
    /** {@link ops.transpose} */ transpose(): Tensor<D>;
    /** {@link ops.transpose} */ readonly mT: Tensor<D>;
    /** {@link ops.permute} */ permute(order: readonly number[]): Tensor<D>;
    /** {@link ops.broadcastTo} */ broadcastTo(shape: Shape): Tensor<D>;
    /** {@link ops.slice} */ slice(ranges: string | readonly Range[]): Tensor<D>;
    /** {@link ops.gather} */ gather(index: Tensor<"int32">, axis?: number): Tensor<D>;
    /** {@link ops.astype} */ astype<T extends DType>(dtype: T): Tensor<T>;
    /** {@link ops.allclose} */ allclose(b: Tensor<DType>, options?: AllcloseOptions): boolean;
    /** Overwrites a parameter, buffer or optimizer state; other tensors are immutable. */ assign(
      value: Tensor<D>,
    ): void;
  }
}

const unaryNames = [
  ...["neg", "abs", "sign", "sqrt", "square", "reciprocal", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh"],
  ...["erf", "sigmoid", "relu", "gelu", "softplus", "floor", "ceil", "round", "logicalNot", "transpose"],
] as const;
const otherNames = [
  ...["add", "sub", "mul", "div", "pow", "maximum", "minimum", "clip", "sum", "mean", "variance", "max", "min"],
  ...["argmax", "argmin", "eq", "ne", "lt", "le", "gt", "ge", "logicalAnd", "logicalOr", "logicalXor", "matmul"],
  ...["flatten", "squeeze", "unsqueeze", "permute", "broadcastTo", "slice", "gather", "astype", "allclose"],
] as const;

const methods: Record<string, unknown> = {};
for (const name of [...unaryNames, ...otherNames]) {
  const op = (ops as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!;
  methods[name] = function (this: Tensor<DType>, ...rest: unknown[]) {
    return op(this, ...rest);
  };
}
methods.reshape = function (this: Tensor<DType>, ...shape: number[] | [Shape]) {
  return ops.reshape(this, Array.isArray(shape[0]) ? shape[0] : (shape as number[]));
};
methods.assign = function (this: Tensor<DType>, value: Tensor<DType>) {
  assign(this, value);
};
for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}
Object.defineProperty(Tensor.prototype, "mT", {
  get(this: Tensor<DType>) {
    return ops.transpose(this);
  },
  configurable: true,
});
