/**
 * Line coverage of src/ over the whole suite, child processes included. c8's own merge of several processes counts
 * lines as missed that ran in one of them, so each process is remapped by itself and the line counts are added.
 * `node scripts/coverage.mjs [--missed] [FOLDER]`; fails below the limit. FOLDER is where a run of `npm test` with
 * NODE_V8_COVERAGE=FOLDER has left its figures; without it the suite is run here.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Report } from "c8";

const LIMIT = 95;
const EXCLUDED = ["src/wasm/generated/**", "src/wasm/node/inlined.ts", "src/workerd.ts", "**/*.d.ts"];

const given = process.argv.slice(2).find((word) => !word.startsWith("--"));
const folder = given ?? mkdtempSync(join(tmpdir(), "matprop-coverage-"));
try {
  if (given === undefined) runSuite();
  report(await linesOf(folder));
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}

function runSuite() {
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  if (spawnSync("npm", ["test"], { stdio: "inherit", env }).status !== 0) throw new Error("the suite failed");
}

/** Hits by line by file, summed over the processes. */
async function linesOf(folder) {
  const lines = new Map();
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
    const own = join(folder, `only-${name}`);
    mkdirSync(own);
    renameSync(join(folder, name), join(own, name));
    const one = new Report({
      tempDirectory: own,
      include: ["src/**/*.ts"],
      exclude: EXCLUDED,
      resolve: "",
      reporter: [],
    });
    const map = await one.getCoverageMapFromAllCoverageFiles();
    for (const file of map.files()) {
      const hits = lines.get(file) ?? new Map();
      for (const [line, count] of Object.entries(map.fileCoverageFor(file).getLineCoverage())) {
        hits.set(Number(line), (hits.get(Number(line)) ?? 0) + count);
      }
      lines.set(file, hits);
    }
  }
  return lines;
}

function report(lines) {
  let [covered, total] = [0, 0];
  for (const [file, hits] of [...lines].sort()) {
    const missed = [...hits].filter(([, count]) => count === 0).map(([line]) => line);
    covered += hits.size - missed.length;
    total += hits.size;
    if (process.argv.includes("--missed") && missed.length > 0) {
      console.log(`${relative(process.cwd(), file)}: ${missed.sort((a, b) => a - b).join(" ")}`);
    }
  }
  const percent = (100 * covered) / total;
  console.log(`line coverage of src/: ${percent.toFixed(2)} % (${covered} of ${total} lines in ${lines.size} files)`);
  if (!(percent >= LIMIT)) throw new Error(`the limit is ${LIMIT} %`);
}
