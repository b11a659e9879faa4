import type { DType } from "../tensor/dtype.js";
import { ArgumentError, DtypeError } from "../errors.js";
import { Tensor, fromArray } from "../tensor/tensor.js";
import { asBytes, putLittleEndian, type Bytes } from "./bytes.js";
import { decodeElements, STORED_AS, type ElementName } from "./elements.js";
import { LENGTH_BYTES, MAX_HEADER_BYTES, METADATA, readHeader } from "./safetensorsHeader.js";

/** What a safetensors file holds. */
export interface Safetensors {
  /** The tensors by name. */
  readonly tensors: Record<string, Tensor<DType>>;
  /** The texts under `__metadata__`; empty when there are none. */
  readonly metadata: Record<string, string>;
}

/** Larger elements first, so that every tensor is aligned to its own element size: the order Python's writer uses. */
const WRITE_ORDER: readonly ElementName[] = ["F64", "F32", "I32", "U8", "BOOL"];
const ALIGNMENT = 8;
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * The bytes of a safetensors file: an 8-byte little-endian header length, the JSON header padded with spaces so that
 * the data are 8-byte aligned, then the row-major little-endian elements. float64, float32, int32, uint8 and bool
 * become F64, F32, I32, U8 and BOOL. Equal tensors give equal bytes: larger elements first, then by name.
 *
 * @param tensors by name, any dtype and shape.
 * @param metadata texts stored beside them.
 * @throws {DtypeError} if a value is no tensor; {@link ArgumentError} for a name that safetensors reserves
 * (`__metadata__`), for `__proto__`, text that is not Unicode, metadata that is no text, or a header above 100 MB.
 * @example
 * import { io, tensor } from "matprop";
 * const bytes = io.encodeSafetensors({ weight: tensor([[1, 2], [3, 4]]) }, { epoch: "3" });
 * const { tensors, metadata } = io.decodeSafetensors(bytes);
 * console.log(tensors.weight.shape, metadata.epoch); // [ 2, 2 ] 3
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor<DType>>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const op = "io.encodeSafetensors";
  const names = writeOrder(op, tensors);
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(`"${METADATA}":${encodeMetadata(op, metadata)}`);
  let end = 0;
  for (const name of names) {
    const { shape, dtype, size } = tensors[name]!;
    const { name: code, itemBytes } = STORED_AS[dtype];
    const begin = end;
    end += size * itemBytes;
    const entry = { dtype: code, shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  const header = new TextEncoder().encode(`{${fields.join(",")}}`);
  if (header.length > MAX_HEADER_BYTES) throw new ArgumentError(op, "the names and metadata exceed 100 MB");
  const padded = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  const out = new Uint8Array(LENGTH_BYTES + padded + end);
  new DataView(out.buffer).setUint32(0, padded, true);
  out.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + padded);
  out.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + padded;
  for (const name of names) {
    const values = tensors[name]!.data();
    putLittleEndian(values, out, at);
    at += values.byteLength;
  }
  return out;
}

function writeOrder(op: string, tensors: Readonly<Record<string, Tensor<DType>>>): string[] {
  const ranked = Object.keys(tensors).map((name) => {
    const item = tensors[name]!;
    if (!(item instanceof Tensor)) throw new DtypeError(op, `${JSON.stringify(name)} is no tensor`);
    if (name === METADATA || name === "__proto__") throw new ArgumentError(op, `no tensor can be called "${name}"`);
    checkText(op, name);
    return { name, rank: WRITE_ORDER.indexOf(STORED_AS[item.dtype].name) };
  });
  ranked.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
  return ranked.map(({ name }) => name);
}

function encodeMetadata(op: string, metadata: Readonly<Record<string, string>>): string {
  const fields = Object.keys(metadata)
    .sort()
    .map((name) => {
      const value: unknown = metadata[name];
      if (name === "__proto__") throw new ArgumentError(op, 'metadata cannot be called "__proto__"');
      if (typeof value !== "string") {
        throw new ArgumentError(op, `metadata must be text, got ${typeof value} for ${JSON.stringify(name)}`);
      }
      checkText(op, name);
      checkText(op, value);
      return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    });
  return `{${fields.join(",")}}`;
}

function checkText(op: string, text: string): void {
  if (LONE_SURROGATE.test(text)) throw new ArgumentError(op, `${JSON.stringify(text)} is not Unicode text`);
}

/**
 * Reads a safetensors file. Nothing in it is taken on trust: the header must be strict JSON without repeated names, and
 * the tensors must cover the data exactly, without overlap or gap, each with as many bytes as its shape and type need.
 * F64, F32, I32, U8 and BOOL keep their type; F16 and BF16 become float32 exactly; I64, U64, U32, I16, U16 and I8
 * become int32 when every value fits.
 *
 * @param file the bytes of the file (not compressed).
 * @throws {FormatError} naming what is wrong with the file; {@link ArgumentError} if `file` holds no bytes.
 * @example
 * import { io, ones } from "matprop";
 * const file = io.encodeSafetensors({ bias: ones([4], { dtype: "float64" }) });
 * console.log(io.decodeSafetensors(file).tensors.bias.dtype); // float64
 */
export function decodeSafetensors(file: Bytes): Safetensors {
  const op = "io.decodeSafetensors";
  const bytes = asBytes(op, file);
  const { entries, metadata, dataStart } = readHeader(op, bytes);
  const tensors: Record<string, Tensor<DType>> = {};
  for (const { name, type, shape, begin, end } of entries) {
    const stored = bytes.subarray(dataStart + begin, dataStart + end);
    const values = decodeElements(op, JSON.stringify(name), type, stored);
    tensors[name] = fromArray(values, shape, type.dtype);
  }
  return { tensors, metadata };
}
