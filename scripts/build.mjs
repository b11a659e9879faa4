/**
 * Builds everything under build/: the kernels, the library and the command. `node scripts/build.mjs kernels` stops
 * after the kernels and the TypeScript generated from them in src/wasm/generated.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { abiSource, tabulate } from "./abi.mjs";
import { optimise } from "./optimise.mjs";
import { binarySource } from "./pack.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const onlyKernels = process.argv[2] === "kernels";

process.chdir(root);
buildKernels();
if (!onlyKernels) {
  await buildLibrary();
  const { bundleForNode } = await import("./bundle-node.mjs");
  await bundleForNode();
}

function run(script, args) {
  execFileSync(process.execPath, [script, ...args], { stdio: ["ignore", "inherit", "inherit"] });
}

/** The script a package installs under `name`, without relying on shell shims. */
function binOf(pkg, name) {
  const manifest = join(root, "node_modules", pkg, "package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
  return join(dirname(manifest), typeof bin === "string" ? bin : bin[name]);
}

function buildKernels() {
  mkdirSync("build", { recursive: true });
  run(binOf("assemblyscript", "asc"), ["assembly/index.ts", "--target", "release", "--debug", "--bindings", "raw"]);
  optimise("build/kernels.wasm", "build/kernels.wasm", false, (tool, args) => run(binOf("binaryen", tool), args));
  mkdirSync("src/wasm/generated", { recursive: true });
  const { binary, names } = tabulate(readFileSync("build/kernels.wasm"));
  writeFileSync("build/kernels.wasm", binary);
  writeIfChanged("src/wasm/generated/abi.ts", abiSource(readFileSync("build/kernels.d.ts", "utf8"), names));
  run(binOf("assemblyscript", "asc"), ["assembly/packing/coder.ts", "--target", "coder"]);
  writeIfChanged("src/wasm/generated/binary.ts", binarySource(readFileSync("build/coder.wasm"), binary));
  for (const name of ["kernels.d.ts", "kernels.js", "coder.wasm"]) rmSync(join("build", name), { force: true });
  writeFileSync("build/kernels.d.wasm.ts", "declare const module: WebAssembly.Module;\nexport default module;\n");
}

function buildLibrary() {
  rmSync("build/src", { recursive: true, force: true });
  run(join(dirname(require.resolve("typescript")), "tsc.js"), ["-p", "tsconfig.build.json"]);
}

function writeIfChanged(path, text) {
  let before;
  try {
    before = readFileSync(path, "utf8");
  } catch {
    before = undefined;
  }
  if (before !== text) writeFileSync(path, text);
}
