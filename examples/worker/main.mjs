/**
 * Trains in a worker and prints as it goes: `node examples/worker/main.mjs` after `npm ci`, a second. In a page the same
 * five lines begin with `new Worker(new URL("./program.mjs", import.meta.url), { type: "module" })`.
 */
import { Worker } from "node:worker_threads";
import { remoteTraining } from "matprop/worker";

const worker = new Worker(new URL("./program.mjs", import.meta.url));
const run = remoteTraining(worker);
void run.start({ epochs: 4, seed: 1 });
for await (const { epoch, epochEnd, step, loss } of run) {
  if (epochEnd) console.log(`epoch ${epoch + 1}, step ${step}: loss ${loss.toFixed(3)}`);
}
const bytes = await run.checkpoint();
console.log(`a checkpoint of ${bytes.length} bytes, to go on from or to keep`);
await worker.terminate();
