import kernels from "../../../kernels.wasm";

/** The binary as it is, in place of `../inlined.ts`: a cold start is worth more to Node than bytes of a file. */
export function inlined(): Uint8Array<ArrayBuffer> {
  return kernels as unknown as Uint8Array<ArrayBuffer>;
}

/** As {@link inlined}: there is nothing to wait for. */
export const inlinedByFrames = inlined;
