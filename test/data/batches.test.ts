import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArgumentError, DtypeError } from "../../src/errors.js";
import { batches, epochOrder, type Augment, type BatchOptions } from "../../src/data/index.js";
import { hash } from "../../src/tensor/hash.js";
import { numbered } from "./support.js";

const set = numbered(10, [4, 5, 2]);
const collect = (options: BatchOptions) => [...batches(set, options)];

/** The bytes that served values stand for. */
const bytes = (options: BatchOptions): number[] =>
  collect(options).flatMap(({ images }) => Array.from(images.data(), (value) => Math.round(value * 255)));

describe("data: batches", () => {
  it("serve every image once, in order, scaled to 0 … 1", () => {
    const found = collect({ batchSize: 4 });
    assert.deepEqual(
      found.map(({ images }) => images.shape),
      [
        [4, 4, 5, 2],
        [4, 4, 5, 2],
        [2, 4, 5, 2],
      ],
    );
    assert.deepEqual(
      found.flatMap(({ indices }) => [...indices]),
      [...Array(10).keys()],
    );
    assert.deepEqual(
      found.flatMap(({ labels }) => labels.toArray()),
      [...set.labels],
    );
    assert.equal(found[0]!.labels.dtype, "int32");
    const values = found.flatMap(({ images }) => [...images.data()]);
    assert.deepEqual(
      values,
      Array.from(set.images, (value) => Math.fround(value / 255)),
    );
    assert.equal(batches(set, { batchSize: 4 }).length, 3);
  });

  it("drop the last batch when asked", () => {
    assert.equal(batches(set, { batchSize: 4, dropLast: true }).length, 2);
    assert.equal(collect({ batchSize: 4, dropLast: true }).length, 2);
    assert.equal(collect({ batchSize: 11, dropLast: true }).length, 0);
  });

  it("normalize each channel", () => {
    const [mean, std] = [
      [0.25, 0.5],
      [0.5, 2],
    ];
    const [batch] = batches(set, { batchSize: 10, mean, std, dtype: "float64" });
    const expected = Array.from(set.images, (value, i) => (value / 255 - mean[i % 2]!) / std[i % 2]!);
    assert.deepEqual([...batch!.images.data()], expected);
    assert.equal(batch!.images.dtype, "float64");
  });

  it("serve a permutation that depends on seed and epoch alone", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.maxSafeNat(), fc.nat(), (n, seed, epoch) => {
        const order = epochOrder(n, { seed, epoch });
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          [...Array(n).keys()],
        );
        assert.deepEqual(epochOrder(n, { seed, epoch }), order);
      }),
    );
    const orders = [0, 1].flatMap((seed) => [0, 1].map((epoch) => epochOrder(50, { seed, epoch }).join()));
    assert.equal(new Set(orders).size, 4);
  });

  it("have pinned orders and pixels", () => {
    assert.deepEqual([...epochOrder(10, { seed: 1, epoch: 0 })], PINNED_ORDER);
    const augment: Augment = { flip: "both", shift: 2, crop: [3, 4], border: "reflect" };
    const [batch] = batches(set, { batchSize: 10, shuffle: 1, epoch: 3, augment, mean: 0.5, std: 0.25 });
    assert.equal(hash(batch!.images), PINNED_PIXELS);
  });

  it("continue at any step, whatever the batch size was before", () => {
    const options: BatchOptions = { batchSize: 3, shuffle: 9, epoch: 2, augment: { flip: true, shift: 1 } };
    const whole = collect(options);
    for (let start = 0; start <= 4; start++) {
      const rest = collect({ ...options, start });
      assert.deepEqual(
        rest.map(({ images }) => hash(images)),
        whole.slice(start).map(({ images }) => hash(images)),
      );
    }
    const single = collect({ ...options, batchSize: 1 });
    assert.deepEqual(
      single.flatMap(({ images }) => [...images.data()]),
      whole.flatMap(({ images }) => [...images.data()]),
    );
  });

  it("can be served twice", () => {
    const epoch = batches(set, { batchSize: 4, shuffle: 1 });
    assert.deepEqual(
      [...epoch].map(({ indices }) => indices),
      [...epoch].map(({ indices }) => indices),
    );
  });

  it("augment an image the same wherever it is served", () => {
    const augment: Augment = { flip: "both", shift: 2, crop: 3 };
    const a = new Map(
      collect({ batchSize: 1, shuffle: 1, augment: { ...augment, seed: 5 } }).map(({ indices, images }) => [
        indices[0],
        hash(images),
      ]),
    );
    const b = collect({ batchSize: 1, shuffle: 2, augment: { ...augment, seed: 5 } });
    for (const { indices, images } of b) assert.equal(hash(images), a.get(indices[0]));
    const c = collect({ batchSize: 1, shuffle: 2, epoch: 1, augment: { ...augment, seed: 5 } });
    assert.ok(c.some(({ indices, images }) => hash(images) !== a.get(indices[0])));
  });

  it("refuse options out of range", () => {
    const bad: [Partial<BatchOptions>, RegExp][] = [
      [{ batchSize: 0 }, /batchSize must be an integer from 1/],
      [{ epoch: -1 }, /epoch must be/],
      [{ start: 4 }, /start must be an integer from 0 to 3, got 4/],
      [{ shuffle: -1 }, /seed must be/],
      [{ std: 0 }, /std must be positive/],
      [{ mean: [0, 0, 0] }, /mean must be one number or one per channel \(2\)/],
      [{ mean: NaN }, /mean must be/],
      [{ augment: { flip: "left" as never } }, /augment.flip must be/],
      [{ augment: { border: "wrap" as never } }, /augment.border must be/],
      [{ augment: { shift: 4 } }, /augment.shift must be/],
      [{ augment: { shift: [1] as never } }, /augment.shift must be/],
      [{ augment: { crop: 5 } }, /augment.crop 5 × 5 exceeds the images, 4 × 5/],
      [{ augment: { crop: 0 } }, /augment.crop must be/],
      [{ augment: { seed: 0.5 } }, /seed must be/],
    ];
    for (const [options, message] of bad) {
      assert.throws(() => batches(set, { batchSize: 4, ...options }), ArgumentError);
      assert.throws(() => batches(set, { batchSize: 4, ...options }), message);
    }
    assert.throws(() => batches(set, { batchSize: 1, dtype: "int32" as never }), DtypeError);
  });
});

