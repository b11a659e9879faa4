import assert from "node:assert/strict";
import { coder } from "../../src/wasm/generated/binary.js";
import { inlined, inlinedByFrames, unpack } from "../../src/wasm/inlined.js";
import { pack } from "../../scripts/pack.mjs";
import { readBytes } from "../support/host.js";
import { uniform } from "../support/generate.js";

const coderBytes = Uint8Array.from(coder.match(/../g)!, (byte) => parseInt(byte, 16));

describe("wasm: the inlined binary", () => {
  it("is build/kernels.wasm, unpacked at once or by frames, between which the host has its turns", async () => {
    const kernels = readBytes("build/kernels.wasm");
    assert.deepEqual(inlined(), kernels);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    assert.deepEqual(await inlinedByFrames(), kernels);
    clearInterval(timer);
    assert.ok(turns > 0, "the host had none");
  });

  it("is unpacked by a module that every browser compiles on its main thread: at most 4096 bytes", () => {
    assert.ok(coderBytes.length <= 4096, `the coder has ${coderBytes.length} bytes`);
  });

  it("comes back whatever was packed: empty, short, repeated, random, text, numbers, functions that are none", () => {
    const next = uniform(5);
    const random = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => Math.floor(next() * 256));
    const cases: Record<string, Uint8Array> = {
      empty: new Uint8Array(0),
      short: Uint8Array.of(1, 2, 3),
      repeated: new Uint8Array(20_000).fill(7),
      "a surprise after many zeros": Uint8Array.of(...new Uint8Array(20_000), 255, 1, 255),
      random: random(5000),
      "far repetitions": Uint8Array.from([...random(5000), ...random(5000)].flatMap((x, i, all) => [x, all[i ^ 1]!])),
      text: new TextEncoder().encode("matrix backpropagation, ".repeat(70)),
      numbers: new Uint8Array(Float64Array.from({ length: 900 }, (_, i) => Math.sqrt(i)).buffer),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      for (const [start, stop] of [
        [0, 0],
        [1, bytes.length],
      ] as const) {
        const packed = pack(coderBytes, bytes, start, stop);
        assert.deepEqual(unpack(packed, bytes.length, start, stop), bytes, `${name}, ${start} to ${stop}`);
        if (name === "repeated") assert.ok(packed.length < 100, `${packed.length} bytes`);
      }
    }
  });
});
