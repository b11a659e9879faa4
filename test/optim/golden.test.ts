import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { parameter } from "../../src/nn/module.js";
import { adagrad, adam, adamw, rmsprop, sgd } from "../../src/optim/index.js";
import type { Optimizer } from "../../src/optim/optimizer.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { distance, golden, goldenAvailable, goldenSkipNote, type GoldenCase } from "../support/golden.js";
import { DTYPES } from "./support.js";

type Make = (params: Record<string, Tensor<DType>>, meta: Record<string, any>) => Optimizer;

const decay = (meta: Record<string, any>) => ({ weightDecay: (meta.weight_decay as number | undefined) ?? 0 });

const MAKERS: Record<string, Make> = {
  sgd: (p, { lr, momentum = 0, nesterov = false, ...meta }) => sgd(p, { lr, momentum, nesterov, ...decay(meta) }),
  adam: (p, { lr, betas, eps, ...meta }) => adam(p, { lr, betas, eps, ...decay(meta) }),
  adamw: (p, { lr, betas, eps, ...meta }) => adamw(p, { lr, betas, eps, ...decay(meta) }),
  rmsprop: (p, { lr, alpha, eps }) => rmsprop(p, { lr, alpha, eps }),
  adagrad: (p, { lr, eps }) => adagrad(p, { lr, eps }),
};

const cases = golden("nn").filter(({ name }) => name.startsWith("optim-"));

/** The parameters after every step, as one array. */
function trajectory({ name, meta, tensors }: GoldenCase, dtype: "float32" | "float64"): number[] {
  const shape = tensors.p0!.shape;
  const size = tensors.p0!.data.length;
  const w = parameter(tensor(tensors.p0!.data as Float64Array, { shape, dtype }));
  const optimizer = MAKERS[name.split("-")[1]!]!({ w }, meta);
  const all: number[] = [];
  for (let from = 0; from < tensors.grads!.data.length; from += size) {
    optimizer.step({ w: tensor((tensors.grads!.data as Float64Array).slice(from, from + size), { shape, dtype }) });
    all.push(...w.data());
  }
  return all;
}

describe("optim against PyTorch", () => {
  if (!goldenAvailable) console.log(`    ${goldenSkipNote}`);

  it("has all eight reference cases", function () {
    if (!goldenAvailable) this.skip();
    assert.equal(cases.length, 8);
  });

  for (const reference of cases) {
    for (const dtype of DTYPES) {
      it(`${reference.name} in ${dtype}`, () => {
        const error = distance(trajectory(reference, dtype), reference.tensors.params!.data);
        const bound = reference.meta.tol.params[dtype === "float32" ? "f32" : "f64"];
        assert.ok(error <= bound, `‖error‖ = ${error}, bound ${bound}`);
      });
    }
  }
});
