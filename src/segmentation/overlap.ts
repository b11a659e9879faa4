import { checkSameSize, compact, segmentSizes, type Segmentation } from "./labelMap.js";

/** How the segments of two maps overlap: the non-zero entries of their contingency table, row by row. */
export interface Overlap {
  /** Pixels. */
  readonly total: number;
  /** Pixels of each segment of either map. */
  readonly sizesA: Int32Array;
  readonly sizesB: Int32Array;
  /** Segment of the first map, segment of the second and common pixels of each pair that meets. */
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly common: Int32Array;
}

/**
 * Counts the overlaps in O(pixels + pairs) time and memory, however many segments there are: pixels are sorted by
 * their segment of the first map, and each of its segments counts in one array of the segments of the second.
 */
export function overlapOf(op: string, first: Segmentation, second: Segmentation): Overlap {
  const [mapA, mapB] = [compact(op, first), compact(op, second)];
  checkSameSize(op, mapA, mapB);
  const sizesA = segmentSizes(mapA);
  const sizesB = segmentSizes(mapB);
  const sorted = sortedBySegment(mapA.labels, sizesA);
  const counts = new Int32Array(mapB.count);
  const [a, b, common]: [number[], number[], number[]] = [[], [], []];
  for (let segment = 0, at = 0; segment < mapA.count; segment++) {
    const from = b.length;
    for (const end = at + sizesA[segment]!; at < end; at++) {
      const other = mapB.labels[sorted[at]!]!;
      if (counts[other]!++ === 0) b.push(other);
    }
    for (let pair = from; pair < b.length; pair++) {
      a.push(segment);
      common.push(counts[b[pair]!]!);
      counts[b[pair]!] = 0;
    }
  }
  return {
    total: sorted.length,
    sizesA,
    sizesB,
    a: Int32Array.from(a),
    b: Int32Array.from(b),
    common: Int32Array.from(common),
  };
}

/** The pixels of segment 0 in order, then those of segment 1, and so on. */
function sortedBySegment(labels: Int32Array, sizes: Int32Array): Int32Array {
  const next = new Int32Array(sizes.length);
  for (let segment = 1; segment < sizes.length; segment++) next[segment] = next[segment - 1]! + sizes[segment - 1]!;
  const sorted = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) sorted[next[labels[i]!]!++] = i;
  return sorted;
}
