import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { encodePng } from "../../src/cli/report/png.js";
import { data, init, io, segmentation } from "../../src/index.js";
import { npyFile } from "../../src/io/npy.js";
import { writeTree } from "../data/files.js";
import { lastObject, matprop, start, until } from "./support.js";

/** Four steps an epoch on small versions of the built-in scenes. */
const SIZE = ["--width", "8", "--features", "8", "--rank", "4", "--side", "48", "--batch", "4"];
const SHORT = ["segment", "train", ...SIZE, "--limit", "16", "--json"];

describe("matprop segment", function () {
  this.timeout(240_000);
  let folder = "";
  const out = (name: string): string => join(folder, name);
  const model = (): string => join(out("whole"), "model.safetensors");
  /** The summary of an uninterrupted run of three epochs, which others must equal. */
  let whole: Record<string, unknown> = {};

  before(async () => {
    await init();
    folder = mkdtempSync(join(tmpdir(), "matprop-segment-"));
    const { code, stdout, stderr } = await matprop(...SHORT, "--epochs", "3", "--out", out("whole"));
    assert.equal(code, 0, stderr);
    whole = lastObject(stdout);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("train prints a summary and writes model, metrics, checkpoint and report", () => {
    assert.equal(whole.steps, 12);
    assert.match(whole.weightsSha256 as string, /^[0-9a-f]{64}$/);
    for (const name of ["coveringBest", "coveringAverage", "threshold", "seconds"]) {
      assert.ok((whole[name] as number) > 0, name);
    }
    const rows = readFileSync(join(out("whole"), "metrics.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, number | string>);
    const losses = rows.filter(({ kind }) => kind === "step").map(({ loss }) => loss as number);
    assert.equal(losses.length, 12);
    const late = losses.slice(6).reduce((sum, loss) => sum + loss, 0);
    assert.ok(late < losses.slice(0, 6).reduce((sum, loss) => sum + loss, 0), "the loss falls");
    assert.equal(rows.filter(({ kind }) => kind === "epoch").length, 3);
    const report = readFileSync(join(out("whole"), "report.html"), "utf8");
    assert.ok(report.includes(whole.weightsSha256 as string) && report.includes("<svg"));
    assert.ok(report.includes("eigenvectors of scene0000") && !/<script|https?:/.test(report));
  });

  it("a run stopped between checkpoints and resumed has the bits and the metrics of one that was not", async () => {
    const args = [...SHORT, "--epochs", "3", "--out", out("stopped run"), "--checkpoint-every", "5"];
    const { child, finished } = start(...args);
    await until(() => existsSync(join(out("stopped run"), "checkpoint.safetensors")));
    child.kill("SIGINT");
    const { code, stdout, stderr } = await finished;
    // A machine in a hurry may have finished before the signal came.
    assert.ok(code === 130 || code === 0, stderr);
    if (code === 130) {
      assert.equal(lastObject(stdout).interrupted, true);
      assert.ok(stderr.includes(`To go on: matprop segment train --resume --out '${out("stopped run")}'\n`), stderr);
    }
    rmSync(join(out("stopped run"), "model.safetensors"), { force: true });
    const resumed = await matprop("segment", "train", "--resume", "--json", "--out", out("stopped run"));
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(lastObject(resumed.stdout).weightsSha256, whole.weightsSha256);
    const [first, second] = ["whole", "stopped run"].map((name) =>
      readFileSync(join(out(name), "metrics.jsonl"), "utf8"),
    );
    assert.equal(second, first);
    const other = await matprop("segment", "train", "--resume", "--lr", "0.5", "--out", out("stopped run"));
    assert.equal(other.code, 2);
    assert.match(other.stderr, /has lr 0\.003, not 0\.5/);
  });

  it("goes on where features have collapsed into fewer groups than the loss compares, and says so", async () => {
    const args = [...SHORT, "--epochs", "2", "--lr", "100", "--out", out("collapsed")];
    const { code, stderr } = await matprop(...args);
    assert.equal(code, 0, stderr);
    const rows = readFileSync(join(out("collapsed"), "metrics.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    const unranked = rows.reduce((sum, row) => sum + ((JSON.parse(row) as { unranked?: number }).unranked ?? 0), 0);
    assert.ok(unranked > 0);
    const report = readFileSync(join(out("collapsed"), "report.html"), "utf8");
    assert.ok(report.includes("crops without 4 eigenvectors") && report.includes(`>${unranked}, compared by`));
  });

  it("predict writes full-size uint16 maps, an overlay and the eigenvectors; evaluate measures these maps", async () => {
    const scenes = data.syntheticScenes({ seed: 2, count: 16 });
    const { pixels, height, width } = scenes[1]!;
    writeFileSync(out("picture.png"), encodePng(pixels, height, width, 3));
    const one = await matprop(
      "segment",
      "predict",
      out("picture.png"),
      "--model",
      model(),
      "--out",
      out("one"),
      "--json",
    );
    assert.equal(one.code, 0, one.stderr);
    const map = readMap(join(out("one"), "picture.npy"));
    assert.deepEqual([map.height, map.width], [height, width]);
    assert.equal(new Set(map.labels).size, Math.max(...map.labels) + 1);
    const overlay = decode(readFileSync(join(out("one"), "picture-overlay.png")));
    assert.deepEqual([overlay.height, overlay.width, overlay.channels], [height, width, 3]);
    assert.equal(decode(readFileSync(join(out("one"), "picture-eigenvectors.png"))).width, 15 * 48);

    const set = await matprop("segment", "predict", "--data", "synthetic", "--model", model(), "--out", out("set"));
    assert.equal(set.code, 0, set.stderr);
    assert.deepEqual(readMap(join(out("set"), "scene0001.npy")).labels, map.labels);
    const found = scenes.map(({ id, truths }) =>
      segmentation.agreement(truths, readMap(join(out("set"), `${id}.npy`))),
    );
    const { code, stdout, stderr } = await matprop("segment", "evaluate", "--model", model(), "--json");
    assert.equal(code, 0, stderr);
    const result = lastObject(stdout);
    assert.equal(stdout.trimEnd().split("\n").length, 1);
    assert.deepEqual(Object.keys(result), ["coveringBest", "coveringAverage", "coveringOds", "pri", "vi", "images"]);
    for (const key of ["coveringBest", "coveringAverage", "pri", "vi"] as const) {
      const mean = found.reduce((sum, one) => sum + one[key], 0) / found.length;
      assert.ok(Math.abs((result[key] as number) - mean) < 1e-12, key);
    }
    assert.equal(result.images, 16);
  });

  it("evaluate takes the network untrained and raw colour and position, and measures borders on request", async () => {
    for (const flag of ["--untrained", "--raw"]) {
      const { code, stdout, stderr } = await matprop("segment", "evaluate", flag, "--boundaries", "--json");
      assert.equal(code, 0, stderr);
      const { coveringBest, boundaries } = lastObject(stdout) as { coveringBest: number; boundaries: { f: number } };
      assert.ok(coveringBest > 0.3 && boundaries.f > 0.1 && boundaries.f <= 1);
    }
  });

  it("trains on a folder of images and label maps without the layer, and predicts a split without labels", async () => {
    const files: Record<string, Uint8Array> = {};
    for (const [split, seed] of [
      ["train", 1],
      ["val", 2],
      ["test", 3],
    ] as const) {
      for (const { id, pixels, height, width, truths } of data.syntheticScenes({
        seed,
        count: 4,
        height: 40,
        width: 48,
      })) {
        files[`set/images/${split}/${id}.png`] = encodePng(pixels, height, width, 3);
        const labels = Uint8Array.from(truths.flatMap((truth) => Array.from(truth.labels)));
        // Nobody may look at the maps of test while predicting.
        files[`set/labels/${split}/${id}.npy`] =
          split === "test" ? Uint8Array.of(1) : npyFile("test", "|u1", [2, height, width], labels);
      }
    }
    writeTree(folder, files);
    const args = ["segment", "train", ...SIZE, "--data", out("set"), "--loss", "pixel", "--epochs", "1", "--quiet"];
    const trained = await matprop(...args, "--out", out("pixel"));
    assert.equal(trained.code, 0, trained.stderr);
    assert.equal(trained.stderr, "");
    const file = join(out("pixel"), "model.safetensors");
    const { code, stderr } = await matprop(
      ...["segment", "predict", "--data", out("set"), "--split", "test", "--model", file, "--out", out("test")],
    );
    assert.equal(code, 0, stderr);
    assert.equal(readMap(join(out("test"), "scene0003.npy")).height, 40);
  });

  it("mistakes get one line and exit code 2", async () => {
    const mistakes: [string[], RegExp][] = [
      [["segment"], /needs one of the commands train, predict, evaluate/],
      [["segment", "trian"], /did you mean "matprop segment train"/],
      [["segment", "evaluate"], /needs one of --model FILE, --untrained and --raw/],
      [["segment", "evaluate", "--raw", "--untrained"], /needs one of/],
      [["segment", "predict", "--model", "x", "--out", "y"], /needs either IMAGE… or --data DIR/],
      [["segment", "predict", "a.png", "--out", "y"], /needs --model FILE/],
      [["segment", "predict", "a.png", "--split", "val", "--model", "x", "--out", "y"], /--split needs --data/],
      [["segment", "train", "--data", "nowhere", "--out", out("none")], /is no folder/],
      [["segment", "train", "--rank", "9", "--features", "8"], /--rank 9 needs as many features, there are 8/],
      [["segment", "train", "--limit", "3", "--out", out("few")], /a batch of 8 needs as many images/],
    ];
    for (const [args, message] of mistakes) {
      const { code, stderr } = await matprop(...args);
      assert.match(stderr, message);
      assert.equal(code, 2, stderr);
      assert.ok(stderr.split("\n").length < 12, stderr);
    }
    for (const name of ["none", "few"]) assert.ok(!existsSync(out(name)), "a folder of results without any");
    const other = await matprop("segment", "evaluate", "--model", join(out("whole"), "checkpoint.safetensors"));
    assert.equal(other.code, 1);
    assert.match(other.stderr, /was not written by matprop segment train/);
  });

  it("every command has a page of help", async () => {
    for (const [args, message] of [
      [["segment", "--help"], /predict {3}segment pictures/],
      [["help", "segment", "train"], /--rank N/],
      [["segment", "predict", "--help"], /matprop segment predict IMAGE… \[options\]/],
    ] as const) {
      const { code, stdout } = await matprop(...args);
      assert.equal(code, 0);
      assert.match(stdout, message);
    }
  });
});

function readMap(path: string): segmentation.LabelMap {
  const bytes = readFileSync(path);
  assert.ok(bytes.includes("'descr': '<u2'"));
  const array = io.decodeNpy(bytes);
  const [height, width] = array.shape as [number, number];
  return { labels: array.data() as unknown as Int32Array, height, width };
}
