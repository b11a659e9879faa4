import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

/** The files of a training run. */
export const FILES = {
  metrics: "metrics.jsonl",
  model: "model.safetensors",
  checkpoint: "checkpoint.safetensors",
  report: "report.html",
} as const;

/** What stands in a folder already. */
export type RunState = "none" | "unfinished" | "finished";

export function runState(folder: string): RunState {
  if (existsSync(join(folder, FILES.model))) return "finished";
  return existsSync(join(folder, FILES.checkpoint)) ? "unfinished" : "none";
}

/**
 * Makes room for a new run without losing an old one: its files move into `previous-1`, `previous-2`, … beside it.
 * Returns a sentence about what was done, or undefined when there was nothing to do.
 */
export function makeRoom(folder: string): string | undefined {
  const state = runState(folder);
  mkdirSync(folder, { recursive: true });
  if (state === "none") return undefined;
  let number = 1;
  while (existsSync(join(folder, `previous-${number}`))) number++;
  const keep = join(folder, `previous-${number}`);
  mkdirSync(keep);
  for (const name of Object.values(FILES)) {
    if (existsSync(join(folder, name))) renameSync(join(folder, name), join(keep, name));
  }
  const advice = state === "unfinished" ? " (--resume would have continued it)" : "";
  return `${folder} held ${state === "finished" ? "a finished" : "an unfinished"} run${advice}: kept in ${keep}`;
}
