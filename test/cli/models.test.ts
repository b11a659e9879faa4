import assert from "node:assert/strict";
import { buildModel, MODEL_NAMES, type ModelSpec } from "../../src/cli/models.js";
import { hash, nn, random, valueAndGrad } from "../../src/index.js";
import { initSync } from "../../src/wasm/load.js";

const SPEC: Omit<ModelSpec, "model"> = {
  shape: [16, 16, 2],
  classes: 3,
  seed: 5,
  width: 0.25,
  precision: "float64",
  eps: 1e-3,
};

describe("networks of the command", () => {
  before(() => initSync());

  for (const model of MODEL_NAMES) {
    it(`${model} maps images to logits and every parameter has a gradient`, () => {
      const network = buildModel({ ...SPEC, model });
      const x = random.normal([4, 16, 16, 2], { seed: 1 });
      const target = random.normal([4, 3], { seed: 2 });
      const run = valueAndGrad(() => nn.functional.mse(network.forward(x), target), { wrt: network.parameters() });
      const { value, grads } = run();
      assert.ok(Number.isFinite(value.item()));
      for (const [path, g] of Object.entries(grads)) {
        assert.ok(
          g.data().some((v) => v !== 0),
          `${path} has no gradient`,
        );
        assert.ok(g.data().every(Number.isFinite), `${path} has a gradient that is not finite`);
      }
      assert.deepEqual(network.forward(x).shape, [4, 3]);
      assert.equal(hash(buildModel({ ...SPEC, model }).state()), hash(buildModel({ ...SPEC, model }).state()));
    });
  }
});
