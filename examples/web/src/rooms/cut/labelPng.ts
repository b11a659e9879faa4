/** A label map as a picture. */
import type { Size } from "../../data/photo.ts";

/** Labels as grey levels of a PNG. */
export async function labelPng(labels: Uint8Array, { width, height }: Size): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const pixels = Uint32Array.from(labels, (label) => 0xff000000 + 0x010101 * label);
  canvas.getContext("2d")!.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width), 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
