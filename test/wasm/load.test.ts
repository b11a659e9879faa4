import assert from "node:assert/strict";
import * as mp from "../../src/index.js";
import { scalar } from "../../src/wasm/scalar.js";
import { runAlone } from "../support/host.js";

const MESSAGE = 'call "await init();" (or "initSync();") once before the first operation';

describe("wasm: init", () => {
  let fresh: { results: Record<string, string>; total: number; loaded: Record<string, [number, number]> };

  before(async () => {
    fresh = await runAlone("test/wasm/fresh.ts");
  });

  it("operations before it say what to call", () => {
    const { results, total } = fresh;
    const ops = [
      "add",
      "sum",
      "matmul",
      "eigh",
      "argmax",
      "eq",
      "oneHot",
      "scope",
      "random.uniform",
      "resident",
      "exp",
    ];
    for (const op of ops) assert.equal(results[op], `NotInitializedError: ${op}: ${MESSAGE}`);
    assert.equal(results.valueAndGrad, `NotInitializedError: scope: ${MESSAGE}`);
    assert.equal(results["tensor without arithmetic"], "1,2");
    assert.equal(total, 0);
  });

  it("refuses what is no binary, and may be repeated then", () => {
    const { results } = fresh;
    const wanted = "wasm must be a WebAssembly.Module, a URL or bytes";
    assert.equal(
      results["initSync with a URL"],
      "ArgumentError: initSync: a URL cannot be loaded synchronously; use init()",
    );
    assert.equal(results["initSync with text"], `ArgumentError: initSync: ${wanted}, got string`);
    assert.equal(results["init with a number"], `ArgumentError: init: ${wanted}, got number`);
    assert.match(results["init with wrong bytes"], /^CompileError/);
    assert.match(results["init with a URL to nothing"], /^TypeError/);
    assert.equal(
      results["init with a missing file"],
      "ReadError: init: https://example.org/kernels.wasm was answered with status 404",
    );
    assert.equal(results["init afterwards"], "6");
  });

  it("takes the inlined binary, a module, a buffer, a view or a URL", () => {
    const ways = ["inlined", "inlined, sync", "module", "module, sync", "buffer", "view, sync", "URL", "twice at once"];
    assert.deepEqual(fresh.loaded, Object.fromEntries(ways.map((way) => [way, [6, 6]])));
  });

  it("is a no-op once loaded", async () => {
    await mp.init();
    const before = mp.memoryStats();
    await mp.init({ wasm: 3 as never });
    mp.initSync({ wasm: 3 as never });
    assert.deepEqual(mp.memoryStats(), before);
  });

  it("scalar functions of schedules and initialisers are the kernels'", () => {
    mp.initSync();
    for (const f of ["exp", "log", "sin", "cos"] as const) {
      const wanted = mp.tensor([0.7], { dtype: "float64" })[f]().item();
      assert.equal(scalar(f, 0.7), wanted);
      assert.ok(Math.abs(wanted - Math[f](0.7)) < 1e-15);
    }
  });
});
