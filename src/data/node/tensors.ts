import type { DType } from "../../tensor/dtype.js";
import { FormatError } from "../../errors.js";
import type { Safetensors } from "../../io/safetensors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { numberedClasses, subset, type ImageShape, type LabelledImages } from "../images.js";

/** Tensors of any dtype by name. */
export type TensorRecord = Record<string, Tensor<DType>>;

/** What a source holds; without `test` the caller splits. */
export interface Parts {
  readonly train: LabelledImages;
  readonly test?: LabelledImages;
}

/**
 * A data set stored as tensors: `images` uint8 [N, H, W] or [N, H, W, C], `labels` integers [N], optionally `is_test`
 * [N] (1 for test images) and the metadata `classes`, a JSON array of names.
 */
export function fromTensors(op: string, { tensors, metadata }: Safetensors): Parts {
  const { images, labels, is_test: isTest } = tensors;
  if (!images || !labels) {
    const names = Object.keys(tensors).join(", ") || "none";
    throw new FormatError(op, `a data set has the tensors "images" and "labels"; found ${names}`);
  }
  const n = images.shape[0];
  if (images.dtype !== "uint8" || images.rank < 3 || images.rank > 4 || images.shape.slice(1).includes(0)) {
    const got = `${images.dtype} [${images.shape.join(", ")}]`;
    throw new FormatError(op, `"images" must be uint8 [N, H, W] or [N, H, W, C], got ${got}`);
  }
  checkVector(op, "labels", labels, n);
  const shape: ImageShape = [images.shape[1]!, images.shape[2]!, images.shape[3] ?? 1];
  const known = Int32Array.from(labels.data());
  const classes = classNames(op, metadata.classes) ?? numberedClasses(known);
  const bad = known.findIndex((label) => label < 0 || label >= classes.length);
  if (bad >= 0) throw new FormatError(op, `label ${bad} is ${known[bad]}, expected 0 … ${classes.length - 1}`);
  const all = { images: images.data() as Uint8Array, labels: known, shape, classes };
  if (!isTest) return { train: all };
  checkVector(op, "is_test", isTest, n);
  const [train, test]: [number[], number[]] = [[], []];
  isTest.data().forEach((flag, i) => (flag === 0 ? train : test).push(i));
  return { train: subset(all, train), test: test.length > 0 ? subset(all, test) : undefined };
}

function checkVector(op: string, name: string, x: Tensor<DType>, n: number | undefined): void {
  if (x.rank !== 1 || x.shape[0] !== n || x.dtype === "float32" || x.dtype === "float64") {
    throw new FormatError(op, `"${name}" must be integers [${n}], got ${x.dtype} [${x.shape.join(", ")}]`);
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
