import assert from "node:assert/strict";
import * as mp from "../../src/index.js";
import { assign } from "../../src/tensor/assign.js";
import { resident } from "../../src/tensor/tensor.js";

mp.initSync();

const parameter = (values: number[]): mp.Tensor<"float32"> =>
  resident(new Float32Array(values), [values.length], "float32");

describe("tensor: residents", () => {
  it("live outside scopes, are counted, and go at dispose()", () => {
    const before = mp.memoryStats().resident;
    const p = mp.scope(() => parameter(Array(20).fill(1)));
    assert.equal(mp.memoryStats().resident, before + 128);
    let seen = 0;
    mp.scope(() => (seen = p.sum().item()));
    assert.equal(seen, 20);
    p._storage.dispose();
    assert.equal(mp.memoryStats().resident, before);
    assert.throws(() => p.data(), mp.ScopeEndedError);
    assert.throws(() => p.add(1), mp.ScopeEndedError);
    assert.throws(() => p.assign(mp.zeros([20])), mp.ScopeEndedError);
    p._storage.dispose();
    assert.equal(mp.memoryStats().resident, before, "disposing twice frees once");
  });

  it("assign changes every view of it, and nothing computed before", () => {
    const p = parameter([1, 2, 3]);
    const [view, doubled] = [p.reshape(3, 1), p.mul(2)];
    p.assign(mp.tensor([4, 5, 6]));
    assert.deepEqual(p.toArray(), [4, 5, 6]);
    assert.deepEqual(view.toArray(), [[4], [5], [6]]);
    assert.deepEqual(doubled.toArray(), [2, 4, 6]);
    p.assign(p.mul(10));
    assert.deepEqual(p.toArray(), [40, 50, 60]);
    assign(p.slice("1:2"), mp.tensor([0]));
    assert.deepEqual(p.toArray(), [40, 0, 60], "a view of a parameter is a part of it");
    p._storage.dispose();
  });

  it("assign refuses what does not fit, and then nothing has changed", () => {
    const p = parameter([1, 2]);
    const { version } = p._storage;
    assert.throws(() => p.assign(mp.zeros([3])), {
      name: "ShapeError",
      message: "assign: expected shape [2], got [3]",
    });
    assert.throws(() => p.assign(mp.zeros([2], { dtype: "float64" }) as any), {
      name: "DtypeError",
      message: "assign: expected float32, got float64",
    });
    assert.throws(() => mp.zeros([2]).assign(mp.ones([2])), {
      name: "ArgumentError",
      message: /^assign: only parameters/,
    });
    assert.throws(
      () =>
        mp.scope(() =>
          mp
            .zeros([2])
            .add(1)
            .assign(mp.ones([2])),
        ),
      mp.ArgumentError,
    );
    assert.deepEqual(p.toArray(), [1, 2]);
    assert.equal(p._storage.version, version);
    p._storage.dispose();
  });

  it("a backward pass over a parameter changed meanwhile is an error naming the op; where it is not read, none", () => {
    const p = parameter([1, 2]);
    const changing = (f: (x: any) => any) => (x: any) => {
      const y = f(x);
      p.assign(p.add(1));
      return y.sum();
    };
    const run = (f: (x: any) => any): unknown => mp.valueAndGrad(changing(f), { wrt: [p] })(mp.tensor([3, 4]));
    assert.throws(() => run((x) => p.mul(x)), { name: "StaleTensorError", code: "STALE", message: /^mul: / });
    assert.throws(() => run(() => p.exp().mul(p)), mp.StaleTensorError);
    run((x) => p.add(x));
    mp.valueAndGrad((x: any) => changing((t) => t.mul(2))(x).add(p.sum()), { wrt: [p] })(mp.tensor([3, 4]));
    p._storage.dispose();
  });

  it("reading a parameter in one step and changing it afterwards is no error", () => {
    const p = parameter([1, 2]);
    const step = mp.valueAndGrad((x: any) => p.mul(x).square().sum(), { wrt: [p] });
    for (let i = 0; i < 3; i++) {
      const { grads } = mp.scope(() => step(mp.tensor([1, 1])));
      p.assign(p.sub(grads[0].mul(0.1) as any));
    }
    const expected = [1, 2].map((value) => Math.fround(value) * 0.8 ** 3);
    p.data().forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6));
    p._storage.dispose();
  });
});
