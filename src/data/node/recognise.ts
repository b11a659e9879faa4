import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../errors.js";
import { naming } from "../../io/naming.js";
import { parseFile } from "../../io/node/files.js";
import { decodeNpy } from "../../io/npy.js";
import { decodeSafetensors } from "../../io/safetensors.js";
import type { TensorRecord } from "./tensors.js";
import { CIFAR10_CLASSES, parseCifar10 } from "../cifar10.js";
import { combineIdx, parseIdx } from "../idx.js";
import { concat, numberedClasses, type LabelledImages } from "../images.js";
import type { LabelledMatrices } from "../matrices.js";
import { fromTensors, imagesFromTensors, type Parts } from "./tensors.js";

const IDX = /^(?:.*[-_])?(train|t10k|test)-(images|labels)[-.]idx[134]-ubyte(\.gz)?$/;
const CIFAR = /\.bin(\.gz)?$/i;
export const SAFETENSORS = /\.safetensors(\.gz)?$/i;

/** IDX files by their MNIST names, plain or compressed, with `-` or `.` before `idx`; null when there are none. */
export async function readIdxFolder(op: string, folder: string, names: readonly string[]): Promise<Parts | null> {
  const found = new Map<string, string>();
  // Sorted, "x" comes before "x.gz": the plain file wins.
  for (const name of names) {
    const match = IDX.exec(name);
    if (!match) continue;
    const role = `${match[1] === "train" ? "train" : "test"} ${match[2]}`;
    const other = found.get(role);
    if (other !== undefined && `${other}.gz` !== name) {
      throw new FormatError(op, `${folder}: both ${other} and ${name} could be the ${role}`);
    }
    if (other === undefined) found.set(role, name);
  }
  if (found.size === 0) return null;
  const train = await readIdxPair(op, folder, found, "train");
  if (!train) throw new FormatError(op, `${folder}: found ${[...found.values()].join(", ")}, but no training images`);
  return sameClasses(op, folder, train, await readIdxPair(op, folder, found, "test"));
}

async function readIdxPair(
  op: string,
  folder: string,
  found: ReadonlyMap<string, string>,
  part: string,
): Promise<LabelledImages | undefined> {
  const images = found.get(`${part} images`);
  const labels = found.get(`${part} labels`);
  if (images === undefined && labels === undefined) return undefined;
  if (images === undefined || labels === undefined) {
    throw new FormatError(
      op,
      `${folder}: ${images ?? labels} is there, but its ${images ? "labels" : "images"} are not`,
    );
  }
  const pixels = await parseFile(op, join(folder, images), parseIdx);
  const answers = await parseFile(op, join(folder, labels), parseIdx);
  return naming(op, join(folder, images), () => combineIdx(op, pixels, answers));
}

/** Two parts may have seen different largest labels. */
function sameClasses(op: string, folder: string, train: LabelledImages, test: LabelledImages | undefined): Parts {
  if (!test) return { train };
  if (train.shape.some((size, axis) => size !== test.shape[axis])) {
    const shapes = `[${train.shape.join(", ")}] and [${test.shape.join(", ")}]`;
    throw new FormatError(op, `${folder}: training and test images differ in shape: ${shapes}`);
  }
  const largest = [train, test].map(({ labels }) => numberedClasses(labels));
  const classes = largest[0]!.length >= largest[1]!.length ? largest[0]! : largest[1]!;
  return { train: { ...train, classes }, test: { ...test, classes } };
}

/** CIFAR-10 binary files: names that begin with `test` are the test part; null when there are none. */
export async function readCifarFolder(op: string, folder: string, names: readonly string[]): Promise<Parts | null> {
  const isCopy = (name: string): boolean => /\.gz$/i.test(name) && names.includes(name.slice(0, -".gz".length));
  const files = names.filter((name) => CIFAR.test(name) && !isCopy(name));
  if (files.length === 0) return null;
  const classes = await cifarClasses(folder, names);
  const read = async (chosen: readonly string[]): Promise<LabelledImages | undefined> => {
    const sets: LabelledImages[] = [];
    for (const name of chosen) sets.push(await parseFile(op, join(folder, name), parseCifar10));
    return sets.length === 0 ? undefined : { ...(sets.length === 1 ? sets[0]! : concat(sets)), classes };
  };
  const isTest = (name: string): boolean => /^test/i.test(name);
  const train = await read(files.filter((name) => !isTest(name)));
  if (!train) throw new FormatError(op, `${folder}: found ${files.join(", ")}, but no training file`);
  return { train, test: await read(files.filter(isTest)) };
}

/** The names that the original archive carries, else the well-known ones. */
async function cifarClasses(folder: string, names: readonly string[]): Promise<readonly string[]> {
  if (!names.includes("batches.meta.txt")) return CIFAR10_CLASSES;
  const text = await readFile(join(folder, "batches.meta.txt"), "utf8");
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.length === CIFAR10_CLASSES.length ? lines : CIFAR10_CLASSES;
}

/** `images.npy`, `labels.npy` and perhaps `is_test.npy`, plain or compressed; null when there are no images. */
export async function readNpyFolder(op: string, folder: string, names: readonly string[]): Promise<Parts | null> {
  const tensors: TensorRecord = {};
  for (const part of ["images", "labels", "is_test"]) {
    const name = [`${part}.npy`, `${part}.npy.gz`].find((candidate) => names.includes(candidate));
    if (name !== undefined) tensors[part] = await parseFile(op, join(folder, name), decodeNpy);
    else if (part === "images") return null;
  }
  return naming(op, folder, () => imagesFromTensors(op, { tensors, metadata: {} }));
}

/** A safetensors file of images or of matrices; see `fromTensors`. */
export function readTensorFile(op: string, path: string): Promise<Parts | Parts<LabelledMatrices>> {
  return parseFile(op, path, (bytes) => fromTensors(op, decodeSafetensors(bytes)));
}
