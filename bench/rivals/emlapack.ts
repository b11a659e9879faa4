/** emlapack: CLAPACK compiled by an emscripten of 2017, without SIMD, in a heap of 16 MiB. Column-major, as Fortran. */
import { fileURLToPath } from "node:url";
import { load } from "../peers/load.mjs";
import type { Float, FloatArray } from "../support.js";
import { type Library, type Rival } from "./rival.js";

type Routine = (...addresses: number[]) => void;

interface Emscripten {
  readonly [routine: `_${string}`]: Routine;
  _malloc(bytes: number): number;
  _free(address: number): void;
  readonly HEAP8: Int8Array;
  readonly HEAP32: Int32Array;
  readonly HEAPF32: Float32Array;
  readonly HEAPF64: Float64Array;
  readonly calledRun?: boolean;
}

/** Its loader talks, looks for the binary in the working directory, and would rather fetch it. */
async function loaded(): Promise<Emscripten> {
  const { fetch } = globalThis;
  const { log, warn, error } = console;
  const folder = process.cwd();
  process.chdir(fileURLToPath(new URL("../peers/node_modules/emlapack/", import.meta.url)));
  globalThis.fetch = undefined as unknown as typeof fetch;
  console.log = console.warn = console.error = () => undefined;
  try {
    const { default: module } = (await load("emlapack/wasm.js")) as { default: Emscripten };
    for (let i = 0; i < 200 && !module.calledRun; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    if (!module.calledRun) throw new Error("its module does not start");
    return module;
  } finally {
    globalThis.fetch = fetch;
    Object.assign(console, { log, warn, error });
    process.chdir(folder);
  }
}

/** Blocks of its heap for one problem. */
class Heap {
  private readonly taken: number[] = [];

  constructor(
    private readonly module: Emscripten,
    private readonly dtype: Float,
  ) {}

  private take(bytes: number): number {
    const address = this.module._malloc(bytes);
    if (address === 0) {
      this.free();
      throw new Error("its heap of 16 MiB is too small");
    }
    this.taken.push(address);
    return address;
  }

  get floats(): FloatArray {
    return this.dtype === "float32" ? this.module.HEAPF32 : this.module.HEAPF64;
  }

  alloc(n: number): number {
    return this.take(n * this.floats.BYTES_PER_ELEMENT);
  }

  put(values: FloatArray): number {
    const address = this.alloc(values.length);
    this.floats.set(values, this.indexOf(address));
    return address;
  }

  int(value: number, count = 1): number {
    const address = this.take(4 * count);
    this.module.HEAP32[address >> 2] = value;
    return address;
  }

  letter(text: string): number {
    const address = this.take(4);
    this.module.HEAP8[address] = text.charCodeAt(0);
    return address;
  }

  indexOf(address: number): number {
    return address / this.floats.BYTES_PER_ELEMENT;
  }

  read(address: number, n: number): FloatArray {
    return this.floats.slice(this.indexOf(address), this.indexOf(address) + n);
  }

  copy(from: number, to: number, n: number): void {
    this.floats.copyWithin(this.indexOf(to), this.indexOf(from), this.indexOf(from) + n);
  }

  free = (): void => this.taken.forEach((address) => this.module._free(address));
}

const letterOf = (dtype: Float): string => (dtype === "float32" ? "s" : "d");

function transposed(n: number, x: FloatArray): FloatArray {
  const out = x.slice();
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j] = x[j * n + i];
  return out;
}

async function open(): Promise<Library> {
  const module = await loaded();
  return {
    gemm: ({ dtype, m, k, n, a, b }) => {
      const heap = new Heap(module, dtype);
      const gemm = module[`_f2c_${letterOf(dtype)}gemm`];
      const [pa, pb, pc] = [heap.put(a), heap.put(b), heap.alloc(m * n)];
      const [one, zero] = [1, 0].map((x) => heap.put(dtype === "float32" ? Float32Array.of(x) : Float64Array.of(x)));
      const [im, ik, inn, plain] = [heap.int(m), heap.int(k), heap.int(n), heap.letter("N")];
      // Row-major C = AB is column-major Cᵀ = BᵀAᵀ.
      const run = (): void => gemm(plain, plain, inn, im, ik, one, pb, inn, pa, ik, zero, pc, inn);
      return { run, result: () => heap.read(pc, m * n), free: heap.free };
    },
    eigh: ({ dtype, batch, n, a }) => {
      const heap = new Heap(module, dtype);
      const syevd = module[`_${letterOf(dtype)}syevd_`];
      const [items, w, x] = [heap.put(a), heap.alloc(n), heap.alloc(n * n)];
      const [vectors, upper, order, info] = [heap.letter("V"), heap.letter("U"), heap.int(n), heap.int(0)];
      const [words, integers] = [1 + 6 * n + 2 * n * n, 3 + 5 * n];
      const [work, iwork] = [heap.alloc(words), heap.int(0, integers)];
      const [lwork, liwork] = [heap.int(words), heap.int(integers)];
      const run = (): void => {
        for (let i = batch - 1; i >= 0; i--) {
          heap.copy(items + (i * n * n * a.byteLength) / a.length, x, n * n);
          syevd(vectors, upper, order, x, order, w, work, lwork, iwork, liwork, info);
        }
      };
      const result = () => ({ w: heap.read(w, n), z: transposed(n, heap.read(x, n * n)) });
      return { run, result, free: heap.free };
    },
    svd: ({ dtype, m, n, a }) => {
      const heap = new Heap(module, dtype);
      const gesdd = module[`_${letterOf(dtype)}gesdd_`];
      // Column-major it sees Aᵀ = V Σ Uᵀ: its first factor is V, its second Uᵀ.
      const [input, x, s, v, u] = [heap.put(a), ...[m * n, n, n * n, m * n].map((size) => heap.alloc(size))];
      const [thin, im, inn, info, iwork] = [
        heap.letter("S"),
        heap.int(m),
        heap.int(n),
        heap.int(0),
        heap.int(0, 8 * n),
      ];
      const size = heap.alloc(1);
      gesdd(thin, inn, im, x, inn, s, v, inn, u, inn, size, heap.int(-1), iwork, info);
      const words = Math.ceil(heap.read(size, 1)[0]);
      const [work, lwork] = [heap.alloc(words), heap.int(words)];
      const run = (): void => {
        heap.copy(input, x, m * n);
        gesdd(thin, inn, im, x, inn, s, v, inn, u, inn, work, lwork, iwork, info);
      };
      return {
        run,
        result: () => ({ u: heap.read(u, m * n), s: heap.read(s, n), vt: heap.read(v, n * n) }),
        free: heap.free,
      };
    },
  };
}

export default { name: "emlapack", package: "emlapack", open } satisfies Rival;
