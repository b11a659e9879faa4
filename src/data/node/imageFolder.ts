import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, FormatError } from "../../errors.js";
import { naming } from "../../io/naming.js";
import { fromArrays, imageSize, type ImageShape, type LabelledImages } from "../images.js";
import { checkSize, resizePixels, type Size } from "../resize.js";
import { pictureDecoder } from "./picture.js";
import { checkPixels, type Probe } from "./probe.js";

/** How pictures are brought to one size and number of channels. */
export interface PictureOptions {
  /** Height and width (default: the medians of all pictures, scaled down so that the longer side is at most 128). */
  readonly size?: Size;
  /** 1 for grey, 3 for colour (default: 3 if any picture has colour). */
  readonly channels?: 1 | 3;
  /** Grey level 0 … 255 behind transparent pixels (default 255, white). */
  readonly background?: number;
}

/** One folder per class, in a folder for each part. */
export interface ClassFolders {
  /** Sorted names over all parts. */
  readonly classes: readonly string[];
  /** For each part, its files with their class index, sorted by path. */
  readonly parts: readonly (readonly PictureFile[])[];
}

interface PictureFile {
  readonly path: string;
  readonly label: number;
}

export const PICTURE = /\.(png|jpe?g)$/i;
const LONGEST_SIDE = 128;

/** Entries that are not hidden, in one order on every system. */
export async function visibleNames(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** The pictures of `folder/class/*` in each of the given folders. */
export async function findClassFolders(folders: readonly string[]): Promise<ClassFolders> {
  const found = await Promise.all(folders.map(picturesByClass));
  const classes = [...new Set(found.flatMap((byClass) => [...byClass.keys()]))].sort();
  const parts = found.map((byClass) =>
    classes.flatMap((name, label) => (byClass.get(name) ?? []).map((path) => ({ path, label }))),
  );
  return { classes, parts };
}

async function picturesByClass(folder: string): Promise<Map<string, string[]>> {
  const out = new Map<string, string[]>();
  for (const name of await visibleNames(folder)) {
    const inside = join(folder, name);
    if (!(await isFolder(inside))) continue;
    const pictures = (await visibleNames(inside)).filter((file) => PICTURE.test(file));
    if (pictures.length > 0) {
      out.set(
        name,
        pictures.map((file) => join(inside, file)),
      );
    }
  }
  return out;
}

/** Decodes every part to one common size; one picture is in memory at a time beside the result. */
export async function readClassFolders(
  op: string,
  { classes, parts }: ClassFolders,
  options: PictureOptions,
): Promise<LabelledImages[]> {
  const paths = parts.map((part) => part.map(({ path }) => path));
  const shape = commonShape(op, await probeAll(op, paths.flat()), options);
  const sets: LabelledImages[] = [];
  for (const [i, part] of parts.entries()) {
    const images = await readPixels(op, paths[i]!, shape, options);
    sets.push({ images, labels: Int32Array.from(part, ({ label }) => label), shape, classes });
  }
  return sets;
}

/**
 * Reads PNG and JPEG files as images without labels, for prediction.
 *
 * @throws {FormatError} naming the file if one is damaged or of another format; the system's error if it cannot be read.
 * @example
 * import { readImages } from "matprop/node";
 * const pictures = await readImages(["cat.jpg", "dog.png"], { size: 32, channels: 3 });
 */
export async function readImages(paths: readonly string[], options: PictureOptions = {}): Promise<LabelledImages> {
  const op = "readImages";
  if (paths.length === 0) throw new ArgumentError(op, "needs at least one file");
  const shape = commonShape(op, await probeAll(op, paths), options);
  return fromArrays({ images: await readPixels(op, paths, shape, options), shape, classes: [] });
}

async function probeAll(op: string, paths: readonly string[]): Promise<Probe[]> {
  const probes: Probe[] = [];
  for (const path of paths) {
    const bytes = await readFile(path);
    probes.push(naming(op, path, () => checkPixels(op, bytes)));
  }
  return probes;
}

function commonShape(op: string, probes: readonly Probe[], { size, channels }: PictureOptions): ImageShape {
  const depth = channels ?? (probes.some(({ colour }) => colour) ? 3 : 1);
  if (depth !== 1 && depth !== 3) throw new ArgumentError(op, `channels must be 1 or 3, got ${String(depth)}`);
  if (size !== undefined) return [...checkSize(op, "size", size), depth];
  const height = median(probes.map((probe) => probe.height));
  const width = median(probes.map((probe) => probe.width));
  const longest = Math.max(height, width);
  if (longest <= LONGEST_SIDE) return [height, width, depth];
  const scaled = (side: number): number => Math.max(1, Math.floor((side * LONGEST_SIDE) / longest + 0.5));
  return [scaled(height), scaled(width), depth];
}

/** The lower median. */
function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[(values.length - 1) >> 1]!;
}

async function readPixels(
  op: string,
  paths: readonly string[],
  shape: ImageShape,
  { background }: PictureOptions,
): Promise<Uint8Array> {
  const [height, width, channels] = shape;
  const decode = await pictureDecoder(op, channels, background);
  const size = imageSize(shape);
  const total = size * paths.length;
  if (total > 0x7fffffff) {
    throw new FormatError(
      op,
      `${paths.length} pictures of ${height} × ${width} need ${total} bytes; choose a smaller size`,
    );
  }
  const images = new Uint8Array(total);
  for (const [i, path] of paths.entries()) {
    const bytes = await readFile(path);
    const picture = naming(op, path, () => decode(bytes));
    images.set(resizePixels(picture.pixels, picture.shape, height, width), i * size);
  }
  return images;
}
