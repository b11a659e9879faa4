import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface Finished {
  /** Exit code, or null after a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
}

/** Starts the command from its sources, as users start it from the package. */
export function start(...args: string[]): Started {
  const child = spawn(process.execPath, ["--import", "tsx", join(ROOT, "src/cli/main.ts"), ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs the command to its end. */
export function matprop(...args: string[]): Promise<Finished> {
  return start(...args).finished;
}

/** The JSON object on the last line. */
export function lastObject(text: string): Record<string, unknown> {
  const lines = text.trimEnd().split("\n");
  return JSON.parse(lines[lines.length - 1]!) as Record<string, unknown>;
}

/** Waits until `ready`, at most half a minute. */
export async function until(ready: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!ready()) {
    if (performance.now() > end) throw new Error("waited for too long");
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
