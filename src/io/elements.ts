import { FormatError } from "../errors.js";
import { newArray, type DType, type TypedArray } from "../tensor/dtype.js";
import { LITTLE_ENDIAN, swapBytes } from "./bytes.js";

/** Element types of files, by their safetensors names. */
export type ElementName =
  "F64" | "F32" | "F16" | "BF16" | "I64" | "U64" | "I32" | "U32" | "I16" | "U16" | "I8" | "U8" | "BOOL";

/** How an element type is stored in a file, and the dtype it becomes. */
export interface ElementType {
  readonly name: ElementName;
  readonly itemBytes: number;
  readonly dtype: DType;
}

const TYPES: readonly ElementType[] = [
  { name: "F64", itemBytes: 8, dtype: "float64" },
  { name: "F32", itemBytes: 4, dtype: "float32" },
  { name: "F16", itemBytes: 2, dtype: "float32" },
  { name: "BF16", itemBytes: 2, dtype: "float32" },
  { name: "I64", itemBytes: 8, dtype: "int32" },
  { name: "U64", itemBytes: 8, dtype: "int32" },
  { name: "I32", itemBytes: 4, dtype: "int32" },
  { name: "U32", itemBytes: 4, dtype: "int32" },
  { name: "I16", itemBytes: 2, dtype: "int32" },
  { name: "U16", itemBytes: 2, dtype: "int32" },
  { name: "I8", itemBytes: 1, dtype: "int32" },
  { name: "U8", itemBytes: 1, dtype: "uint8" },
  { name: "BOOL", itemBytes: 1, dtype: "bool" },
];

const BY_NAME: ReadonlyMap<string, ElementType> = new Map(TYPES.map((type) => [type.name, type]));

/** The type of that name, or undefined. */
export function elementType(name: unknown): ElementType | undefined {
  return typeof name === "string" ? BY_NAME.get(name) : undefined;
}

/** The names of all types that can be read, for error messages. */
export const ELEMENT_NAMES = TYPES.map((type) => type.name).join(", ");

/** The type a dtype is written as. */
export const STORED_AS: Readonly<Record<DType, ElementType>> = {
  float64: BY_NAME.get("F64")!,
  float32: BY_NAME.get("F32")!,
  int32: BY_NAME.get("I32")!,
  uint8: BY_NAME.get("U8")!,
  bool: BY_NAME.get("BOOL")!,
};

const INT32_MIN = -0x80000000;
const INT32_MAX = 0x7fffffff;

/**
 * The elements stored in `bytes` (a whole number of them), copied and converted without loss.
 *
 * @param what names the tensor in errors.
 * @throws {FormatError} if an integer does not fit int32, or a boolean is neither 0 nor 1.
 */
export function decodeElements(
  op: string,
  what: string,
  type: ElementType,
  bytes: Uint8Array,
  littleEndian = true,
): TypedArray {
  const copy = bytes.slice();
  if (littleEndian !== LITTLE_ENDIAN) swapBytes(copy, type.itemBytes);
  const { buffer } = copy;
  switch (type.name) {
    case "F64":
      return new Float64Array(buffer);
    case "F32":
      return new Float32Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "U8":
      return copy;
    case "F16":
      return halfToFloat(new Uint16Array(buffer));
    case "BF16":
      return bfloatToFloat(new Uint16Array(buffer));
    case "I16":
      return new Int32Array(new Int16Array(buffer));
    case "U16":
      return new Int32Array(new Uint16Array(buffer));
    case "I8":
      return new Int32Array(new Int8Array(buffer));
    case "U32":
      return toInt32(op, what, type, new Uint32Array(buffer));
    case "I64":
      return toInt32(op, what, type, new BigInt64Array(buffer));
    case "U64":
      return toInt32(op, what, type, new BigUint64Array(buffer));
    case "BOOL":
      return checkedBooleans(op, what, copy);
  }
}

function toInt32(
  op: string,
  what: string,
  type: ElementType,
  values: Uint32Array | BigInt64Array | BigUint64Array,
): TypedArray {
  const out = newArray("int32", values.length);
  for (let i = 0; i < out.length; i++) {
    const value = Number(values[i]!);
    if (value < INT32_MIN || value > INT32_MAX) {
      throw new FormatError(op, `${what}: ${type.name} element ${i} is ${values[i]}, which does not fit int32`);
    }
    out[i] = value;
  }
  return out;
}

function checkedBooleans(op: string, what: string, values: Uint8Array<ArrayBuffer>): TypedArray {
  const bad = values.findIndex((value) => value > 1);
  if (bad >= 0) throw new FormatError(op, `${what}: boolean element ${bad} is ${values[bad]}, expected 0 or 1`);
  return values;
}

/** IEEE binary16 to binary32: exact, NaN payloads kept in the high bits. */
function halfToFloat(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(halves.length);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) {
      // A subnormal half is fraction · 2⁻²⁴, a normal float; −0 keeps its sign.
      const magnitude = fraction * 5.9604644775390625e-8;
      out[i] = sign === 0 ? magnitude : -magnitude;
    } else {
      bits[i] = sign | ((exponent === 31 ? 0xff : exponent + 112) << 23) | (fraction << 13);
    }
  }
  return out;
}

/** bfloat16 is the upper half of a float32. */
function bfloatToFloat(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(halves.length);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return out;
}
