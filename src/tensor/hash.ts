import { DtypeError } from "../errors.js";
import type { DType, TypedArray } from "./dtype.js";
import { Sha256 } from "./sha256.js";
import { Tensor } from "./tensor.js";

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * SHA-256 of a tensor, or of a record of tensors in order of their sorted names, as 64 hexadecimal digits. The same
 * values give the same hash on every engine; pin it in tests. The format is frozen: for a tensor the UTF-8 text
 * `dtype[s0,s1,…]` followed by `\n` and the little-endian elements, every NaN as the canonical quiet NaN and −0 kept;
 * for a record, for each name in ascending UTF-16 order, the UTF-8 name, `\n`, and the tensor as above.
 *
 * @throws {DtypeError} if a value is no tensor.
 * @example
 * import { hash, tensor } from "matprop";
 * hash(tensor([1, 2, 3])); // "55673d37…"; see docs/determinism.md for test vectors
 */
export function hash(x: Tensor<DType> | Readonly<Record<string, Tensor<DType>>>): string {
  const sha = new Sha256();
  if (x instanceof Tensor) return feed(sha, x).hex();
  for (const name of Object.keys(x).sort()) {
    const item = x[name];
    if (!(item instanceof Tensor)) throw new DtypeError("hash", `"${name}" is no tensor`);
    sha.update(utf8(`${name}\n`));
    feed(sha, item);
  }
  return sha.hex();
}

function feed(sha: Sha256, x: Tensor<DType>): Sha256 {
  sha.update(utf8(`${x.dtype}[${x.shape.join(",")}]\n`));
  return sha.update(littleEndian(canonical(x.data(), x.dtype)));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Replaces every NaN, whatever its sign and payload, by the canonical one. `data` is a copy already. */
function canonical(data: TypedArray, dtype: DType): TypedArray {
  if (dtype === "float32") {
    const bits = new Uint32Array(data.buffer);
    for (let i = 0; i < bits.length; i++) if (data[i] !== data[i]) bits[i] = 0x7fc00000;
  } else if (dtype === "float64") {
    const bits = new BigUint64Array(data.buffer);
    for (let i = 0; i < bits.length; i++) if (data[i] !== data[i]) bits[i] = 0x7ff8000000000000n;
  }
  return data;
}

function littleEndian(data: TypedArray): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (LITTLE_ENDIAN || data.BYTES_PER_ELEMENT === 1) return bytes;
  const swapped = bytes.slice();
  for (let at = 0; at < swapped.length; at += data.BYTES_PER_ELEMENT) {
    swapped.subarray(at, at + data.BYTES_PER_ELEMENT).reverse();
  }
  return swapped;
}
