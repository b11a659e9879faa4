import { ArgumentError, ShapeError } from "../errors.js";
import type { LabelMap } from "../segmentation/labelMap.js";
import { resizePixels } from "./resize.js";

/** An image with the segmentations that people made of it. Plain data, never changed. */
export interface SegmentedImage {
  /** What the data set calls it. */
  readonly id: string;
  /** RGB 0 … 255, row-major [H, W, 3]. */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** One map an annotator, of the size of the image; empty where the truth is not known. */
  readonly truths: readonly LabelMap[];
}

/** Throws unless pixels and maps have the size they say. */
export function checkSegmented(op: string, { id, pixels, height, width, truths }: SegmentedImage): void {
  if (!(height > 0 && width > 0) || pixels.length !== 3 * height * width) {
    throw new ShapeError(op, `${id}: expected ${height} × ${width} pixels of 3 bytes, got ${pixels.length} bytes`);
  }
  for (const truth of truths) {
    if (truth.height !== height || truth.width !== width || truth.labels.length !== height * width) {
      throw new ShapeError(
        op,
        `${id}: the image has ${height} × ${width} pixels, a label map ${truth.height} × ${truth.width}`,
      );
    }
  }
}

/**
 * An image and its segmentations at another size: the pixels as `data.resize` has them, labels from the pixel under the
 * centre of each new one.
 *
 * @throws {ArgumentError} unless the sizes are positive integers; {@link ShapeError} for a map of another size than its image.
 * @example
 * import { data } from "matprop";
 * const [scene] = data.syntheticScenes({ seed: 1, count: 1 });
 * data.resizeSegmented(scene, 40, 60).truths[0].labels.length; // 2400
 */
export function resizeSegmented(image: SegmentedImage, height: number, width: number): SegmentedImage {
  const op = "data.resizeSegmented";
  if (![height, width].every((side) => Number.isInteger(side) && side > 0)) {
    throw new ArgumentError(op, `height and width must be positive integers, got ${height} and ${width}`);
  }
  checkSegmented(op, image);
  const rows = centres(image.height, height);
  const columns = centres(image.width, width);
  const sampled = ({ labels }: LabelMap): LabelMap => {
    const out = new Int32Array(height * width);
    for (let y = 0, at = 0; y < height; y++) {
      const row = rows[y]! * image.width;
      for (let x = 0; x < width; x++) out[at++] = labels[row + columns[x]!]!;
    }
    return { labels: out, height, width };
  };
  const pixels = resizePixels(image.pixels, [image.height, image.width, 3], height, width);
  return { id: image.id, pixels, height, width, truths: image.truths.map(sampled) };
}

/** For each of `to` equal parts of a side of `from` pixels, the pixel under its centre. */
function centres(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to }, (_, i) => Math.floor(((2 * i + 1) * from) / (2 * to)));
}
