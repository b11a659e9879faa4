/**
 * What a page that bundles the package has to load, minified by esbuild and compressed by `gzip -9`, kernels inlined,
 * against the budgets, in units of 1024 bytes, and how long the kernels take to unpack. It fails above a budget or, where
 * that is not met yet, above what is `held` meanwhile. `--parts` says what fills the whole. `npm run size`.
 */
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const BUDGETS = [
  {
    name: 'import * as m from "matprop"',
    code: 'import * as m from "./build/src/index.js"; console.log(m);',
    KB: 120,
    held: 140,
  },
  {
    name: 'import { init, tensor, linalg } from "matprop"',
    code: 'import { init, tensor, linalg } from "./build/src/index.js"; console.log(init, tensor, linalg);',
    KB: 95,
  },
];

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
const KB = (bytes) => (bytes / 1024).toFixed(1);

for (const { name, code, KB: budget, held = budget } of BUDGETS) {
  const { bytes, inputs } = await bundled(code);
  const size = gzipped(bytes);
  console.log(`${name}: ${KB(size)} KB of ${budget} KB (${KB(bytes.length)} KB before compression)`);
  if (size > 1024 * held) process.exitCode = 1;
  if (process.argv.includes("--parts")) console.log(partsOf(inputs));
}
console.log(`build/kernels.wasm alone: ${KB(gzipped(readFileSync("build/kernels.wasm")))} KB`);
const { inlined } = await import("../build/src/wasm/inlined.js");
const start = process.cpuUsage().user;
inlined();
console.log(`unpacked in ${((process.cpuUsage().user - start) / 1000).toFixed(0)} ms of processor time`);

async function bundled(contents) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    metafile: true,
  });
  return { bytes: outputFiles[0].contents, inputs: Object.values(metafile.outputs)[0].inputs };
}

/** Minified bytes by room, the inlined binary apart; compressed, text shrinks to a third and the binary to three quarters. */
function partsOf(inputs) {
  const rooms = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const room = path.includes("/generated/") ? "binary" : (/build\/src\/([^/]+)/.exec(path)?.[1] ?? "entry");
    rooms.set(room, (rooms.get(room) ?? 0) + bytesInOutput);
  }
  const sorted = [...rooms].sort(([, a], [, b]) => b - a);
  return sorted.map(([room, bytes]) => `  ${room}: ${KB(bytes)} KB`).join("\n");
}
