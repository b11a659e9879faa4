import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const fromRoot = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The library of this repository as it is published, instead of one from a registry. */
const alias = [
  { find: /^matprop$/, replacement: fromRoot("build/src/index.js") },
  { find: /^matprop\/worker$/, replacement: fromRoot("build/src/worker.js") },
];

/** The fingerprint is no part of the package: its sources are bundled here, and what they import is the built library. */
const fingerprint = () => ({
  name: "fingerprint",
  enforce: "pre",
  resolveId(source, importer = "") {
    if (!importer.includes("/src/cli/fingerprint/") || !source.startsWith("../../")) return null;
    return fromRoot(source.replace("../../", "build/src/"));
  },
});

export default defineConfig({
  base: "./",
  resolve: { alias },
  plugins: [fingerprint()],
  worker: { format: "es", plugins: () => [fingerprint()] },
  build: { target: "es2022", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 600 },
});
