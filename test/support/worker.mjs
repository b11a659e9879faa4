/** Runs a TypeScript file in a worker of Node 20, where `--import tsx` reaches the main thread alone. */
import { workerData } from "node:worker_threads";
import { register } from "tsx/esm/api";

register();
await import(new URL(workerData, import.meta.url).href);
