import { ArgumentError, ReadError } from "../errors.js";
import { inlined, inlinedByFrames } from "./inlined.js";
import { wasm } from "./runtime.js";

/** Where the kernels come from instead of the inlined copy. */
export interface InitOptions {
  /** A compiled module, the bytes of `matprop/kernels.wasm`, or a URL to fetch them from. */
  readonly wasm?: WebAssembly.Module | URL | BufferSource;
}

const INITIAL_PAGES = 64;
const MAXIMUM_PAGES = 65536;

let pending: Promise<void> | undefined;

/**
 * Loads the kernels. Await it once before the first operation; later calls are no-ops.
 *
 * @param options `wasm` replaces the inlined binary: a `WebAssembly.Module`, a `URL` or the bytes.
 * @throws {ArgumentError} if `options.wasm` is none of these; {@link ReadError} if a URL is answered with an error. A failed
 * call may be repeated.
 * @example
 * import { init, tensor } from "matprop";
 * await init();
 * console.log(tensor([1, 2, 3]).sum().item()); // 6
 */
export function init(options: InitOptions = {}): Promise<void> {
  if (wasm.ready) return Promise.resolve();
  pending ??= load(options).finally(() => (pending = undefined));
  return pending;
}

/**
 * Loads the kernels synchronously: for Node, workers and CommonJS. Old browsers refuse this on the main thread.
 *
 * @param options `wasm` as in {@link init}, except a URL, which cannot be fetched synchronously.
 * @throws {ArgumentError} if `options.wasm` is a URL or of another type.
 * @example
 * import { initSync, eye } from "matprop";
 * initSync();
 * console.log(eye(2).toArray()); // [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function initSync(options: InitOptions = {}): void {
  if (wasm.ready) return;
  const source = options.wasm ?? inlined();
  if (source instanceof URL) throw new ArgumentError("initSync", "a URL cannot be loaded synchronously; use init()");
  const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(bytesOf("initSync", source));
  const memory = newMemory();
  adopt(new WebAssembly.Instance(module, { env: { memory } }), memory);
}

async function load(options: InitOptions): Promise<void> {
  const given = options.wasm ?? (await inlinedByFrames());
  const source = given instanceof URL ? await fetchBytes(given) : given;
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(bytesOf("init", source));
  const memory = newMemory();
  adopt(await WebAssembly.instantiate(module, { env: { memory } }), memory);
}

function adopt(instance: WebAssembly.Instance, memory: WebAssembly.Memory): void {
  if (!wasm.ready) wasm.adopt(instance, memory);
}

function newMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES });
}

async function fetchBytes(url: URL): Promise<ArrayBuffer> {
  const response = await fetch(url);
  const { status } = response;
  if (!response.ok) throw new ReadError("init", `${url.href} was answered with status ${status}`, status, url.href);
  return response.arrayBuffer();
}

function bytesOf(op: string, source: unknown): BufferSource {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return source as BufferSource;
  throw new ArgumentError(op, `wasm must be a WebAssembly.Module, a URL or bytes, got ${typeof source}`);
}
