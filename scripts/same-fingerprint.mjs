/**
 * Runs the fingerprint under each of V8's compilers, and in Bun (JavaScriptCore) and Deno where they are installed; all
 * must agree.
 */
import { execFileSync, spawnSync } from "node:child_process";

const COMMAND = ["build/cli/matprop.js", "fingerprint"];

const hosts = [
  ...[[], ["--no-wasm-tier-up"], ["--liftoff-only"], ["--no-liftoff"]].map((flags) => ({
    title: `Node ${process.versions.node} ${flags.join(" ")}`.trim(),
    program: process.execPath,
    args: flags,
  })),
  ...[
    { program: "bun", args: [] },
    { program: "deno", args: ["run", "--allow-read", "--allow-env", "--allow-sys"] },
  ].flatMap(({ program, args }) => {
    const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
    if (status === 0) return [{ title: `${program} ${/\d[^ \n]*/.exec(stdout)[0]}`, program, args }];
    console.log(`skipped: the fingerprint in ${program} (not installed)`);
    return [];
  }),
];
const hashes = hosts.map(({ title, program, args }) => {
  const hash = execFileSync(program, [...args, ...COMMAND], { encoding: "utf8" })
    .trim()
    .split("\n")
    .at(-1);
  console.log(`${title}: ${hash}`);
  return hash;
});
if (new Set(hashes).size !== 1) throw new Error("the fingerprints differ");
