import { ArgumentError } from "../errors.js";

/** File contents: a `Uint8Array` (a Node `Buffer` is one) or an `ArrayBuffer`, such as `await blob.arrayBuffer()`. */
export type Bytes = Uint8Array | ArrayBuffer;

/** True where typed arrays have the byte order of files. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The bytes as a plain `Uint8Array` over the same memory. A `Buffer` must not pass through as it is: its `slice` is a
 * view, where the readers rely on a copy.
 *
 * @throws {ArgumentError} if `input` holds no bytes.
 */
export function asBytes(op: string, input: unknown): Uint8Array {
  if (input instanceof Uint8Array) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (Object.prototype.toString.call(input) === "[object ArrayBuffer]") return new Uint8Array(input as ArrayBuffer);
  throw new ArgumentError(op, `needs the bytes of a file as Uint8Array or ArrayBuffer, got ${describe(input)}`);
}

function describe(input: unknown): string {
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
