import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FormatError } from "../../src/errors.js";
import { encodeNpy } from "../../src/io/npy.js";
import { encodeSafetensors } from "../../src/io/safetensors.js";
import { readNpy, readSafetensors, writeFileAtomic, writeNpy, writeSafetensors } from "../../src/io/node/index.js";
import { tensor } from "../../src/tensor/create.js";
import { fromArray } from "../../src/tensor/tensor.js";

describe("io: files", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "matprop-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("writes and reads safetensors and npy, compressed by name", async () => {
    const w = tensor([[1, 2, 3]]);
    await writeSafetensors(join(folder, "m.safetensors"), { w }, { k: "v" });
    assert.deepEqual((await readSafetensors(join(folder, "m.safetensors"))).metadata, { k: "v" });
    writeFileSync(join(folder, "m.safetensors.gz"), gzipSync(encodeSafetensors({ w })));
    assert.deepEqual((await readSafetensors(join(folder, "m.safetensors.gz"))).tensors.w!.toArray(), [[1, 2, 3]]);
    await writeNpy(join(folder, "w.npy"), w);
    assert.deepEqual((await readNpy(join(folder, "w.npy"))).toArray(), [[1, 2, 3]]);
    writeFileSync(join(folder, "w.npy.gz"), gzipSync(encodeNpy(w)));
    assert.deepEqual((await readNpy(join(folder, "w.npy.gz"))).toArray(), [[1, 2, 3]]);
  });

  it("names the damaged file once", async () => {
    const path = join(folder, "bad.npy");
    writeFileSync(path, "no numbers");
    await assert.rejects(readNpy(path), (error) => {
      assert.ok(error instanceof FormatError);
      assert.equal(error.message, `readNpy: ${path}: the file does not start with \\x93NUMPY: this is no npy file`);
      return true;
    });
    writeFileSync(`${path}.gz`, "not gzip");
    await assert.rejects(
      readNpy(`${path}.gz`),
      /FormatError: readNpy: .*bad\.npy\.gz: cannot decompress: incorrect header/,
    );
    writeFileSync(`${path}.gz`, gzipSync(new Uint8Array(1000)).subarray(0, 20));
    await assert.rejects(readNpy(`${path}.gz`), /cannot decompress: unexpected end of file/);
    await assert.rejects(readNpy(join(folder, "none.npy")), { code: "ENOENT" });
  });

  it("replaces a file as a whole and leaves nothing beside it", async () => {
    const path = join(folder, "a.bin");
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    await writeFileAtomic(path, Uint8Array.of(4));
    assert.deepEqual([...readFileSync(path)], [4]);
    assert.deepEqual(readdirSync(folder), ["a.bin"]);
  });

  it("cleans up when it fails, and leaves the old contents", async () => {
    const path = join(folder, "taken");
    mkdirSync(path);
    writeFileSync(join(path, "inside"), "x");
    await assert.rejects(writeFileAtomic(path, Uint8Array.of(1)));
    assert.deepEqual(readdirSync(folder), ["taken"]);
    assert.deepEqual(readdirSync(path), ["inside"]);
    await assert.rejects(writeFileAtomic(join(folder, "missing", "a"), Uint8Array.of(1)), { code: "ENOENT" });
  });

  it("survives many writers of one path: one of them wins whole", async () => {
    const path = join(folder, "a.bin");
    const contents = Array.from({ length: 8 }, (_, i) => new Uint8Array(10000).fill(i));
    await Promise.all(contents.map((bytes) => writeFileAtomic(path, bytes)));
    const found = readFileSync(path);
    assert.equal(found.length, 10000);
    assert.ok(found.every((byte) => byte === found[0]));
    assert.deepEqual(readdirSync(folder), ["a.bin"]);
  });

  it("keeps permissions and symbolic links", async function () {
    if (process.platform === "win32") this.skip();
    const path = join(folder, "real");
    writeFileSync(path, "old");
    chmodSync(path, 0o640);
    symlinkSync("real", join(folder, "link"));
    await writeFileAtomic(join(folder, "link"), new TextEncoder().encode("new"));
    assert.equal(readFileSync(path, "utf8"), "new");
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(folder).sort(), ["link", "real"]);
  });

  it("reads the tensors out before it waits", async () => {
    const values = Float32Array.of(1);
    const path = join(folder, "m.safetensors");
    const pending = writeSafetensors(path, { w: fromArray(values, [1], "float32") });
    values[0] = 2; // as the next training step would
    await pending;
    assert.deepEqual((await readSafetensors(path)).tensors.w!.toArray(), [1]);
    await assert.rejects(writeSafetensors(join(folder, "x"), { w: 1 as never }), /"w" is no tensor/);
  });
});
