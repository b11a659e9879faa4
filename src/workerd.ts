/** The public API for hosts that forbid compiling WebAssembly at run time: the module is imported, not inlined. */
import kernels from "../kernels.wasm";
import { init as initWith, initSync as initSyncWith, type InitOptions } from "./wasm/load.js";

export * from "./index.js";

/** As `init` of `matprop`, with the imported module as the default. */
export function init(options: InitOptions = {}): Promise<void> {
  return initWith({ wasm: kernels, ...options });
}

/** As `initSync` of `matprop`, with the imported module as the default. */
export function initSync(options: InitOptions = {}): void {
  initSyncWith({ wasm: kernels, ...options });
}
