import assert from "node:assert/strict";
import * as mp from "../../src/index.js";
import { fingerprint } from "../../src/cli/fingerprint/fingerprint.js";
import { pinned } from "../support/host.js";
import { everything, network, stripes, train } from "./compute.js";

describe("determinism", () => {
  it("ops on seeded inputs and weights after 50 steps have their pinned hashes (UPDATE_PINS=1 rewrites them)", () => {
    const hashes = everything();
    assert.deepEqual(hashes, pinned("test/determinism/pins.json", hashes));
  });

  it("every kernel, every layer and a training have the hashes of their fingerprint (UPDATE_PINS=1 rewrites them)", async () => {
    const { parts } = await fingerprint(1);
    assert.deepEqual(parts, pinned("test/determinism/fingerprint.json", parts));
  });

  it("two runs of one seed are equal, it learns, and another seed gives other weights", () => {
    const [first, second] = [train("sgd"), train("sgd")];
    assert.deepEqual(first, second);
    assert.ok(first.losses.at(-1)! < first.losses[0] / 4, `${first.losses[0]} to ${first.losses.at(-1)}`);
    assert.notEqual(train("sgd", 5).weights, first.weights);
  });

  it("an item has the same bits whatever batch it is in, and in whatever order batches come", () => {
    const model = network(1).eval();
    const { x } = stripes();
    const whole = mp.scope(() => model.forward(x));
    const item = (logits: mp.Tensor, i: number): string => mp.hash(logits.slice([i]));
    const expected = Array.from({ length: 90 }, (_, i) => item(whole, i));
    for (const size of [1, 2, 7, 32, 89]) {
      const order = Array.from(mp.random.permutation(90, { seed: size }).data());
      for (let from = 0; from < 90; from += size) {
        const chosen = order.slice(from, from + size);
        const logits = mp.scope(() => model.forward(mp.gather(x, mp.tensor(Int32Array.from(chosen)))));
        chosen.forEach((i, k) =>
          assert.equal(item(logits, k), expected[i], `item ${i} in a batch of ${chosen.length}`),
        );
      }
    }
  });

  it("the gradient of an item's own input has the same bits whatever batch it is in", () => {
    const model = network(1);
    const { x, y } = stripes();
    const loss = (a: any, b: any): any =>
      mp.nn.functional.crossEntropy(model.forward(a) as any, b, { reduction: "sum" });
    const gradient = (a: any, b: any): mp.Tensor => mp.scope(() => (mp.valueAndGrad as any)(loss)(a, b).grads[0]);
    const whole = gradient(x, y);
    for (const i of [0, 13, 89]) {
      const alone = gradient(x.slice([[i, i + 1]]), y.slice([[i, i + 1]]));
      assert.equal(mp.hash(alone.reshape(12, 12)), mp.hash(whole.slice([i]).reshape(12, 12)));
    }
  });
});
