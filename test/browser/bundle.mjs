/** Bundles TypeScript of the repository into scripts for a page. */
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { build } from "esbuild";

/** Modules that stand in for Node's: assertions come from the package that webpack took for them. */
const ASSERT = { contents: 'import assert from "assert"; export default assert.strict;', resolveDir: process.cwd() };

/** What a page has instead of Node, and an error that names the importer for everything else of Node. */
const pagePlugin = {
  name: "page",
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: /\/host\.js$/ }, async ({ path, resolveDir, kind }) => {
      const found = await resolve(path.replace(/\.js$/, ".ts"), { resolveDir, kind, pluginData: "plain" });
      return { path: found.path.replace(/test(.)support(.)host\.ts$/, "test$1browser$2host.ts") };
    });
    onResolve({ filter: /^node:assert\/strict$/ }, () => ({ path: "assert", namespace: "node" }));
    onLoad({ filter: /^assert$/, namespace: "node" }, () => ASSERT);
    onResolve({ filter: /^node:/ }, ({ path, importer }) => ({
      errors: [{ text: `${importer} needs ${path}, which no page has: see test/browser/nodeOnly.mjs` }],
    }));
    // These two ask Node's process for its environment.
    onLoad({ filter: /node_modules.(assert|util).*\.js$/ }, ({ path }) => ({
      contents: `var process = { env: {} };\n${readFileSync(path, "utf8")}`,
    }));
  },
};

/**
 * One script from TypeScript source text, whose imports are relative to the root of the repository.
 *
 * @param {string} contents
 * @param {import("esbuild").BuildOptions} options
 * @returns {Promise<string>}
 */
export async function bundleForPage(contents, { plugins = [], ...options } = {}) {
  const result = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    // `sideEffects` in package.json speaks of the compiled files, not of these.
    ignoreAnnotations: true,
    target: "es2022",
    define: { global: "globalThis" },
    plugins: [...plugins, pagePlugin],
    ...options,
  });
  return result.outputFiles[0].text;
}

/**
 * Those of the files that import something of Node beyond assertions and `test/support/host.ts`.
 *
 * @param {string[]} files
 * @returns {Promise<string[]>}
 */
export async function needingNode(files) {
  const { metafile } = await build({
    stdin: { contents: files.map((file) => `import "./${file}";\n`).join(""), resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    mainFields: ["browser", "module", "main"],
    metafile: true,
    ignoreAnnotations: true,
    logLevel: "error",
  });
  const known = new Map();
  const needs = (path) => {
    if (path === "test/support/host.ts") return false;
    if (known.has(path)) return known.get(path);
    known.set(path, false);
    const found = metafile.inputs[path].imports.some((one) => (one.external ? isOfNode(one.path) : needs(one.path)));
    known.set(path, found);
    return found;
  };
  return files.filter(needs);
}

function isOfNode(path) {
  return path !== "node:assert/strict" && (path.startsWith("node:") || builtinModules.includes(path));
}
