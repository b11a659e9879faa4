/** What was painted over an image: strokes in pixels of its grid, with a history of all that was done. */
import type { Size } from "./photo.ts";

/** A line that a round brush has drawn. */
export interface Stroke {
  /** Of the palette, or null for the eraser. */
  readonly colour: number | null;
  readonly radius: number;
  /** x and y in turn. */
  readonly points: readonly number[];
}

export type Strokes = readonly Stroke[];

/** Lists of strokes, each as it was after a change; plain data, as it is saved. */
export interface History {
  readonly past: readonly Strokes[];
  readonly present: Strokes;
  readonly future: readonly Strokes[];
}

export const EMPTY: History = { past: [], present: [], future: [] };

export function changed({ past, present }: History, next: Strokes): History {
  return { past: [...past, present], present: next, future: [] };
}

export function undone({ past, present, future }: History): History {
  const [last] = past.slice(-1);
  return last === undefined
    ? { past, present, future }
    : { past: past.slice(0, -1), present: last, future: [present, ...future] };
}

export function redone({ past, present, future }: History): History {
  const [next, ...rest] = future;
  return next === undefined ? { past, present, future } : { past: [...past, present], present: next, future: rest };
}

/** The colour of each pixel of a grid, −1 where there is none. */
export function rasterize(strokes: Strokes, { width, height }: Size): Int8Array {
  const colours = new Int8Array(width * height).fill(-1);
  for (const { colour, radius, points } of strokes) {
    for (let p = 0; p < points.length; p += 2) {
      const from = Math.max(0, p - 2);
      fillAround([points[from]!, points[from + 1]!, points[p]!, points[p + 1]!], radius, (x, y) => {
        if (x >= 0 && y >= 0 && x < width && y < height) colours[y * width + x] = colour ?? -1;
      });
    }
  }
  return colours;
}

type Segment = readonly [x0: number, y0: number, x1: number, y1: number];

/** Calls `fill` for the pixels whose centres are at most a radius from a line. */
function fillAround([x0, y0, x1, y1]: Segment, radius: number, fill: (x: number, y: number) => void): void {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  for (let y = Math.floor(Math.min(y0, y1) - radius); y <= Math.max(y0, y1) + radius; y++) {
    for (let x = Math.floor(Math.min(x0, x1) - radius); x <= Math.max(x0, x1) + radius; x++) {
      const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
      const along = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
      const [ex, ey] = [px - along * dx, py - along * dy];
      if (ex * ex + ey * ey <= radius * radius) fill(x, y);
    }
  }
}

/** How many colours are left to be seen. */
export function coloursOf(strokes: Strokes, grid: Size): number {
  return new Set(rasterize(strokes, grid).filter((colour) => colour >= 0)).size;
}
