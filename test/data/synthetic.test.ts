import assert from "node:assert/strict";
import { ArgumentError } from "../../src/errors.js";
import { synthetic, type LabelledImages } from "../../src/data/index.js";
import { hash } from "../../src/tensor/hash.js";
import { tensor } from "../../src/tensor/create.js";

describe("data: built-in textures", () => {
  it("are pinned", () => {
    const grey = synthetic({ seed: 1, size: 16, perClass: 2 });
    const colour = synthetic({ seed: 1, size: 16, perClass: 2, channels: 3 });
    assert.equal(hash({ grey: tensor(grey.images), colour: tensor(colour.images) }), PINNED);
    assert.deepEqual(colour.shape, [16, 16, 3]);
    assert.deepEqual([...grey.labels.subarray(0, 12)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    assert.equal(grey.classes.length, 10);
  });

  it("change with the seed, and not with how many there are", () => {
    const few = synthetic({ seed: 1, size: 8, classes: 3, perClass: 1 });
    const many = synthetic({ seed: 1, size: 8, classes: 10, perClass: 2 });
    assert.deepEqual(many.images.subarray(0, 3 * 64), few.images);
    assert.notDeepEqual(synthetic({ seed: 2, size: 8, classes: 3, perClass: 1 }).images, few.images);
  });

  it("refuse options out of range", () => {
    for (const bad of [{ seed: -1 }, { seed: 1, size: 4 }, { seed: 1, classes: 11 }, { seed: 1, perClass: -1 }]) {
      assert.throws(() => synthetic(bad), ArgumentError);
    }
    assert.throws(() => synthetic({ seed: 1, channels: 2 as never }), /channels must be 1 or 3/);
  });

  /** Leave-one-half-out nearest-centroid accuracy of features. */
  function accuracy(set: LabelledImages, features: (pixels: Uint8Array) => number[]): number {
    const n = set.labels.length;
    const size = set.images.length / n;
    const x = Array.from({ length: n }, (_, i) => features(set.images.subarray(i * size, (i + 1) * size)));
    const half = n / 2;
    const width = x[0]!.length;
    const scale = Array.from({ length: width }, (_, j) => {
      const values = x.slice(0, half).map((row) => row[j]!);
      const mean = values.reduce((a, b) => a + b) / half;
      return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / half) || 1;
    });
    const centroids = set.classes.map((_, c) => {
      const rows = x.slice(0, half).filter((_, i) => set.labels[i] === c);
      return Array.from({ length: width }, (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
    });
    let right = 0;
    for (let i = half; i < n; i++) {
      const distances = centroids.map((m) => m.reduce((sum, v, j) => sum + ((v - x[i]![j]!) / scale[j]!) ** 2, 0));
      if (distances.indexOf(Math.min(...distances)) === set.labels[i]) right++;
    }
    return right / half;
  }

  it("differ in second-order statistics of neighbours, not in mean and spread", () => {
    const side = 24;
    const set = synthetic({ seed: 3, size: side, perClass: 60 });
    const moments = (pixels: Uint8Array): number[] => {
      const mean = pixels.reduce((a, b) => a + b, 0) / pixels.length;
      return [mean, Math.sqrt(pixels.reduce((a, b) => a + (b - mean) ** 2, 0) / pixels.length)];
    };
    const correlations = (pixels: Uint8Array): number[] => {
      const [mean, std] = moments(pixels) as [number, number];
      const at = (y: number, x: number): number => (pixels[y * side + x]! - mean) / std;
      const out: number[] = [];
      for (const [dy, dx] of [
        [0, 1],
        [1, 0],
        [1, 1],
        [1, -1],
        [0, 2],
        [2, 0],
        [2, 2],
        [2, -2],
        [0, 3],
        [3, 0],
      ] as const) {
        let sum = 0;
        for (let y = 3; y < side - 3; y++) for (let x = 3; x < side - 3; x++) sum += at(y, x) * at(y + dy, x + dx);
        out.push(sum / ((side - 6) * (side - 6)));
      }
      return out;
    };
    const first = accuracy(set, moments);
    const second = accuracy(set, correlations);
    assert.ok(first < 0.2, `mean and spread tell ${first}`);
    assert.ok(second > 0.8, `correlations tell ${second}`);
  });
});

const PINNED = "773df969fcf48462d1fa5dfccc53f3fffe080b367b66a42d026b720a7535a2cf";
