import type { DType } from "./dtype.js";
import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { sameShape, showShape } from "./shape.js";
import { overwrite, type Tensor } from "./tensor.js";

/**
 * Overwrites a resident tensor (a parameter, buffer or optimizer state) with the values of another.
 *
 * @throws {ArgumentError} if `target` is not resident; {@link ShapeError}, {@link DtypeError} if `value` does not fit.
 * Then nothing has changed.
 */
export function assign(target: Tensor<DType>, value: Tensor<DType>): void {
  if (!target._storage.resident) {
    throw new ArgumentError(
      "assign",
      "only parameters, buffers and optimizer state can change; other tensors are fixed",
    );
  }
  if (target.dtype !== value.dtype) throw new DtypeError("assign", `expected ${target.dtype}, got ${value.dtype}`);
  if (!sameShape(target.shape, value.shape)) {
    throw new ShapeError("assign", `expected shape ${showShape(target.shape)}, got ${showShape(value.shape)}`);
  }
  overwrite("assign", target, value.data());
}

/** Notes that a kernel changed a resident tensor in place, so that a pending backward pass does not read it unawares. */
export function touch(target: Tensor<DType>): void {
  target._storage.version++;
}
