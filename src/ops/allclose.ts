import type { DType } from "../tensor/dtype.js";
import { sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./support/check.js";

export interface AllcloseOptions {
  /** Relative tolerance (default 1e-5). */
  readonly rtol?: number;
  /** Absolute tolerance (default 1e-8). */
  readonly atol?: number;
  /** Whether NaN equals NaN (default false). */
  readonly equalNan?: boolean;
}

/**
 * Whether |a − b| ≤ atol + rtol·|b| for every element. Tensors of different shape are not close; dtypes may differ.
 *
 * @example
 * import { allclose, tensor } from "matprop";
 * allclose(tensor([1, 2]), tensor([1, 2.000001])); // true
 */
export function allclose(a: Tensor<DType>, b: Tensor<DType>, options: AllcloseOptions = {}): boolean {
  checkTensor("allclose", a);
  checkTensor("allclose", b);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  if (!sameShape(a.shape, b.shape)) return false;
  const x = a.data();
  const y = b.data();
  for (let i = 0; i < x.length; i++) {
    const [p, q] = [x[i]!, y[i]!];
    if (p === q || (equalNan && p !== p && q !== q)) continue;
    if (!(Math.abs(p - q) <= atol + rtol * Math.abs(q)) || !Number.isFinite(p) || !Number.isFinite(q)) return false;
  }
  return true;
}
