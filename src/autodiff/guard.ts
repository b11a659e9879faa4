/** Overflow inside an op that must not end in NaN: from finite numbers come finite gradients, or an error with its name. */
import { NonFiniteError } from "../errors.js";
import { isFloat, type DType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { sizeOf } from "../tensor/shape.js";
import { address, numbersAt, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";

/** Cotangents are missing where nothing depends on an output. */
type Maybe = Tensor<DType> | null | undefined;

/** Throws if an output holds NaN, or `"infinity"`, although every input is finite. */
export function refuseResult(
  op: string,
  refused: "NaN" | "infinity",
  inputs: readonly Maybe[],
  outputs: readonly Maybe[],
): void {
  for (const output of outputs) {
    const at = firstWhere(op, output, refused === "NaN" ? Number.isNaN : notFinite);
    if (at >= 0 && allFinite(op, inputs)) throw overflow(op, output!, at, "the result");
  }
}

/** Throws if a gradient is not finite although inputs and cotangents (`from`) are. */
export function refuseGradient(op: string, from: readonly Maybe[], gradients: readonly Maybe[]): void {
  for (const gradient of gradients) {
    const at = firstWhere(op, gradient, notFinite);
    if (at >= 0 && allFinite(op, from)) throw overflow(op, gradient!, at, "the gradient");
  }
}

const SCALAR_BYTES = 8;

const notFinite = (x: number): boolean => x - x !== 0;

function allFinite(op: string, tensors: readonly Maybe[]): boolean {
  return tensors.every((x) => firstWhere(op, x, notFinite) < 0);
}

function firstWhere(op: string, x: Maybe, found: (value: number) => boolean): number {
  if (!x || !isFloat(x.dtype) || x.size === 0) return -1;
  const [at, total] = [address(op, x), currentScope()!.scratch(SCALAR_BYTES)];
  wasm[x.dtype].sum(1, x.size, 1, at, total);
  // A sum with NaN or infinity in it is not finite; one of large numbers may not be either.
  if (Number.isFinite(numbersAt(x.dtype, total, 1)[0])) return -1;
  return numbersAt(x.dtype, at, x.size).findIndex(found);
}

function overflow(op: string, { shape }: Tensor<DType>, at: number, what: string): NonFiniteError {
  const item = Math.floor(at / Math.max(1, sizeOf(shape.slice(-2))));
  return new NonFiniteError(op, item, `${what} of item ${item} of the batch overflows`);
}
