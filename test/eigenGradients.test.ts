/** The example examples/eigenGradients.mjs keeps what docs/results.md says of it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Row {
  readonly error: number;
  readonly losses: number[];
  readonly end: string;
}

/** The rows of a printed table in order: plain K, K cut off, eigh, broaden, matrix function. */
function rowsOf(table: string): Row[] {
  const lines = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  return lines.slice(1).map((line) => {
    const cells = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    return { error: Number(cells[1]), losses: cells.slice(2, 6).map(Number), end: cells[6]! };
  });
}

describe("examples/eigenGradients.mjs", function () {
  this.timeout(60_000);
  const tables = new Map<string, Row[]>();

  before(() => {
    mkdirSync(`${root}build`, { recursive: true });
    const folder = mkdtempSync(`${root}build/eigen-gradients-`);
    try {
      // The library as it stands in src/, not as it was last built.
      const entry = JSON.stringify(pathToFileURL(`${root}src/index.ts`).href);
      const code = readFileSync(`${root}examples/eigenGradients.mjs`, "utf8").replace('"matprop"', entry);
      writeFileSync(`${folder}/example.mjs`, code);
      const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", `${folder}/example.mjs`], {
        encoding: "utf8",
        cwd: root,
      });
      assert.equal(status, 0, stderr);
      for (const part of stdout.split(/\n(?=\S.*, float(?:32|64)\n)/)) {
        const title = /^\n?(\S.*, float\d\d)\n/.exec(part)?.[1];
        if (title !== undefined) tables.set(title, rowsOf(part));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    assert.equal(tables.size, 4);
    for (const rows of tables.values()) assert.equal(rows.length, 5);
  });

  it("the function of the matrix trains everywhere", () => {
    for (const [title, rows] of tables) {
      const { losses, end } = rows[4]!;
      assert.equal(end, "", title);
      assert.ok(losses[3]! < 0.05 && losses[3]! < 0.05 * losses[0]!, `${title}: loss ${losses}`);
    }
  });

  it("1/(λⱼ − λᵢ) becomes infinite where channels are off, and is off by tens of percent before", () => {
    for (const [title, [plain]] of tables) {
      assert.ok(!(plain!.error < 0.1), `${title}: error ${plain!.error}`);
      if (title.startsWith("log-Gram")) assert.match(plain!.end, /^step \d+: the gradient is not finite$/, title);
    }
  });

  it("cutting K off heals float64, not float32", () => {
    for (const [title, [, cut, , , exact]] of tables) {
      assert.equal(cut!.end, "", title);
      if (!title.startsWith("log-Gram")) continue;
      if (title.endsWith("float64")) assert.ok(cut!.error < 1e-3, `${title}: error ${cut!.error}`);
      else assert.ok(cut!.error > 0.1 && cut!.losses[2]! > 2 * exact!.losses[2]!, `${title}: ${cut!.losses}`);
    }
  });

  it("linalg.eigh names the closed gap in the first step; broadened, it trains", () => {
    for (const [title, [, , eigh, broadened]] of tables) {
      assert.match(eigh!.end, /^step 1: `DegenerateError`: gap \S+e-\d+$/, title);
      assert.equal(broadened!.end, "", title);
      assert.ok(broadened!.error < 0.1 && broadened!.losses[3]! < 0.05, title);
    }
  });
});
