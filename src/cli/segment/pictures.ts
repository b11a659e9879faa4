import type { data, segmentation } from "../library.js";

/** A colour for each segment, RGB: far apart for neighbours in number. */
function colourOf(segment: number): readonly number[] {
  return [0, 1, 2].map((c) => 40 + ((segment * [67, 109, 151][c]! + [13, 97, 173][c]!) % 200));
}

/** The image with its segments tinted and their borders white, RGB. */
export function overlayOf(
  { pixels, height, width }: Pick<data.SegmentedImage, "pixels" | "height" | "width">,
  { labels }: segmentation.LabelMap,
): Uint8Array {
  const out = new Uint8Array(pixels.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const border =
        (x + 1 < width && labels[at] !== labels[at + 1]) || (y + 1 < height && labels[at] !== labels[at + width]);
      const colour = colourOf(labels[at]!);
      for (let c = 0; c < 3; c++) out[3 * at + c] = border ? 255 : (pixels[3 * at + c]! + colour[c]!) >> 1;
    }
  }
  return out;
}

/** The components of an embedding [H, W, c] side by side as grey pictures, each from its least value to its largest. */
export function eigenvectorPicture(
  embedding: Float32Array,
  height: number,
  width: number,
): { pixels: Uint8Array; width: number } {
  const count = embedding.length / (height * width);
  const pixels = new Uint8Array(height * width * count);
  for (let c = 0; c < count; c++) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = c; i < embedding.length; i += count) {
      low = Math.min(low, embedding[i]!);
      high = Math.max(high, embedding[i]!);
    }
    const scale = high > low ? 255 / (high - low) : 0;
    for (let i = 0; i < height * width; i++) {
      const at = Math.floor(i / width) * width * count + c * width + (i % width);
      pixels[at] = Math.round((embedding[i * count + c]! - low) * scale);
    }
  }
  return { pixels, width: width * count };
}
