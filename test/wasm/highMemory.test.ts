import assert from "node:assert/strict";
import { runAlone } from "../support/host.js";
import { workload } from "./workload.js";

describe("wasm: addresses above 2 GiB", () => {
  it("give the same bits as addresses below", async () => {
    const above = await runAlone<{ grown: boolean; lowest: number; hashes: Record<string, string> }>(
      "test/wasm/above.ts",
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
