import { ArgumentError } from "../errors.js";

/** File contents in memory: a `Uint8Array` (a Node `Buffer` is one), any other view, or an `ArrayBuffer`. */
export type Bytes = ArrayBufferView | ArrayBuffer;

/** What has to be waited for, by its tag. */
const WAITED_FOR = new Set(["Blob", "File", "Response", "ReadableStream", "Promise"]);

/** True where typed arrays have the byte order of files. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The bytes as a plain `Uint8Array` over the same memory. A `Buffer` must not pass through as it is: its `slice` is a
 * view, where the readers rely on a copy. Memory shared with other threads is copied: text decoders of browsers refuse it.
 *
 * @throws {ArgumentError} if `input` holds no bytes.
 */
export function asBytes(op: string, input: unknown): Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(input)) {
    const { buffer, byteOffset, byteLength } = input;
    if (tagOf(buffer) !== "ArrayBuffer") return new Uint8Array(buffer, byteOffset, byteLength).slice() as never;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  }
  if (tagOf(input) === "ArrayBuffer") return new Uint8Array(input as ArrayBuffer);
  const hint = WAITED_FOR.has(tagOf(input)) ? ": give it to io.bytesFrom and await that" : "";
  throw new ArgumentError(op, `needs the bytes of a file as typed array or ArrayBuffer, got ${tagOf(input)}${hint}`);
}

/** What an object is, also if it comes from another window; the type of anything else. */
export function tagOf(input: unknown): string {
  if (input === null || typeof input !== "object") return typeof input;
  return Object.prototype.toString.call(input).slice("[object ".length, -1);
}

/** Reverses the bytes of every element in place. */
export function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  for (let at = 0; at + itemBytes <= bytes.length; at += itemBytes) {
    for (let low = at, high = at + itemBytes - 1; low < high; low++, high--) {
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
}

/** Writes the elements of `values` into `out` at byte `at`, least significant byte first. */
export function putLittleEndian(values: ArrayBufferView & { BYTES_PER_ELEMENT: number }, out: Uint8Array, at: number) {
  const target = out.subarray(at, at + values.byteLength);
  target.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  if (!LITTLE_ENDIAN) swapBytes(target, values.BYTES_PER_ELEMENT);
}
