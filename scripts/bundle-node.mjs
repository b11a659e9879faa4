/**
 * Bundles what Node loads: the library into build/node/, where two hundred small modules would take a tenth of a second
 * to import, and the command into build/cli/matprop.js. What they share is in chunks, so that there is one copy of its
 * state, whoever loads it. The packages they need are bundled too: the published one depends on none, and the licences of
 * everything that went in are in build/THIRD-PARTY.txt. `node scripts/bundle-node.mjs` does it by itself.
 */
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const COMMAND = "build/cli/matprop.js";

/** Modules bundled from CommonJS ask for Node's own modules by `require`, which ES modules have to make. */
const REQUIRE =
  'import { createRequire as $createRequire } from "node:module";\nconst require = $createRequire(import.meta.url);\n';

/** Node takes the binary as it is: a string of twice the length costs a cold start less than unpacking. */
const plainBinary = {
  name: "plain binary",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/inlined\.js$/ }, () => ({ path: join(root, "src/wasm/node/inlined.ts") }));
    onResolve({ filter: /\/kernels\.wasm$/ }, () => ({ path: join(root, "build/kernels.wasm") }));
  },
};

/** Writes the bundles and the licences. */
export async function bundleForNode() {
  for (const folder of ["build/node", "build/cli"]) rmSync(join(root, folder), { recursive: true, force: true });
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      "node/index": "src/index.ts",
      "node/node": "src/node.ts",
      "node/worker": "src/worker.ts",
      "cli/matprop": "src/cli/main.ts",
    },
    outdir: "build",
    chunkNames: "node/chunk-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    charset: "utf8",
    legalComments: "none",
    // `sideEffects` in package.json speaks of the compiled files, not of these.
    ignoreAnnotations: true,
    loader: { ".wasm": "binary" },
    plugins: [plainBinary],
    metafile: true,
    logLevel: "warning",
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    const first = relative(root, path).split(sep).join("/") === COMMAND ? "#!/usr/bin/env node\n" : "";
    writeFileSync(path, first + (text.includes("typeof require") ? REQUIRE : "") + text);
  }
  chmodSync(join(root, COMMAND), 0o755);
  writeFileSync(join(root, "build/THIRD-PARTY.txt"), licences(Object.keys(metafile.inputs)));
}

/** Name, version, licence and its text of every package among the inputs, in order of the names. */
function licences(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input.split(sep).join("/"));
    if (match) folders.add(match[1]);
  }
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder))
      .sort()
      .find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    if (!license || !file) throw new Error(`${folder}: no licence found; it cannot be bundled`);
    return { name, version, license, text: readFileSync(join(root, folder, file), "utf8").trim() };
  });
  packages.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
  const rule = "=".repeat(80);
  const head = "The files under build/ contain parts of the following packages.";
  const items = packages.map(
    ({ name, version, license, text }) => `${rule}\n${name} ${version} (${license})\n${rule}\n\n${text}\n`,
  );
  return `${head}\n\n${items.join("\n")}`;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await bundleForNode();
