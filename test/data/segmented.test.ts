/** Images with segmentations: the built-in scenes, resizing, and folders of images and label maps. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encode as encodePng } from "fast-png";
import { data, hash, init, segmentation, tensor } from "../../src/index.js";
import { npyFile } from "../../src/io/npy.js";
import { openPictures, openSegmented } from "../../src/node.js";
import { jpg, png, realData, writeTree } from "./files.js";

describe("built-in scenes", () => {
  before(() => init());

  it("are the same for one seed, others for another, and of the size asked for", () => {
    const [first, again, other] = [1, 1, 2].map((seed) =>
      data.syntheticScenes({ seed, count: 2, height: 20, width: 33 }),
    );
    assert.deepEqual(first, again);
    assert.notDeepEqual(first![0]!.pixels, other![0]!.pixels);
    for (const { pixels, truths, height, width } of first!) {
      assert.deepEqual([height, width, pixels.length], [20, 33, 3 * 20 * 33]);
      for (const truth of truths) assert.deepEqual([truth.height, truth.width, truth.labels.length], [20, 33, 660]);
    }
  });

  it("never change: their pixels and maps are pinned", () => {
    const [scene] = data.syntheticScenes({ seed: 5, count: 1 });
    const bytes = tensor(Array.from(scene!.pixels).concat(...scene!.truths.map(({ labels }) => Array.from(labels))));
    assert.equal(hash(bytes), "c7033189224f442050d91ea0db61ad8f7cde426e6e04e55a2c3563b77b49755b");
  });

  it("the coarse annotator joins whole regions of the fine one", () => {
    for (const { truths } of data.syntheticScenes({ seed: 3, count: 12 })) {
      const [fine, coarse] = truths;
      // Each fine region lies in one coarse region: a fine map predicts the coarse one without loss.
      const parent = new Map<number, number>();
      fine!.labels.forEach((label, i) => {
        assert.equal(coarse!.labels[i], parent.get(label) ?? coarse!.labels[i]);
        parent.set(label, coarse!.labels[i]!);
      });
      assert.ok(parent.size >= 2);
    }
  });

  it("refuse options out of range", () => {
    assert.throws(() => data.syntheticScenes({ seed: 1, count: 1, height: 8 }), /height must be an integer from 16/);
    assert.throws(() => data.syntheticScenes({ seed: -1, count: 1 }), /seed must be/);
    assert.throws(() => data.syntheticScenes({ seed: 1, count: 1, regions: 1 }), /regions must be an integer from 2/);
  });
});

describe("resizing segmented images", () => {
  it("averages pixels and takes the label under the centre", () => {
    const labels = Uint8Array.of(0, 1, 1, 2, 3, 4, 4, 5);
    const pixels = Uint8Array.from({ length: 24 }, (_, i) => 10 * Math.floor(i / 3));
    const image = { id: "a", pixels, height: 2, width: 4, truths: [{ labels, height: 2, width: 4 }] };
    const small = data.resizeSegmented(image, 1, 2);
    // Pixels 0, 10, 40, 50 and 20, 30, 60, 70; centres at row 1, columns 1 and 3.
    assert.deepEqual(Array.from(small.pixels), [25, 25, 25, 45, 45, 45]);
    assert.deepEqual(Array.from(small.truths[0]!.labels), [4, 5]);
    assert.deepEqual(Array.from(data.resizeSegmented(image, 2, 4).truths[0]!.labels), Array.from(labels));
    assert.throws(() => data.resizeSegmented(image, 0, 2), /positive integers, got 0 and 2/);
    assert.throws(
      () => data.resizeSegmented({ ...image, pixels: new Uint8Array(3) }, 1, 1),
      /a: expected 2 × 4 pixels/,
    );
  });
});

describe("folders of images and label maps", () => {
  const folder = mkdtempSync(join(tmpdir(), "segmented-"));
  after(() => rmSync(folder, { recursive: true }));
  before(() => init());

  const maps = (...values: number[]): Uint8Array => npyFile("test", "|u1", [2, 2, 3], Uint8Array.from(values));
  const grey = (depth: 1 | 8 | 16, values: Uint8Array | Uint16Array): Uint8Array =>
    encodePng({ width: 3, height: 2, channels: 1, depth, data: values });

  it("reads splits, several annotators, npy and PNG of several kinds", async () => {
    writeTree(folder, {
      "a/images/train/x.jpg": jpg(3, 2, [200, 10, 10]),
      "a/images/train/y.png": png(3, 2, 1, 2, 3),
      "a/images/train/z.png": png(3, 2, 1, 2, 3),
      "a/images/test/t.png": png(3, 2, 9, 9, 9),
      "a/labels/train/x.npy.gz": gzipSync(maps(1, 1, 2, 1, 1, 2, 7, 7, 7, 8, 8, 8)),
      "a/labels/train/y.png": grey(16, Uint16Array.of(0, 300, 300, 65535, 0, 0)),
      "a/labels/train/z/1.png": png(3, 2, 0, 1, 2),
      "a/labels/train/z/2.npy": npyFile("test", "<u2", [2, 3], Uint16Array.of(0, 0, 0, 999, 1, 1)),
    });
    const train = await openSegmented(join(folder, "a"), "train");
    assert.deepEqual(train.ids, ["x", "y", "z"]);
    const [x, y, z] = await Promise.all([0, 1, 2].map((i) => train.read(i)));
    assert.deepEqual([x!.id, x!.height, x!.width, x!.truths.length], ["x", 2, 3, 2]);
    assert.deepEqual(Array.from(x!.truths[1]!.labels), [7, 7, 7, 8, 8, 8]);
    assert.deepEqual(Array.from(y!.pixels.subarray(0, 4)), [1, 2, 3, 1]);
    assert.deepEqual(Array.from(y!.truths[0]!.labels), [0, 300, 300, 65535, 0, 0]);
    assert.deepEqual(
      z!.truths.map(({ labels }) => labels[3]),
      [258, 999],
    );
    const test = await openSegmented(join(folder, "a"), "test");
    assert.deepEqual((await test.read(0)).truths, []);
  });

  it("takes every fifth image for val where there are no splits", async () => {
    const files = Array.from({ length: 6 }, (_, i) => [`b/images/${i}.png`, png(3, 2, i, i, i)]);
    writeTree(folder, Object.fromEntries(files));
    assert.deepEqual((await openSegmented(join(folder, "b"), "val")).ids, ["4"]);
    assert.deepEqual((await openSegmented(join(folder, "b"), "train")).ids, ["0", "1", "2", "3", "5"]);
    await assert.rejects(
      openSegmented(join(folder, "b"), "test"),
      /no images of the split "test".*A segmentation data set/s,
    );
  });

  it("names the file that is damaged or does not fit", async () => {
    writeTree(folder, {
      "c/images/train/a.png": png(3, 2, 1, 1, 1),
      "c/labels/train/a.npy": maps(0).subarray(0, 20),
      "c/images/train/b.png": png(2, 2, 1, 1, 1),
      "c/labels/train/b.png": grey(8, new Uint8Array(6)),
      "c/images/train/d.png": png(3, 2, 1, 1, 1),
      "c/labels/train/d.npy": npyFile("test", "<f4", [2, 3], new Float32Array(6)),
      "c/images/train/e.png": png(3, 2, 1, 1, 1),
      "c/labels/train/e.png": png(3, 2, 1, 1, 1).subarray(0, 60),
      "d/images/train/a.png": png(3, 2, 1, 1, 1),
      "d/images/train/a.jpg": jpg(3, 2, [1, 1, 1]),
    });
    const set = await openSegmented(join(folder, "c"), "train");
    await assert.rejects(set.read(0), /a\.npy/);
    await assert.rejects(set.read(1), /b: the image has 2 × 2 pixels, a label map 2 × 3/);
    await assert.rejects(set.read(2), /d\.npy: label maps are integers, got float32/);
    await assert.rejects(set.read(3), /e\.png: damaged PNG/);
    await assert.rejects(set.read(9), /there are 4 images, got index 9/);
    await assert.rejects(openSegmented(join(folder, "d"), "train"), /a\.jpg and .*a\.png are both called a/);
    await assert.rejects(openPictures(["one/b.png", "two/b.jpg"]), /one\/b\.png and two\/b\.jpg are both called b/);
    await assert.rejects(openSegmented(join(folder, "nowhere"), "train"), /is no folder/);
  });

  it("reads BSDS500", async function () {
    const path = realData("bsds500");
    if (path === null) return this.skip();
    this.timeout(20_000);
    const val = await openSegmented(path, "val");
    assert.equal(val.ids.length, 100);
    const { height, width, truths } = await val.read(val.ids.indexOf("101085"));
    assert.deepEqual([height, width], [481, 321]);
    // People agree with each other far more than by chance.
    const { coveringBest, pri } = segmentation.agreement(truths.slice(1), truths[0]!);
    assert.ok(truths.length >= 4 && coveringBest > 0.5 && pri > 0.7);
  });
});
