import { fromArrays, type LabelledImages } from "../../src/data/images.js";

/** An IDX file of unsigned bytes. */
export function idxFile(shape: number[], values: ArrayLike<number>, type = 8): Uint8Array {
  const out = new Uint8Array(4 + 4 * shape.length + values.length);
  out.set([0, 0, type, shape.length]);
  shape.forEach((size, axis) => new DataView(out.buffer).setUint32(4 + 4 * axis, size));
  out.set(Array.from(values), 4 + 4 * shape.length);
  return out;
}

/** n images whose pixels say who they are: pixel j of image i is (17 i + j) mod 256. */
export function numbered(n: number, shape: [number, number, number], classes = 3): LabelledImages {
  const size = shape[0] * shape[1] * shape[2];
  return fromArrays({
    images: Uint8Array.from({ length: n * size }, (_, at) => (17 * Math.floor(at / size) + (at % size)) % 256),
    labels: Array.from({ length: n }, (_, i) => i % classes),
    shape,
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  });
}

/** Samples of each class. */
export function counts(set: Pick<LabelledImages, "classes" | "labels">): number[] {
  return set.classes.map((_, c) => set.labels.filter((label) => label === c).length);
}
