/** First- and second-order gradient checks of functions of float tensors. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import {
  grad,
  gradcheck,
  mul,
  random,
  stopGradient,
  sum,
  type GradcheckOptions,
  type Tensor,
} from "../../src/index.js";

type Function = (...xs: any[]) => Tensor<DType> | readonly Tensor<DType>[];

/** Asserts that the adjoint of `f` at `xs` agrees with differences. */
export function assertGradient(
  name: string,
  f: Function,
  xs: readonly Tensor<DType>[],
  options?: GradcheckOptions,
): void {
  const { ok, error, pairs } = gradcheck(f, xs, options);
  assert.ok(ok, `${name}: gradient off by ${error}: ${JSON.stringify(pairs)}`);
  assert.ok(
    pairs.some(({ adjoint, difference }) => adjoint !== 0 || difference !== 0),
    `${name}: every direction is flat, so nothing was checked`,
  );
}

/** ⟨w, f(x)⟩ for fixed pseudo-random w: a scalar whose gradient sees every output. */
export function probe(y: Tensor<DType> | readonly Tensor<DType>[], seed = 77): Tensor<DType> {
  const parts = (Array.isArray(y) ? y : [y]) as Tensor<"float64">[];
  const terms = parts.map((part, i) => {
    const w = random.uniform(part.shape, { seed, stream: i, low: 0.5, high: 1.5, dtype: part.dtype });
    return sum(mul(part, stopGradient(w)));
  });
  return terms.reduce((a, b) => a.add(b));
}

/** Asserts that the gradient of `f` is itself differentiable and that its derivative agrees with differences. */
export function assertSecondGradient(
  name: string,
  f: Function,
  xs: readonly Tensor<DType>[],
  options?: GradcheckOptions,
): void {
  xs.forEach((x, argnum) => {
    if (x.dtype !== "float64" && x.dtype !== "float32") return;
    const first = (...args: Tensor<DType>[]): Tensor<DType> =>
      grad((...inner: Tensor<DType>[]) => probe(f(...inner)), { argnum })(...args);
    const { ok, error, pairs } = gradcheck(first, xs, options);
    assert.ok(ok, `${name}, argument ${argnum}: second derivative off by ${error}: ${JSON.stringify(pairs)}`);
  });
}
