import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, FormatError } from "../../errors.js";
import type { LabelledImages, TrainTest } from "../images.js";
import type { LabelledMatrices } from "../matrices.js";
import { isMatrices, type LabelledSamples } from "../samples.js";
import { split } from "../split.js";
import { findClassFolders, isFolder, readClassFolders, visibleNames, type PictureOptions } from "./imageFolder.js";
import { readCifarFolder, readIdxFolder, readNpyFolder, readTensorFile, SAFETENSORS } from "./recognise.js";
import type { Parts } from "./tensors.js";

/** How {@link readDataset} prepares what it finds. `size`, `channels` and `background` are for folders of pictures. */
export interface ReadOptions extends PictureOptions {
  /** Share of every class held out for testing when the source has no test part (default 0.2). */
  readonly testFraction?: number;
  /** Which images those are (default 0). */
  readonly seed?: number;
}

const FORMATS = `A data set is one of
  - a folder with IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-…; plain or .gz), as MNIST has
  - a folder with CIFAR-10 binary files (*.bin or *.bin.gz; names that begin with "test" are the test part)
  - a .safetensors or .safetensors.gz file with the tensors "images", "labels" and perhaps "is_test", or its folder
  - a folder with the same as images.npy, labels.npy and perhaps is_test.npy (or .npy.gz)
  - a folder of pictures by class: DIR/<class>/*.png or .jpg, or DIR/train/<class>/… and DIR/test/<class>/…
  - a .safetensors or .safetensors.gz file of symmetric matrices "cov" or "matrices" [N, n, n] with "labels" and perhaps
    "is_test" or "object" (of the objects, the upper half is the test part), or its folder`;

/**
 * Reads a data set of images from a file or folder, whatever its format: IDX (MNIST), CIFAR-10 binary, safetensors, npy,
 * or PNG and JPEG pictures in one folder per class. Where the source has no test part, one is split off class by class.
 *
 * @throws {ArgumentError} if the path does not exist or nothing in it is recognised, naming what would be;
 * {@link FormatError} naming the file that is damaged.
 * @example
 * import { readDataset } from "matprop/node";
 * const { train, test } = await readDataset("pictures", { size: 64 });
 * console.log(train.labels.length, test.labels.length, train.classes);
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<TrainTest> {
  const op = "readDataset";
  const { train, test } = await readSamples(op, path, options);
  if (isMatrices(train)) throw new ArgumentError(op, `${path} holds matrices, not images: readMatrices takes it`);
  return { train, test: test as LabelledImages };
}

/**
 * Reads a data set of symmetric matrices, such as covariance descriptors, from a safetensors file: `cov` or `matrices`
 * float [N, n, n], `labels` integers [N], and perhaps `object` [N], what each was measured on. The test part is what
 * `is_test` [N] says, else the upper half of the objects, else a share of every class.
 *
 * @throws {ArgumentError} if the path does not exist or holds something else; {@link FormatError} naming the file if it is
 * damaged, or a matrix is not symmetric.
 * @example
 * import { readMatrices } from "matprop/node";
 * const { train, test } = await readMatrices("covariances.safetensors.gz");
 * console.log(train.labels.length, test.labels.length, train.shape);
 */
export async function readMatrices(
  path: string,
  options: Pick<ReadOptions, "testFraction" | "seed"> = {},
): Promise<TrainTest<LabelledMatrices>> {
  const op = "readMatrices";
  const { train, test } = await readSamples(op, path, options);
  if (!isMatrices(train)) throw new ArgumentError(op, `${path} holds images, not matrices: readDataset takes it`);
  return { train, test: test as LabelledMatrices };
}

/** A data set of either kind. */
export async function readSamples(
  op: string,
  path: string,
  options: ReadOptions = {},
): Promise<TrainTest<LabelledSamples>> {
  const entry = await stat(path).catch(() => undefined);
  if (!entry) throw new ArgumentError(op, `${path} does not exist. ${FORMATS}`);
  const parts = entry.isDirectory() ? await readFolder(op, path, options) : await readSingleFile(op, path);
  if (parts.train.labels.length === 0) throw new FormatError(op, `${path}: there is nothing to train on`);
  if (parts.test) return { train: parts.train, test: parts.test };
  const [train, test] = split<LabelledSamples>(parts.train, {
    fraction: options.testFraction ?? 0.2,
    seed: options.seed ?? 0,
  });
  if (test.labels.length === 0) throw new FormatError(op, `${path}: too few samples of each class to hold any out`);
  return { train, test };
}

type AnyParts = Parts | Parts<LabelledMatrices>;

async function readSingleFile(op: string, path: string): Promise<AnyParts> {
  if (SAFETENSORS.test(path)) return readTensorFile(op, path);
  throw new ArgumentError(op, `${path} is a file of no known kind. ${FORMATS}`);
}

async function readFolder(op: string, folder: string, options: PictureOptions): Promise<AnyParts> {
  const names = await visibleNames(folder);
  const idx = await readIdxFolder(op, folder, names);
  if (idx) return idx;
  const files = names.filter((name) => SAFETENSORS.test(name));
  if (files.length > 1) {
    throw new ArgumentError(op, `${folder} holds several safetensors files (${files.join(", ")}): name one of them`);
  }
  if (files[0] !== undefined) return readTensorFile(op, join(folder, files[0]));
  const arrays = await readNpyFolder(op, folder, names);
  if (arrays) return arrays;
  const cifar = await readCifarFolder(op, folder, names);
  if (cifar) return cifar;
  const pictures = await readPictures(op, folder, names, options);
  if (pictures) return pictures;
  const seen =
    names.length === 0 ? "is empty" : `holds ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}`;
  throw new ArgumentError(op, `${folder} ${seen}: nothing that is recognised. ${FORMATS}`);
}

async function readPictures(
  op: string,
  folder: string,
  names: readonly string[],
  options: PictureOptions,
): Promise<Parts | null> {
  const inner = names.includes("train") ? ["train", "test"].filter((name) => names.includes(name)) : [];
  const parted = (await Promise.all(inner.map((name) => isFolder(join(folder, name))))).every(Boolean);
  let found = await findClassFolders(parted ? inner.map((name) => join(folder, name)) : []);
  // "train" without folders of its own inside is a class like any other.
  if (found.classes.length === 0) found = await findClassFolders([folder]);
  if (found.classes.length === 0) return null;
  const [train, test] = await readClassFolders(op, found, options);
  return { train: train!, test: test && test.labels.length > 0 ? test : undefined };
}
