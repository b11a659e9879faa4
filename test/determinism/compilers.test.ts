import assert from "node:assert/strict";
import { runChild } from "../support/child.js";
import { readText } from "../support/host.js";

describe("determinism in both compilers of V8", () => {
  for (const flag of ["--liftoff-only", "--no-liftoff"]) {
    it(`a process with ${flag} has the pinned hashes`, function () {
      this.timeout(120000);
      const found = runChild(new URL("./print.ts", import.meta.url), [flag]);
      assert.deepEqual(found, JSON.parse(readText("test/determinism/pins.json")));
    });
  }
});
