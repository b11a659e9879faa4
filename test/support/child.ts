/** Runs a TypeScript file in a process of its own, for what needs a fresh library, other memory or V8 flags. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What the last line of the standard output of `script` says, as JSON. Throws with its output if it fails. */
export function runChild<T>(script: URL, flags: readonly string[] = [], args: readonly string[] = []): T {
  const command = [...flags, "--import", "tsx", fileURLToPath(script), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: "utf8",
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${flags.join(" ")} ${script.pathname} ended with ${status}:\n${stdout}${stderr}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as T;
}
