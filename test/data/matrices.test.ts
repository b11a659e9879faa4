import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { batches, isMatrices, split, subset, type LabelledMatrices } from "../../src/data/index.js";
import { readDataset, readMatrices } from "../../src/data/node/index.js";
import { ArgumentError, FormatError, ShapeError } from "../../src/errors.js";
import { encodeSafetensors } from "../../src/io/safetensors.js";
import { tensor } from "../../src/tensor/create.js";
import { realData, writeTree } from "./files.js";
import { counts, numbered } from "./support.js";

/** n matrices [[i, ½], [½, i + 1]]; classes take turns, groups are runs of `run`. */
function diagonal(n: number, { classes = 2, run = 3 } = {}): LabelledMatrices {
  return {
    matrices: Float64Array.from({ length: n }, (_, i) => i).reduce(
      (all, i) => {
        all.set([i, 0.5, 0.5, i + 1], 4 * i);
        return all;
      },
      new Float64Array(4 * n),
    ),
    labels: Int32Array.from({ length: n }, (_, i) => i % classes),
    shape: [2, 2],
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    groups: Int32Array.from({ length: n }, (_, i) => Math.floor(i / run)),
  };
}

/** Which of the matrices of {@link diagonal} are in a set. */
const members = ({ matrices }: LabelledMatrices): number[] => [...matrices].filter((_, at) => at % 4 === 0);

describe("data: matrices", () => {
  it("have subsets, with their groups or without", () => {
    const set = diagonal(6);
    assert.equal(isMatrices(set), true);
    assert.equal(isMatrices(numbered(2, [1, 1, 1])), false);
    const two = subset(set, [5, 1]);
    assert.deepEqual(
      [members(two), [...two.labels], [...two.groups!]],
      [
        [5, 1],
        [1, 1],
        [1, 0],
      ],
    );
    const { groups: _, ...plain } = set;
    assert.equal("groups" in subset(plain, [0]), false);
    assert.deepEqual(members(subset(set, [])), []);
    assert.throws(() => subset(set, [6]), /index 6 is outside 0 … 5/);
  });

  it("refuse parts that do not fit together", () => {
    const set = diagonal(4);
    const bad: [Partial<LabelledMatrices>, RegExp][] = [
      [{ shape: [2, 3] }, /matrices are square, \[n, n\] with a positive n, got \[2, 3\]/],
      [{ shape: [0, 0] }, /got \[0, 0\]/],
      [{ shape: [3, 3] }, /expected 36 entries for \[4, 3, 3\], got 16/],
      [{ groups: new Int32Array(3) }, /expected a group for each of 4 matrices, got 3/],
    ];
    for (const [part, message] of bad) {
      assert.throws(() => subset({ ...set, ...part }, [0]), { name: ShapeError.name, message });
    }
  });

  it("are split by whole groups of each class", () => {
    // Two classes, each with samples in every one of 10 groups.
    const set = diagonal(60, { run: 6 });
    const [rest, held] = split(set, { fraction: 0.2, seed: 3 });
    assert.deepEqual(
      [counts(rest), counts(held)],
      [
        [24, 24],
        [6, 6],
      ],
    );
    for (const label of [0, 1]) {
      const groupsOf = (part: LabelledMatrices): Set<number> =>
        new Set([...part.groups!].filter((_, i) => part.labels[i] === label));
      assert.equal(groupsOf(held).size, 2);
      for (const group of groupsOf(held)) assert.ok(!groupsOf(rest).has(group), `group ${group} is in both parts`);
    }
    assert.deepEqual(
      [...members(rest), ...members(held)].sort((a, b) => a - b),
      members(set),
    );
    assert.deepEqual(split(set, { fraction: 0.2, seed: 3 })[1], held);
    assert.notDeepEqual(members(split(set, { fraction: 0.2, seed: 4 })[1]), members(held));
    const { groups: _, ...plain } = set;
    assert.deepEqual(counts(split(plain, { fraction: 0.5, seed: 3 })[1]), [15, 15]);
  });

  it("are served as they are, in the order of images", () => {
    const set = diagonal(5);
    const options = { batchSize: 2, shuffle: 7, epoch: 1 };
    const images = [...batches(numbered(5, [2, 2, 1]), options)].map(({ indices }) => [...indices]);
    const served = [...batches(set, { ...options, dtype: "float64" })];
    assert.deepEqual(
      served.map(({ indices }) => [...indices]),
      images,
    );
    for (const { images: x, labels, indices } of served) {
      assert.deepEqual([x.shape, x.dtype], [[indices.length, 2, 2], "float64"]);
      assert.deepEqual(
        x.toArray(),
        [...indices].map((i) => [
          [i, 0.5],
          [0.5, i + 1],
        ]),
      );
      assert.deepEqual(
        [...labels.data()],
        [...indices].map((i) => i % 2),
      );
    }
    const [first] = batches(set, { batchSize: 5 });
    assert.equal(first!.images.dtype, "float32");
    for (const [name, value] of Object.entries({ augment: { flip: true }, mean: 0.5, std: 2 })) {
      assert.throws(() => batches(set, { batchSize: 2, [name]: value }), {
        name: ArgumentError.name,
        message: `data.batches: ${name} is for images, and these are matrices`,
      });
    }
  });
});

