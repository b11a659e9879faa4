/**
 * Bundles what needs other packages, so that the published one depends on none: the command into
 * build/cli/matprop.js, the image decoders into build/src/data/node/decode.js, and the licences of everything that
 * went in into build/THIRD-PARTY.txt. The command keeps importing the compiled library beside it: one copy of its
 * state, whoever loads it. `node scripts/bundle-cli.mjs` does it by itself.
 */
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src");
const commandSource = join(source, "cli");

/** Modules bundled from CommonJS ask for Node's own modules by `require`, which ES modules have to make. */
const REQUIRE =
  'import { createRequire as $createRequire } from "node:module";\nconst require = $createRequire(import.meta.url);';

/** Bundles the command and the decoders, and writes the licences. The library must have been compiled. */
export async function buildCommand() {
  const command = await bundle(
    "src/cli/main.ts",
    "build/cli/matprop.js",
    libraryBeside(),
    `#!/usr/bin/env node\n${REQUIRE}`,
  );
  chmodSync(join(root, "build/cli/matprop.js"), 0o755);
  const decoders = await bundle(
    "src/data/node/decode.ts",
    "build/src/data/node/decode.js",
    everythingRelative(),
    REQUIRE,
  );
  // The map of the compiled file does not describe the bundle.
  rmSync(join(root, "build/src/data/node/decode.js.map"), { force: true });
  writeFileSync(join(root, "build/THIRD-PARTY.txt"), licences([...command, ...decoders]));
}

/** Bundles one file and returns the paths of its inputs. */
async function bundle(entry, outfile, plugin, banner) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    charset: "utf8",
    legalComments: "none",
    banner: { js: banner },
    plugins: [plugin],
    metafile: true,
    logLevel: "warning",
  });
  const path = join(root, outfile);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, result.outputFiles[0].contents);
  return Object.keys(result.metafile.inputs);
}

/** Leaves what the command imports from the rest of src/ to the compiled files: `../src/…` seen from build/cli/. */
function libraryBeside() {
  return {
    name: "library-beside",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir }) => {
        if (!importer.startsWith(commandSource + sep)) return undefined;
        const target = resolve(resolveDir, path);
        if (target.startsWith(commandSource + sep)) return undefined;
        if (!target.startsWith(source + sep)) throw new Error(`${importer} imports ${path}, which is outside src/`);
        return { path: `../src/${relative(source, target).split(sep).join("/")}`, external: true };
      });
    },
  };
}

/** Leaves the file's own relative imports as they are: the bundle takes the place of the compiled file. */
function everythingRelative() {
  return {
    name: "everything-relative",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, importer }) =>
        importer.startsWith(source + sep) ? { path, external: true } : undefined,
      );
    },
  };
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

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await buildCommand();
