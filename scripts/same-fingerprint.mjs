/** Runs the fingerprint under each of V8's compilers, which must agree. */
import { execFileSync } from "node:child_process";

const modes = [[], ["--no-wasm-tier-up"], ["--liftoff-only"], ["--no-liftoff"]];
const hashes = modes.map((flags) => {
  const out = execFileSync(process.execPath, [...flags, "build/cli/matprop.js", "fingerprint"], { encoding: "utf8" });
  const hash = out.trim().split("\n").at(-1);
  console.log(`${flags.join(" ") || "(default)"}: ${hash}`);
  return hash;
});
if (new Set(hashes).size !== 1) throw new Error("the fingerprints differ");
