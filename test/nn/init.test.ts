import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { ArgumentError, eye, nn, type Tensor } from "../../src/index.js";
import { assertSameBits } from "./support.js";

const { init } = nn;
const shape = [40, 3, 3, 30];
const [fanIn, fanOut] = [270, 360];

/** The largest magnitude and the variance a sample of this size should have. */
const LAWS: [keyof typeof init, number, number | null][] = [
  ["kaimingUniform", 2 / fanIn, Math.sqrt(6 / fanIn)],
  ["kaimingNormal", 2 / fanIn, null],
  ["xavierUniform", 2 / (fanIn + fanOut), Math.sqrt(6 / (fanIn + fanOut))],
  ["xavierNormal", 2 / (fanIn + fanOut), null],
];

describe("nn.init", () => {
  for (const [name, variance, bound] of LAWS) {
    it(`${name}: mean 0, the stated variance and bound, by the seed`, () => {
      const make = init[name] as typeof init.kaimingUniform;
      const w = make(shape, { seed: 3, dtype: "float64" });
      const n = w.size;
      assert.ok(Math.abs(w.mean().item()) < 5 * Math.sqrt(variance / n));
      assert.ok(Math.abs(w.variance().item() / variance - 1) < 0.05, `${w.variance().item()} for ${variance}`);
      if (bound !== null) assert.ok(w.abs().max().item() <= bound);
      assertSameBits(w, make(shape, { seed: 3, dtype: "float64" }));
      assert.ok(!w.allclose(make(shape, { seed: 4, dtype: "float64" })));
    });
  }

  it("orthogonal: the shorter side is orthonormal", () => {
    const unit = (product: Tensor<DType>): void => {
      const n = product.shape[0]!;
      assert.ok(product.allclose(eye(n, { dtype: "float64" }), { rtol: 0, atol: 1e-14 }));
    };
    const wide = init.orthogonal([5, 2, 4], { seed: 1, dtype: "float64" }).reshape(5, 8);
    unit(wide.matmul(wide.mT));
    const tall = init.orthogonal([9, 4], { seed: 1, dtype: "float64" });
    unit(tall.mT.matmul(tall));
    assert.equal(init.orthogonal([3, 3], { seed: 1 }).dtype, "float32");
    assert.throws(() => init.orthogonal([3], { seed: 1 }), ArgumentError);
  });
});
