import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import type { TensorRecord } from "../nn/module.js";
import { isFloat, type FloatDType } from "../tensor/dtype.js";
import { sameShape, showShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";

/** Throws unless `low ≤ value ≤ high` (`value < high` with `below`); NaN and what is no number never pass. */
export function checkRange(
  op: string,
  name: string,
  value: unknown,
  low: number,
  high = Number.MAX_VALUE,
  below = false,
): asserts value is number {
  const fits = typeof value === "number" && value >= low && (below ? value < high : value <= high);
  if (fits) return;
  const upper = high === Number.MAX_VALUE ? "and finite" : `and ${below ? "<" : "≤"} ${high}`;
  throw new ArgumentError(op, `${name} must be a number ≥ ${low} ${upper}, got ${String(value)}`);
}

/** Throws unless `value` is an integer of at least `low`. */
export function checkCount(op: string, name: string, value: unknown, low: number): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < low) {
    throw new ArgumentError(op, `${name} must be an integer ≥ ${low}, got ${String(value)}`);
  }
}

/** Throws when `given` has a name that `known` has not: options are never ignored silently. */
export function checkNames(op: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new ArgumentError(op, `unknown option "${name}"; the options are ${known.join(", ")}`);
    }
  }
}

/** Throws unless `x` is a live float parameter that may be changed in place. */
export function checkParameter(op: string, name: string, x: unknown): asserts x is Tensor<FloatDType> {
  if (!(x instanceof Tensor)) throw new ArgumentError(op, `"${name}" is no tensor`);
  if (!isFloat(x.dtype)) throw new DtypeError(op, `"${name}" is ${x.dtype}; only float32 and float64 can be trained`);
  if (!x._storage.resident) {
    throw new ArgumentError(op, `"${name}" is no parameter, so its values are fixed; take model.parameters()`);
  }
  x._storage.check(op);
}

/**
 * Throws unless `given` has exactly the names of `expected` (`what` says what they are), each with a live tensor of the
 * same shape and dtype.
 */
export function checkRecord(op: string, what: string, given: TensorRecord, expected: TensorRecord): void {
  if (given === null || typeof given !== "object" || given instanceof Tensor || Array.isArray(given)) {
    throw new ArgumentError(op, `expected a record of ${what}s by path, got ${given === null ? "null" : typeof given}`);
  }
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(given, name));
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(expected, name));
  if (missing.length + unknown.length > 0) {
    throw new ArgumentError(op, `${what}s missing: [${missing.join(", ")}]; unknown: [${unknown.join(", ")}]`);
  }
  for (const [name, target] of Object.entries(expected)) {
    const value: unknown = given[name];
    if (!(value instanceof Tensor)) throw new ArgumentError(op, `the ${what} "${name}" is no tensor`);
    if (value.dtype !== target.dtype) {
      throw new DtypeError(op, `the ${what} "${name}" must be ${target.dtype}, got ${value.dtype}`);
    }
    if (!sameShape(value.shape, target.shape)) {
      const [want, got] = [showShape(target.shape), showShape(value.shape)];
      throw new ShapeError(op, `the ${what} "${name}" must have shape ${want}, got ${got}`);
    }
    value._storage.check(op);
  }
}
