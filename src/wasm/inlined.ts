import { coder, packed, size, start, stop } from "./generated/binary.js";

const PAGE_BYTES = 65536;

interface Coder {
  /** Where the work space ends. */
  readonly work: WebAssembly.Global;
  run(packed: number, plain: number, size: number, start: number, stop: number, packs: number): number;
}

/**
 * The inlined binary. What was packed is a third smaller than by gzip (`assembly/packing/coder.ts`); `scripts/bundle-node.mjs`
 * takes `node/inlined.ts` in place of this file.
 */
export function inlined(): Uint8Array<ArrayBuffer> {
  return unpack(decodeBase64(packed), size, start, stop);
}

/** Gives back the `size` bytes that `scripts/pack.mjs` packed. */
export function unpack(bytes: Uint8Array, size: number, start: number, stop: number): Uint8Array<ArrayBuffer> {
  const memory = new WebAssembly.Memory({ initial: 0 });
  const module = new WebAssembly.Module(Uint8Array.from(coder.match(/../g)!, (byte) => parseInt(byte, 16)));
  const { work, run } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Coder;
  const plain = work.value as number;
  const from = plain + size;
  memory.grow(Math.ceil((from + bytes.length) / PAGE_BYTES));
  new Uint8Array(memory.buffer).set(bytes, from);
  run(from, plain, size, start, stop, 0);
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
