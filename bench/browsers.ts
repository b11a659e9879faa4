/**
 * Benches of kernels in every browser engine that is installed, and in Node by the same script:
 *
 *   npm run bench:browsers -- [WORD …] [--quick] [--json]
 *
 * Without words a few products, eigenproblems and convolutions. The checksums of all engines have to agree.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Plugin } from "esbuild";
import { bundleForPage } from "../test/browser/bundle.mjs";
import { installedEngines, runInEngine } from "../test/browser/engines.mjs";
import conv from "./conv.js";
import eigh from "./eigh.js";
import elementwise from "./elementwise.js";
import gemm from "./gemm.js";
import gram from "./gram.js";
import type { Effort, Row } from "./harness.js";
import { duration, machine, machineLine, rounded } from "./report.js";
import { selectedGroups } from "./select.js";
import train from "./train.js";
import { kernelsFile } from "../test/support/host.js";

const SUITES = [gemm, gram, eigh, conv, elementwise, train];
const DEFAULT = /^gemm float\d\d n=256$|^eigh float64 n=(64|128)$|^conv float32 1×56×56×64→64 forward$/;

/** Clocks of pages are coarse: a tenth of a second and more a sample. */
const THOROUGH: Effort = { rounds: 5, budget: 0.4, warmup: 0.5 };
const QUICK: Effort = { rounds: 3, budget: 0.1, warmup: 0.2 };

/** What of the benches needs Node: in a page there are no other processes, and the binary is part of the script. */
const NODE_ONLY: Readonly<Record<string, string>> = {
  "./profile.js": "export const profileSteps = () => '';",
  "./python.js": "export const pythonPeers = async () => [];",
  "./rivals/index.js": "export const rivals = async () => [];",
  // In a page the package `benchmark` looks for its two dependencies, and for itself, among the globals.
  "its-globals": `import _ from "lodash"; import platform from "platform"; Object.assign(globalThis, { _, platform });`,
  globals: `import "its-globals"; import Benchmark from "benchmark"; Object.assign(globalThis, { Benchmark });`,
  "./host.js": `import binary from ${JSON.stringify(resolve(kernelsFile))};
    export const [kernelsFile, readBytes] = ["", () => binary];`,
};

const withoutNode: Plugin = {
  name: "without-node",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path }) => (path in NODE_ONLY ? { path, namespace: "page" } : undefined));
    onLoad({ filter: /./, namespace: "page" }, ({ path }) => ({
      contents: NODE_ONLY[path],
      resolveDir: process.cwd(),
    }));
  },
};

function pageScript(titles: readonly string[], effort: Effort): Promise<string> {
  const suites = SUITES.map(({ name }) => `import ${name} from "./bench/${name}.ts";`).join("\n");
  const contents = `import "globals";
    ${suites}
    import { measure } from "./bench/harness.ts";
    import { init } from "./src/index.ts";
    async function main() {
      await init();
      const rows = [];
      for (const { name, groups } of [${SUITES.map(({ name }) => name).join(", ")}])
        for (const group of groups.filter(({ title }) => ${JSON.stringify(titles)}.includes(title)))
          rows.push(...(await measure(name, group, ${JSON.stringify(effort)})));
      return rows;
    }
    main().then(report, (error) => report({ error: String(error?.stack ?? error) }));`;
  return bundleForPage(contents, {
    plugins: [withoutNode],
    loader: { ".wasm": "binary" },
  });
}

/** The page's script in a Node of its own. */
function inNode(script: string): Row[] {
  const folder = mkdtempSync(join(tmpdir(), "matprop-bench-"));
  try {
    const file = join(folder, "page.cjs");
    writeFileSync(file, `const report = (value) => console.log(JSON.stringify(value));\n${script}`);
    const answer = JSON.parse(execFileSync(process.execPath, [file], { encoding: "utf8" })) as
      Row[] | { error: string };
    if ("error" in answer) throw new Error(answer.error);
    return answer;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A table with a line a row and a column an engine. */
function comparison(byEngine: ReadonlyMap<string, readonly Row[]>): string {
  const [first] = byEngine.values();
  const heads = ["", ...byEngine.keys(), "checksum"];
  const lines = first.map(({ group, name, checksum }, i) => {
    const cells = [...byEngine.values()].map((rows) => {
      const { seconds, rate, unit } = rows[i];
      return rate === null || unit.startsWith("µs") ? duration(seconds!) : `${rounded(rate)} ${unit}`;
    });
    return [`${group}: ${name}`, ...cells, checksum];
  });
  const widths = heads.map((head, i) => Math.max(head.length, ...lines.map((line) => line[i].length)));
  const text = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
  return [text(heads), ...lines.map(text)].join("\n");
}

const args = process.argv.slice(2);
const words = args.filter((arg) => !arg.startsWith("--"));
const chosen = selectedGroups(SUITES, words).flatMap(({ groups }) => groups.map(({ title }) => title));
const titles = words.length > 0 ? chosen : chosen.filter((title) => DEFAULT.test(title));
const script = await pageScript(titles, args.includes("--quick") ? QUICK : THOROUGH);
const byEngine = new Map<string, readonly Row[]>([[`Node ${process.versions.node}`, inNode(script)]]);
for (const engine of installedEngines("the benches")) {
  const { version, value } = await runInEngine(engine, script, 600);
  byEngine.set(version, value as Row[]);
}
if (args.includes("--json")) console.log(JSON.stringify({ machine: machine(), engines: Object.fromEntries(byEngine) }));
else console.log(`${machineLine(machine())}\n\n${comparison(byEngine)}`);
const [expected] = byEngine.values();
for (const [engine, rows] of byEngine) {
  const other = rows.find(({ checksum }, i) => checksum !== expected[i].checksum);
  if (other) {
    console.error(`${engine} computes something else in ${other.group}: ${other.name}`);
    process.exitCode = 1;
  }
}
