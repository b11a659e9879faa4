/**
 * What tests ask of the host they run in, all of it here: files of the repository, a host of their own, a worker, rejections.
 * In a page `test/browser/host.ts` stands in for this file, so a test that needs more of Node is one of
 * `test/browser/nodeOnly.mjs`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Endpoint } from "../../src/worker.js";
import { runChild } from "./child.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const file = (path: string): string => resolve(root, path);

/** The kernels that the raw tests load: the release build, or the file that MATPROP_KERNELS names. */
export const kernelsFile = process.env.MATPROP_KERNELS ?? "build/kernels.wasm";

/** The bytes of a file, by its path from the root of the repository (`../shared` lies beside it). */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(file(path)));
}

/** The text of a file. */
export function readText(path: string): string {
  return readFileSync(file(path), "utf8");
}

/** The JSON of a file of pinned results; UPDATE_PINS=1 first replaces it by what was found. */
export function pinned(path: string, found: unknown): unknown {
  if (process.env.UPDATE_PINS === "1") writeFileSync(file(path), `${JSON.stringify(found, null, 2)}\n`);
  return JSON.parse(readText(path));
}

/** Whether there is such a file. */
export function exists(path: string): boolean {
  return existsSync(file(path));
}

/** Runs a script where nothing of the library is loaded yet; what it printed as JSON. */
export async function runAlone<T>(script: string): Promise<T> {
  return runChild(new URL(`../../${script}`, import.meta.url));
}

/** A worker that runs a script, and how to end it. */
export function startWorker(script: string): { worker: Endpoint; terminate(): unknown } {
  const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData: `../../${script}` });
  return { worker, terminate: () => worker.terminate() };
}

/** Notes the reasons of promises that nobody catches, until the function it returns hands them over. */
export function watchRejections(): () => unknown[] {
  const reasons: unknown[] = [];
  const note = (reason: unknown): number => reasons.push(reason);
  process.on("unhandledRejection", note);
  return () => {
    process.off("unhandledRejection", note);
    return reasons;
  };
}
