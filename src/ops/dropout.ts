import { ArgumentError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { philoxKey, type RandomOptions } from "../tensor/random.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkFloat } from "./support/check.js";

type Float = Tensor<FloatDType>;

/** Elements that share one block of the generator. */
const PER_BLOCK = 4;
/** The stream of masks, "drop" in ASCII: a layer's weights drawn from the same seed are independent of them. */
const STREAM = 0x64726f70;

export interface DropoutOptions extends RandomOptions {
  /** Where in the sequence of the seed the mask begins, in blocks of four elements (default 0). */
  readonly block?: number;
}

interface Params {
  readonly p: number;
  readonly key: readonly [number, number, number];
  readonly block: number;
}

/** The mask is a pure function of the parameters: nothing is saved, and the adjoint draws it again. */
const rule: Rule<[Float], Params> = {
  name: "dropout",
  saves: "nothing",
  forward: ([x], { p, key, block }) => {
    const y = allocate(x.shape, x.dtype);
    const [low, high] = [block >>> 0, Math.floor(block / 0x100000000)];
    wasm[x.dtype].dropout(x.size, ...key, low, high, p, address("dropout", x), address("dropout", y));
    return y;
  },
  vjp: (g, { params }) => [apply(rule, [g], params)],
  vjpDifferentiable: (g, { params }) => [apply(rule, [g], params)],
};

/**
 * Each element of x zeroed with probability p, else divided by 1 − p (Srivastava et al. 2014). The mask depends on seed,
 * stream, block and the position alone, not on the dtype. For a layer that draws new masks by itself see `Dropout`.
 *
 * Adjoint: the same mask on g.
 * @throws {ArgumentError} unless p is from 0 to 1 and seed, stream and block are non-negative integers.
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * nn.functional.dropout(ones([8]), 0.5, { seed: 1 }).sum().item(); // a multiple of 2
 */
export function dropout<D extends FloatDType>(x: Tensor<D>, p: number, options: DropoutOptions): Tensor<D> {
  const { seed, stream = STREAM, block = 0 } = options;
  checkFloat("dropout", x);
  checkProbability("dropout", p);
  if (!Number.isSafeInteger(block) || block < 0) {
    throw new ArgumentError("dropout", `block must be a non-negative integer, got ${block}`);
  }
  const key = philoxKey("dropout", { seed, stream });
  return p === 0 ? x : (apply(rule, [x], { p, key, block }) as Tensor<D>);
}

/** Blocks of the generator that the mask of `size` elements uses up. */
export function dropoutBlocks(size: number): number {
  return Math.ceil(size / PER_BLOCK);
}

export function checkProbability(op: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(op, `p must be from 0 to 1, got ${p}`);
}
