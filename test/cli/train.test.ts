import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng } from "../../src/cli/report/png.js";
import { data } from "../../src/index.js";
import { lastObject, matprop, start, until } from "./support.js";

/** Twenty steps an epoch on the built-in textures. */
const SHORT = ["train", "--data", "synthetic", "--limit", "200", "--batch", "10", "--json"];

describe("matprop train, evaluate, predict", function () {
  this.timeout(120_000);
  let folder = "";
  const out = (name: string): string => join(folder, name);
  /** The summary of an uninterrupted run of two epochs, which others must equal. */
  let whole: Record<string, unknown> = {};

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "matprop-train-"));
    const { code, stdout, stderr } = await matprop(...SHORT, "--epochs", "2", "--out", out("whole"));
    assert.equal(code, 0, stderr);
    whole = lastObject(stdout);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("prints a summary and writes model, metrics, checkpoint and report", () => {
    assert.equal(whole.steps, 40);
    assert.match(whole.weightsSha256 as string, /^[0-9a-f]{64}$/);
    for (const name of ["testAccuracy", "seconds", "imagesPerSecond"]) assert.ok((whole[name] as number) > 0, name);
    const rows = readFileSync(join(out("whole"), "metrics.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(rows.filter(({ kind }) => kind === "step").length, 40);
    const epochs = rows.filter(({ kind }) => kind === "epoch");
    assert.equal(epochs.length, 2);
    assert.equal(epochs[1]!.testAccuracy, whole.testAccuracy);
    const report = readFileSync(join(out("whole"), "report.html"), "utf8");
    assert.ok(report.includes(whole.weightsSha256 as string) && report.includes("<svg"));
    assert.ok(!/<script|https?:/.test(report));
  });

  it("evaluate finds the same accuracy in the saved model", async () => {
    const model = join(out("whole"), "model.safetensors");
    const { code, stdout, stderr } = await matprop("evaluate", "--model", model, "--data", "synthetic", "--json");
    assert.equal(code, 0, stderr);
    const found = lastObject(stdout);
    assert.equal(found.testAccuracy, whole.testAccuracy);
    assert.equal(found.testLoss, whole.testLoss);
    assert.equal(found.weightsSha256, whole.weightsSha256);
  });

  it("--eps reaches the matrix layer and is kept for --resume", async () => {
    const eps = (value: string, ...more: string[]) =>
      matprop(...SHORT, "--epochs", "1", "--eps", value, "--out", out("eps"), ...more);
    const [small, same, large] = [await eps("0.001"), await eps("0.001"), await eps("0.1")].map((run) => {
      assert.equal(run.code, 0, run.stderr);
      return lastObject(run.stdout).weightsSha256;
    });
    assert.equal(same, small);
    assert.notEqual(large, small);
    const refused = await eps("0.2", "--resume");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /has eps 0\.1, not 0\.2/);
  });

  it("predict classifies pictures as evaluate does", async () => {
    const set = data.synthetic({ seed: 2, size: 32, perClass: 50 });
    const files = [0, 1, 2].map((index) => {
      const file = out(`${index}.png`);
      writeFileSync(file, encodePng(set.images.subarray(index * 1024, (index + 1) * 1024), 32, 32, 1));
      return file;
    });
    const model = join(out("whole"), "model.safetensors");
    const { code, stdout, stderr } = await matprop("predict", ...files, "--model", model, "--json");
    assert.equal(code, 0, stderr);
    const { predictions } = lastObject(stdout) as {
      predictions: { file: string; class: string; probabilities: Record<string, number> }[];
    };
    assert.deepEqual(
      predictions.map(({ file }) => file),
      files,
    );
    for (const { class: name, probabilities } of predictions) {
      assert.deepEqual(Object.keys(probabilities), set.classes);
      const values = Object.values(probabilities);
      assert.ok(Math.abs(values.reduce((a, b) => a + b) - 1) < 1e-5);
      assert.equal(probabilities[name], Math.max(...values));
    }
    const plain = await matprop("predict", files[0]!, "--model", model, "--top", "2");
    assert.match(plain.stdout, /0\.png: .+ \d+\.\d\d %, .+ \d+\.\d\d %\n$/);
  });

  it("goes on bit for bit after kill -9", async () => {
    const args = [...SHORT, "--epochs", "2", "--checkpoint-every", "3", "--out", out("killed")];
    const { child, finished } = start(...args);
    await until(() => existsSync(join(out("killed"), "checkpoint.safetensors")));
    child.kill("SIGKILL");
    assert.equal((await finished).code, null);
    const { code, stdout, stderr } = await matprop(...args, "--resume");
    assert.equal(code, 0, stderr);
    const summary = lastObject(stdout);
    assert.ok((summary.resumedAt as number) > 0, "nothing was resumed");
    assert.equal(summary.weightsSha256, whole.weightsSha256);
    assert.equal(summary.testAccuracy, whole.testAccuracy);
    const metrics = (name: string): string => readFileSync(join(out(name), "metrics.jsonl"), "utf8");
    assert.equal(metrics("killed"), metrics("whole"));
  });

  it("on SIGINT finishes the step, saves, says how to resume and exits with 130", async () => {
    const args = [...SHORT, "--epochs", "2", "--out", out("stopped here")];
    const { child, finished } = start(...args);
    let seen = "";
    child.stderr.on("data", (chunk: Buffer) => void (seen += chunk.toString()));
    await until(() => seen.includes("step 1/40"));
    child.kill("SIGINT");
    const stopped = await finished;
    assert.equal(stopped.code, 130, stopped.stderr);
    assert.ok(
      stopped.stderr.includes(`To go on: matprop train --resume --out '${out("stopped here")}'\n`),
      stopped.stderr,
    );
    const { interrupted, step } = lastObject(stopped.stdout);
    assert.equal(interrupted, true);
    assert.ok((step as number) < 40);
    assert.equal(existsSync(join(out("stopped here"), "model.safetensors")), false);

    const other = await matprop("train", "--resume", "--out", out("stopped here"), "--lr", "0.5");
    assert.equal(other.code, 2);
    assert.match(other.stderr, /has lr 0\.\d+, not 0\.5/);
    const resumed = lastObject((await matprop("train", "--resume", "--out", out("stopped here"), "--json")).stdout);
    assert.equal(resumed.resumedAt, step);
    assert.equal(resumed.weightsSha256, whole.weightsSha256);
  });

  it("frozen features stay as they were, and an old run is kept", async () => {
    const args = [...SHORT, "--limit", "41", "--epochs", "1", "--out", out("frozen")];
    const first = lastObject((await matprop(...args, "--frozen", "--quiet")).stdout);
    assert.equal(first.frozen, true);
    assert.equal(first.steps, 4, "a last batch of one image is left out");
    const again = await matprop(...args, "--seed", "5");
    assert.match(again.stderr, /held a finished run: kept in .*previous-1/);
    assert.ok(existsSync(join(out("frozen"), "previous-1", "model.safetensors")));
    assert.notEqual(lastObject(again.stdout).weightsSha256, first.weightsSha256);
  });
});

