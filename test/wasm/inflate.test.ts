import assert from "node:assert/strict";
import { binary, byteLength } from "../../src/wasm/generated/binary.js";
import { inflate } from "../../src/wasm/inflate.js";
import { readBytes } from "../support/host.js";
import { uniform } from "../support/generate.js";

/** Raw DEFLATE by the host. */
async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

describe("wasm: inflate", () => {
  it("the inlined binary is build/kernels.wasm", () => {
    const found = inflate(fromBase64(binary), byteLength);
    assert.deepEqual(found, readBytes("build/kernels.wasm"));
  });

  it("gives back what the host compressed: empty, short, repeated, random, text, numbers, several blocks", async () => {
    const next = uniform(5);
    const random = (n: number, below = 256): Uint8Array<ArrayBuffer> =>
      Uint8Array.from({ length: n }, () => Math.floor(next() * below));
    const cases: Record<string, Uint8Array<ArrayBuffer>> = {
      empty: new Uint8Array(0),
      short: Uint8Array.of(1, 2, 3),
      repeated: new Uint8Array(100_000).fill(7),
      period: Uint8Array.from({ length: 5000 }, (_, i) => i % 3),
      "random, stored": random(150_000),
      "skewed, deep codes": random(200_000, 256).map((x) => Math.floor(x ** 4 / 256 ** 3)),
      "far matches": Uint8Array.from([...random(32_768), ...random(32_768)].flatMap((x, i, all) => [x, all[i ^ 1]!])),
      text: new TextEncoder().encode("matrix backpropagation, ".repeat(700)),
      numbers: new Uint8Array(Float64Array.from({ length: 9000 }, (_, i) => Math.sqrt(i)).buffer),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      assert.deepEqual(inflate(await deflated(bytes), bytes.length), bytes, name);
    }
  });

  it("reads the fixed code and stored blocks as the standard has them", () => {
    // "aaaaaaaaaa" by zlib's fixed code: literal a, a match of nine at distance one, end of block.
    assert.deepEqual(inflate(Uint8Array.of(0x4b, 0x84, 0x03, 0x00), 10), new Uint8Array(10).fill(97));
    assert.deepEqual(inflate(Uint8Array.of(0x01, 0x02, 0x00, 0xfd, 0xff, 5, 6), 2), Uint8Array.of(5, 6));
  });
});
