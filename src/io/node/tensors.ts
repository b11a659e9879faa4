import type { DType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { decodeNpy, encodeNpy } from "../npy.js";
import { decodeSafetensors, encodeSafetensors, type Safetensors } from "../safetensors.js";
import { parseFile, writeFileAtomic } from "./files.js";

/**
 * Reads a safetensors file; one whose name ends in `.gz` is decompressed. See `io.decodeSafetensors` for the types.
 *
 * @throws {FormatError} naming the file and what is wrong with it; the system's error if it cannot be read.
 * @example
 * import { zeros } from "matprop";
 * import { readSafetensors, writeSafetensors } from "matprop/node";
 * await writeSafetensors("model.safetensors", { weight: zeros([2, 3]) }, { note: "untrained" });
 * const { tensors, metadata } = await readSafetensors("model.safetensors");
 */
export function readSafetensors(path: string): Promise<Safetensors> {
  return parseFile("readSafetensors", path, decodeSafetensors);
}

/**
 * Writes a safetensors file atomically. The tensors are read out before the first wait, so that training may go on
 * while the file is being written.
 *
 * @throws {ArgumentError}, {@link DtypeError} as `io.encodeSafetensors`; the system's error if it cannot be written.
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, Tensor<DType>>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

/**
 * Reads an npy file; one whose name ends in `.gz` is decompressed. See `io.decodeNpy` for the types.
 *
 * @throws {FormatError} naming the file and what is wrong with it; the system's error if it cannot be read.
 */
export function readNpy(path: string): Promise<Tensor<DType>> {
  return parseFile("readNpy", path, decodeNpy);
}

/**
 * Writes an npy file atomically.
 *
 * @throws {DtypeError} if `x` is no tensor; the system's error if it cannot be written.
 */
export async function writeNpy(path: string, x: Tensor<DType>): Promise<void> {
  await writeFileAtomic(path, encodeNpy(x));
}