describe("data: reading matrices", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "matprop-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const { matrices, labels, groups } = diagonal(8, { run: 2 });
  const cov = tensor(matrices, { shape: [8, 2, 2] });
  const answers = tensor(labels);
  const write = (...file: Parameters<typeof encodeSafetensors>): void =>
    writeTree(folder, { "set.safetensors": encodeSafetensors(...file) });

  it("tests on the upper half of the objects, or on what is_test says", async () => {
    const object = tensor(Uint8Array.from(groups!));
    writeTree(folder, {
      "set.safetensors.gz": gzipSync(encodeSafetensors({ cov, labels: answers, object }, { classes: '["a", "b"]' })),
    });
    for (const path of [folder, join(folder, "set.safetensors.gz")]) {
      const { train, test } = await readMatrices(path);
      assert.deepEqual(
        [members(train), members(test)],
        [
          [0, 1, 2, 3],
          [4, 5, 6, 7],
        ],
      );
      assert.deepEqual(
        [[...train.groups!], [...test.groups!]],
        [
          [0, 0, 1, 1],
          [2, 2, 3, 3],
        ],
      );
      assert.deepEqual(
        [test.shape, test.classes],
        [
          [2, 2],
          ["a", "b"],
        ],
      );
    }
    rmSync(join(folder, "set.safetensors.gz"));
    write({ matrices: cov, labels: answers, object, is_test: tensor(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1)) });
    assert.deepEqual(members((await readMatrices(folder)).test), [0, 7]);
    write({ matrices: cov, labels: answers });
    const { train, test } = await readMatrices(folder, { testFraction: 0.25, seed: 1 });
    assert.deepEqual([counts(train), counts(test), "groups" in train], [[3, 3], [1, 1], false]);
  });

  it("takes float32, whose sums may differ in the last bit", async () => {
    const values = Float32Array.of(1, 0.1, 0.10000002, 1, 2, 0, 0, 2);
    write({ cov: tensor(values, { shape: [2, 2, 2] }), labels: tensor(Int32Array.of(0, 0)) });
    const { train } = await readMatrices(folder, { testFraction: 0.5 });
    assert.equal(train.matrices.length, 4);
  });

  it("says what is wrong", async () => {
    const at = (index: number, value: number): ReturnType<typeof tensor> =>
      tensor(matrices.with(index, value), { shape: [8, 2, 2] });
    const bad: [Parameters<typeof encodeSafetensors>, RegExp][] = [
      [[{ cov }], /a data set has the tensors "cov" and "labels"; found cov/],
      [[{ cov: tensor(labels), labels: answers }], /"cov" must be float32 or float64 \[N, n, n\], got int32 \[8\]/],
      [[{ cov: tensor(matrices, { shape: [8, 4, 1] }), labels: answers }], /got float64 \[8, 4, 1\]/],
      [[{ cov, labels: tensor(Int32Array.of(0)) }], /"labels" must be integers \[8\], got int32 \[1\]/],
      [[{ cov, labels: answers, object: tensor(new Float64Array(8)) }], /"object" must be integers \[8\]/],
      [[{ cov, labels: answers, is_test: tensor(new Int32Array(7)) }], /"is_test" must be integers \[8\]/],
      [[{ cov: at(6, 0.75), labels: answers }], /in number 1, entries \(0, 1\) and \(1, 0\) are 0\.5 and 0\.75/],
      [[{ cov: at(4, NaN), labels: answers }], /finite symmetric matrices; in number 1, entries \(0, 0\)/],
      [[{ cov: at(31, Infinity), labels: answers }], /in number 7/],
      [[{ cov, labels: answers, is_test: tensor(new Int32Array(8).fill(1)) }], /there is nothing to train on/],
    ];
    for (const [file, message] of bad) {
      write(...file);
      await assert.rejects(readMatrices(folder), { name: FormatError.name, message });
    }
  });

  it("sends images and matrices to their own readers", async () => {
    write({ cov, labels: answers });
    await assert.rejects(readDataset(folder), /holds matrices, not images: readMatrices takes it/);
    write({ images: tensor(new Uint8Array(8), { shape: [8, 1, 1] }), labels: answers });
    await assert.rejects(readMatrices(folder), /holds images, not matrices: readDataset takes it/);
    await assert.rejects(readMatrices(join(folder, "none")), /^ArgumentError: readMatrices: \S+ does not exist/);
  });

  it("the covariance descriptors of ETH-80", async function () {
    const path = realData("spd");
    if (path === null) this.skip();
    const { train, test } = await readMatrices(path);
    assert.deepEqual([counts(train), counts(test)], [new Array(8).fill(205), new Array(8).fill(205)]);
    assert.deepEqual(
      [[...new Set(train.groups)], [...new Set(test.groups)]],
      [
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9],
      ],
    );
    assert.deepEqual([train.shape, train.classes[7]], [[12, 12], "tomato"]);
  });
});