describe("matprop called wrongly", function () {
  this.timeout(60_000);
  const cases: [string[], number, RegExp][] = [
    [["trian"], 2, /^matprop: unknown command "trian"; did you mean "matprop train"\?\n$/],
    [["train", "--epoch", "3"], 2, /^matprop train: unknown option --epoch; did you mean --epochs\?\nTry/],
    [["train", "--data", "/does/not/exist"], 2, /\/does\/not\/exist does not exist/],
    [["evaluate", "--model", "/does/not/exist"], 1, /^matprop evaluate: ENOENT/],
  ];
  for (const [argv, exit, message] of cases) {
    it(`${argv.join(" ")}: exit ${exit}, one clear line, no stack`, async () => {
      const { code, stdout, stderr } = await matprop(...argv);
      assert.deepEqual([code, stdout], [exit, ""], stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
    });
  }

  it("--help and --version, overall and for a command", async () => {
    const [all, one, version] = await Promise.all([
      matprop("--help"),
      matprop("train", "--help"),
      matprop("--version"),
    ]);
    assert.deepEqual([all.code, one.code, version.code], [0, 0, 0]);
    for (const name of ["train", "evaluate", "predict", "compare", "fingerprint"]) assert.ok(all.stdout.includes(name));
    for (const text of ["--data DIR|FILE", "--resume", "log(FᵀF + εI)", "matprop train --resume"]) {
      assert.ok(one.stdout.includes(text), text);
    }
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    assert.equal(version.stdout, `${manifest.version}\n`);
  });
});

describe("matprop compare and fingerprint", function () {
  this.timeout(120_000);
  let folder = "";
  before(() => void (folder = mkdtempSync(join(tmpdir(), "matprop-cmp-"))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("compares, writes its results, and does nothing twice", async () => {
    const args = "--data synthetic --limit 60 --epochs 1 --batch 20 --seeds 2 --grid 0.003 --tune-seeds 1 --json";
    const argv = ["compare", ...args.split(" "), "--models", "o2p,o2p-frozen,first-order", "--out", folder];
    const first = await matprop(...argv);
    assert.equal(first.code, 0, first.stderr);
    const { rows } = lastObject(first.stdout) as {
      rows: { parameters: number; against: { p: number } | null }[];
    };
    assert.equal(rows.length, 3);
    assert.ok(rows[2]!.parameters >= rows[0]!.parameters, "average pooling was not widened enough");
    assert.ok([0.5, 1].includes(rows[1]!.against!.p));
    assert.match(first.stdout, /\| o2p, features frozen at initialization \|/);
    for (const file of ["compare.json", "report.html", "runs.jsonl"]) assert.ok(existsSync(join(folder, file)), file);
    const again = await matprop(...argv);
    assert.deepEqual(lastObject(again.stdout).rows, rows);
    assert.equal(again.stderr.match(/\(kept\)/g)!.length, 3 * (1 + 2));
  });

  it("prints one fingerprint, the same each time, and all its parts", async () => {
    const [first, listed] = await Promise.all([matprop("fingerprint"), matprop("fingerprint", "--list")]);
    assert.match(first.stdout, /^[0-9a-f]{64}\n$/, first.stderr);
    const lines = listed.stdout.trimEnd().split("\n");
    assert.ok(lines.some((line) => line.endsWith("  kernel sgemm")));
    assert.ok(lines.some((line) => line.endsWith("  layer SecondOrderPooling")));
    assert.equal(lines[lines.length - 1], `${first.stdout.trim()}  fingerprint of seed 1`);
  });
});
