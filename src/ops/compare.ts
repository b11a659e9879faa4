import { DtypeError } from "../errors.js";
import { itemBytes, newArray, type DType } from "../tensor/dtype.js";
import { inScope } from "../tensor/scoped.js";
import { broadcastShapes } from "../tensor/shape.js";
import { address, allocate, fromArray, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { astype } from "./astype.js";
import { broadcastStrides, collapse, stage } from "./support/broadcast.js";
import { checkSameDtype, checkTensor } from "./support/check.js";

type Comparison = "eq" | "ne" | "lt" | "le" | "gt" | "ge";
type Logical = "and" | "or" | "xor";

/** a = b elementwise with broadcasting (NaN equals nothing); b may be a number. The result is bool: no gradient. */
export const eq = comparison("eq");
/** a ≠ b elementwise with broadcasting; b may be a number. */
export const ne = comparison("ne");
/** a < b elementwise with broadcasting; b may be a number. */
export const lt = comparison("lt");
/** a ≤ b elementwise with broadcasting; b may be a number. */
export const le = comparison("le");
/** a > b elementwise with broadcasting; b may be a number. */
export const gt = comparison("gt");
/** a ≥ b elementwise with broadcasting; b may be a number. */
export const ge = comparison("ge");

/** a ∧ b elementwise with broadcasting, of bool or uint8 tensors (not 0 is true). */
export const logicalAnd = logical("and");
/** a ∨ b elementwise with broadcasting, of bool or uint8 tensors (not 0 is true). */
export const logicalOr = logical("or");
/** Exclusive or elementwise with broadcasting, of bool or uint8 tensors (not 0 is true). */
export const logicalXor = logical("xor");

/** ¬a elementwise, of a bool or uint8 tensor (not 0 is true). */
export function logicalNot(a: Tensor<DType>): Tensor<"bool"> {
  checkTruth("logicalNot", a);
  return within("logicalNot", () => {
    const out = allocate(a.shape, "bool");
    wasm.kernels.bnot(a.size, address("logicalNot", a), address("logicalNot", out));
    return out;
  });
}

function comparison(name: Comparison) {
  return <D extends DType>(a: Tensor<D>, b: Tensor<D> | number): Tensor<"bool"> => {
    checkTensor(name, a);
    if (typeof b !== "number") {
      checkTensor(name, b);
      checkSameDtype(name, a, b);
    }
    if (itemBytes(a.dtype) === 1) {
      return comparison(name)(astype(a, "int32"), typeof b === "number" ? b : astype(b, "int32"));
    }
    // A number that is no int32 would change on conversion; a float64 holds both sides exactly.
    if (a.dtype === "int32" && typeof b === "number" && b !== (b | 0)) {
      return comparison(name)(astype(a, "float64"), b);
    }
    const other = typeof b === "number" ? fromArray(newArray(a.dtype, 1).fill(b), [], a.dtype) : b;
    const { kernels } = wasm;
    return walkPair(name, a, other, () =>
      a.dtype === "float32" ? kernels[`s${name}`] : a.dtype === "float64" ? kernels[`d${name}`] : kernels[`i${name}`],
    );
  };
}

function logical(name: Logical) {
  const op = { and: "logicalAnd", or: "logicalOr", xor: "logicalXor" }[name];
  return (a: Tensor<DType>, b: Tensor<DType>): Tensor<"bool"> => {
    checkTruth(op, a);
    checkTruth(op, b);
    return walkPair(op, a, b, () => wasm.kernels[`b${name}`]);
  };
}

type PairKernel = (ndim: number, dims: number, sa: number, sb: number, a: number, b: number, c: number) => void;

function walkPair(op: string, a: Tensor<DType>, b: Tensor<DType>, kernel: () => PairKernel): Tensor<"bool"> {
  const shape = broadcastShapes(op, a.shape, b.shape);
  return within(op, () => {
    const out = allocate(shape, "bool");
    if (out.size === 0) return out;
    const [pa, pb] = [address(op, a), address(op, b)];
    const walk = collapse(shape, [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)]);
    const [dims, sa, sb] = stage([walk.dims, ...walk.strides]);
    kernel()(walk.dims.length, dims!, sa!, sb!, pa, pb, address(op, out));
    return out;
  });
}

function checkTruth(op: string, x: Tensor<DType>): void {
  checkTensor(op, x);
  if (itemBytes(x.dtype) !== 1) throw new DtypeError(op, `needs bool or uint8 tensors, got ${x.dtype}`);
}

function within<T>(op: string, fn: () => T): T {
  wasm.require(op);
  return inScope(fn);
}
