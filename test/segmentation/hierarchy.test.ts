/** Regions joined step by step. */
import assert from "node:assert/strict";
import { init, segmentation, tensor } from "../../src/index.js";

describe("RegionHierarchy", () => {
  before(() => init());

  /** Four stripes of two columns; the embedding of each, which jumps between them. */
  const stripes = { labels: Uint8Array.from([0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 1, 1, 2, 2, 3, 3]), height: 2, width: 8 };
  const embeddingOf = (...values: number[]) =>
    tensor(
      Float64Array.from({ length: 16 }, (_, i) => values[(i % 8) >> 1]!),
      { shape: [2, 8, 1] },
    );

  it("joins the neighbours of least contrast first", () => {
    // Jumps of 1, 4 and 2.
    const hierarchy = new segmentation.RegionHierarchy(stripes, embeddingOf(0, 1, 5, 7));
    const rows = [4, 3, 2, 1].map((k) => Array.from(hierarchy.cut({ k }).labels.slice(0, 8)));
    assert.deepEqual(rows, [
      [0, 0, 1, 1, 2, 2, 3, 3],
      [0, 0, 0, 0, 1, 1, 2, 2],
      [0, 0, 0, 0, 1, 1, 1, 1],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    assert.equal(hierarchy.cut({ k: 3 }).count, 3);
    assert.deepEqual(hierarchy.cut({ k: 9 }), hierarchy.cut({ k: 4 }));
  });

  it("costs are the squared contrast times the fourth root's worth of size, by hand", () => {
    // Values 0, 1, 5, 7 have variance 32.75/4 = 8.1875. At the jump of 1, Sobel sees 4 of its weights · 1, of 8.
    const contrast = 4 / 8 / Math.sqrt(8.1875);
    const cost = contrast * contrast * Math.sqrt((4 * 4) / (4 + 4) / 16);
    const hierarchy = new segmentation.RegionHierarchy(stripes, embeddingOf(0, 1, 5, 7));
    const segments = (threshold: number): number => new Set(hierarchy.cut({ threshold }).labels).size;
    assert.equal(segments(cost * (1 - 1e-9)), 4);
    assert.equal(segments(cost * (1 + 1e-9)), 3);
    assert.equal(segments(Infinity), 1);
    assert.equal(segments(0), 4);
  });

  it("small regions go before large ones of equal contrast", () => {
    const labels = Uint8Array.from([0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2]);
    const values = Float64Array.from(labels, (label) => [0, 1, 2][label]!);
    const map = { labels, height: 1, width: 12 };
    const hierarchy = new segmentation.RegionHierarchy(map, tensor(values, { shape: [1, 12, 1] }));
    // Region 1 of one pixel lies between; the contrast is symmetric, region 0 is the smaller of its neighbours.
    assert.deepEqual(Array.from(hierarchy.cut({ k: 2 }).labels), [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  });

  it("what does not touch stays apart only while something lies between, and a constant embedding joins at no cost", () => {
    const map = { labels: Uint8Array.of(3, 1, 3, 0), height: 1, width: 4 };
    const hierarchy = new segmentation.RegionHierarchy(map, tensor(new Float32Array(4), { shape: [1, 4, 1] }));
    assert.equal(hierarchy.map.count, 3);
    assert.equal(new Set(hierarchy.cut({ threshold: 1e-300 }).labels).size, 1);
    assert.equal(new Set(hierarchy.cut({ threshold: 0 }).labels).size, 3);
  });

  it("the number of segments falls as the threshold rises, and every cut refines the next", () => {
    const [height, width] = [12, 17];
    const values = Float64Array.from({ length: height * width * 2 }, (_, i) => ((i * 7919) % 101) / 101);
    const labels = Int32Array.from(
      { length: height * width },
      (_, i) => (Math.floor(i / width / 3) * 6 + (i % width) / 3) | 0,
    );
    const hierarchy = new segmentation.RegionHierarchy(
      { labels, height, width },
      tensor(values, { shape: [height, width, 2] }),
    );
    for (let k = hierarchy.map.count; k > 1; k--) {
      const [fine, coarse] = [hierarchy.cut({ k }).labels, hierarchy.cut({ k: k - 1 }).labels];
      assert.equal(new Set(fine).size, k);
      const parent = new Map<number, number>();
      fine.forEach((label, i) => {
        assert.equal(parent.get(label) ?? coarse[i], coarse[i]);
        parent.set(label, coarse[i]!);
      });
    }
  });

  it("cuts other pixels of the same regions, numbered by their own first pixels", () => {
    const hierarchy = new segmentation.RegionHierarchy(stripes, embeddingOf(0, 1, 5, 7));
    const larger = { labels: Uint8Array.of(3, 2, 2, 1, 0, 0), height: 3, width: 2 };
    const expected = { labels: Int32Array.of(0, 0, 0, 1, 1, 1), height: 3, width: 2, count: 2 };
    assert.deepEqual(hierarchy.cut({ k: 2 }, larger), expected);
    const foreign = { labels: Uint8Array.of(0, 4), height: 1, width: 2 };
    assert.throws(() => hierarchy.cut({ k: 2 }, foreign), /the regions are 0 to 3, got 4/);
  });

  it("refuses an embedding of another size and cuts that make no sense", () => {
    const make = () => new segmentation.RegionHierarchy(stripes, tensor(new Float32Array(6), { shape: [2, 3, 1] }));
    assert.throws(make, /a map of 2 × 8 needs \[2, 8, r\], got \[2, 3, 1\]/);
    const hierarchy = new segmentation.RegionHierarchy(stripes, embeddingOf(0, 1, 2, 3));
    assert.throws(() => hierarchy.cut({ k: 0 }), /positive integer, got 0/);
    assert.throws(() => hierarchy.cut({ threshold: Number.NaN }), /got NaN/);
  });
});
