/** What training holds of memory, which only a forced collection tells. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryStats } from "../../src/tensor/scope.js";
import { macrotask } from "../../src/wasm/macrotask.js";
import { train } from "./rooms.js";
import { batches, Noisy, OPTIMIZERS, STEPS_PER_EPOCH } from "./support.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects garbage and waits until the blocks of unreachable models are given back, so that memory can be compared. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collect();
    await macrotask();
  }
}

const pair = () => {
  const model = new Noisy(1);
  return { model, optimizer: OPTIMIZERS.sgd!(model) };
};

describe("train.fit: memory", () => {
  it("holds no memory when abandoned, and closes the data", async () => {
    const { model, optimizer } = pair();
    let closed = 0;
    function* watched(epoch: number, skip: number) {
      try {
        yield* batches(epoch, skip);
      } finally {
        closed++;
      }
    }
    const options = { epochs: 1, optimizer, stepsPerEpoch: STEPS_PER_EPOCH };
    await settle();
    const { resident, arena } = memoryStats();
    for await (const { step } of train.fit(model, watched, options)) if (step === 2) break;
    assert.equal(closed, 1);
    // The copies of the buffers are freed at once, not by the collector.
    assert.deepEqual([memoryStats().resident, memoryStats().arena], [resident, arena]);
  });

  it("does not grow over many steps", async () => {
    const { model, optimizer } = pair();
    const seen: number[][] = [];
    for await (const { step } of train.fit(model, batches, { epochs: 60, optimizer })) {
      if (step !== 10 && step !== 480) continue;
      await settle();
      const { arena, resident, total } = memoryStats();
      seen.push([arena, resident, total]);
    }
    assert.deepEqual(seen[1], seen[0]);
  });
});
