/** Folders of data sets for tests: real ones beside the project, and small ones that are made. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode as encodePng } from "fast-png";
import jpeg from "jpeg-js";

const shared = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** Path of a real data set, or null (after a line that says so) when it is not there. */
export function realData(name: string): string | null {
  const path = join(shared, name);
  if (existsSync(path)) return path;
  console.log(`      skipped: ${name} is not here (expected in ../shared/data beside the project)`);
  return null;
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
