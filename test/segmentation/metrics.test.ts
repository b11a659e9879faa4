/** Region and boundary measures against values computed by hand, and against what defines them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { boundaries, boundaryAgreement, boundaryScore } from "../../src/segmentation/boundaries.js";
import type { LabelMap } from "../../src/segmentation/labelMap.js";
import {
  agreement,
  covering,
  optimalScale,
  randIndex,
  variationOfInformation,
} from "../../src/segmentation/metrics.js";
import { init, tensor } from "../../src/index.js";

/** A map from its rows, one digit a pixel. */
function map(...rows: string[]): LabelMap {
  return {
    labels: Uint8Array.from(rows.join("").split("").map(Number)),
    height: rows.length,
    width: rows[0]!.length,
  };
}

const arbitraryPair = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }))
  .chain(([height, width, most]) => {
    const labels = fc
      .array(fc.integer({ min: 0, max: most }), { minLength: height * width, maxLength: height * width })
      .map((values): LabelMap => ({ labels: Int32Array.from(values), height, width }));
    return fc.tuple(labels, labels, labels);
  });

/** The same partition under other numbers, 70 000 among them. */
function renamed({ labels, ...size }: LabelMap): LabelMap {
  return { labels: Int32Array.from(labels, (label) => (label === 2 ? 70_000 : 11 - label)), ...size };
}

const close = (actual: number, expected: number): void => {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
};

describe("measures of segmentations", () => {
  before(() => init());

  // Sizes 4 and 4 against 5, 2 and 1; overlaps 0∩a = 4, 1∩a = 1, 1∩b = 2, 1∩c = 1.
  const human = map("0011", "0011");
  const ours = map("0001", "0022");
  // 0: {0,1,4,5}, 1: {2,3,6,7}; a: {0,1,2,4,5}, b: {3}, c: {6,7}

  it("covering by hand: (4 · 4/5 + 4 · 2/4) / 8, and the other way round", () => {
    close(covering(human, ours), (4 * (4 / 5) + 4 * (2 / 4)) / 8);
    // a: best 4/5 (with 0); b: 1/4; c: 2/4, weighed 5, 1, 2.
    close(covering(ours, human), (5 * (4 / 5) + 1 * (1 / 4) + 2 * (2 / 4)) / 8);
  });

  it("Rand index by hand: pairs together in both and apart in both, of 28", () => {
    // Together in human: 6 + 6; in ours: 10 + 0 + 1; in both: 6 (0∩a) + 0 + 0 + 1 (1∩c) = 7.
    // Disagreements: (12 − 7) + (11 − 7) = 9.
    close(randIndex(human, ours), 1 - 9 / 28);
  });

  it("variation of information by hand, in bits", () => {
    // H(human|ours): within a (5 pixels: 4 and 1), b and c pure: 5/8 · H(1/5). H(ours|human): within 1 (1, 1, 2): 4/8 · 1.5.
    const entropy = -(0.2 * Math.log2(0.2) + 0.8 * Math.log2(0.8));
    close(variationOfInformation(human, ours), (5 / 8) * entropy + (4 / 8) * 1.5);
    // Halves against quarters: one bit is missing one way, none the other.
    close(variationOfInformation(map("0011"), map("0123")), 1);
  });

  it("several annotators: best and mean covering, mean Rand index and information", () => {
    const found = agreement([human, ours], ours);
    close(found.coveringBest, 1);
    close(found.coveringAverage, (1 + covering(human, ours)) / 2);
    close(found.pri, (1 + 19 / 28) / 2);
    close(found.vi, variationOfInformation(human, ours) / 2);
  });

  it("one segment against single pixels", () => {
    const [whole, pixels] = [map("000", "000"), map("012", "345")];
    close(covering(whole, pixels), 1 / 6);
    close(covering(pixels, whole), 1 / 6);
    close(randIndex(whole, pixels), 0);
    close(variationOfInformation(whole, pixels), Math.log2(6));
    assert.equal(randIndex(map("0"), map("5")), 1);
  });

  it("equal partitions score 1, 1 and 0 whatever their numbers; Rand and information are symmetric", () => {
    fc.assert(
      fc.property(arbitraryPair, ([a, b]) => {
        assert.equal(covering(a, renamed(a)), 1);
        assert.equal(randIndex(a, renamed(a)), 1);
        assert.equal(variationOfInformation(a, renamed(a)), 0);
        assert.equal(covering(renamed(a), b), covering(a, renamed(b)));
        close(randIndex(a, b), randIndex(b, a));
        close(variationOfInformation(a, b), variationOfInformation(b, a));
      }),
    );
  });

  it("information is a metric and all stay within their ranges", () => {
    fc.assert(
      fc.property(arbitraryPair, ([a, b, c]) => {
        const [ab, bc, ac] = [variationOfInformation(a, b), variationOfInformation(b, c), variationOfInformation(a, c)];
        assert.ok(ac <= ab + bc + 1e-12);
        for (const share of [covering(a, b), randIndex(a, b)]) assert.ok(share >= 0 && share <= 1);
      }),
    );
  });

  it("takes integer tensors", () => {
    const pair = [tensor([[0, 0, 1, 1]], { dtype: "int32" }), tensor([[0, 1, 2, 3]], { dtype: "uint8" })] as const;
    assert.equal(covering(...pair), 0.5);
  });

  it("ODS takes one scale for all, OIS the best of each", () => {
    const { ods, index, ois } = optimalScale([
      [0.5, 0.7, 0.1],
      [0.6, 0.2, 0.1],
    ]);
    close(ods, 0.55);
    assert.equal(index, 0);
    close(ois, 0.65);
  });

  it("refuses what cannot be compared, naming it", () => {
    assert.throws(() => covering(map("00"), map("0", "0")), /covering: maps of 1 × 2 and 2 × 1/);
    assert.throws(() => covering({ labels: new Uint8Array(3), height: 2, width: 2 }, human), /expected 2 × 2 labels/);
    assert.throws(() => randIndex({ labels: Int32Array.of(-1), height: 1, width: 1 }, map("0")), /pixel 0 has -1/);
    assert.throws(() => covering(map(""), map("")), /at least one pixel/);
    assert.throws(() => covering(tensor([[0.5]]) as never, human), /int32 or uint8 tensor, got float32/);
    assert.throws(() => covering(tensor([0], { dtype: "int32" }), human), /shape \[H, W\], got \[1\]/);
    assert.throws(() => agreement([], human), /at least one annotator/);
    assert.throws(() => optimalScale([[1], [1, 2]]), /same positive number/);
  });
});

