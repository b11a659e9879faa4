import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode as encodePng } from "fast-png";
import jpeg from "jpeg-js";
import { fromArrays, type LabelledImages } from "../../src/data/images.js";

const shared = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** Path of a real data set, or null (after a line that says so) when it is not there. */
export function realData(name: string): string | null {
  const path = join(shared, name);
  if (existsSync(path)) return path;
  console.log(`      skipped: ${name} is not here (expected in ../shared/data beside the project)`);
  return null;
}

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

/** Writes files by relative path. */
export function writeTree(folder: string, files: Record<string, Uint8Array | string>): void {
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
}

/** A picture of one colour. */
export const png = (width: number, height: number, ...colour: number[]): Uint8Array =>
  encodePng({
    width,
    height,
    channels: colour.length,
    data: Uint8Array.from({ length: width * height * colour.length }, (_, i) => colour[i % colour.length]!),
  });

export const jpg = (width: number, height: number, rgb: number[]): Uint8Array =>
  jpeg.encode(
    { width, height, data: Uint8Array.from({ length: 4 * width * height }, (_, i) => [...rgb, 255][i % 4]!) },
    95,
  ).data;

/** Samples of each class. */
export function counts(set: Pick<LabelledImages, "classes" | "labels">): number[] {
  return set.classes.map((_, c) => set.labels.filter((label) => label === c).length);
}
