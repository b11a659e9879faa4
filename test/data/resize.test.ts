import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArgumentError } from "../../src/errors.js";
import { centerCrop, fromArrays, resize } from "../../src/data/index.js";
import { numbered } from "./support.js";

const one = (pixels: number[], shape: [number, number, number]) =>
  fromArrays({ images: Uint8Array.from(pixels), shape });

describe("data: resize", () => {
  it("averages whole boxes", () => {
    assert.deepEqual([...resize(one([0, 10, 20, 30, 1, 11, 21, 33], [2, 4, 1]), [1, 2]).images], [6, 26]);
  });

  it("averages fractional boxes: three pixels to two", () => {
    // (2·30 + 60) / 3 and (60 + 2·90) / 3
    assert.deepEqual([...resize(one([30, 60, 90], [1, 3, 1]), [1, 2]).images], [40, 80]);
  });

  it("interpolates between pixel centres, edges repeated", () => {
    assert.deepEqual([...resize(one([0, 100], [1, 2, 1]), [1, 4]).images], [0, 25, 75, 100]);
    assert.deepEqual([...resize(one([0, 90], [2, 1, 1]), [3, 1]).images], [0, 45, 90]);
  });

  it("treats channels apart", () => {
    assert.deepEqual([...resize(one([0, 100, 10, 200], [1, 2, 2]), 1).images], [5, 150]);
  });

  const size = fc.integer({ min: 1, max: 9 });

  it("agrees with box averages computed in floating point", () => {
    fc.assert(
      fc.property(size, size, size, size, fc.uint8Array({ minLength: 81, maxLength: 81 }), (h0, w0, a, b, bytes) => {
        const [h, w] = [Math.min(h0, a), Math.min(w0, b)];
        const found = resize(one([...bytes.subarray(0, h0 * w0)], [h0, w0, 1]), [h, w]).images;
        const overlap = (i: number, j: number, from: number, to: number): number =>
          Math.max(0, Math.min(i + 1, ((j + 1) * from) / to) - Math.max(i, (j * from) / to));
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++) {
            let sum = 0;
            for (let i = 0; i < h0; i++)
              for (let j = 0; j < w0; j++) sum += overlap(i, y, h0, h) * overlap(j, x, w0, w) * bytes[i * w0 + j]!;
            const expected = (sum * h * w) / (h0 * w0);
            assert.ok(Math.abs(found[y * w + x]! - expected) <= 0.5 + 1e-9, `${found[y * w + x]} for ${expected}`);
          }
      }),
    );
  });

  it("keeps constants and its own size", () => {
    fc.assert(
      fc.property(size, size, size, size, fc.integer({ min: 0, max: 255 }), (h0, w0, h, w, level) => {
        const set = one(new Array(h0 * w0).fill(level), [h0, w0, 1]);
        assert.ok(resize(set, [h, w]).images.every((value) => value === level));
      }),
    );
    const set = numbered(3, [4, 5, 3]);
    assert.deepEqual(resize(set, [4, 5]), set);
    assert.deepEqual(resize(set, [2, 5]).labels, set.labels);
  });

  it("refuses sizes that are none", () => {
    for (const bad of [0, 1.5, [1, -1]])
      assert.throws(() => resize(numbered(1, [2, 2, 1]), bad as number), ArgumentError);
  });
});

describe("data: centerCrop", () => {
  it("cuts out the middle", () => {
    const set = one([...Array(2 * 4 * 3).keys()], [4, 3, 2]);
    assert.deepEqual([...centerCrop(set, [2, 1]).images], [8, 9, 14, 15]);
    assert.deepEqual(centerCrop(set, [4, 3]), set);
    assert.throws(() => centerCrop(set, 4), /4 × 4 is larger than the images, 4 × 3/);
  });
});