describe("data: augmentation", () => {
  /** Image `index` as rows of pixels, each a text of its channels. */
  const rows = (pixels: number[], h: number, w: number, c: number, index: number): string[][] =>
    Array.from({ length: h }, (_, y) =>
      Array.from({ length: w }, (_, x) =>
        pixels.slice(((index * h + y) * w + x) * c, ((index * h + y) * w + x + 1) * c).join(),
      ),
    );
  const original = (index: number) => rows([...set.images], 4, 5, 2, index);

  it("flips left–right half the time, and never otherwise", () => {
    let flipped = 0;
    for (let epoch = 0; epoch < 50; epoch++) {
      const pixels = bytes({ batchSize: 10, epoch, augment: { flip: true } });
      for (let i = 0; i < 10; i++) {
        const found = rows(pixels, 4, 5, 2, i);
        const mirrored = original(i).map((row) => row.toReversed());
        if (found.join("|") === mirrored.join("|")) flipped++;
        else assert.deepEqual(found, original(i));
      }
    }
    assert.ok(flipped > 200 && flipped < 300, `${flipped} of 500`);
  });

  it("flips both ways independently", () => {
    const seen = new Map<string, number>();
    for (let epoch = 0; epoch < 40; epoch++) {
      const found = rows(bytes({ batchSize: 10, epoch, augment: { flip: "both" } }), 4, 5, 2, 0);
      const views: Record<string, string[][]> = {
        none: original(0),
        x: original(0).map((row) => row.toReversed()),
        y: original(0).toReversed(),
        xy: original(0)
          .map((row) => row.toReversed())
          .toReversed(),
      };
      const name = Object.keys(views).find((key) => views[key]!.join("|") === found.join("|"));
      assert.ok(name !== undefined);
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    assert.equal(seen.size, 4);
  });

  it("shifts with black or mirrored borders, and crops, as index arithmetic says", () => {
    const cases: Augment[] = [
      { shift: [1, 2] },
      { shift: [1, 2], border: "reflect" },
      { crop: [2, 3] },
      { shift: 1, crop: [3, 3], border: "reflect" },
    ];
    for (const augment of cases) {
      const [h, w] = (augment.crop as [number, number] | undefined) ?? [4, 5];
      const [sy, sx] = typeof augment.shift === "number" ? [augment.shift, augment.shift] : (augment.shift ?? [0, 0]);
      /** Every picture that image i can become, with the window it shows. */
      const views = Array.from({ length: 10 }, (_, i) => {
        const source = original(i);
        const out = new Map<string, string>();
        for (let top = -sy; top <= 4 - h + sy; top++)
          for (let left = -sx; left <= 5 - w + sx; left++) {
            const pixel = (y: number, x: number): string =>
              augment.border === "reflect" ? source[mirror(y, 4)]![mirror(x, 5)]! : (source[y]?.[x] ?? "0,0");
            const view = Array.from({ length: h }, (_, y) =>
              Array.from({ length: w }, (_, x) => pixel(top + y, left + x)),
            );
            out.set(view.join("|"), `${top},${left}`);
          }
        return out;
      });
      const seen = new Set<string>();
      for (let epoch = 0; epoch < 60; epoch++) {
        const pixels = bytes({ batchSize: 10, epoch, augment });
        for (let i = 0; i < 10; i++) {
          const window = views[i]!.get(rows(pixels, h, w, 2, i).join("|"));
          assert.ok(window !== undefined, `image ${i} shows no window of ${JSON.stringify(augment)}`);
          seen.add(window);
        }
      }
      assert.equal(seen.size, (4 - h + 2 * sy + 1) * (5 - w + 2 * sx + 1), `windows of ${JSON.stringify(augment)}`);
    }
  });
});

/** The position that a mirror at the edges shows. */
function mirror(at: number, size: number): number {
  if (at < 0) return -at;
  return at >= size ? 2 * (size - 1) - at : at;
}

const PINNED_ORDER = [0, 6, 5, 8, 9, 7, 2, 4, 3, 1];
const PINNED_PIXELS = "ac8fbb11caac4419d3969f1102e1b451c5720d5dffb99cbe11e952eb2fb9a921";
