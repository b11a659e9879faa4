import { ArgumentError } from "../errors.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { compact, segmentSizes, type CompactMap, type Segmentation } from "./labelMap.js";

export interface RegionOptions {
  /** Whether pixels touch along 4 edges (default) or also at 8 corners. */
  readonly connectivity?: 4 | 8;
}

/** Steps to the neighbours that come later in raster order. */
export const FORWARD = {
  4: [
    [0, 1],
    [1, 0],
  ],
  8: [
    [0, 1],
    [1, -1],
    [1, 0],
    [1, 1],
  ],
} as const;

function stepsOf(op: string, { connectivity = 4 }: RegionOptions): readonly (readonly [number, number])[] {
  if (connectivity !== 4 && connectivity !== 8) {
    throw new ArgumentError(op, `connectivity must be 4 or 8, got ${String(connectivity)}`);
  }
  return FORWARD[connectivity];
}

/** Calls `visit` with every pair of neighbouring pixels, the earlier first, in raster order. */
export function eachPair(
  { height, width }: { readonly height: number; readonly width: number },
  steps: readonly (readonly [number, number])[],
  visit: (i: number, j: number) => void,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const [dy, dx] of steps) {
        const [v, u] = [y + dy, x + dx];
        if (v < height && u >= 0 && u < width) visit(y * width + x, v * width + u);
      }
    }
  }
}

/** Sets that are joined; each is named by its smallest member. */
class Sets {
  private readonly parent: Int32Array;

  constructor(n: number) {
    this.parent = Int32Array.from({ length: n }, (_, i) => i);
  }

  find(i: number): number {
    const { parent } = this;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]!]!;
      i = parent[i]!;
    }
    return i;
  }

  join(i: number, j: number): void {
    const [a, b] = [this.find(i), this.find(j)];
    if (a < b) this.parent[b] = a;
    else this.parent[a] = b;
  }
}

function components(op: string, map: Segmentation, options: RegionOptions): CompactMap {
  const steps = stepsOf(op, options);
  const { labels, height, width } = compact(op, map);
  const sets = new Sets(labels.length);
  eachPair({ height, width }, steps, (i, j) => {
    if (labels[i] === labels[j]) sets.join(i, j);
  });
  return compact(op, { labels: labels.map((_, i) => sets.find(i)), height, width });
}

const asTensor = ({ labels, height, width }: CompactMap): Tensor<"int32"> =>
  fromArray(Int32Array.from(labels), [height, width], "int32");

/**
 * The connected regions of equal labels of a map [H, W], numbered 0, 1, … in order of their first pixel.
 *
 * @throws {ArgumentError} unless connectivity is 4 or 8, for no pixels or a negative label; {@link ShapeError},
 * {@link DtypeError} for what is no label map.
 * @example
 * import { segmentation, tensor } from "matprop";
 * segmentation.connectedComponents(tensor(new Int32Array([7, 0, 7]), { shape: [1, 3] })).toArray(); // [ [ 0, 1, 2 ] ]
 */
export function connectedComponents(map: Segmentation, options: RegionOptions = {}): Tensor<"int32"> {
  return asTensor(components("segmentation.connectedComponents", map, options));
}

/**
 * Joins every connected region of fewer than `minSize` pixels with the neighbour it shares the longest border with, the
 * smallest regions first; then numbers the regions 0, 1, … in order of their first pixel. Ties go to the region whose first
 * pixel comes first. What is left has `minSize` pixels, unless the whole map has fewer.
 *
 * @throws {ArgumentError} unless minSize is a non-negative integer, and as {@link connectedComponents}.
 * @example
 * import { segmentation, tensor } from "matprop";
 * const map = tensor(new Int32Array([3, 3, 1, 2, 2, 2]), { shape: [1, 6] });
 * segmentation.mergeSmallRegions(map, 2).toArray(); // [ [ 0, 0, 0, 1, 1, 1 ] ]
 */
export function mergeSmallRegions(map: Segmentation, minSize: number, options: RegionOptions = {}): Tensor<"int32"> {
  const op = "segmentation.mergeSmallRegions";
  if (!Number.isInteger(minSize) || minSize < 0) {
    throw new ArgumentError(op, `minSize must be a non-negative integer, got ${minSize}`);
  }
  const regions = components(op, map, options);
  const { labels, height, width, count } = regions;
  const sizes = segmentSizes(regions);
  const borders = Array.from({ length: count }, () => new Map<number, number>());
  const lengthen = (a: number, b: number, by: number): void => void borders[a]!.set(b, (borders[a]!.get(b) ?? 0) + by);
  eachPair(regions, stepsOf(op, options), (i, j) => {
    const [a, b] = [labels[i]!, labels[j]!];
    if (a === b) return;
    lengthen(a, b, 1);
    lengthen(b, a, 1);
  });
  // Regions by size: one that has grown or gone since it was put here is passed over.
  const waiting: number[][] = Array.from({ length: minSize }, () => []);
  sizes.forEach((size, region) => waiting[size]?.push(region));
  const into = Int32Array.from({ length: count }, (_, i) => i);
  for (let size = 1; size < minSize; size++) {
    for (const region of waiting[size]!) {
      if (into[region] !== region || sizes[region] !== size || borders[region]!.size === 0) continue;
      const target = longest(borders[region]!);
      into[region] = target;
      sizes[target]! += size;
      for (const [other, length] of borders[region]!) {
        borders[other]!.delete(region);
        if (other === target) continue;
        lengthen(other, target, length);
        lengthen(target, other, length);
      }
      waiting[sizes[target]!]?.push(target);
    }
  }
  const last = (region: number): number => {
    while (into[region] !== region) region = into[region]!;
    return region;
  };
  const roots = into.map((_, region) => last(region));
  return asTensor(compact(op, { labels: labels.map((region) => roots[region]!), height, width }));
}

/** The neighbour with the longest border, the lowest of equals. */
function longest(borders: ReadonlyMap<number, number>): number {
  let [best, most] = [-1, 0];
  for (const [region, length] of borders) {
    if (length > most || (length === most && region < best)) [best, most] = [region, length];
  }
  return best;
}
