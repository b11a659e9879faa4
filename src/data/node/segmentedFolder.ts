import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ArgumentError } from "../../errors.js";
import { naming } from "../../io/naming.js";
import type { LabelMap } from "../../segmentation/labelMap.js";
import { checkSegmented, type SegmentedImage } from "../segmented.js";
import { isFolder, PICTURE, visibleNames } from "./imageFolder.js";
import { LABEL_FILE, readLabelFile } from "./labelFile.js";
import { pictureDecoder, type PictureDecoder } from "./picture.js";

/** Options of {@link openSegmented}. */
export interface SegmentedOptions {
  /** Read the label maps (default true); without, no file of them is touched. */
  readonly truths?: boolean;
}

/** Images with their segmentations, read one at a time: full-size sets need not fit into memory. */
export interface SegmentedSet {
  /** What the images are called, sorted. */
  readonly ids: readonly string[];
  /** The image with that place in `ids`. */
  read(index: number): Promise<SegmentedImage>;
}

const LAYOUT = `A segmentation data set is a folder with
  - images/SPLIT/ID.jpg (or .png)
  - labels/SPLIT/ID.npy (or .npy.gz, .png): integers [H, W], or [annotators, H, W] in npy; or a folder ID with one file
    an annotator; none where the truth is not known
where SPLIT is train, val or test. Without such folders every fifth image, in order of their names, is "val", the others "train"`;

/** Which of the images of a folder without splits belong to "val". */
const HELD_OUT = 5;

/**
 * Opens one split of a folder of images and label maps, as BSDS500 and its like are laid out: `images/SPLIT/ID.jpg` and
 * `labels/SPLIT/ID.npy.gz`. Labels are any integers: which pixels share one is all that counts. Without folders for the
 * splits, every fifth image in order of the names is `val` and the others are `train`.
 *
 * @param split `train`, `val`, `test` or whatever the folders are called.
 * @throws {ArgumentError} if the folder has no such images, saying how it should look, or two of one name;
 * {@link FormatError} while reading, naming the file that is damaged, or {@link ShapeError} the image whose map does not fit.
 * @example
 * import { openSegmented } from "matprop/node";
 * const val = await openSegmented("bsds500", "val");
 * const { pixels, truths } = await val.read(0);
 */
export async function openSegmented(
  folder: string,
  split: string,
  { truths = true }: SegmentedOptions = {},
): Promise<SegmentedSet> {
  const op = "openSegmented";
  const entry = await stat(folder).catch(() => undefined);
  if (!entry?.isDirectory()) throw new ArgumentError(op, `${folder} is no folder. ${LAYOUT}`);
  const inside = (await isFolder(join(folder, "images", split))) ? split : "";
  const names = await visibleNames(join(folder, "images", inside)).catch(() => []);
  let pictures = names.filter((name) => PICTURE.test(name));
  if (inside === "") pictures = pictures.filter((_, i) => (i % HELD_OUT === HELD_OUT - 1 ? "val" : "train") === split);
  if (pictures.length === 0) throw new ArgumentError(op, `${folder} has no images of the split "${split}". ${LAYOUT}`);
  const labels = join(folder, "labels", inside);
  const labelNames = truths ? await visibleNames(labels).catch(() => []) : [];
  const paths = pictures.map((name) => join(folder, "images", inside, name));
  return pictureSet(op, paths, (id) => truthsOf(op, labels, labelNames, id));
}

/**
 * Pictures (PNG or JPEG) as a set without segmentations, for prediction; each is called what its file is, without ending.
 *
 * @throws {ArgumentError} if two have one name; while reading, {@link FormatError} naming the file that is damaged.
 * @example
 * import { openPictures } from "matprop/node";
 * const { pixels, height, width } = await (await openPictures(["holiday/beach.jpg"])).read(0);
 */
export async function openPictures(paths: readonly string[]): Promise<SegmentedSet> {
  const op = "openPictures";
  return pictureSet(op, paths, () => Promise.resolve([]));
}

/** Pictures as a set, called what their files are without ending; `truths` finds the label maps of one. */
async function pictureSet(
  op: string,
  paths: readonly string[],
  truths: (id: string) => Promise<LabelMap[]>,
): Promise<SegmentedSet> {
  const ids = paths.map((path) => basename(path).replace(PICTURE, ""));
  const second = ids.findIndex((id, i) => ids.indexOf(id) !== i);
  if (second >= 0) {
    const first = paths[ids.indexOf(ids[second]!)]!;
    throw new ArgumentError(op, `${first} and ${paths[second]!} are both called ${ids[second]!}`);
  }
  const decode = await pictureDecoder(op, 3);
  return {
    ids,
    async read(index) {
      const [id, path] = [ids[index], paths[index]];
      if (id === undefined) throw new ArgumentError(op, `there are ${ids.length} images, got index ${index}`);
      const image = { id, ...(await decodeFile(op, path!, decode)), truths: await truths(id) };
      checkSegmented(op, image);
      return image;
    },
  };
}

async function decodeFile(op: string, path: string, decode: PictureDecoder) {
  const bytes = await readFile(path);
  const { pixels, shape } = naming(op, path, () => decode(bytes));
  return { pixels, height: shape[0], width: shape[1] };
}

/** The maps of one image, in order of their files; none if there is no file. */
async function truthsOf(op: string, labels: string, names: readonly string[], id: string): Promise<LabelMap[]> {
  const file = names.find((name) => LABEL_FILE.test(name) && name.replace(LABEL_FILE, "") === id);
  if (file !== undefined) return readLabelFile(op, join(labels, file));
  if (!names.includes(id)) return [];
  const files = (await visibleNames(join(labels, id))).filter((name) => LABEL_FILE.test(name));
  return (await Promise.all(files.map((name) => readLabelFile(op, join(labels, id, name))))).flat();
}
