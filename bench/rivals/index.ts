/**
 * The libraries of bench/peers/package.json as contenders in this process. They take part with `npm run bench:peers`, once
 * `npm ci --prefix bench/peers` has installed them; whatever cannot be loaded, or is wrong, is named in one line and skipped.
 */
import { existsSync, readFileSync } from "node:fs";
import type { Workload } from "../harness.js";
import convnet from "./convnet.js";
import emlapack from "./emlapack.js";
import jax from "./jax.js";
import mlMatrix from "./mlMatrix.js";
import numpyTs from "./numpyTs.js";
import opencv from "./opencv.js";
import ort from "./ort.js";
import type { Kind, Library, Problems, Results, Rival, Task } from "./rival.js";
import tfjs from "./tfjs.js";
import { checksumOf, type FloatArray } from "../support.js";

const RIVALS: readonly Rival[] = [tfjs, ort, jax, numpyTs, opencv, emlapack, mlMatrix, convnet];
const FOLDER = new URL("../peers/node_modules/", import.meta.url);

const EVENTS = ["uncaughtException", "unhandledRejection"];

interface Loaded {
  readonly name: string;
  readonly library: Library;
}

const loaded: Loaded[] = [];

/** Loads what is installed. */
export async function loadRivals(): Promise<void> {
  if (!existsSync(FOLDER)) console.error("no rivals are installed; install them with: npm ci --prefix bench/peers");
  else for (const rival of RIVALS) await open(rival);
}

async function open(rival: Rival): Promise<void> {
  const handlers = EVENTS.map((event) => [event, process.listeners(event as "exit")] as const);
  try {
    const manifest = readFileSync(new URL(`${rival.package}/package.json`, FOLDER), "utf8");
    const { version } = JSON.parse(manifest) as { version: string };
    loaded.push({ name: `${rival.name} ${version}`, library: await rival.open() });
  } catch (error) {
    skip(rival.name, error);
  }
  // Emscripten's handlers would end the process, with the library's source as the message.
  for (const [event, before] of handlers) {
    process.removeAllListeners(event);
    for (const handler of before) process.on(event, handler);
  }
}

function skip(name: string, error: unknown): void {
  const [reason] = String(error instanceof Error ? error.message : error).split("\n");
  console.error(`skipped: ${name}: ${reason}`);
}

function isRecord(answer: object): answer is Record<string, FloatArray> {
  return !Array.isArray(answer) && !ArrayBuffer.isView(answer);
}

/**
 * The rivals that solve this problem, each with its result checked: `check` throws unless it is right.
 *
 * @param work what one run is, as our own row says it: flops, matrices, images
 */
export async function rivals<K extends Kind>(
  kind: K,
  problem: Problems[K],
  check: (result: Results[K]) => void,
  work: Pick<Workload, "flops" | "matrices" | "images">,
): Promise<Workload[]> {
  const found: Workload[] = [];
  for (const { name, library } of loaded) {
    let task: Task<Results[K]> | undefined;
    try {
      task = await library[kind]?.(problem);
      if (task === undefined) continue;
      const { run, result, free } = task;
      await run();
      const answer = await result();
      check(answer);
      const digest = checksumOf(Float64Array.from(isRecord(answer) ? Object.values(answer)[0] : answer));
      // The check has just been made: what follows it only times.
      found.push({ ...work, name, kind: "rival", run, check: () => undefined, checksum: () => digest, free });
    } catch (error) {
      task?.free?.();
      skip(`${name}, ${kind}`, error);
    }
  }
  return found;
}
