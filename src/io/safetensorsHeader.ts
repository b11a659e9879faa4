import { FormatError } from "../errors.js";
import { ELEMENT_NAMES, elementType, type ElementType } from "./elements.js";
import { parseJson, type Json } from "./json.js";
import { checkedSize } from "./layout.js";

/** One tensor of the file; `begin` and `end` are byte offsets within the data. */
export interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the header. */
  readonly entries: readonly Entry[];
  readonly metadata: Record<string, string>;
  /** Offset of the data within the file. */
  readonly dataStart: number;
}

export const LENGTH_BYTES = 8;
/** The limit of the reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;
export const METADATA = "__metadata__";

const OPENING_BRACE = 0x7b;

/** Reads and checks everything but the elements: afterwards every range is inside the file and fits its shape. */
export function readHeader(op: string, bytes: Uint8Array): Header {
  const length = headerLength(op, bytes);
  const dataStart = LENGTH_BYTES + length;
  const fields = parseJson(op, headerText(op, bytes, dataStart));
  if (!(fields instanceof Map)) throw new FormatError(op, "the header is no JSON object");
  const metadata = readMetadata(op, fields.get(METADATA));
  fields.delete(METADATA);
  const entries = Array.from(fields, ([name, value]) => readEntry(op, name, value));
  checkCover(op, entries, bytes.length - dataStart);
  return { entries, metadata, dataStart };
}

function headerLength(op: string, bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) {
    throw new FormatError(op, `the file has ${bytes.length} bytes; a safetensors file starts with an 8-byte length`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 0x100000000;
  if (length > MAX_HEADER_BYTES) {
    throw new FormatError(op, `the header claims ${length} bytes, more than 100 MB: this is no safetensors file`);
  }
  if (length > bytes.length - LENGTH_BYTES) {
    const rest = bytes.length - LENGTH_BYTES;
    throw new FormatError(op, `the header claims ${length} bytes, but ${rest} follow: the file is truncated`);
  }
  return length;
}

function headerText(op: string, bytes: Uint8Array, end: number): string {
  if (bytes[LENGTH_BYTES] !== OPENING_BRACE || end === LENGTH_BYTES) {
    throw new FormatError(op, 'the header does not start with "{": this is no safetensors file');
  }
  try {
    // A copy, because browsers refuse to decode shared memory.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice(LENGTH_BYTES, end));
  } catch {
    throw new FormatError(op, "the header is not UTF-8 text");
  }
}

function readMetadata(op: string, value: Json | undefined): Record<string, string> {
  const out: Record<string, string> = {};
  if (value === undefined) return out;
  if (!(value instanceof Map)) throw new FormatError(op, `${METADATA} is no JSON object`);
  for (const [name, text] of value) {
    refusePrototype(op, name);
    if (typeof text !== "string") throw new FormatError(op, `${METADATA}: ${JSON.stringify(name)} is no text`);
    out[name] = text;
  }
  return out;
}

/** Names become keys of a plain record, where this one would replace the prototype. */
function refusePrototype(op: string, name: string): void {
  if (name === "__proto__") throw new FormatError(op, 'the name "__proto__" is not allowed');
}

function readEntry(op: string, name: string, value: Json): Entry {
  refusePrototype(op, name);
  const what = JSON.stringify(name);
  if (!(value instanceof Map)) throw new FormatError(op, `${what} is described by no JSON object`);
  const dtype = value.get("dtype");
  const type = elementType(dtype);
  if (!type) throw new FormatError(op, `${what} has dtype ${show(dtype)}; known are ${ELEMENT_NAMES}`);
  const shape = value.get("shape");
  if (!Array.isArray(shape)) throw new FormatError(op, `${what}: shape must be an array, got ${show(shape)}`);
  const size = checkedSize(op, what, shape);
  const [begin, end] = readOffsets(op, what, value.get("data_offsets"));
  if (end - begin !== size * type.itemBytes) {
    const needs = `shape [${shape.join(", ")}] of ${type.name} needs ${size * type.itemBytes} bytes`;
    throw new FormatError(op, `${what}: ${needs}, but data_offsets [${begin}, ${end}] span ${end - begin}`);
  }
  // "+ 0" because −0 is an integer to JSON, and no size.
  return { name, type, shape: shape.map((axis) => (axis as number) + 0), begin, end };
}

function readOffsets(op: string, what: string, offsets: Json | undefined): [number, number] {
  if (Array.isArray(offsets) && offsets.length === 2) {
    const [begin, end] = offsets as [number, number];
    if (Number.isSafeInteger(begin) && Number.isSafeInteger(end) && 0 <= begin && begin <= end) return [begin, end];
  }
  throw new FormatError(op, `${what}: data_offsets must be [begin, end] with 0 ≤ begin ≤ end, got ${show(offsets)}`);
}

/** The ranges, sorted, must meet end to end from the first byte to the last. */
function checkCover(op: string, entries: readonly Entry[], dataLength: number): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of sorted) {
    const what = `${JSON.stringify(name)}: data_offsets [${begin}, ${end}]`;
    if (end > dataLength) throw new FormatError(op, `${what} end outside the data, which have ${dataLength} bytes`);
    if (begin < covered) throw new FormatError(op, `${what} overlap another tensor, which ends at ${covered}`);
    if (begin > covered) throw new FormatError(op, `${what} leave a gap: the tensor before ends at ${covered}`);
    covered = end;
  }
  if (covered !== dataLength) {
    throw new FormatError(op, `the tensors cover ${covered} bytes, but ${dataLength} follow the header`);
  }
}

function show(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value instanceof Map) return "an object";
  return Array.isArray(value) ? `an array of ${value.length}` : JSON.stringify(value);
}
