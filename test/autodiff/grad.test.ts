import assert from "node:assert/strict";
import * as mp from "../../src/index.js";
import { resident } from "../../src/tensor/tensor.js";
import { recording } from "../../src/autodiff/tape.js";

mp.initSync();

type Any = any;
const { grad, valueAndGrad, tensor, stopGradient } = mp;
const f64 = (values: Any): mp.Tensor<"float64"> => tensor(values, { dtype: "float64" });
const run = (f: (...xs: Any[]) => Any, ...xs: unknown[]): Any => (valueAndGrad as Any)(f)(...xs);

describe("autodiff: valueAndGrad and grad", () => {
  it("one gradient per argument, in order; integers null, unused floats zeros, others null", () => {
    const [x, y] = [f64([1, 2]), f64([3, 4])];
    const labels = tensor(new Int32Array([0, 1]));
    const { value, grads } = run(
      (a, l, b, c, n, m) =>
        a
          .mul(b)
          .sum()
          .mul(n)
          .add(l.size + m.size - 4),
      x,
      labels,
      y,
      f64([5]),
      2,
      tensor([true, false], { dtype: "bool" }),
    );
    assert.equal(value.item(), 22);
    assert.deepEqual(
      grads.map((g: Any) => g && g.toArray()),
      [[6, 8], null, [2, 4], [0], null, null],
    );
    assert.equal(grads[3].dtype, "float64");
  });

  it("wrt gives the gradients the structure of wrt: a tensor, arrays, records, nested", () => {
    const [a, b, c] = [f64([1, 2]), f64([3, 4]), f64([5, 6])];
    const f = (x: Any): Any => a.mul(x).add(b.mul(b)).sum();
    const x = f64([7, 8]);
    assert.deepEqual((valueAndGrad(f, { wrt: a })(x).grads as Any).toArray(), [7, 8]);
    const { grads } = valueAndGrad(f, { wrt: { list: [a, { b }] as const, c } })(x) as Any;
    assert.deepEqual(Object.keys(grads), ["list", "c"]);
    assert.ok(Array.isArray(grads.list));
    assert.deepEqual(
      [grads.list[0], grads.list[1].b, grads.c].map((g: Any) => g.toArray()),
      [
        [7, 8],
        [6, 8],
        [0, 0],
      ],
    );
    const twice = valueAndGrad(f, { wrt: [a, a] })(x) as Any;
    assert.deepEqual(
      twice.grads.map((g: Any) => g.toArray()),
      [
        [7, 8],
        [7, 8],
      ],
      "a tensor named twice",
    );
    assert.deepEqual((valueAndGrad(f, { wrt: {} })(x) as Any).grads, {});
  });

  it("hasAux hands the second element through, whatever it is", () => {
    const f = (x: Any): Any => {
      const z = x.mul(2);
      return [z.sum(), { z, list: [z.add(1)], note: "text" }];
    };
    const { value, grads, aux } = (valueAndGrad as Any)(f, { hasAux: true })(f64([1, 2]));
    assert.equal(value.item(), 6);
    assert.deepEqual(grads[0].toArray(), [2, 2]);
    assert.deepEqual([aux.z.toArray(), aux.list[0].toArray(), aux.note], [[2, 4], [3, 5], "text"]);
    mp.scope(() => assert.deepEqual((valueAndGrad as Any)(f, { hasAux: true })(f64([3])).aux.z.toArray(), [6]));
    const model = f64([3]);
    const both = (valueAndGrad as Any)((x: Any) => [model.mul(x).sum(), x], { wrt: { model }, hasAux: true })(f64([5]));
    assert.equal(both.grads.model.item(), 5);
    assert.equal(both.aux.item(), 5);
  });

  it("what is no scalar loss is refused, and the next call works", () => {
    const x = f64([1, 2]);
    assert.throws(() => run((t) => t.mul(2), x), {
      name: "ShapeError",
      message: /^valueAndGrad: the function must return a scalar \(shape \[\]\), got \[2\]; \.sum\(\) it/,
    });
    assert.throws(() => run((t) => t.sum(0, { keepdims: true }), x), mp.ShapeError);
    assert.throws(() => run(() => 3, x), { name: "ArgumentError", message: /must return a tensor \(see hasAux\)/ });
    assert.throws(() => run(() => undefined, x), mp.ArgumentError);
    assert.throws(() => run((t) => [t.sum(), t], x), mp.ArgumentError);
    assert.throws(() => (valueAndGrad as Any)((t: Any) => t.sum(), { hasAux: true })(x), mp.ArgumentError);
    assert.throws(() => run(() => tensor(new Int32Array([1])).reshape([]), x), {
      name: "ArgumentError",
      message: /must be a float tensor, got int32/,
    });
    assert.throws(() => run(async (t) => t.sum(), x), mp.ArgumentError);
    assert.throws(() => (valueAndGrad as Any)((t: Any) => t.sum(), { wrt: [3] })(x), {
      name: "ArgumentError",
      message: /wrt holds 3/,
    });
    assert.throws(() => (valueAndGrad as Any)((t: Any) => t.sum(), { wrt: [tensor(new Int32Array(1))] })(x), {
      name: "ArgumentError",
      message: /int32/,
    });
    assert.throws(() => grad((t: Any) => t.sum())(tensor(new Int32Array(2)) as Any), mp.ArgumentError);
    assert.throws(() => grad((t: Any) => t.sum(), { argnum: 1 })(x), {
      name: "ArgumentError",
      message: "grad: argument 1 is not a tensor",
    });
    assert.deepEqual(run((t) => t.sum(), x).grads[0].toArray(), [1, 1]);
    assert.equal(recording.length, 0);
  });

  it("grad takes the argument named by argnum", () => {
    const f = (x: Any, y: Any): Any => x.mul(y).mul(y).sum();
    assert.deepEqual(grad(f)(f64([2]), f64([3])).toArray(), [9]);
    assert.deepEqual(grad(f, { argnum: 1 })(f64([2]), f64([3])).toArray(), [12]);
  });

  it("reuse accumulates: of inputs, of intermediates, of the same tensor on both sides", () => {
    assert.deepEqual(run((x) => x.mul(x).add(x).sum(), f64([2, 3])).grads[0].toArray(), [5, 7]);
    const fan = (x: Any): Any => {
      const y = x.mul(2);
      return Array.from({ length: 10 }, (_, i) => y.mul(i))
        .reduce((a, b) => a.add(b))
        .sum();
    };
    assert.deepEqual(run(fan, f64([1, 1])).grads[0].toArray(), [90, 90]);
    const x = f64([3]);
    assert.deepEqual(
      run((a, b) => a.mul(b).sum(), x, x).grads.map((g: Any) => g.item()),
      [3, 3],
      "one tensor for two arguments",
    );
    assert.equal(run((a) => a.mul(x).sum(), x).grads[0].item(), 3, "the same tensor captured is a constant");
    const diamond = (t: Any): Any => {
      const [l, r] = [t.slice("0:2"), t.slice("1:3")];
      return mp
        .concat([l, r, l])
        .mul(mp.arange(6, undefined, 1, { dtype: "float64" }))
        .sum();
    };
    assert.deepEqual(run(diamond, f64([1, 1, 1])).grads[0].toArray(), [4, 8, 3]);
  });

  it("the identity, and a loss that ignores everything", () => {
    assert.equal(run((x) => x, f64(3)).grads[0].item(), 1);
    assert.deepEqual(run(() => f64(2), f64([1, 2])).grads[0].toArray(), [0, 0]);
    assert.deepEqual(run((x) => x.reshape([]), f64([4])).grads[0].toArray(), [1]);
  });

  it("stopGradient cuts, wherever it stands", () => {
    assert.deepEqual(run((x) => stopGradient(x).mul(x).sum(), f64([2, 3])).grads[0].toArray(), [2, 3]);
    assert.deepEqual(run((x) => stopGradient(x.mul(x)).sum(), f64([2, 3])).grads[0].toArray(), [0, 0]);
    assert.equal(run((x) => stopGradient(x).mul(x).sum(), f64([2])).value.item(), 4);
  });

  it("parameters, tensors of scopes and ordinary tensors all carry gradients", () => {
    const p = resident(new Float32Array([1, 2]), [2], "float32");
    const step = valueAndGrad((x: Any) => p.mul(x).sum(), { wrt: { p } });
    mp.scope(() => {
      const x = tensor([3, 4]).mul(2);
      assert.deepEqual(step(x).grads.p.toArray(), [6, 8]);
      assert.deepEqual(run((t) => t.mul(p).sum(), x).grads[0].toArray(), [1, 2]);
    });
    assert.deepEqual(step(tensor([3, 4])).grads.p.toArray(), [3, 4]);
    assert.equal(p._node, null, "nothing of the tape stays on a parameter");
    p._storage.dispose();
  });

  it("float32 and float64 parts of one function keep their dtypes", () => {
    const { grads } = run((a, b) => a.astype("float64").mul(b).sum(), tensor([1, 2]), f64([3, 4]));
    assert.deepEqual(
      grads.map((g: Any) => [g.dtype, g.toArray()]),
      [
        ["float32", [3, 4]],
        ["float64", [1, 2]],
      ],
    );
  });

  it("exceptions inside f leave everything usable", () => {
    const x = f64([1, 2]);
    const { arena } = mp.memoryStats();
    for (let i = 0; i < 3; i++) {
      assert.throws(
        () =>
          run((t) => {
            mp.scope(() => {
              t.mul(2);
              throw new RangeError("mine");
            });
            return t.sum();
          }, x),
        RangeError,
      );
      assert.throws(() => run((t) => t.matmul(mp.zeros([3])).sum(), x), mp.DtypeError);
      assert.throws(
        () => run((t) => mp.linalg.logm(t.mul(NaN).reshape(1, 2).mT.matmul(t.reshape(1, 2))).sum(), x),
        mp.NonFiniteError,
      );
    }
    assert.throws(
      () =>
        grad((t: Any) =>
          grad((u: Any) => {
            throw new RangeError(u.dtype);
          })(t).sum(),
        )(x),
      RangeError,
    );
    assert.equal(mp.memoryStats().arena, arena);
    assert.equal(recording.length, 0);
    assert.equal(x._node, null);
    assert.deepEqual(run((t) => t.mul(t).sum(), x).grads[0].toArray(), [2, 4]);
  });

  it("tensors kept from inside f are off the tape afterwards", () => {
    mp.scope(() => {
      let kept: Any;
      run(
        (x) => {
          kept = x.mul(3).exp();
          return kept.sum();
        },
        f64([0]),
      );
      assert.equal(kept._node, null);
    });
  });

  it("integer outputs in the middle stop the gradient, floats beside them pass", () => {
    const { grads } = run((x) => mp.gather(x, x.argmax(0).reshape(1)).sum(), f64([1, 5, 2]));
    assert.deepEqual(grads[0].toArray(), [0, 1, 0]);
  });
});
