import type { DType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { naming } from "./naming.js";
import { decodeNpy } from "./npy.js";
import { decodeSafetensors, type Safetensors } from "./safetensors.js";
import { readSource, type Source } from "./source.js";

/**
 * Reads a safetensors file from wherever it comes: {@link Source}. See {@link decodeSafetensors} for the types.
 *
 * @throws {FormatError} naming file or URL and what is wrong with it; {@link ReadError}, {@link ArgumentError} as
 * {@link bytesFrom}.
 * @example
 * import { io, ones } from "matprop";
 * const response = new Response(io.encodeSafetensors({ bias: ones([4]) })); // or fetch("model.safetensors")
 * const { tensors } = await io.loadSafetensors(response);
 * console.log(tensors.bias.shape); // [ 4 ]
 */
export function loadSafetensors(source: Source): Promise<Safetensors> {
  return load("io.loadSafetensors", source, decodeSafetensors);
}

/**
 * Reads an npy file from wherever it comes: {@link Source}. See {@link decodeNpy} for the types.
 *
 * @throws {FormatError} naming file or URL and what is wrong with it; {@link ReadError}, {@link ArgumentError} as
 * {@link bytesFrom}.
 * @example
 * import { eye, io } from "matprop";
 * const file = new File([io.encodeNpy(eye(2))], "eye.npy"); // or one that a user has chosen
 * console.log((await io.loadNpy(file)).toArray()); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function loadNpy(source: Source): Promise<Tensor<DType>> {
  return load("io.loadNpy", source, decodeNpy);
}

async function load<T>(op: string, source: Source, decode: (bytes: Uint8Array) => T): Promise<T> {
  const { bytes, name } = await readSource(op, source);
  return naming(op, name ?? "the file", () => decode(bytes));
}
