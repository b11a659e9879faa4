import { DtypeError } from "../../errors.js";
import { type DType, isFloat, type FloatDType } from "../../tensor/dtype.js";
import { Tensor } from "../../tensor/tensor.js";

/** Throws unless `x` is a tensor. */
export function checkTensor(op: string, x: unknown): asserts x is Tensor<DType> {
  if (x instanceof Tensor) return;
  const hint = Array.isArray(x) || ArrayBuffer.isView(x) ? "; tensor(values, { shape }) makes one of it" : "";
  throw new DtypeError(op, `expected a tensor, got ${describe(x)}${hint}`);
}

/** Throws unless `x` is a float tensor. */
export function checkFloat(op: string, x: unknown): asserts x is Tensor<FloatDType> {
  checkTensor(op, x);
  if (!isFloat(x.dtype)) throw new DtypeError(op, `needs float32 or float64, got ${x.dtype}; convert with astype()`);
}

/** Throws unless both have one dtype. */
export function checkSameDtype(op: string, a: Tensor<DType>, b: Tensor<DType>): void {
  if (a.dtype !== b.dtype) {
    throw new DtypeError(op, `operands have dtypes ${a.dtype} and ${b.dtype}; convert one with astype()`);
  }
}

function describe(x: unknown): string {
  return x === null || typeof x !== "object" ? String(x) : (x.constructor?.name ?? "an object");
}
