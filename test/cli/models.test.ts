import assert from "node:assert/strict";
import { buildModel, modelsFor, type ModelSpec } from "../../src/cli/models.js";
import { hash, linalg, nn, random, valueAndGrad, type Tensor } from "../../src/index.js";
import { initSync } from "../../src/wasm/load.js";

const COMMON = { classes: 3, seed: 5, width: 0.25, eps: 1e-3 };
const IMAGES: Omit<ModelSpec, "model"> = { ...COMMON, shape: [16, 16, 2], precision: "float64" };
const MATRICES: Omit<ModelSpec, "model">[] = (["float64", "float32"] as const).map((precision) => {
  return { ...COMMON, width: 1, shape: [6, 6], precision };
});

/** Every parameter counts, and equal specs build equal networks. */
function check(spec: ModelSpec, x: Tensor): void {
  const network = buildModel(spec);
  const target = random.normal([x.shape[0]!, 3], { seed: 2, dtype: network.dtype });
  const run = valueAndGrad(() => nn.functional.mse(network.forward(x), target), { wrt: network.parameters() });
  const { value, grads } = run();
  assert.ok(Number.isFinite(value.item()));
  for (const [path, g] of Object.entries(grads)) {
    const values = g.data();
    assert.ok(values.some((v) => v !== 0) && values.every(Number.isFinite), `the gradient of ${path} is ${values}`);
  }
  assert.deepEqual(network.forward(x).shape, target.shape);
  assert.equal(hash(buildModel(spec).state()), hash(buildModel(spec).state()));
}

describe("networks of the command", () => {
  before(() => initSync());

  for (const model of modelsFor({ shape: [16, 16, 2] })) {
    it(`${model} maps images to logits and every parameter has a gradient`, () => {
      check({ ...IMAGES, model }, random.normal([4, 16, 16, 2], { seed: 1 }));
    });
  }

  for (const model of modelsFor({ shape: [6, 6] })) {
    it(`${model} maps matrices to logits, in both precisions, and every parameter has a gradient`, () => {
      for (const spec of MATRICES) {
        const dtype = spec.precision;
        check({ ...spec, model }, linalg.gram(random.normal([5, 9, 6], { seed: 1, dtype }), { eps: 0.1 }));
      }
    });
  }

  it("SPDNet starts with orthonormal rows, a little fewer in each layer", () => {
    const model = buildModel({ ...MATRICES[0]!, shape: [12, 12], model: "spdnet" });
    const weights = Object.values(model.parameters()).slice(0, 2);
    assert.deepEqual(
      weights.map(({ shape }) => shape),
      [
        [11, 12],
        [10, 11],
      ],
    );
    for (const W of weights) {
      const product = W.matmul(W.mT).data();
      product.forEach((value, at) => {
        const expected = at % (W.shape[0]! + 1) === 0 ? 1 : 0;
        assert.ok(Math.abs(value - expected) < 1e-14, `W·Wᵀ has ${value} at ${at}`);
      });
    }
  });
});
