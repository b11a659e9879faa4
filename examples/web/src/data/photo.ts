/** An image to be cut, as it is shown and kept, and the grid of pixels on which it is cut. */

/** RGBA, row by row. */
export interface Photo {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Longer side of a photo that is kept, and of its grid. */
const LONGEST_PHOTO = 640;
const LONGEST_GRID = 160;

/** A size of the same shape whose longer side has at most so many pixels. */
function within({ width, height }: Size, longest: number): Size {
  const factor = Math.min(1, longest / Math.max(width, height));
  const scaled = (side: number): number => Math.max(8, Math.round(factor * side));
  return { width: scaled(width), height: scaled(height) };
}

/** The size at which a photo is cut. */
export function gridOf(photo: Size): Size {
  return within(photo, LONGEST_GRID);
}

/** The photo in a file. */
export async function readPhoto(file: File): Promise<Photo> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`no picture this browser can read: ${file.name}`);
  });
  const { width, height } = within(bitmap, LONGEST_PHOTO);
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
