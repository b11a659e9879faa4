/** The raw kernels for tests and benches, instantiated by `@assemblyscript/loader`, with a bump allocator beside them. */
import { instantiateSync } from "@assemblyscript/loader";
import { KERNEL_NAMES } from "../../src/wasm/generated/abi.js";
import { kernelsFile, readBytes } from "./host.js";

type Exports = Record<string, (...args: number[]) => number>;
type FloatArray = Float32Array | Float64Array;

export interface RawKernels {
  readonly k: Exports;
  readonly memory: WebAssembly.Memory;
  /** Reserves `bytes` and returns the address (64-byte aligned unless `misalign` shifts it). */
  alloc(bytes: number, misalign?: number): number;
  /** Copies an array in and returns its address. */
  put(values: ArrayLike<number> & { BYTES_PER_ELEMENT?: number }): number;
  f32(ptr: number, n: number): Float32Array;
  f64(ptr: number, n: number): Float64Array;
  i32(ptr: number, n: number): Int32Array;
  /** Forgets every allocation. */
  reset(): void;
}

/** Loads a copy of its own. */
export function rawKernels(): RawKernels {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536 });
  const { exports } = instantiateSync(readBytes(kernelsFile), { env: { memory } });
  // The debug build keeps the names.
  const table = exports.t as WebAssembly.Table | undefined;
  const names = KERNEL_NAMES.split(" ");
  const named = table
    ? Object.fromEntries(names.map((name, i) => [name, table.get(table.length - names.length + i)]))
    : exports;
  const base = 65536;
  let top = base;
  const alloc = (bytes: number, misalign = 0): number => {
    const ptr = (Math.ceil(top / 64) * 64 + misalign) >>> 0;
    top = ptr + bytes + 64;
    const have = memory.buffer.byteLength;
    // By an eighth at least: where memory moves when it grows, each time copies all of it.
    if (top > have) memory.grow(Math.ceil(Math.max(top - have, have / 8) / 65536));
    return ptr;
  };
  return {
    k: named as unknown as Exports,
    memory,
    alloc,
    put(values) {
      const array = (ArrayBuffer.isView(values) ? values : Float64Array.from(values)) as FloatArray;
      const ptr = alloc(array.byteLength);
      new Uint8Array(memory.buffer, ptr, array.byteLength).set(
        new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
      );
      return ptr;
    },
    f32: (ptr, n) => new Float32Array(memory.buffer, ptr, n),
    f64: (ptr, n) => new Float64Array(memory.buffer, ptr, n),
    i32: (ptr, n) => new Int32Array(memory.buffer, ptr, n),
    reset: () => void (top = base),
  };
}
