import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ArgumentError, FormatError } from "../../src/errors.js";
import { readDataset, readImages } from "../../src/data/node/index.js";
import { split } from "../../src/data/index.js";
import { encodeNpy } from "../../src/io/npy.js";
import { encodeSafetensors } from "../../src/io/safetensors.js";
import { tensor } from "../../src/tensor/create.js";
import { jpg, png, writeTree } from "./files.js";
import { counts, idxFile } from "./support.js";

const images3 = idxFile([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const labels3 = idxFile([3], [0, 1, 1]);
const images1 = idxFile([1, 2, 2], [9, 9, 9, 9]);

describe("data: reading folders", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "matprop-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("reads IDX by its names: plain, compressed, with dots", async () => {
    writeTree(folder, {
      "train-images-idx3-ubyte": images3,
      "train-images-idx3-ubyte.gz": "the plain file wins",
      "train-labels.idx1-ubyte.gz": gzipSync(labels3),
      "t10k-images.idx3-ubyte": images1,
      "t10k-labels-idx1-ubyte": idxFile([1], [3]),
      "README.md": "",
    });
    const { train, test } = await readDataset(folder);
    assert.deepEqual([...train.images.subarray(0, 4)], [1, 2, 3, 4]);
    assert.deepEqual([...train.labels], [0, 1, 1]);
    assert.deepEqual([...test.labels], [3]);
    assert.deepEqual(train.classes, ["0", "1", "2", "3"]);
    assert.equal(train.classes, test.classes);
  });

  it("splits IDX without a test part, and says what is missing or ambiguous", async () => {
    writeTree(folder, { "emnist-x-train-images-idx3-ubyte": images3, "emnist-x-train-labels-idx1-ubyte": labels3 });
    const { train, test } = await readDataset(folder, { testFraction: 0.5 });
    assert.deepEqual(
      [counts(train), counts(test)],
      [
        [1, 1],
        [0, 1],
      ],
    );
    writeTree(folder, { "t10k-images-idx3-ubyte": images1 });
    await assert.rejects(readDataset(folder), /t10k-images-idx3-ubyte is there, but its labels are not/);
    writeTree(folder, { "train-images-idx3-ubyte": images3 });
    await assert.rejects(readDataset(folder), /both \S+ and \S+ could be the train images/);
  });

  it("names the IDX file that is damaged", async () => {
    writeTree(folder, { "train-images-idx3-ubyte": images3, "train-labels-idx1-ubyte": "damaged" });
    await assert.rejects(readDataset(folder), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, /^readDataset: \S*train-labels-idx1-ubyte: an IDX file starts with two zero bytes/);
      return true;
    });
    writeTree(folder, { "train-labels-idx1-ubyte": idxFile([2], [0, 1]) });
    await assert.rejects(readDataset(folder), /train-images-idx3-ubyte: 3 images, but 2 labels/);
    writeTree(folder, {
      "train-labels-idx1-ubyte": labels3,
      "t10k-images-idx3-ubyte": idxFile([1, 1, 1], [0]),
      "t10k-labels-idx1-ubyte": idxFile([1], [0]),
    });
    await assert.rejects(readDataset(folder), /differ in shape: \[2, 2, 1\] and \[1, 1, 1\]/);
  });

  it("reads CIFAR-10 batches in order, with their own class names", async () => {
    const record = (label: number): Uint8Array => new Uint8Array(3073).fill(label);
    const names = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,lorry".split(",");
    writeTree(folder, {
      "data_batch_2.bin": record(2),
      "data_batch_1.bin.gz": gzipSync(record(1)),
      "data_batch_2.bin.gz": "the plain file wins",
      "test_batch.bin": record(9),
      "batches.meta.txt": `${names.join("\n")}\n\n`,
    });
    const { train, test } = await readDataset(folder);
    assert.deepEqual([[...train.labels], [...test.labels]], [[1, 2], [9]]);
    assert.deepEqual([train.images[0], train.images[3072], test.classes[9]], [1, 2, "lorry"]);
    rmSync(join(folder, "data_batch_2.bin"));
    await assert.rejects(readDataset(folder), /data_batch_2\.bin\.gz: cannot decompress/);
  });

  it("reads safetensors with and without is_test", async () => {
    const pixels = tensor(
      Uint8Array.from({ length: 6 * 4 }, (_, i) => i),
      { shape: [6, 2, 2] },
    );
    const labels = tensor(Int32Array.of(0, 0, 1, 1, 0, 1));
    const file = encodeSafetensors(
      { images: pixels, labels, is_test: tensor(Uint8Array.of(0, 1, 0, 0, 0, 1)) },
      { classes: '["a", "b"]' },
    );
    writeTree(folder, {
      "set.safetensors": file,
      "zip/set.safetensors.gz": gzipSync(encodeSafetensors({ images: pixels, labels })),
    });
    for (const path of [folder, join(folder, "set.safetensors")]) {
      const { train, test } = await readDataset(path);
      assert.deepEqual(
        [[...train.labels], [...test.labels]],
        [
          [0, 1, 1, 0],
          [0, 1],
        ],
      );
      assert.deepEqual([...test.images], [4, 5, 6, 7, 20, 21, 22, 23]);
      assert.deepEqual(
        [train.classes, train.shape],
        [
          ["a", "b"],
          [2, 2, 1],
        ],
      );
    }
    const { train, test } = await readDataset(join(folder, "zip"), { testFraction: 1 / 3, seed: 4 });
    assert.deepEqual(
      [counts(train), counts(test), train.classes],
      [
        [2, 2],
        [1, 1],
        ["0", "1"],
      ],
    );
    const whole = {
      images: pixels.data() as Uint8Array,
      labels: labels.data(),
      shape: [2, 2, 1] as const,
      classes: ["0", "1"],
    };
    assert.deepEqual([train, test], split(whole, { fraction: 1 / 3, seed: 4 }));
  });

  it("reads images.npy and labels.npy, compressed or not, with is_test", async () => {
    const pixels = tensor(
      Uint8Array.from({ length: 16 }, (_, i) => i),
      { shape: [4, 2, 2] },
    );
    const labels = tensor(new Int32Array([0, 1, 0, 1]));
    const isTest = tensor(new Uint8Array([0, 0, 1, 0]));
    writeTree(folder, {
      "images.npy.gz": gzipSync(encodeNpy(pixels)),
      "labels.npy": encodeNpy(labels),
      "is_test.npy": encodeNpy(isTest),
    });
    const { train, test } = await readDataset(folder);
    assert.deepEqual([...train.labels], [0, 1, 1]);
    assert.deepEqual([...test.images], [8, 9, 10, 11]);
    assert.deepEqual(train.shape, [2, 2, 1]);
    rmSync(join(folder, "labels.npy"));
    await assert.rejects(readDataset(folder), (error: Error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, /"images" and "labels"; found images, is_test/);
      return true;
    });
  });

  it("says what is wrong with safetensors that are no data set", async () => {
    const images = tensor(new Uint8Array(4), { shape: [1, 2, 2] });
    const labels = tensor(Int32Array.of(0));
    const bad: [Parameters<typeof encodeSafetensors>, RegExp][] = [
      [[{ weight: labels }], /found weight/],
      [[{ images: tensor([[[1]]]), labels }], /"images" must be uint8 .* got float32 \[1, 1, 1\]/],
      [[{ images, labels: tensor([0]) }], /"labels" must be integers \[1\], got float32 \[1\]/],
      [[{ images, labels: tensor(Int32Array.of(0, 1)) }], /got int32 \[2\]/],
      [[{ images, labels, is_test: tensor(Int32Array.of(0, 1)) }], /"is_test" must be integers \[1\]/],
      [[{ images, labels: tensor(Int32Array.of(-1)) }], /label 0 is -1/],
      [[{ images, labels }, { classes: "a,b" }], /must be a JSON array of names, got a,b/],
      [[{ images, labels }, { classes: "[]" }], /label 0 is 0/],
      [[{ images, labels, is_test: tensor(Int32Array.of(1)) }], /there is nothing to train on/],
      [[{ images, labels }], /too few samples of each class to hold any out/],
    ];
    for (const [arguments_, message] of bad) {
      writeTree(folder, { "set.safetensors": encodeSafetensors(...arguments_) });
      await assert.rejects(readDataset(folder), message);
      await assert.rejects(readDataset(folder), FormatError);
    }
    writeTree(folder, { "b.safetensors": "" });
    await assert.rejects(readDataset(folder), /several safetensors files \(b.safetensors, set.safetensors\): name one/);
  });

  it("reads pictures by class and brings them to one size", async () => {
    writeTree(folder, {
      "cat/1.png": png(4, 4, 10, 20, 30),
      "cat/2.JPG": jpg(8, 8, [200, 100, 50]),
      "cat/notes.txt": "ignored",
      "dog/1.png": png(4, 4, 77),
      "dog/2.png": png(2, 2, 88),
      "empty/readme": "",
      ".hidden/1.png": "not read",
    });
    const { train, test } = await readDataset(folder, { testFraction: 0.5 });
    assert.deepEqual(
      [train.shape, train.classes],
      [
        [4, 4, 3],
        ["cat", "dog"],
      ],
    );
    assert.deepEqual(
      [counts(train), counts(test)],
      [
        [1, 1],
        [1, 1],
      ],
    );
    const grey = await readDataset(folder, { size: [3, 5], channels: 1, testFraction: 0.5 });
    assert.deepEqual(grey.train.shape, [3, 5, 1]);
    const dogs = [grey.train, grey.test].map((set) => set.images[set.labels.indexOf(1) * 15]!);
    assert.deepEqual(dogs.sort(), [77, 88]);
  });

  it("reads train and test folders, unless they are classes themselves", async () => {
    writeTree(folder, {
      "train/b/1.png": png(2, 2, 1),
      "train/a/1.png": png(2, 2, 2),
      "test/b/1.png": png(2, 2, 3),
      "test/c/1.png": png(2, 2, 4),
    });
    const { train, test } = await readDataset(folder);
    assert.deepEqual(train.classes, ["a", "b", "c"]);
    assert.deepEqual(
      [[...train.labels], [...test.labels]],
      [
        [0, 1],
        [1, 2],
      ],
    );
    assert.deepEqual([train.images[0], test.images[0], train.shape], [2, 3, [2, 2, 1]]);
    const vehicles = join(folder, "v");
    writeTree(
      vehicles,
      Object.fromEntries(["train/1", "train/2", "bus/1", "bus/2"].map((name) => [`${name}.png`, png(2, 2, 5)])),
    );
    assert.deepEqual((await readDataset(vehicles, { testFraction: 0.5 })).train.classes, ["bus", "train"]);
  });

  it("chooses the median size, at most 128", async () => {
    const paths = ["a.png", "b.png", "c.png"].map((name) => join(folder, name));
    writeTree(folder, { "a.png": png(400, 200, 9), "b.png": png(10, 10, 9), "c.png": png(400, 100, 9) });
    const set = await readImages(paths);
    assert.deepEqual(set.shape, [32, 128, 1]);
    assert.deepEqual([...set.labels], [-1, -1, -1]);
    assert.ok(set.images.every((value) => value === 9));
    await assert.rejects(readImages([]), ArgumentError);
    await assert.rejects(readImages(paths, { channels: 2 as never }), /channels must be 1 or 3/);
    await assert.rejects(readImages(paths, { size: 0 }), /size must be/);
  });

  it("says what would have been recognised", async () => {
    await assert.rejects(readDataset(join(folder, "none")), /none does not exist\. A data set is one of/);
    await assert.rejects(
      readDataset(folder),
      /is empty: nothing that is recognised\.[^]*IDX[^]*CIFAR-10[^]*safetensors[^]*pictures/,
    );
    writeTree(folder, { "notes.txt": "" });
    await assert.rejects(readDataset(folder), /holds notes\.txt: nothing that is recognised/);
    await assert.rejects(readDataset(join(folder, "notes.txt")), ArgumentError);
  });
});
