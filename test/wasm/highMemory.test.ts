import assert from "node:assert/strict";
import { runChild } from "../support/child.js";
import { workload } from "./workload.js";

describe("wasm: addresses above 2 GiB", () => {
  it("give the same bits as addresses below", function () {
    this.timeout(60000);
    const above = runChild<{ grown: boolean; lowest: number; hashes: Record<string, string> }>(
      new URL("./above.ts", import.meta.url),
    );
    if (!above.grown) {
      console.log("      skipped: this machine cannot grow WebAssembly memory beyond 2 GiB");
      return;
    }
    assert.ok(above.lowest > 2 ** 31, `the arena began at ${above.lowest}`);
    const { hashes } = workload();
    assert.ok(Object.keys(hashes).length >= 10);
    assert.deepEqual(above.hashes, hashes);
  });
});
