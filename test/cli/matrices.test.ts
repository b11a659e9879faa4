import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eye, initSync, io, linalg, random, scope, tensor, type Tensor } from "../../src/index.js";
import { lastObject, matprop } from "./support.js";

const ORDER = 4;
const COUNT = 120;

/** Covariances of normal samples whose first two coordinates go together in one class and against each other in the other. */
function covariances(): Uint8Array {
  const labels = Int32Array.from({ length: COUNT }, (_, i) => i % 2);
  const object = Uint8Array.from({ length: COUNT }, (_, i) => Math.floor(i / 12));
  const cov = scope(() => {
    const x = random.normal([COUNT, 20, ORDER], { seed: 7, dtype: "float64" }).data();
    for (let row = 0; row < x.length / ORDER; row++) {
      const sign = labels[Math.floor(row / 20)] === 0 ? 1 : -1;
      x[row * ORDER + 1] = sign * x[row * ORDER]! + 0.5 * x[row * ORDER + 1]!;
    }
    return linalg.cov(tensor(x, { shape: [COUNT, 20, ORDER] }));
  });
  return io.encodeSafetensors(
    { cov, labels: tensor(labels), object: tensor(object) },
    { classes: '["with", "against"]' },
  );
}

describe("matprop on matrices", function () {
  this.timeout(120_000);
  let folder = "";
  let data = "";
  const out = (name: string): string => join(folder, name);

  before(() => {
    initSync();
    folder = mkdtempSync(join(tmpdir(), "matprop-spd-"));
    data = out("toy.safetensors");
    writeFileSync(data, covariances());
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("compares all classifiers of matrices by default, and does nothing twice", async () => {
    const args = "--epochs 15 --batch 10 --seeds 2 --grid 0.03 --tune-seeds 1 --json".split(" ");
    const argv = ["compare", "--data", data, "--out", out("compare"), ...args];
    const first = await matprop(...argv);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /60 training and 60 test matrices, 4 × 4, 2 classes/);
    const { rows } = lastObject(first.stdout) as { rows: { name: string; parameters: number; mean: number }[] };
    assert.deepEqual(
      rows.map(({ name }) => name),
      ["log", "raw", "sqrt", "newton-schulz", "spdnet"],
    );
    // BatchNorm and Linear of 10 numbers: 20 + 22. SPDNet: 4 × 4 and 4 × 3, then the same of 6 numbers.
    assert.deepEqual(
      rows.map(({ parameters }) => parameters),
      [42, 42, 42, 42, 16 + 12 + 12 + 14],
    );
    for (const { name, mean } of rows) assert.ok(mean > 0.9, `${name} tells the classes apart in ${mean} of the cases`);
    const again = await matprop(...argv);
    assert.deepEqual(lastObject(again.stdout).rows, rows);
    assert.equal(again.stderr.match(/\(kept\)/g)!.length, 5 * 3);
    const report = readFileSync(join(out("compare"), "report.html"), "utf8");
    assert.match(report, /60 training and 60 test matrices/);
  });

  it("trains and evaluates, and predicts no pictures", async () => {
    const argv = ["train", "--data", data, "--model", "spdnet", "--batch", "10", "--lr", "0.03", "--json"];
    const whole = await matprop(...argv, "--epochs", "3", "--out", out("whole"));
    assert.equal(whole.code, 0, whole.stderr);
    const summary = lastObject(whole.stdout);
    const model = join(out("whole"), "model.safetensors");
    const { tensors } = io.decodeSafetensors(readFileSync(model));
    for (const name of ["features.layers.0.weight", "features.layers.2.weight"]) {
      const W = tensors[name] as Tensor<"float64">;
      const off = W.matmul(W.mT).sub(eye(W.shape[0]!, { dtype: "float64" }));
      assert.ok(off.abs().max().item() < 1e-13, `the rows of ${name} are not orthonormal after training`);
    }
    const evaluated = lastObject((await matprop("evaluate", "--model", model, "--json")).stdout);
    assert.deepEqual([evaluated.testAccuracy, evaluated.weightsSha256], [summary.testAccuracy, summary.weightsSha256]);
    assert.doesNotMatch(readFileSync(join(out("whole"), "report.html"), "utf8"), /<img/);
    const predicted = await matprop("predict", "x.png", "--model", model);
    assert.equal(predicted.code, 2);
    assert.match(predicted.stderr, /trained on matrices: it cannot classify pictures/);
  });

  it("says which networks take what", async () => {
    const wrong: [string[], RegExp][] = [
      [
        ["compare", "--data", data, "--models", "raw,o2p"],
        /--models: "o2p" does not take matrices; these do: log, raw/,
      ],
      [["train", "--data", data, "--model", "mpn"], /--model: "mpn" does not take matrices/],
      [
        ["train", "--data", "synthetic", "--model", "spdnet"],
        /"spdnet" does not take images; these do: o2p, mpn, isqrt/,
      ],
      [["train", "--data", data, "--augment"], /--augment is for images; \S+ holds matrices/],
    ];
    const runs = await Promise.all(wrong.map(([argv]) => matprop(...argv, "--out", out("none"))));
    runs.forEach(({ code, stderr }, i) => {
      assert.equal(code, 2, stderr);
      assert.match(stderr, wrong[i]![1]);
    });
  });
});
