/** Pictures as the app keeps them: squares of one size, colour or not. */
export const SIDE = 160;

/** RGBA, as a canvas has it: SIDE × SIDE pixels. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

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
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return { width: SIDE, height: SIDE, data };
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
export function thumbnail({ width, height, data }: Picture, label: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height, role: "img", ariaLabel: label });
  canvas.getContext("2d")!.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}
