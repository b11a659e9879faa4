import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as mp from "../../src/index.js";

mp.initSync();

describe("tensor: Node's inspect", () => {
  it("shows what toString does", () => {
    for (const x of [mp.tensor([0.5, 12.25]), mp.zeros([0, 3]), mp.tensor([true, false], { dtype: "bool" })]) {
      assert.equal(inspect(x), x.toString());
    }
  });

  it("says of a dead tensor that it is dead", () => {
    let dead: mp.Tensor<mp.DType>;
    mp.scope(() => void (dead = mp.ones([2]).add(1)));
    assert.equal(inspect(dead!), "Tensor(ended, shape=[2], dtype=float32)");
  });
});
