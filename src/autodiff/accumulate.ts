/** The one operation the tape itself needs: the sum of two cotangents of the same shape. */
import type { DType, FloatDType } from "../tensor/dtype.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import type { Rule } from "./rule.js";
import { apply } from "./tape.js";

const sumRule: Rule<[Tensor<DType>, Tensor<DType>]> = {
  name: "accumulate",
  saves: "nothing",
  forward([a, b]) {
    const out = allocate(a.shape, a.dtype);
    wasm[a.dtype as FloatDType].add_same(
      a.size,
      address("accumulate", a),
      address("accumulate", b),
      address("accumulate", out),
    );
    return out;
  },
  vjp: (g) => [g, g],
  vjpDifferentiable: (g) => [g, g],
};

/** a + b, recorded on outer tapes. */
export function accumulate(a: Tensor<DType>, b: Tensor<DType>): Tensor<DType> {
  return apply(sumRule, [a, b], null);
}

/** a ← a + b in place; only the backward pass may do this, to storages of its own. */
export function accumulateInto(a: Tensor<DType>, b: Tensor<DType>): void {
  const at = address("accumulate", a);
  wasm[a.dtype as FloatDType].add_same(a.size, at, address("accumulate", b), at);
}
