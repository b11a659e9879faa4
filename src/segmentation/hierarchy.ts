import { ArgumentError, ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { contrastOf } from "./contrast.js";
import { compact, segmentSizes, type CompactMap, type LabelMap, type Segmentation } from "./labelMap.js";
import { eachPair, FORWARD } from "./regions.js";

const OP = "segmentation.RegionHierarchy";

/** One step of a {@link RegionHierarchy}: two neighbouring regions become one. */
interface Merge {
  readonly kept: number;
  readonly gone: number;
  readonly cost: number;
}

/** Where to stop joining: at so many regions, or before the first step that costs `threshold` or more. */
export type Cut = { readonly k: number } | { readonly threshold: number };

/** The border between two regions. */
interface Border {
  /** Sides of pixels. */
  length: number;
  /** Contrast, added up over them. */
  contrast: number;
}

/**
 * The regions of a segmentation, joined step by step: at each step the two neighbours between which the embedding changes
 * least become one. With c the mean contrast along their border, joining regions of n and n' of N pixels costs
 *
 *     c² · √( (n n' / (n + n')) / N ),
 *
 * between contrast alone, by which large and small regions go alike, and Ward's weight, by which a small region goes
 * however much it stands out. Contrast is the length of the embedding's gradient (Sobel), in units of the embedding's
 * standard deviation over the image. What changes slowly, as eigenvectors do across a sky, is cut into pieces by
 * k-means and has no contrast where they meet. Ties go to the lower numbers, which follow the first pixels.
 *
 * Source of the idea: ultrametric contour maps of Arbeláez et al., TPAMI 33 (2011).
 *
 * @example
 * import { init, segmentation, tensor } from "matprop";
 * await init();
 * const map = { labels: Uint8Array.of(0, 0, 1, 1, 2, 2), height: 1, width: 6 };
 * const hierarchy = new segmentation.RegionHierarchy(map, tensor([[[0], [0], [0.1], [0.1], [5], [5]]]));
 * console.log(hierarchy.cut({ k: 2 }).labels); // Int32Array [ 0, 0, 0, 0, 1, 1 ]
 */
export class RegionHierarchy {
  /** The regions before the first step, numbered in order of their first pixels. */
  readonly map: CompactMap;
  private readonly merges: readonly Merge[];

  /**
   * @param map segments, connected or not; each is a region. @param embedding [H, W, r], a vector a pixel.
   * @throws {ShapeError} if the sizes differ; else as `segmentation.covering`.
   */
  constructor(map: Segmentation, embedding: Tensor<FloatDType>) {
    this.map = compact(OP, map);
    const { height, width } = this.map;
    const { shape } = embedding;
    if (shape.length !== 3 || shape[0] !== height || shape[1] !== width) {
      throw new ShapeError(OP, `a map of ${height} × ${width} needs [${height}, ${width}, r], got ${showShape(shape)}`);
    }
    this.merges = new Agglomeration(this.map, contrastOf(embedding)).run();
  }

  /**
   * The segmentation after joining; fewer segments than asked for where there were fewer regions.
   *
   * @param map other pixels of the regions of {@link map}, by the same numbers, such as those of a larger image (default:
   * that map itself).
   * @throws {ArgumentError} unless k is a positive integer, or threshold a number; for a label that is no region.
   */
  cut(at: Cut, map: LabelMap = this.map): CompactMap {
    const { height, width } = map;
    const owners = this.owners(at);
    const labels = Int32Array.from(map.labels, (region) => {
      const owner = owners[region];
      if (owner === undefined) throw new ArgumentError(OP, `the regions are 0 to ${owners.length - 1}, got ${region}`);
      return owner;
    });
    return compact(OP, { labels, height, width });
  }

  /** For each region the lowest-numbered one it is joined with. */
  private owners(at: Cut): Int32Array {
    const owner = Int32Array.from({ length: this.map.count }, (_, i) => i);
    for (let step = this.stepsUntil(at) - 1; step >= 0; step--) {
      const { kept, gone } = this.merges[step]!;
      // Backwards, so that `kept` has its last owner already.
      owner[gone] = owner[kept]!;
    }
    return owner;
  }

  private stepsUntil(at: Cut): number {
    if ("k" in at) {
      if (!Number.isInteger(at.k) || at.k < 1) throw new ArgumentError(OP, `k must be a positive integer, got ${at.k}`);
      return Math.min(this.merges.length, Math.max(0, this.map.count - at.k));
    }
    if (Number.isNaN(at.threshold)) throw new ArgumentError(OP, "threshold must be a number, got NaN");
    const stop = this.merges.findIndex(({ cost }) => cost >= at.threshold);
    return stop < 0 ? this.merges.length : stop;
  }
}

/** The regions as they are at some step. */
class Agglomeration {
  private readonly sizes: Int32Array;
  /** For each region, its borders by the other region. */
  private readonly borders: Map<number, Border>[];
  private readonly alive: Set<number>;

  constructor(
    private readonly map: CompactMap,
    contrast: Float64Array,
  ) {
    this.sizes = segmentSizes(map);
    this.borders = bordersOf(map, contrast);
    this.alive = new Set(this.sizes.keys());
  }

  run(): Merge[] {
    const merges: Merge[] = [];
    // For each region, its cheapest neighbour of a higher number.
    const best = this.borders.map((_, i) => this.cheapest(i));
    for (;;) {
      let kept = -1;
      for (const i of this.alive) if (best[i]!.gone >= 0 && (kept < 0 || best[i]!.cost < best[kept]!.cost)) kept = i;
      if (kept < 0) return merges;
      const { gone, cost } = best[kept]!;
      merges.push({ kept, gone, cost });
      this.join(kept, gone);
      best[kept] = this.cheapest(kept);
      // Whoever bordered on either borders on `kept` now; its cheapest neighbour may be another.
      for (const other of this.borders[kept]!.keys()) best[other] = this.cheapest(other);
    }
  }

  private cheapest(i: number): { gone: number; cost: number } {
    let found = { gone: -1, cost: Infinity };
    for (const [j, border] of this.borders[i]!) {
      if (j < i) continue;
      const cost = this.cost(i, j, border);
      if (cost < found.cost || (cost === found.cost && j < found.gone)) found = { gone: j, cost };
    }
    return found;
  }

  private cost(i: number, j: number, { length, contrast }: Border): number {
    const both = (this.sizes[i]! * this.sizes[j]!) / (this.sizes[i]! + this.sizes[j]!);
    const mean = contrast / length;
    return mean * mean * Math.sqrt(both / this.map.labels.length);
  }

  private join(kept: number, gone: number): void {
    const { sizes, borders, alive } = this;
    sizes[kept]! += sizes[gone]!;
    for (const [other, border] of borders[gone]!) {
      borders[other]!.delete(gone);
      if (other === kept) continue;
      const joint = borders[kept]!.get(other);
      if (joint) {
        // One object serves both regions.
        joint.length += border.length;
        joint.contrast += border.contrast;
      } else {
        borders[kept]!.set(other, border);
        borders[other]!.set(kept, border);
      }
    }
    borders[gone]!.clear();
    alive.delete(gone);
  }
}

function bordersOf(map: CompactMap, contrast: Float64Array): Map<number, Border>[] {
  const { labels, count } = map;
  const borders = Array.from({ length: count }, () => new Map<number, Border>());
  eachPair(map, FORWARD[4], (p, q) => {
    const [a, b] = [labels[p]!, labels[q]!];
    if (a === b) return;
    let border = borders[a]!.get(b);
    if (!border) {
      border = { length: 0, contrast: 0 };
      borders[a]!.set(b, border);
      borders[b]!.set(a, border);
    }
    border.length++;
    border.contrast += Math.max(contrast[p]!, contrast[q]!);
  });
  return borders;
}
