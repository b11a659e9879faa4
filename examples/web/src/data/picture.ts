/** Pictures as the app keeps, sends and shows them: squares of one size in grey, which is all that the networks see. */
export const SIDE = 160;

/** SIDE × SIDE pixels, row by row. */
export type Picture = Uint8Array<ArrayBuffer>;

/** A texture and what it looks like. */
export interface TextureClass {
  readonly name: string;
  readonly pictures: readonly Picture[];
}

/** The largest square in the middle of an image or a video. */
export function squareOf(source: CanvasImageSource, width: number, height: number): Picture {
  const side = Math.min(width, height);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d")!;
  context.fillStyle = "white";
  context.fillRect(0, 0, SIDE, SIDE);
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  // The luma of ITU-R BT.601, as `data.fromImageData` has it: the library itself is in the workers alone.
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [r, g, b] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!];
    return (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16;
  });
}

/** The pictures among files; throws with the names of those that are none. */
export async function pictures(files: Iterable<File>): Promise<Picture[]> {
  const found: Picture[] = [];
  const wrong: string[] = [];
  for (const file of files) {
    try {
      const bitmap = await createImageBitmap(file);
      found.push(squareOf(bitmap, bitmap.width, bitmap.height));
      bitmap.close();
    } catch {
      wrong.push(file.name);
    }
  }
  if (wrong.length > 0) throw new Error(`no picture this browser can read: ${wrong.join(", ")}`);
  return found;
}

/** A canvas that shows a picture. */
export function thumbnail(picture: Picture, label: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: SIDE, height: SIDE, role: "img", ariaLabel: label });
  const opaque = Uint32Array.from(picture, (grey) => 0xff000000 + 0x010101 * grey);
  canvas.getContext("2d")!.putImageData(new ImageData(new Uint8ClampedArray(opaque.buffer), SIDE), 0, 0);
  return canvas;
}
