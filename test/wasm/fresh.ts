/** Starts where nothing has been loaded, tries every way of loading, and prints what happened as JSON. */
import { resident } from "../../src/tensor/tensor.js";
import { wasm } from "../../src/wasm/runtime.js";
import { scalar } from "../../src/wasm/scalar.js";
import * as mp from "../../src/index.js";
import { readBytes } from "../support/host.js";

const bytes = readBytes("build/kernels.wasm");
const results: Record<string, string> = {};

async function note(name: string, f: () => unknown): Promise<void> {
  try {
    results[name] = String(await f());
  } catch (error) {
    const { name: type, message } = error as Error;
    results[name] = `${type}: ${message}`;
  }
}

const x = mp.tensor([1, 2]);
await note("add", () => x.add(1));
await note("sum", () => x.sum());
await note("matmul", () => mp.eye(2).matmul(mp.eye(2)));
await note("eigh", () => mp.linalg.eigh(mp.eye(2)));
await note("argmax", () => x.argmax());
await note("eq", () => x.eq(x));
await note("oneHot", () => mp.oneHot(mp.tensor(new Int32Array([0])), 2));
await note("scope", () => mp.scope(() => mp.zeros([2])));
await note("random.uniform", () => mp.random.uniform([2], { seed: 1 }));
await note("resident", () => resident(new Float32Array(1), [1], "float32"));
await note("exp", () => scalar("exp", 1));
await note("valueAndGrad", () => mp.valueAndGrad((t: any) => t.sum())(x));
await note("tensor without arithmetic", () => x.toArray());
const { total } = mp.memoryStats();

await note("initSync with a URL", () => mp.initSync({ wasm: new URL("https://example.org/kernels.wasm") }));
await note("initSync with text", () => mp.initSync({ wasm: "kernels.wasm" as never }));
await note("init with a number", () => mp.init({ wasm: 3 as never }));
await note("init with wrong bytes", () => mp.init({ wasm: new Uint8Array([1, 2, 3, 4]) }));
await note("init with a URL to nothing", () => mp.init({ wasm: new URL("data:") }));
const { fetch } = globalThis;
globalThis.fetch = async () => new Response("", { status: 404 });
await note("init with a missing file", () => mp.init({ wasm: new URL("https://example.org/kernels.wasm") }));
globalThis.fetch = fetch;
await note("init afterwards", async () => {
  await mp.init();
  return total123();
});

const dataUrl = `data:application/wasm;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
const ways: Record<string, () => unknown> = {
  inlined: () => mp.init(),
  "inlined, sync": () => mp.initSync(),
  module: async () => mp.init({ wasm: await WebAssembly.compile(bytes) }),
  "module, sync": () => mp.initSync({ wasm: new WebAssembly.Module(bytes) }),
  buffer: () => mp.init({ wasm: new Uint8Array(bytes).buffer }),
  "view, sync": () => mp.initSync({ wasm: bytes }),
  URL: () => mp.init({ wasm: new URL(dataUrl) }),
  "twice at once": () => Promise.all([mp.init(), mp.init()]),
};
const loaded: Record<string, [number, number]> = {};
for (const [way, load] of Object.entries(ways)) {
  wasm.ready = false;
  await load();
  const first = total123();
  await mp.init();
  loaded[way] = [first, total123()];
}
console.log(JSON.stringify({ results, total, loaded }));

function total123(): number {
  return mp.tensor([1, 2, 3]).sum().item();
}
