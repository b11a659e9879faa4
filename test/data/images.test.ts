import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArgumentError, ShapeError } from "../../src/errors.js";
import { concat, fromArrays, split, statistics, subset, type LabelledImages } from "../../src/data/index.js";
import { numbered } from "./support.js";

describe("data: sets of images", () => {
  it("are made from arrays, with class names by default", () => {
    const set = fromArrays({ images: new Uint8ClampedArray([1, 2, 3, 4]), labels: [2, 0], shape: [1, 2] });
    assert.deepEqual(set.shape, [1, 2, 1]);
    assert.deepEqual(set.classes, ["0", "1", "2"]);
    assert.deepEqual([...set.images], [1, 2, 3, 4]);
    assert.deepEqual(fromArrays({ images: new Uint8Array(6), shape: [1, 1, 3] }).labels, Int32Array.of(-1, -1));
  });

  it("refuse what does not fit", () => {
    const images = new Uint8Array(8);
    assert.throws(
      () => fromArrays({ images, labels: [0], shape: [2, 2] }),
      /expected 4 pixels for \[1, 2, 2, 1\], got 8/,
    );
    assert.throws(() => fromArrays({ images, shape: [3, 1] }), ShapeError);
    assert.throws(() => fromArrays({ images, shape: [0, 2] }), /three positive integers/);
    assert.throws(
      () => fromArrays({ images, labels: [0, 2], shape: [2, 2], classes: ["a", "b"] }),
      /label 1 is 2, but there/,
    );
    assert.throws(
      () => fromArrays({ images, labels: [0, 0.5], shape: [2, 2] }),
      /label 1 must be a class index or −1, got 0.5/,
    );
    assert.throws(() => fromArrays({ images, labels: [0, -2], shape: [2, 2] }), ArgumentError);
  });

  it("have subsets in the order asked for", () => {
    const set = numbered(5, [1, 2, 1]);
    const two = subset(set, [4, 1]);
    assert.deepEqual([...two.images], [68, 69, 17, 18]);
    assert.deepEqual([...two.labels], [1, 1]);
    assert.throws(() => subset(set, [5]), /index 5 is outside 0 … 4/);
    assert.throws(() => subset(set, [0.5]), ArgumentError);
    assert.throws(() => subset({ ...set, labels: new Int32Array(4) }, [0]), ShapeError);
  });

  it("can be joined when they agree", () => {
    const set = numbered(4, [1, 2, 1]);
    assert.deepEqual(concat([subset(set, [0, 1, 2]), subset(set, [3])]), set);
    assert.throws(() => concat([]), ArgumentError);
    assert.throws(() => concat([set, numbered(1, [2, 1, 1])]), ShapeError);
    assert.throws(() => concat([set, { ...set, classes: ["x", "y", "z"] }]), /different classes/);
  });
});

describe("data: statistics", () => {
  it("agree with two-pass sums in every channel", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 60 }), (bytes) => {
        const pixels = bytes.subarray(0, bytes.length - (bytes.length % 6));
        const set = fromArrays({ images: pixels, shape: [1, 2, 3] });
        const { mean, std } = statistics(set);
        for (let c = 0; c < 3; c++) {
          const channel = [...pixels].filter((_, i) => i % 3 === c).map((value) => value / 255);
          const m = channel.reduce((a, b) => a + b, 0) / channel.length;
          const v = channel.reduce((a, b) => a + (b - m) ** 2, 0) / channel.length;
          assert.ok(Math.abs(mean[c]! - m) < 1e-14);
          assert.ok(Math.abs(std[c]! - (v < 1e-20 ? 1 : Math.sqrt(v))) < 1e-12);
        }
      }),
    );
  });

  it("do not depend on the order, and give a constant channel std 1", () => {
    const set = numbered(50, [3, 3, 3]);
    const backwards = subset(
      set,
      Array.from({ length: 50 }, (_, i) => 49 - i),
    );
    assert.deepEqual(statistics(backwards), statistics(set));
    assert.deepEqual(statistics(fromArrays({ images: new Uint8Array(4).fill(51), shape: [2, 2] })), {
      mean: [0.2],
      std: [1],
    });
    assert.throws(() => statistics(subset(set, [])), /the data set is empty/);
  });
});

describe("data: split", () => {
  const ids = (set: LabelledImages): number[] => Array.from(set.labels, (_, i) => set.images[i]! / 17);

  it("divides every class, keeps the order, and loses nobody", () => {
    const set = numbered(15, [1, 1, 1]); // pixels 17 i: every image is its own
    const [rest, held] = split(set, { fraction: 0.4, seed: 1 });
    assert.deepEqual(
      [0, 1, 2].map((c) => held.labels.filter((label) => label === c).length),
      [2, 2, 2],
    );
    assert.deepEqual(
      [...ids(rest), ...ids(held)].sort((a, b) => a - b),
      [...Array(15).keys()],
    );
    for (const part of [rest, held])
      assert.deepEqual(
        ids(part),
        ids(part).toSorted((a, b) => a - b),
      );
    assert.deepEqual(split(set, { fraction: 0.4, seed: 1 })[1], held);
    assert.notDeepEqual(ids(split(set, { fraction: 0.4, seed: 2 })[1]), ids(held));
  });

  it("leaves one of each class in the rest", () => {
    const [rest, held] = split(numbered(4, [1, 1, 1], 3), { fraction: 0.9, seed: 0 });
    assert.deepEqual(new Set(rest.labels), new Set([0, 1, 2]));
    assert.equal(held.labels.length, 1);
  });

  it("refuses other fractions", () => {
    for (const fraction of [0, 1, -0.1, NaN]) {
      assert.throws(() => split(numbered(4, [1, 1, 1]), { fraction, seed: 0 }), /fraction must be between 0 and 1/);
    }
  });
});
