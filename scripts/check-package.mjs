/** Checks what would be published: publint and attw on the packed tarball, and what is in it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "matprop-pack-"));
const run = (command, ...args) => execFileSync("npx", ["--no-install", command, ...args], { stdio: "inherit" });
try {
  const report = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ filename, files, size, unpackedSize }] = JSON.parse(report.slice(report.indexOf("[")));
  console.log(`${filename}: ${files.length} files, ${size} bytes packed, ${unpackedSize} unpacked`);
  const stray = files
    .map(({ path }) => path)
    .filter((path) => /(^|\/)(test|assembly|bench|tools|runs|shared)\//.test(path));
  if (stray.length > 0) throw new Error(`files that do not belong in the package: ${stray.join(", ")}`);
  run("publint", "run", join(folder, filename), "--strict");
  run("attw", join(folder, filename), "--profile", "esm-only", "--exclude-entrypoints", "./kernels.wasm");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
