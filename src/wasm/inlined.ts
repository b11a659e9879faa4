import { coder, packed, size, start, stop } from "./generated/binary.js";
import { macrotask } from "./macrotask.js";

const PAGE_BYTES = 65536;
/** Bytes that are unpacked in about a frame. */
const SLICE = 16384;

/** `assembly/packing/coder.ts`. */
interface Coder {
  /** Where the work space ends and what was unpacked begins. */
  readonly work: WebAssembly.Global;
  open(packed: number, start: number, stop: number, packs: number): void;
  run(count: number): number;
}

/**
 * The inlined binary. Packed it is a third smaller than by gzip (`assembly/packing/coder.ts`), and takes a tenth of a
 * second to unpack: `scripts/bundle-node.mjs` takes `node/inlined.ts` in place of this file.
 */
export function inlined(): Uint8Array<ArrayBuffer> {
  return unpack(decodeBase64(packed), size, start, stop);
}

/** As {@link inlined}, a frame at a time, so that a page stays responsive. */
export async function inlinedByFrames(): Promise<Uint8Array<ArrayBuffer>> {
  const frames = unpacking(decodeBase64(packed), size, start, stop);
  for (;;) {
    const { done, value } = frames.next();
    if (done) return value;
    await macrotask();
  }
}

/** Gives back the `size` bytes that `scripts/pack.mjs` packed. */
export function unpack(bytes: Uint8Array, size: number, start: number, stop: number): Uint8Array<ArrayBuffer> {
  const frames = unpacking(bytes, size, start, stop);
  for (;;) {
    const { done, value } = frames.next();
    if (done) return value;
  }
}

function* unpacking(
  bytes: Uint8Array,
  size: number,
  start: number,
  stop: number,
): Generator<void, Uint8Array<ArrayBuffer>, void> {
  const memory = new WebAssembly.Memory({ initial: 0 });
  const module = new WebAssembly.Module(Uint8Array.from(coder.match(/../g)!, (byte) => parseInt(byte, 16)));
  const { work, open, run } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Coder;
  const plain = work.value as number;
  const from = plain + size;
  memory.grow(Math.ceil((from + bytes.length) / PAGE_BYTES));
  new Uint8Array(memory.buffer).set(bytes, from);
  open(from, start, stop, 0);
  for (let at = 0; at < size; at += SLICE) {
    run(Math.min(SLICE, size - at));
    yield;
  }
  return new Uint8Array(memory.buffer.slice(plain, from));
}

/** What hosts offer to decode at once; the loop over characters takes ten times as long. */
interface Host {
  readonly Uint8Array: { fromBase64?(text: string): Uint8Array<ArrayBuffer> };
  readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const host = globalThis as unknown as Host;
  if (host.Uint8Array.fromBase64) return host.Uint8Array.fromBase64(text);
  if (host.Buffer) return host.Buffer.from(text, "base64");
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}
