/**
 * Runs the fingerprint in every installed browser engine and compares it with Node's. Prints one line for each, and skips
 * those that are not here.
 */
import { execFileSync } from "node:child_process";
import { bundleForPage, installedEngines, runInEngine } from "./engines.mjs";

const engines = installedEngines("the fingerprint");
if (engines.length > 0) {
  const here = execFileSync(process.execPath, ["build/cli/matprop.js", "fingerprint"], { encoding: "utf8" });
  const expected = here.trim().split("\n").at(-1);
  const script = await bundleForPage(`
    import { initSync } from "./src/index.ts";
    import { fingerprint } from "./src/cli/fingerprint/fingerprint.ts";
    initSync();
    fingerprint(1).then(({ sha256 }) => report(sha256));`);
  for (const engine of engines) {
    const found = await runInEngine(engine, script);
    console.log(`${engine.version}: fingerprint ${found}`);
    if (found !== expected) {
      console.error(`Node's fingerprint is ${expected}`);
      process.exitCode = 1;
    }
  }
}
