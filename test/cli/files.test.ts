import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameOf } from "../../src/cli/dataset.js";
import { Metrics, type StepRow } from "../../src/cli/metrics.js";
import { Pace } from "../../src/cli/progress.js";
import { makeRoom, runState } from "../../src/cli/rundir.js";
import { duration, grouped, openTerminal, percent } from "../../src/cli/terminal.js";

const row = (step: number): StepRow => ({ kind: "step", step, epoch: 0, loss: 1 / step, lr: 0.1 });

describe("files of a run", () => {
  let folder = "";
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "matprop-files-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("a resumed metrics.jsonl is that of an uninterrupted run", async () => {
    const path = join(folder, "metrics.jsonl");
    const whole = await Metrics.open(path, 0);
    for (let step = 1; step <= 5; step++) whole.add(row(step));
    whole.flush();
    const expected = readFileSync(path, "utf8");
    // Killed after step 4 with a torn line, the last checkpoint taken at step 3.
    writeFileSync(path, expected.split("\n").slice(0, 4).join("\n"));
    appendFileSync(path, '\n{"kind":"step","st');
    const resumed = await Metrics.open(path, 3);
    assert.deepEqual(
      resumed.steps.map(({ step }) => step),
      [1, 2, 3],
    );
    resumed.add(row(4));
    resumed.add(row(5));
    resumed.flush();
    assert.equal(readFileSync(path, "utf8"), expected);
    await Metrics.open(path, 0);
    assert.equal(readFileSync(path, "utf8"), "");
  });

  it("an earlier run is kept, whatever its state", () => {
    const out = join(folder, "run");
    assert.equal(makeRoom(out), undefined);
    writeFileSync(join(out, "checkpoint.safetensors"), "c");
    writeFileSync(join(out, "mine.txt"), "left alone");
    assert.equal(runState(out), "unfinished");
    assert.match(makeRoom(out)!, /unfinished run \(--resume would have continued it\): kept in .*previous-1/);
    writeFileSync(join(out, "model.safetensors"), "m");
    assert.match(makeRoom(out)!, /held a finished run: kept in .*previous-2/);
    assert.equal(readFileSync(join(out, "previous-1", "checkpoint.safetensors"), "utf8"), "c");
    assert.equal(readFileSync(join(out, "previous-2", "model.safetensors"), "utf8"), "m");
    assert.equal(runState(out), "none");
    assert.ok(existsSync(join(out, "mine.txt")));
  });

  it("names data sets after their path", () => {
    assert.equal(nameOf("/data/neu_steel"), "neu-steel");
    assert.equal(nameOf("/data/neu.safetensors.gz"), "neu");
    assert.equal(nameOf("/data/My Photos (2)"), "my-photos-2");
    assert.equal(nameOf("/"), "data");
  });
});

describe("terminal", () => {
  it("writes numbers for people", () => {
    assert.deepEqual([0.04, 9.94, 9.96, 59.4, 61, 3661].map(duration), [
      "0.0 s",
      "9.9 s",
      "10 s",
      "59 s",
      "1 min 01 s",
      "1 h 01 min",
    ]);
    assert.equal(percent(0.98765), "98.77 %");
    assert.equal(grouped(1234567), "1 234 567");
    assert.equal(grouped(999), "999");
  });

  it("colours only where they are wanted, draws only on a terminal, keeps quiet", () => {
    const open = (env: Record<string, string>, isTTY: boolean, quiet = false) => {
      const written = { out: "", err: "" };
      const terminal = openTerminal(
        { quiet },
        {
          stdout: { write: (text) => void (written.out += text) },
          stderr: { write: (text) => void (written.err += text), isTTY },
          env,
        },
      );
      return { terminal, written };
    };
    assert.equal(open({}, true).terminal.style.bold("x"), "\u001b[1mx\u001b[22m");
    assert.equal(open({ NO_COLOR: "1" }, true).terminal.style.bold("x"), "x");
    assert.equal(open({}, false).terminal.style.bold("x"), "x");
    assert.equal(open({ FORCE_COLOR: "1" }, false).terminal.style.bold("x"), "\u001b[1mx\u001b[22m");
    assert.equal(open({}, true).terminal.live, true);
    assert.equal(open({ CI: "true" }, true).terminal.live, false);
    assert.equal(open({}, false).terminal.live, false);
    const { terminal, written } = open({}, false, true);
    terminal.note("n");
    terminal.warn("w");
    terminal.out("o");
    assert.deepEqual(written, { out: "o\n", err: "w\n" });
  });

  it("smooths loss and accuracy", () => {
    const pace = new Pace();
    pace.add(1, 0.5, 10);
    assert.deepEqual(pace.recent, { loss: 1, accuracy: 0.5 });
    pace.add(3, 0.5, 10);
    // (0.95 · 1 + 3) / (0.95 + 1)
    assert.ok(Math.abs(pace.recent.loss - 3.95 / 1.95) < 1e-12);
    // The clock goes on between the two.
    assert.ok(pace.imagesPerSecond * pace.seconds > 19.99);
  });
});
