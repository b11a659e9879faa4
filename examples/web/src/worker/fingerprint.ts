/** Computes the fingerprint of this browser and sends it to the page. */
import { init } from "matprop";
import { fingerprint, type Fingerprint } from "../../../../src/cli/fingerprint/fingerprint.ts";

/** What the worker sends. */
export interface Answer extends Fingerprint {
  readonly seconds: number;
}

const start = performance.now();
await init();
const found = await fingerprint(1);
postMessage({ ...found, seconds: (performance.now() - start) / 1000 } satisfies Answer);
