import type { DType } from "../../tensor/dtype.js";
import { FormatError } from "../../errors.js";
import type { Safetensors } from "../../io/safetensors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { numberedClasses, type ImageShape, type LabelledImages } from "../images.js";
import type { LabelledMatrices } from "../matrices.js";
import { subset, type LabelledSamples } from "../samples.js";

/** Tensors of any dtype by name. */
export type TensorRecord = Record<string, Tensor<DType>>;

/** What a source holds; without `test` the caller splits. */
export interface Parts<S extends LabelledSamples = LabelledImages> {
  readonly train: S;
  readonly test?: S;
}

/** Names a tensor of matrices may have. */
const MATRICES = ["matrices", "cov"] as const;

/** How far a matrix may be from symmetric, relative to its largest entry: what float32 makes of equal sums. */
const ASYMMETRY = 1e-6;

/** A data set stored as tensors: of matrices if one of the tensors is called so, else of images. */
export function fromTensors(op: string, file: Safetensors): Parts | Parts<LabelledMatrices> {
  return MATRICES.some((name) => file.tensors[name]) ? matricesFromTensors(op, file) : imagesFromTensors(op, file);
}

/**
 * Images: `images` uint8 [N, H, W] or [N, H, W, C], `labels` integers [N], optionally `is_test`
 * [N] (1 for test images) and the metadata `classes`, a JSON array of names.
 */
export function imagesFromTensors(op: string, { tensors, metadata }: Safetensors): Parts {
  const { images, labels } = tensors;
  if (!images || !labels) throw missing(op, '"images" and "labels"', tensors);
  const n = images.shape[0];
  if (images.dtype !== "uint8" || images.rank < 3 || images.rank > 4 || images.shape.slice(1).includes(0)) {
    throw new FormatError(op, `"images" must be uint8 [N, H, W] or [N, H, W, C], got ${described(images)}`);
  }
  const shape: ImageShape = [images.shape[1]!, images.shape[2]!, images.shape[3] ?? 1];
  const all = { images: images.data() as Uint8Array, shape, ...labelled(op, labels, n, metadata.classes) };
  return parted(all, flags(op, tensors, n));
}

/**
 * Symmetric matrices: `matrices` or `cov` float [N, n, n], `labels` integers [N], the metadata `classes` as for images, and
 * optionally `object` [N], what each was measured on. The test part is what `is_test` says, else the upper half of the
 * objects: the first five of ten learn, the last five test.
 */
function matricesFromTensors(op: string, { tensors, metadata }: Safetensors): Parts<LabelledMatrices> {
  const name = MATRICES.find((candidate) => tensors[candidate])!;
  const [x, { labels, object }] = [tensors[name]!, tensors];
  if (!labels) throw missing(op, `"${name}" and "labels"`, tensors);
  const [count, n] = x.shape;
  if ((x.dtype !== "float32" && x.dtype !== "float64") || x.rank !== 3 || n === 0 || n !== x.shape[2]) {
    throw new FormatError(op, `"${name}" must be float32 or float64 [N, n, n], got ${described(x)}`);
  }
  const matrices = Float64Array.from(x.data());
  checkSymmetric(op, name, matrices, n!);
  if (object) checkVector(op, "object", object, count);
  const groups = object && Int32Array.from(object.data());
  const all: LabelledMatrices = {
    matrices,
    shape: [n!, n!],
    ...labelled(op, labels, count, metadata.classes),
    ...(groups ? { groups } : {}),
  };
  return parted(all, flags(op, tensors, count) ?? (groups && upperHalf(groups)));
}

/** Labels with the names of their classes. */
function labelled(
  op: string,
  labels: Tensor<DType>,
  n: number | undefined,
  names: string | undefined,
): { labels: Int32Array; classes: readonly string[] } {
  checkVector(op, "labels", labels, n);
  const known = Int32Array.from(labels.data());
  const classes = classNames(op, names) ?? numberedClasses(known);
  const bad = known.findIndex((label) => label < 0 || label >= classes.length);
  if (bad >= 0) throw new FormatError(op, `label ${bad} is ${known[bad]}, expected 0 … ${classes.length - 1}`);
  return { labels: known, classes };
}

/** Which samples are for testing, or undefined where the file does not say. */
function flags(op: string, { is_test: isTest }: TensorRecord, n: number | undefined): ArrayLike<number> | undefined {
  if (isTest) checkVector(op, "is_test", isTest, n);
  return isTest?.data();
}

/** 1 for the samples of the later half of the groups, in order of their numbers. */
function upperHalf(groups: Int32Array): ArrayLike<number> {
  const known = [...new Set(groups)].sort((a, b) => a - b);
  const tested = new Set(known.slice(Math.ceil(known.length / 2)));
  return groups.map((group) => (tested.has(group) ? 1 : 0));
}

function parted<S extends LabelledSamples>(all: S, isTest: ArrayLike<number> | undefined): Parts<S> {
  if (!isTest) return { train: all };
  const [train, test]: [number[], number[]] = [[], []];
  for (let i = 0; i < isTest.length; i++) (isTest[i] === 0 ? train : test).push(i);
  return { train: subset(all, train), test: test.length > 0 ? subset(all, test) : undefined };
}

function checkSymmetric(op: string, name: string, matrices: Float64Array, n: number): void {
  for (let from = 0; from < matrices.length; from += n * n) {
    const matrix = matrices.subarray(from, from + n * n);
    const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // NaN and infinite entries fail the comparison too.
    const bad = matrix.findIndex((value, at) => {
      const mirrored = matrix[(at % n) * n + Math.floor(at / n)]!;
      return !(Math.abs(value - mirrored) <= ASYMMETRY * largest);
    });
    if (bad >= 0) {
      const [row, column] = [Math.floor(bad / n), bad % n];
      const values = `${matrix[bad]} and ${matrix[column * n + row]}`;
      throw new FormatError(
        op,
        `"${name}" must hold finite symmetric matrices; in number ${from / (n * n)}, ` +
          `entries (${row}, ${column}) and (${column}, ${row}) are ${values}`,
      );
    }
  }
}

function missing(op: string, wanted: string, tensors: TensorRecord): FormatError {
  const names = Object.keys(tensors).join(", ") || "none";
  return new FormatError(op, `a data set has the tensors ${wanted}; found ${names}`);
}

function described({ dtype, shape }: Tensor<DType>): string {
  return `${dtype} [${shape.join(", ")}]`;
}

function checkVector(op: string, name: string, x: Tensor<DType>, n: number | undefined): void {
  if (x.rank !== 1 || x.shape[0] !== n || x.dtype === "float32" || x.dtype === "float64") {
    throw new FormatError(op, `"${name}" must be integers [${n}], got ${described(x)}`);
  }
}

function classNames(op: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch {
    names = undefined;
  }
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
    throw new FormatError(op, `the metadata "classes" must be a JSON array of names, got ${text.slice(0, 80)}`);
  }
  return names;
}
