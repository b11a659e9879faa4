import { readFile } from "node:fs/promises";
import { ArgumentError, FormatError } from "../../errors.js";
import { naming } from "../../io/naming.js";
import { parseFile, writeFileAtomic } from "../../io/node/files.js";
import { decodeNpy, npyFile } from "../../io/npy.js";
import type { DType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { LabelMap } from "../../segmentation/labelMap.js";
import { checkPixels, isPng } from "./probe.js";

/** Files of label maps by their endings. */
export const LABEL_FILE = /\.(npy|npy\.gz|png)$/i;

/**
 * The label maps of a file. npy: integers [H, W], or [annotators, H, W]. PNG: grey levels of 1 to 16 bits, palette indices,
 * or colours (each colour a segment).
 *
 * @throws {FormatError} naming the file if it is damaged or holds no label map.
 */
export function readLabelFile(op: string, path: string): Promise<LabelMap[]> {
  return /\.png$/i.test(path) ? readPng(op, path) : parseFile(op, path, (bytes) => fromNpy(op, bytes));
}

/**
 * Writes a label map as npy, uint16 [H, W], atomically.
 *
 * @throws {ArgumentError} for labels beyond 0 … 65535; the system's error if the file cannot be written.
 * @example
 * import { writeLabelMap } from "matprop/node";
 * await writeLabelMap("segments.npy", { labels: Uint8Array.of(0, 0, 1, 1), height: 2, width: 2 });
 */
export async function writeLabelMap(path: string, { labels, height, width }: LabelMap): Promise<void> {
  const op = "writeLabelMap";
  const narrow = Uint16Array.from(labels);
  const lost = narrow.findIndex((label, i) => label !== labels[i]);
  if (lost >= 0) throw new ArgumentError(op, `labels must be integers from 0 to 65535, got ${labels[lost]}`);
  await writeFileAtomic(path, npyFile(op, "<u2", [height, width], narrow));
}

function fromNpy(op: string, bytes: Uint8Array): LabelMap[] {
  const array: Tensor<DType> = decodeNpy(bytes);
  const values = array.data();
  if (!(values instanceof Uint8Array || values instanceof Int32Array) || array.dtype === "bool") {
    throw new FormatError(op, `label maps are integers, got ${array.dtype}`);
  }
  const { shape } = array;
  if (shape.length < 2 || shape.length > 3 || shape.includes(0)) {
    throw new FormatError(op, `label maps have shape (H, W) or (annotators, H, W), got (${shape.join(", ")})`);
  }
  const [height, width] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
  const size = height * width;
  return Array.from({ length: values.length / size }, (_, i) => {
    const labels = values.subarray(i * size, (i + 1) * size);
    return { labels, height, width };
  });
}

async function readPng(op: string, path: string): Promise<LabelMap[]> {
  const bytes = await readFile(path);
  const { decodePngLabels } = await import("./decode.js");
  return naming(op, path, () => {
    if (!isPng(bytes)) throw new FormatError(op, "is called .png but is none");
    const { height, width } = checkPixels(op, bytes);
    let labels: Int32Array;
    try {
      labels = decodePngLabels(bytes);
    } catch (error) {
      const damaged = new FormatError(op, `damaged PNG: ${error instanceof Error ? error.message : String(error)}`);
      damaged.cause = error;
      throw damaged;
    }
    return [{ labels, height, width }];
  });
}
