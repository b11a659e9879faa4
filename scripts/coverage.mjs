/**
 * Line coverage of src/ over the whole suite, child processes included. c8's own merge of several processes counts
 * lines as missed that ran in one of them, so each process is remapped by itself and the line counts are added.
 * `node scripts/coverage.mjs [--missed]`; fails below the limit. The figures are those of the suite in `npm test`.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Report } from "c8";

const LIMIT = 95;
const EXCLUDED = ["src/wasm/generated/**", "src/workerd.ts", "**/*.d.ts"];

const folder = mkdtempSync(join(tmpdir(), "matprop-coverage-"));
try {
  const suite = spawnSync(
    process.execPath,
    ["node_modules/mocha/bin/mocha.js", "--reporter", "dot", "test/**/*.test.ts"],
    {
      stdio: "inherit",
      env: { ...process.env, NODE_V8_COVERAGE: folder },
    },
  );
  if (suite.status !== 0) throw new Error("the suite failed");
  report(await linesOf(folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
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
