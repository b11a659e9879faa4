import assert from "node:assert/strict";
import { valueAndGrad } from "../../src/autodiff/grad.js";
import { ArgumentError, DtypeError, StaleTensorError } from "../../src/errors.js";
import { parameter } from "../../src/nn/module.js";
import { mul } from "../../src/ops/mul.js";
import { sum } from "../../src/ops/sum.js";
import { adagrad, adam, adamw, rmsprop, sgd } from "../../src/optim/index.js";
import { ones, tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { bits, constantOf, DTYPES, param } from "./support.js";

describe("optim: parameters and options", () => {
  for (const dtype of DTYPES) {
    it(`groups have options of their own, ${dtype}`, () => {
      const make = () => ({ w: param([4], 1, dtype), b: param([3], 2, dtype), c: param([2], 3, dtype) });
      const [together, apart] = [make(), make()];
      const grouped = sgd(
        [
          { params: { w: together.w }, weightDecay: 0.1 },
          { params: { b: together.b }, lr: 0.5, momentum: 0.9 },
          { params: { c: together.c } },
        ],
        { lr: 0.25 },
      );
      const single = [
        sgd({ w: apart.w }, { lr: 0.25, weightDecay: 0.1 }),
        sgd({ b: apart.b }, { lr: 0.5, momentum: 0.9 }),
        sgd({ c: apart.c }, { lr: 0.25 }),
      ] as const;
      for (let t = 0; t < 5; t++) {
        if (t === 2) {
          // A schedule moves all rates in proportion.
          grouped.lr = single[0].lr = single[2].lr = 0.0625;
          single[1].lr = 0.125;
        }
        const g = { w: constantOf([4], t, dtype), b: constantOf([3], t, dtype), c: constantOf([2], t, dtype) };
        grouped.step(g);
        single[0].step({ w: g.w });
        single[1].step({ b: g.b });
        single[2].step({ c: g.c });
      }
      assert.deepEqual(bits(together), bits(apart));
      assert.deepEqual(Object.keys(grouped.parameters()), ["w", "b", "c"]);
      assert.deepEqual(Object.keys(grouped.state()).sort(), ["lr", "momentum/b", "step"]);
    });
  }

  it("tied weights move once a step", () => {
    const w = param([3], 1);
    const free = parameter(w);
    const tied = { "encoder.w": w, "decoder.w": w };
    const gradient = valueAndGrad(
      (x: Tensor<"float64">) => sum(mul(mul(w as Tensor<"float64">, x), w as Tensor<"float64">)),
      {
        wrt: tied,
      },
    );
    const { grads } = gradient(tensor([1, 2, 3], { dtype: "float64" }));
    const optimizer = sgd(tied, { lr: 0.125, momentum: 0.5 });
    optimizer.step(grads);
    sgd({ free }, { lr: 0.125 }).step({ free: grads["encoder.w"] });
    assert.deepEqual(w.data(), free.data());
    assert.deepEqual(Object.keys(optimizer.state()).sort(), ["lr", "momentum/encoder.w", "step"]);
  });

  it("a backward pass over parameters that have moved is an error", () => {
    const w = param([3], 1) as Tensor<"float64">;
    const optimizer = sgd({ w }, { lr: 0.1 });
    const gradient = valueAndGrad(
      () => {
        const loss = sum(mul(w, w));
        optimizer.step({ w: ones([3], { dtype: "float64" }) });
        return loss;
      },
      { wrt: { w } },
    );
    assert.throws(() => gradient(), StaleTensorError);
  });

  it("refuses what cannot be trained", () => {
    const w = param([3], 1);
    const refused: [() => unknown, new (...a: any[]) => Error, RegExp][] = [
      [() => sgd({}, { lr: 1 }), ArgumentError, /no parameter to train/],
      [() => sgd([], { lr: 1 }), ArgumentError, /no parameter to train/],
      [() => sgd({ w: ones([2]) }, { lr: 1 }), ArgumentError, /"w" is no parameter/],
      [() => sgd({ w: parameter(tensor(Int32Array.of(1))) }, { lr: 1 }), DtypeError, /"w" is int32/],
      [() => sgd({ w: 3 as never }, { lr: 1 }), ArgumentError, /"w" is no tensor/],
      [() => sgd(null as never, { lr: 1 }), ArgumentError, /expected model.parameters\(\)/],
      [() => sgd([w] as never, { lr: 1 }), ArgumentError, /expected model.parameters\(\)/],
      [() => sgd([{ params: { w } }, { params: { w } }], { lr: 1 }), ArgumentError, /"w" is in two groups/],
      [() => sgd([{ params: { w } }, { params: { v: w } }], { lr: 1 }), ArgumentError, /"v" shares its memory/],
      [() => sgd([{ params: { w }, lr: 0.1 }], { lr: 0 }), ArgumentError, /lr must be positive when a group/],
    ];
    for (const [run, kind, message] of refused) {
      assert.throws(run, (error: unknown) => error instanceof kind && message.test(error.message));
    }
  });

  it("refuses options out of range, unknown and missing ones", () => {
    const params = { w: param([3], 1) };
    const refused: [() => unknown, RegExp][] = [
      [() => sgd(params, undefined as never), /optim.sgd: the option lr is required/],
      [() => sgd(params, { lr: undefined as never }), /the option lr is required/],
      [() => sgd(params, { lr: -1 }), /lr must be a number ≥ 0 and finite, got -1/],
      [() => sgd(params, { lr: Infinity }), /lr must be/],
      [() => sgd(params, { lr: "1" as never }), /lr must be/],
      [() => sgd(params, { lr: 1, momentum: NaN }), /momentum must be/],
      [() => sgd(params, { lr: 1, dampening: 2 }), /dampening must be a number ≥ 0 and ≤ 1, got 2/],
      [() => sgd(params, { lr: 1, nesterov: true }), /nesterov needs momentum/],
      [() => sgd(params, { lr: 1, momentum: 0.9, dampening: 0.1, nesterov: true }), /nesterov needs momentum/],
      [() => sgd(params, { lr: 1, weightDecay: -0.1 }), /weightDecay must be/],
      [
        () => sgd(params, { lr: 1, weight_decay: 0.1 } as never),
        /unknown option "weight_decay"; the options are lr, mom/,
      ],
      [() => sgd([{ params, decay: 1 } as never], { lr: 1 }), /unknown option "decay"/],
      [() => sgd([{ params, momentum: -1 }], { lr: 1 }), /momentum must be/],
      [() => adam(params, { betas: [0.9, 1] }), /betas\[1\] must be a number ≥ 0 and < 1, got 1/],
      [() => adam(params, { betas: 0.9 as never }), /betas must be two numbers/],
      [() => adamw(params, { eps: -1 }), /optim.adamw: eps must be/],
      [() => rmsprop(params, { alpha: 1.5 }), /alpha must be/],
      [() => adagrad(params, { lrDecay: -1 }), /lrDecay must be/],
    ];
    for (const [run, message] of refused) {
      assert.throws(run, (error: unknown) => error instanceof ArgumentError && message.test(error.message));
    }
    const optimizer = sgd(params, { lr: 0.1, momentum: undefined });
    assert.throws(() => (optimizer.lr = NaN), ArgumentError);
    assert.equal(optimizer.lr, 0.1);
  });
});
