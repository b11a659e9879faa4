import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode as encodePng } from "fast-png";
import { FormatError } from "../../src/errors.js";
import { readImages } from "../../src/data/node/index.js";
import { jpg, png, writeTree } from "./files.js";

describe("data: decoding pictures", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "matprop-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  async function decoded(file: Uint8Array, channels: 1 | 3, background?: number): Promise<number[]> {
    writeTree(folder, { picture: file });
    return [...(await readImages([join(folder, "picture")], { channels, background })).images];
  }

  it("reads every kind of PNG", async () => {
    const make = (channels: number, depth: 1 | 2 | 4 | 8 | 16, data: number[], width: number) =>
      encodePng({
        width,
        height: 1,
        channels,
        depth,
        data: depth === 16 ? Uint16Array.from(data) : Uint8Array.from(data),
      });
    assert.deepEqual(await decoded(make(1, 8, [0, 128, 255], 3), 1), [0, 128, 255]);
    assert.deepEqual(await decoded(make(3, 8, [255, 0, 0, 1, 2, 3], 2), 3), [255, 0, 0, 1, 2, 3]);
    assert.deepEqual(await decoded(make(3, 8, [255, 0, 0, 0, 255, 0], 2), 1), [76, 150]);
    assert.deepEqual(await decoded(make(2, 8, [100, 255, 100, 0], 2), 1, 7), [100, 7]);
    assert.deepEqual(await decoded(make(4, 8, [9, 8, 7, 255, 0, 0, 0, 0], 2), 3), [9, 8, 7, 255, 255, 255]);
    assert.deepEqual(await decoded(make(1, 16, [0, 257, 0x1234, 65535], 4), 1), [0, 1, 18, 255]);
    assert.deepEqual(await decoded(make(1, 1, [0b10110000, 0b10000000], 9), 1), [255, 0, 255, 255, 0, 0, 0, 0, 255]);
    assert.deepEqual(await decoded(make(1, 2, [0b00011011, 0b01000000], 5), 1), [0, 85, 170, 255, 85]);
    assert.deepEqual(await decoded(make(1, 4, [0x0f, 0x30], 3), 1), [0, 255, 51]);
  });

  it("reads palettes", async () => {
    const palette = [
      [255, 0, 0],
      [1, 2, 3],
    ];
    const file = encodePng({ width: 3, height: 1, channels: 1, depth: 8, data: Uint8Array.of(1, 0, 1), palette });
    assert.deepEqual(await decoded(file, 3), [1, 2, 3, 255, 0, 0, 1, 2, 3]);
  });

  it("reads JPEG to about the colour that was written", async () => {
    const found = await decoded(jpg(16, 16, [200, 100, 50]), 3);
    for (let i = 0; i < found.length; i++) assert.ok(Math.abs(found[i]! - [200, 100, 50][i % 3]!) <= 4, `${found[i]}`);
  });

  it("names the picture that is damaged", async () => {
    const good = png(8, 8, 1, 2, 3);
    const broken: [Uint8Array | string, RegExp][] = [
      ["text", /x\.png: neither PNG nor JPEG/],
      [good.subarray(0, 20), /x\.png: damaged PNG: no IHDR/],
      [good.subarray(0, 50), /x\.png: damaged PNG: /],
      [good.map((byte, i) => (i === 45 ? byte ^ 1 : byte)), /x\.png: damaged PNG: /],
      [good.map((byte, i) => (i >= 16 && i < 24 ? 0x7f : byte)), /more than 100 megapixels/],
      [good.map((byte, i) => (i >= 16 && i < 20 ? 0 : byte)), /0 × 8 pixels/],
      [jpg(8, 8, [1, 2, 3]).subarray(0, 30), /x\.png: damaged JPEG: no frame header/],
      [jpg(8, 8, [1, 2, 3]).subarray(0, 250), /x\.png: damaged JPEG: /],
    ];
    for (const [contents, message] of broken) {
      writeTree(folder, { "x.png": contents });
      await assert.rejects(readImages([join(folder, "x.png")]), (error) => {
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, message);
        return true;
      });
    }
  });
});
