import { ArgumentError } from "../errors.js";
import { wasm } from "../wasm/runtime.js";
import { checkDtype, isFloat, type FloatDType, type TypedArrayOf } from "./dtype.js";
import { currentScope } from "./scope.js";
import { inScope } from "./scoped.js";
import { checkShape, type Shape } from "./shape.js";
import { address, allocate, type Tensor } from "./tensor.js";

/** Which random numbers: equal seed and stream give equal numbers, on every engine and in every dtype's own sequence. */
export interface RandomOptions {
  /** A non-negative integer up to 2⁵³ − 1. */
  readonly seed: number;
  /** Independent sequences of one seed (default 0), a non-negative integer below 2³². */
  readonly stream?: number;
}

/** Options of `random.uniform`. */
export interface UniformOptions<D extends FloatDType = "float32"> extends RandomOptions {
  /** Lower bound, included (default 0). */
  readonly low?: number;
  /** Upper bound, excluded (default 1). */
  readonly high?: number;
  readonly dtype?: D;
}

/** Options of `random.normal`. */
export interface NormalOptions<D extends FloatDType = "float32"> extends RandomOptions {
  /** Mean (default 0). */
  readonly mean?: number;
  /** Standard deviation (default 1). */
  readonly std?: number;
  readonly dtype?: D;
}

/** Options of `random.bernoulli`. */
export interface BernoulliOptions extends RandomOptions {
  /** Probability of true (default 0.5). */
  readonly p?: number;
}

/** The key and stream words of the Philox4x32-10 generator for a seed. */
export function philoxKey(op: string, { seed, stream = 0 }: RandomOptions): [number, number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError(op, `seed must be an integer from 0 to 2⁵³ − 1, got ${seed}`);
  }
  if (!Number.isInteger(stream) || stream < 0 || stream > 0xffffffff) {
    throw new ArgumentError(op, `stream must be an integer from 0 to 2³² − 1, got ${stream}`);
  }
  return [seed >>> 0, Math.floor(seed / 0x100000000), stream];
}

function floatDtype<D extends FloatDType>(op: string, dtype: D): D {
  checkDtype(op, dtype);
  if (!isFloat(dtype)) throw new ArgumentError(op, `draws float32 or float64, got ${dtype as string}`);
  return dtype;
}

/**
 * Random tensors. Every draw names its seed; there is no hidden state. The generator is Philox4x32-10 (Salmon, Moraes,
 * Dror, Shaw 2011): element i is a pure function of (seed, stream, i).
 *
 * @example
 * import { init, random } from "matprop";
 * await init();
 * const W = random.normal([3, 2], { seed: 1 });
 * const order = random.permutation(10, { seed: 2 });
 */
export const random = {
  /** Uniform numbers in [low, high). */
  uniform<D extends FloatDType = "float32">(shape: Shape, options: UniformOptions<D>): Tensor<D> {
    const { low = 0, high = 1, dtype = "float32" as D } = options;
    return draw("random.uniform", shape, floatDtype("random.uniform", dtype), (n, out) =>
      wasm[dtype].uniform(n, ...philoxKey("random.uniform", options), 0, 0, low, high, out),
    );
  },

  /** Normally distributed numbers. */
  normal<D extends FloatDType = "float32">(shape: Shape, options: NormalOptions<D>): Tensor<D> {
    const { mean = 0, std = 1, dtype = "float32" as D } = options;
    return draw("random.normal", shape, floatDtype("random.normal", dtype), (n, out) =>
      wasm[dtype].normal(n, ...philoxKey("random.normal", options), 0, 0, mean, std, out),
    );
  },

  /** True with probability p, else false. */
  bernoulli(shape: Shape, options: BernoulliOptions): Tensor<"bool"> {
    const { p = 0.5 } = options;
    if (!(p >= 0 && p <= 1)) throw new ArgumentError("random.bernoulli", `p must be between 0 and 1, got ${p}`);
    return draw("random.bernoulli", shape, "bool", (n, out) =>
      wasm.kernels.bernoulli(n, ...philoxKey("random.bernoulli", options), 0, 0, p, out),
    );
  },

  /** The integers 0 … n − 1 in random order, every order equally likely. */
  permutation(n: number, options: RandomOptions): Tensor<"int32"> {
    return draw("random.permutation", [n], "int32", (count, out) =>
      wasm.kernels.permutation(count, ...philoxKey("random.permutation", options), 0, 0, out),
    );
  },
};

function draw<D extends "float32" | "float64" | "int32" | "bool">(
  op: string,
  shape: Shape,
  dtype: D,
  fill: (n: number, out: number) => void,
): Tensor<D> {
  checkShape(op, shape);
  wasm.require(op);
  const make = (): Tensor<D> => {
    const out = allocate([...shape], dtype);
    fill(out.size, address(op, out));
    return out;
  };
  return currentScope() === null ? inScope(make) : make();
}

/** {@link random.uniform} as a plain array. */
export function uniformArray<D extends FloatDType>(
  dtype: D,
  n: number,
  seed: number,
  stream: number,
  low: number,
  high: number,
): TypedArrayOf[D] {
  return random.uniform([n], { seed, stream, low, high, dtype }).data();
}
