import { NotInitializedError } from "../errors.js";
import { BlockAllocator } from "./allocator.js";
import { KERNEL_NAMES, type Abi } from "./generated/abi.js";

/** Names N for which the binary exports `sN` (float32) and `dN` (float64). */
export type KernelName = {
  [K in keyof Abi]: K extends `s${infer N}` ? (`d${N}` extends keyof Abi ? N : never) : never;
}[keyof Abi];

/** The kernels of one float dtype, without their BLAS letter. */
export type KernelTable = { readonly [N in KernelName]: Abi[`s${N}`] };

/**
 * The one WebAssembly instance: its kernels, its memory and views of it. Views are remade when memory grows, so take
 * them from here at each use and never keep one across an allocation.
 */
class Runtime {
  ready = false;
  kernels!: Abi;
  float32!: KernelTable;
  float64!: KernelTable;
  memory!: WebAssembly.Memory;
  allocator!: BlockAllocator;
  u8!: Uint8Array;
  i32!: Int32Array;
  f32!: Float32Array;
  f64!: Float64Array;

  /** Takes an instantiated module into use. */
  adopt(instance: WebAssembly.Instance, memory: WebAssembly.Memory): void {
    const table = instance.exports.t as WebAssembly.Table;
    const names = KERNEL_NAMES.split(" ");
    const before = table.length - names.length;
    const kernels: Record<string, unknown> = {};
    const tables: Record<string, Record<string, unknown>> = { s: {}, d: {} };
    names.forEach((name, i) => {
      const kernel = (kernels[name] = table.get(before + i));
      const ofDtype = tables[name[0]!];
      if (ofDtype) ofDtype[name.slice(1)] = kernel;
    });
    this.kernels = kernels as unknown as Abi;
    this.float32 = tables.s as KernelTable;
    this.float64 = tables.d as KernelTable;
    this.memory = memory;
    this.refreshViews();
    this.allocator = new BlockAllocator(memory, this.kernels.heap_base() >>> 0, () => this.refreshViews());
    this.ready = true;
  }

  /** Throws unless {@link adopt} has run. */
  require(op: string): void {
    if (!this.ready) throw new NotInitializedError(op);
  }

  private refreshViews(): void {
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}

export const wasm = new Runtime();
