/** What the layer tests share: the library ready to use, numbers, golden cases in our layout, bitwise comparison. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { grad, gradcheck, hash, initSync, tensor, type Tensor } from "../../src/index.js";
import { uniform } from "../support/matrices.js";
import { distance, type GoldenCase, type GoldenTensor } from "../support/golden.js";

initSync();

export type Float = Tensor<"float32" | "float64">;
export const DTYPES = ["float32", "float64"] as const;
export type Dtype = (typeof DTYPES)[number];

/** Random numbers in [−1.5, 1.5). */
export function numbers(n: number, seed = 0): number[] {
  const next = uniform(seed + 1);
  return Array.from({ length: n }, () => 1.5 * next());
}

export function filledWith(shape: readonly number[], seed = 0, dtype: Dtype = "float64"): Float {
  return tensor(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    { shape, dtype },
  ) as Float;
}

/** torch's NCHW and OIHW become NHWC and OHWI; a sequence [N, C, L] becomes [N, L, C]. */
export function inOurLayout({ shape, data }: GoldenTensor, sequences: boolean): { shape: number[]; data: number[] } {
  const last = shape.length - 1;
  const spatial = shape.length === 4 || (shape.length === 3 && sequences);
  if (!spatial) return { shape, data: [...data] };
  const inner = shape.slice(2).reduce((a, b) => a * b, 1);
  const [n, c] = [shape[0]!, shape[1]!];
  const out: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < inner; p++) for (let k = 0; k < c; k++) out.push(data[(i * c + k) * inner + p]!);
  }
  return { shape: [n, ...shape.slice(2, last + 1), c], data: out };
}

/** Asserts ‖actual − reference‖ ≤ the bound that the case states for this tensor and dtype; without a bound, nothing. */
export function assertGolden(
  actual: Tensor<DType>,
  name: string,
  { meta, tensors }: GoldenCase,
  sequences = false,
): void {
  const bound = meta.tol[name]?.[actual.dtype === "float32" ? "f32" : "f64"];
  assert.notEqual(bound, undefined, `the case states no tolerance for ${name}`);
  if (bound === null) return;
  const reference = inOurLayout(tensors[name]!, sequences);
  assert.deepEqual([...actual.shape], reference.shape, `shape of ${name}`);
  const error = distance(actual.data(), reference.data);
  assert.ok(error <= bound, `${name}: ‖error‖ = ${error}, bound ${bound}`);
}

export function assertGradient(
  f: (...xs: Float[]) => Tensor<DType> | Tensor<DType>[],
  xs: readonly Tensor<DType>[],
  tolerance?: number,
): void {
  const { ok, error } = gradcheck(f as never, xs, tolerance === undefined ? {} : { tolerance });
  assert.ok(ok, `relative error of the gradient ${error}`);
}

/** Checks the derivative of the gradient itself: of x ↦ ∇⟨w, f(x)²⟩ in argument `argnum`, with respect to all arguments. */
export function assertSecondOrder(f: (...xs: Float[]) => Tensor<DType>, xs: readonly Float[], argnum = 0): void {
  const gradient = (...args: Float[]): Tensor<DType> =>
    grad(
      (...inner: Tensor<DType>[]) => {
        const y = f(...(inner as Float[])) as Float;
        return y
          .mul(y)
          .mul(filledWith(y.shape, 77, y.dtype))
          .sum();
      },
      { argnum },
    )(...args);
  assertGradient(gradient, xs);
}

export function assertSameBits(a: Tensor<DType>, b: Tensor<DType>, what = "bits"): void {
  assert.deepEqual([...a.shape], [...b.shape], what);
  assert.equal(hash(a), hash(b), what);
}
