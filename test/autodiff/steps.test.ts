import assert from "node:assert/strict";
import { runChild } from "../support/child.js";

interface Report {
  readonly early: Record<string, number>;
  readonly late: Record<string, number>;
  readonly heapBytes: number;
  readonly residentLeft: number;
  readonly loss: [first: number, last: number];
}

describe("memory over 10 000 training steps", () => {
  it("memoryStats() equal after step 10 and step 10 000, JS heap within 1 MB, forgotten models come back", function () {
    this.timeout(60000);
    const { early, late, heapBytes, residentLeft, loss } = runChild<Report>(new URL("./steps.ts", import.meta.url), [
      "--expose-gc",
    ]);
    assert.deepEqual(late, early);
    assert.ok(heapBytes < 1 << 20, `the heap grew by ${heapBytes} bytes`);
    assert.ok(loss[1] < loss[0] / 10, `it did train: ${loss}`);
    assert.equal(residentLeft, 0);
    console.log(`      arena and residents of a step: ${JSON.stringify(late)}; heap difference ${heapBytes} bytes`);
  });
});
