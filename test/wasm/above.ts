/** Reserves the lower 2 GiB and runs the workload above them; prints a line of JSON. */
import { initSync } from "../../src/index.js";
import { OutOfMemoryError } from "../../src/errors.js";
import { wasm } from "../../src/wasm/runtime.js";
import { workload } from "./workload.js";

initSync();
let grown = true;
try {
  wasm.allocator.allocate(2 ** 31 + 2 ** 20);
} catch (error) {
  if (!(error instanceof OutOfMemoryError)) throw error;
  grown = false;
}
console.log(JSON.stringify(grown ? { grown, ...workload() } : { grown }));
