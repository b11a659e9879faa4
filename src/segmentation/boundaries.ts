import { ArgumentError } from "../errors.js";
import { checkSameSize, compact, type CompactMap, type Segmentation } from "./labelMap.js";
import { maximumMatching } from "./matching.js";

/** Tolerance of the BSDS benchmark: this share of the image's diagonal. */
const TOLERANCE = 0.0075;

/** Options of {@link boundaryAgreement}. */
export interface BoundaryOptions {
  /** How far apart matched pixels may lie, as a share of the diagonal √(H² + W²) (default 0.0075, as in BSDS). */
  readonly tolerance?: number;
}

/** Counts from which precision, recall and F of one image or, added up, of a set follow. */
export interface BoundaryCounts {
  /** Boundary pixels of the segmentation, and how many of them match a pixel of at least one annotator. */
  readonly ours: number;
  readonly oursMatched: number;
  /** Boundary pixels of all annotators together, and how many of them are matched. */
  readonly truth: number;
  readonly truthMatched: number;
}

/** Precision, recall and their harmonic mean. */
export interface BoundaryScore {
  readonly precision: number;
  readonly recall: number;
  readonly f: number;
}

/**
 * Boundary pixels of a segmentation, ascending: those whose right or lower neighbour is in another segment.
 *
 * @throws {ShapeError}, {@link DtypeError}, {@link ArgumentError} for what is no segmentation.
 * @example
 * import { segmentation } from "matprop";
 * segmentation.boundaries({ labels: Uint8Array.of(0, 1, 0, 1), height: 2, width: 2 }); // Int32Array [ 0, 2 ]
 */
export function boundaries(map: Segmentation): Int32Array {
  return boundariesOf(compact("segmentation.boundaries", map));
}

function boundariesOf({ labels, height, width }: CompactMap): Int32Array {
  const found: number[] = [];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const right = x + 1 < width && labels[at] !== labels[at + 1];
      const below = y + 1 < height && labels[at] !== labels[at + width];
      if (right || below) found.push(at);
    }
  }
  return Int32Array.from(found);
}

/**
 * Matches the boundary of a segmentation with that of every annotator by **exact maximum bipartite matching** of pixels at
 * most `tolerance` · diagonal apart. As in the benchmark of BSDS, a pixel of ours counts as right if any annotator has
 * it, and recall is over the pixels of all annotators. (The benchmark's assignment also makes the total distance small;
 * the number of matched pixels is the same or smaller there.)
 *
 * @param truths the annotators' maps, at least one. @param segmentation the map that is judged.
 * @throws {ArgumentError} without annotators or for a tolerance that is not in 0 … 1; {@link ShapeError} if sizes differ.
 * @example
 * import { segmentation } from "matprop";
 * const map = (...labels) => ({ labels: Uint8Array.from(labels), height: 1, width: 4 });
 * const counts = segmentation.boundaryAgreement([map(0, 0, 1, 1)], map(0, 1, 1, 1), { tolerance: 0.25 });
 * console.log(segmentation.boundaryScore(counts)); // { precision: 1, recall: 1, f: 1 }
 */
export function boundaryAgreement(
  truths: readonly Segmentation[],
  segmentation: Segmentation,
  { tolerance = TOLERANCE }: BoundaryOptions = {},
): BoundaryCounts {
  const op = "segmentation.boundaryAgreement";
  if (truths.length === 0) throw new ArgumentError(op, "needs the map of at least one annotator");
  if (!(tolerance >= 0 && tolerance <= 1)) {
    throw new ArgumentError(op, `tolerance must be a share of the diagonal, 0 to 1, got ${String(tolerance)}`);
  }
  const map = compact(op, segmentation);
  const { height, width } = map;
  const left = boundariesOf(map);
  const offsets = offsetsWithin(tolerance * tolerance * (height * height + width * width));
  const right = new Uint8Array(left.length);
  let [truth, truthMatched] = [0, 0];
  for (const annotator of truths) {
    const other = compact(op, annotator);
    checkSameSize(op, map, other);
    const pixels = boundariesOf(other);
    const rightAt = new Int32Array(height * width).fill(-1);
    pixels.forEach((pixel, i) => (rightAt[pixel] = i));
    const partner = maximumMatching({ left, rightAt, rightCount: pixels.length, height, width, offsets });
    truth += pixels.length;
    partner.forEach((index, u) => {
      if (index < 0) return;
      truthMatched++;
      right[u] = 1;
    });
  }
  return { ours: left.length, oursMatched: right.reduce((sum, one) => sum + one, 0), truth, truthMatched };
}

/** Offsets (dy, dx) of squared length at most `limit`, the short ones first. */
function offsetsWithin(limit: number): Int32Array {
  const reach = Math.floor(Math.sqrt(limit));
  const found: [number, number][] = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) if (dy * dy + dx * dx <= limit) found.push([dy, dx]);
  }
  found.sort(([ay, ax], [by, bx]) => ay * ay + ax * ax - (by * by + bx * bx) || ay - by || ax - bx);
  return Int32Array.from(found.flat());
}

/**
 * Precision, recall and F = 2PR / (P + R) of counts, of one image or added up over a set. Without any boundary pixel of
 * ours the precision is 1, without any of the annotators the recall is 1; F is 0 where both are 0.
 *
 * @example
 * import { segmentation } from "matprop";
 * segmentation.boundaryScore({ ours: 4, oursMatched: 3, truth: 4, truthMatched: 2 }); // P 0.75, R 0.5, F 0.6
 */
export function boundaryScore({ ours, oursMatched, truth, truthMatched }: BoundaryCounts): BoundaryScore {
  const precision = ours === 0 ? 1 : oursMatched / ours;
  const recall = truth === 0 ? 1 : truthMatched / truth;
  const sum = precision + recall;
  return { precision, recall, f: sum === 0 ? 0 : (2 * precision * recall) / sum };
}
