import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal } from "../../src/cli/compare/journal.js";
import { markdownTable, resultCells, resultRows, type Measured } from "../../src/cli/compare/result.js";
import type { Outcome } from "../../src/cli/compare/runs.js";
import { bestRate } from "../../src/cli/compare/tune.js";
import { variantOf } from "../../src/cli/compare/variants.js";

const outcome = (correct: number, images = 100, loss = 1): Outcome => ({
  accuracy: correct / images,
  correct,
  images,
  loss,
  seconds: 6,
  weightsSha256: "",
});

describe("compare", () => {
  let folder = "";
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "matprop-compare-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("the journal does finished work once, over restarts and torn lines", async () => {
    const path = join(folder, "deep", "runs.jsonl");
    let calls = 0;
    const work = (): Promise<{ n: number }> => Promise.resolve({ n: ++calls });
    const first = new Journal(path);
    assert.deepEqual(await first.once({ a: 1 }, work), { n: 1 });
    assert.deepEqual(await first.once({ a: 1 }, work), { n: 1 });
    await first.once({ a: 2 }, work);
    appendFileSync(path, '{"key":{"a":3},"val');
    const second = new Journal(path);
    assert.equal(second.has({ a: 2 }), true);
    assert.equal(second.has({ a: 3 }), false);
    assert.deepEqual(await second.once({ a: 3 }, work), { n: 3 });
    const third = new Journal(path);
    assert.deepEqual(await third.once({ a: 3 }, work), { n: 3 });
    assert.equal(readFileSync(path, "utf8").split("\n").length, 5);
  });

  it("a journal keeps nothing of work that fails", async () => {
    const path = join(folder, "runs.jsonl");
    writeFileSync(path, "");
    const journal = new Journal(path);
    await assert.rejects(
      journal.once("k", () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(journal.has("k"), false);
    assert.equal(readFileSync(path, "utf8"), "");
  });

  it("takes the learning rate with most right answers; ties go to the lower loss, then the smaller rate", () => {
    const trial = (lr: number, ...outcomes: Outcome[]): { lr: number; outcomes: Outcome[] } => ({ lr, outcomes });
    assert.equal(bestRate([trial(0.1, outcome(90)), trial(0.2, outcome(95)), trial(0.3, outcome(94))]), 0.2);
    assert.equal(bestRate([trial(0.1, outcome(90, 100, 2)), trial(0.2, outcome(90, 100, 1))]), 0.2);
    assert.equal(bestRate([trial(0.2, outcome(90)), trial(0.1, outcome(90))]), 0.1);
  });

  it("the table has mean ± sd and the exact p against the first line", () => {
    const measured = (name: string, ...correct: number[]): Measured => ({
      variant: variantOf(name),
      width: name === "first-order" ? 1.5 : 1,
      lr: 0.003,
      parameters: 1000,
      secondsPerEpoch: name === "o2p" ? 2 : 0.01234,
      trials: [
        { lr: 0.001, outcomes: [outcome(10)] },
        { lr: 0.003, outcomes: [outcome(80), outcome(90)] },
      ],
      outcomes: correct.map((n) => outcome(n)),
    });
    const rows = resultRows([measured("o2p", 95, 96, 97), measured("first-order", 90, 92, 94)]);
    assert.equal(rows[0]!.against, null);
    assert.equal(rows[1]!.against!.p, 2 / 8);
    assert.equal(rows[1]!.validation, (0.8 + 0.9) / 2);
    const text = markdownTable(resultCells(rows));
    assert.equal(
      text,
      [
        "| network | parameters | s/epoch | learning rate | test accuracy, % | difference | p (sign-flip) |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| o2p | 1000 | 2.00 | 0.003 | 96.00 ± 1.00 | – | – |",
        "| first-order, width × 1.5 | 1000 | 0.012 | 0.003 | 92.00 ± 2.00 | -4.00 | 0.25 (2/2^3) |",
      ].join("\n"),
    );
  });

  it("knows its variants", () => {
    assert.deepEqual(variantOf("o2p-frozen"), { name: "o2p-frozen", model: "o2p", frozen: true });
    assert.throws(() => variantOf("op2-frozen"), /unknown network "op2-frozen"; did you mean o2p-frozen\?/);
  });
});
