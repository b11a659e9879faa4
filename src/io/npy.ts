import { DtypeError, FormatError } from "../errors.js";
import type { DType, TypedArray } from "../tensor/dtype.js";
import { fromArray, Tensor } from "../tensor/tensor.js";
import { asBytes, putLittleEndian, type Bytes } from "./bytes.js";
import { decodeElements, elementType, type ElementType } from "./elements.js";
import { checkedSize, permuteArray } from "./layout.js";
import { MAGIC, readNpyHeader } from "./npyHeader.js";

const DESCR: Readonly<Record<DType, string>> = {
  float64: "<f8",
  float32: "<f4",
  int32: "<i4",
  uint8: "|u1",
  bool: "|b1",
};

/** NumPy's kind and size, as the element type that stores the same bytes. */
const ELEMENT_OF: ReadonlyMap<string, string> = new Map([
  ["f8", "F64"],
  ["f4", "F32"],
  ["f2", "F16"],
  ["i8", "I64"],
  ["u8", "U64"],
  ["i4", "I32"],
  ["u4", "U32"],
  ["i2", "I16"],
  ["u2", "U16"],
  ["i1", "I8"],
  ["u1", "U8"],
  ["b1", "BOOL"],
]);

/** NumPy aligns the data to this, for memory maps. */
const ALIGNMENT = 64;
const PREFIX = 10;
/** The most a version 1.0 header can hold, less padding. */
const SHORT_HEADER = 0xffff - ALIGNMENT;

/**
 * The bytes of an npy file (NumPy's `save`), version 1.0, C order, little-endian.
 *
 * @param x any dtype and shape; bool is written as NumPy's bool.
 * @throws {DtypeError} if `x` is no tensor.
 * @example
 * import { io, tensor } from "matprop";
 * const bytes = io.encodeNpy(tensor([1, 2, 3])); // numpy.load reads a float32 array of shape (3,)
 */
export function encodeNpy(x: Tensor<DType>): Uint8Array<ArrayBuffer> {
  const op = "io.encodeNpy";
  if (!(x instanceof Tensor)) throw new DtypeError(op, `needs a tensor, got ${typeof x}`);
  return npyFile(op, DESCR[x.dtype], x.shape, x.data());
}

/**
 * An npy file of row-major elements of any type, those that tensors do not have among them.
 *
 * @param descr NumPy's name of the type, little-endian, such as `<u2`.
 */
export function npyFile(
  op: string,
  descr: string,
  shape: readonly number[],
  values: ArrayBufferView & { BYTES_PER_ELEMENT: number },
): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  if (dictionary.length > SHORT_HEADER) {
    throw new DtypeError(op, `rank ${shape.length} is more than an npy header can hold`);
  }
  const dataStart = Math.ceil((PREFIX + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const out = new Uint8Array(dataStart + values.byteLength);
  out.set(MAGIC);
  out[6] = 1;
  new DataView(out.buffer).setUint16(8, dataStart - PREFIX, true);
  out.set(new TextEncoder().encode(`${dictionary.padEnd(dataStart - PREFIX - 1)}\n`), PREFIX);
  putLittleEndian(values, out, dataStart);
  return out;
}

/**
 * Reads an npy file, versions 1.0 to 3.0, either byte order, C or Fortran order (the result is row-major). float64,
 * float32, int32, uint8 and bool keep their type; float16 becomes float32 exactly; other integers become int32 when
 * every value fits.
 *
 * @param file the bytes of the file (not compressed).
 * @throws {FormatError} naming what is wrong with the file; {@link ArgumentError} if `file` holds no bytes.
 * @example
 * import { eye, io } from "matprop";
 * console.log(io.decodeNpy(io.encodeNpy(eye(2))).toArray()); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function decodeNpy(file: Bytes): Tensor<DType> {
  const op = "io.decodeNpy";
  const bytes = asBytes(op, file);
  const { descr, fortranOrder, shape, dataStart } = readNpyHeader(op, bytes);
  const { type, littleEndian } = readDescr(op, descr);
  const size = checkedSize(op, "the array", shape);
  const have = bytes.length - dataStart;
  const needed = size * type.itemBytes;
  if (have !== needed) {
    const needs = `shape (${shape.join(", ")}) of ${descr} needs ${needed} bytes`;
    throw new FormatError(
      op,
      `${needs}, but ${have} follow the header${have < needed ? ": the file is truncated" : ""}`,
    );
  }
  const values = decodeElements(op, "the array", type, bytes.subarray(dataStart), littleEndian);
  return fromArray(fortranOrder ? toRowMajor(values, shape) : values, shape, type.dtype);
}

/** A column-major array is the row-major one of the reversed shape. */
function toRowMajor(values: TypedArray, shape: readonly number[]): TypedArray {
  const axes = shape.map((_, i) => shape.length - 1 - i);
  return permuteArray(values, shape.toReversed(), axes);
}

function readDescr(op: string, descr: string): { type: ElementType; littleEndian: boolean } {
  const found = /^([<>|])([a-zA-Z][0-9]+)$/.exec(descr);
  const type = elementType(ELEMENT_OF.get(found?.[2] ?? ""));
  if (!found || !type || (found[1] === "|" && type.itemBytes > 1)) {
    const known = [...ELEMENT_OF.keys()].join(", ");
    throw new FormatError(op, `element type '${descr}' is not supported; known are ${known} behind "<", ">" or "|"`);
  }
  return { type, littleEndian: found[1] !== ">" };
}