describe("boundaries of segmentations", () => {
  it("are where the right or the lower neighbour differs", () => {
    assert.deepEqual(Array.from(boundaries(map("001", "001", "221"))), [1, 3, 4, 7]);
    assert.deepEqual(Array.from(boundaries(map("00", "00"))), []);
  });

  it("match one to one within the tolerance", () => {
    // Ours lies one pixel to the left of the annotator's: nothing at tolerance 0, all at one pixel (√(9 + 25) · 0.18 > 1).
    const [a, b] = [map("00111", "00111", "00111"), map("01111", "01111", "01111")];
    assert.deepEqual(boundaryAgreement([a], b, { tolerance: 0 }), {
      ours: 3,
      oursMatched: 0,
      truth: 3,
      truthMatched: 0,
    });
    assert.deepEqual(boundaryAgreement([a], b, { tolerance: 0.18 }), {
      ours: 3,
      oursMatched: 3,
      truth: 3,
      truthMatched: 3,
    });
  });

  it("a match is undone where that matches more (a greedy choice would find 2 of 3)", () => {
    // One row; ours at 1, 2, 3 and the annotator's at 2, 3, 4 with one pixel of slack: 1–2, 2–3, 3–4.
    const ours = { labels: Uint8Array.of(0, 0, 1, 2, 3, 3, 3), height: 1, width: 7 };
    const truth = { labels: Uint8Array.of(0, 0, 0, 1, 2, 3, 3), height: 1, width: 7 };
    assert.deepEqual(Array.from(boundaries(ours)), [1, 2, 3]);
    assert.deepEqual(Array.from(boundaries(truth)), [2, 3, 4]);
    const counts = boundaryAgreement([truth], ours, { tolerance: 0.15 });
    assert.deepEqual(counts, { ours: 3, oursMatched: 3, truth: 3, truthMatched: 3 });
  });

  it("a pixel of ours is right if any annotator has it; recall is over all of them", () => {
    const [left, right] = [map("0111"), map("0001")];
    const counts = boundaryAgreement([left, right], map("0122"), { tolerance: 0 });
    assert.deepEqual(counts, { ours: 2, oursMatched: 1, truth: 2, truthMatched: 1 });
    const { precision, recall, f } = boundaryScore(counts);
    assert.deepEqual([precision, recall, f], [0.5, 0.5, 0.5]);
  });

  it("the matching is as large as that of exhaustive search", () => {
    fc.assert(
      fc.property(arbitraryPair, ([a, b]) => {
        const tolerance = 1.5 / Math.sqrt(a.height * a.height + a.width * a.width);
        if (tolerance > 1) return;
        const { truthMatched } = boundaryAgreement([a], b, { tolerance });
        assert.equal(truthMatched, largestMatching(boundaries(b), boundaries(a), a.width));
      }),
    );
  });

  it("scores without boundary pixels, and refuses odd tolerances", () => {
    const whole = map("00");
    assert.deepEqual(boundaryScore(boundaryAgreement([whole], whole)), { precision: 1, recall: 1, f: 1 });
    assert.equal(boundaryScore({ ours: 3, oursMatched: 0, truth: 3, truthMatched: 0 }).f, 0);
    assert.throws(() => boundaryAgreement([whole], whole, { tolerance: 2 }), /share of the diagonal/);
    assert.throws(() => boundaryAgreement([], whole), /at least one annotator/);
  });
});

/** Kuhn's algorithm over all pairs at most 1.5 pixels apart. */
function largestMatching(left: Int32Array, right: Int32Array, width: number): number {
  const near = (u: number, v: number): boolean => {
    const dy = Math.floor(u / width) - Math.floor(v / width);
    const dx = (u % width) - (v % width);
    return dy * dy + dx * dx <= 2.25;
  };
  const owner = new Map<number, number>();
  const place = (u: number, seen: Set<number>): boolean => {
    for (const v of right) {
      if (!near(u, v) || seen.has(v)) continue;
      seen.add(v);
      const other = owner.get(v);
      if (other === undefined || place(other, seen)) {
        owner.set(v, u);
        return true;
      }
    }
    return false;
  };
  return left.reduce((count, u) => count + (place(u, new Set()) ? 1 : 0), 0);
}
