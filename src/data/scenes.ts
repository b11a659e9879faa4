import type { LabelMap } from "../segmentation/labelMap.js";
import { checkInteger, checkSeed, PhiloxStream, Purpose } from "./philox.js";
import type { SegmentedImage } from "./segmented.js";
import { TEXTURES } from "./textures.js";

/** What {@link syntheticScenes} makes. */
export interface SceneOptions {
  /** A non-negative integer: one seed, one set of images. */
  readonly seed: number;
  /** Number of images. */
  readonly count: number;
  /** Height in pixels, at least 16 (default 64). */
  readonly height?: number;
  /** Width in pixels, at least 16 (default 96). */
  readonly width?: number;
  /** Largest number of regions of the finer annotator, 2 to 12 (default 7). The least is 3, or as many. */
  readonly regions?: number;
}

/** Where a region lies and what it looks like. */
interface Region {
  readonly y: number;
  readonly x: number;
  /** Distances count less in a region of more weight, so that sizes differ. */
  readonly weight: number;
  readonly colour: readonly number[];
  readonly contrast: number;
  readonly texture: Float64Array;
  /** The region that the coarse annotator takes it for. */
  readonly parent: number;
}

/** Where "scene" images live among the streams of built-in images: classes of `synthetic` are small numbers. */
const SCENES = 0x7363656e;

/** Share of the regions that the coarse annotator keeps apart. */
const COARSE = 0.6;

/**
 * Images of textured regions with two annotators, for trying segmentation out where no data are at hand: a few patches of
 * random place, size, colour and texture with wavering borders, under uneven light and noise. The second annotator takes some
 * neighbours of similar colour together. Integer and IEEE arithmetic only: the same pixels everywhere.
 *
 * @throws {ArgumentError} for options out of range.
 * @example
 * import { data } from "matprop";
 * const [scene] = data.syntheticScenes({ seed: 1, count: 1 });
 * console.log(scene.height, scene.width, scene.truths.length); // 64 96 2
 */
export function syntheticScenes(options: SceneOptions): SegmentedImage[] {
  const op = "data.syntheticScenes";
  const { seed, count, height = 64, width = 96, regions = 7 } = options;
  checkSeed(op, seed);
  checkInteger(op, "count", count, 0, 0xffff);
  checkInteger(op, "height", height, 16, 4096);
  checkInteger(op, "width", width, 16, 4096);
  checkInteger(op, "regions", regions, 2, 12);
  return Array.from({ length: count }, (_, index) => scene(seed, index, height, width, regions));
}

function scene(seed: number, index: number, height: number, width: number, most: number): SegmentedImage {
  const stream = new PhiloxStream(seed, Purpose.synthetic, index, SCENES);
  const least = Math.min(3, most);
  const count = least + stream.below(most - least + 1);
  const regions = layRegions(stream, count, height, width);
  const fine = borders(stream, regions, height, width);
  const coarse: LabelMap = { ...fine, labels: fine.labels.map((label) => regions[label]!.parent) };
  const pixels = paint(stream, regions, fine);
  return { id: `scene${String(index).padStart(4, "0")}`, pixels, height, width, truths: [fine, coarse] };
}

function layRegions(stream: PhiloxStream, count: number, height: number, width: number): Region[] {
  const regions: Region[] = [];
  const size = Math.max(height, width);
  const apart = Math.max(2, Math.floor(COARSE * count + 0.5));
  for (let i = 0; i < count; i++) {
    const child = i >= apart;
    const parent = child ? stream.below(apart) : i;
    // A part of a coarse region lies beside it and differs little in colour.
    const [spread, tint] = child ? [0.5, 36] : [1, 200];
    const [cy, cx] = child ? [regions[parent]!.y, regions[parent]!.x] : [height / 2, width / 2];
    const base = child ? regions[parent]!.colour : [128, 128, 128];
    regions.push({
      y: cy + spread * height * (stream.uniform() - 0.5),
      x: cx + spread * width * (stream.uniform() - 0.5),
      weight: 0.7 + 0.6 * stream.uniform(),
      colour: base.map((value) => value + tint * (stream.uniform() - 0.5)),
      contrast: 30 * stream.uniform(),
      texture: spanning(TEXTURES[stream.below(TEXTURES.length)]!.draw(stream, size)),
      parent,
    });
  }
  return regions;
}

/** Brought to −1 … 1. */
function spanning(field: Float64Array): Float64Array {
  let most = 0;
  for (const value of field) most = Math.max(most, Math.abs(value));
  return most === 0 ? field : field.map((value) => value / most);
}

/** Every pixel goes to the nearest region; a smooth random field bends the borders. */
function borders(stream: PhiloxStream, regions: readonly Region[], height: number, width: number): LabelMap {
  const [down, across] = [waves(stream, height, width), waves(stream, height, width)];
  const reach = 0.12 * Math.min(height, width);
  const labels = new Uint8Array(height * width);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      let nearest = Infinity;
      for (let i = 0; i < regions.length; i++) {
        const region = regions[i]!;
        const dy = y + reach * down[at]! - region.y;
        const dx = x + reach * across[at]! - region.x;
        const distance = (dy * dy + dx * dx) * region.weight;
        if (distance < nearest) {
          nearest = distance;
          labels[at] = i;
        }
      }
    }
  }
  return { labels, height, width };
}

/** Random numbers −1 … 1 on a coarse grid, interpolated linearly. */
function waves(stream: PhiloxStream, height: number, width: number): Float64Array {
  const cell = Math.max(4, Math.floor(Math.min(height, width) / 5));
  const [rows, columns] = [Math.ceil(height / cell) + 1, Math.ceil(width / cell) + 1];
  const knots = Float64Array.from({ length: rows * columns }, () => 2 * stream.uniform() - 1);
  const field = new Float64Array(height * width);
  for (let y = 0, at = 0; y < height; y++) {
    const [row, v] = [Math.floor(y / cell), (y % cell) / cell];
    for (let x = 0; x < width; x++) {
      const [corner, u] = [row * columns + Math.floor(x / cell), (x % cell) / cell];
      const upper = knots[corner]! + u * (knots[corner + 1]! - knots[corner]!);
      const lower = knots[corner + columns]! + u * (knots[corner + columns + 1]! - knots[corner + columns]!);
      field[at++] = upper + v * (lower - upper);
    }
  }
  return field;
}

function paint(stream: PhiloxStream, regions: readonly Region[], { labels, height, width }: LabelMap): Uint8Array {
  const size = Math.max(height, width);
  const [lightY, lightX] = [40 * (stream.uniform() - 0.5), 40 * (stream.uniform() - 0.5)];
  const pixels = new Uint8Array(3 * height * width);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const { colour, contrast, texture } = regions[labels[at]!]!;
      const light = lightY * (y / height - 0.5) + lightX * (x / width - 0.5);
      const grain = 12 * (stream.uniform() - 0.5);
      const level = light + grain + contrast * texture[y * size + x]!;
      for (let c = 0; c < 3; c++) pixels[3 * at + c] = Math.max(0, Math.min(255, Math.floor(colour[c]! + level + 0.5)));
    }
  }
  return pixels;
}
