import assert from "node:assert/strict";
import * as mp from "../../src/index.js";

mp.initSync();

type Any = any;
const { valueAndGrad, scope } = mp;
const f64 = (values: Any): Any => mp.tensor(values, { dtype: "float64" });

describe("autodiff: scopes and long chains", () => {
  it("a scope inside a differentiated function keeps what the tape saved, nothing else", () => {
    let inner: Any;
    const f = (x: Any): Any => {
      const y = scope(() => {
        inner = x.mul(2);
        return inner.exp().mul(inner);
      });
      assert.throws(() => inner.data(), mp.ScopeEndedError, "dead for the program");
      return y.sum();
    };
    const { value, grads } = (valueAndGrad as Any)(f)(f64([0, 1]));
    const expected = [0, 1].map((x) => 2 * Math.exp(2 * x) * (1 + 2 * x));
    grads[0].data().forEach((g: number, i: number) => assert.ok(Math.abs(g - expected[i]) < 1e-13));
    assert.ok(Math.abs(value.item() - 2 * Math.exp(2)) < 1e-13);
    assert.equal(mp.memoryStats().arena, 0);
    assert.throws(() => inner.data(), mp.ScopeEndedError);
  });

  it("scopes in a loop inside f: gradients right, memory back at the end", () => {
    const f = (x: Any): Any => {
      let y = x;
      for (let i = 0; i < 20; i++)
        y = scope(() =>
          scope(() => y.mul(x))
            .add(1)
            .sub(1),
        );
      return y.sum();
    };
    scope(() => {
      const before = mp.memoryStats().arena;
      const { grads } = (valueAndGrad as Any)(f)(f64([1, -1]));
      assert.deepEqual(grads[0].toArray(), [21, 21]);
      assert.ok(mp.memoryStats().arena - before < 1 << 16);
    });
    assert.equal(mp.memoryStats().arena, 0);
  });

  it("valueAndGrad opens a scope of its own outside one, and its results live on", () => {
    const { value, grads } = (valueAndGrad as Any)((x: Any) => x.mul(x).sum())(f64([3]));
    assert.equal(mp.memoryStats().arena, 0);
    assert.deepEqual([value.item(), grads[0].item()], [9, 6]);
    assert.equal(grads[0].mul(2).item(), 12);
  });

  it("a pass returns its cotangents to the arena as it goes", () => {
    const n = 1 << 16;
    const depth = 40;
    scope(() => {
      const x = mp.random.normal([n], { seed: 1 });
      mp.resetMemoryPeak();
      const chain = (t: Any): Any => {
        let y = t;
        for (let i = 0; i < depth; i++) y = y.add(t);
        return y.sum();
      };
      (valueAndGrad as Any)(chain)(x);
      const peak = mp.resetMemoryPeak();
      assert.ok(peak < (depth + 6) * 4 * n, `${peak / (4 * n)} arrays: the backward pass kept its cotangents`);
    });
  });

  it("a chain of 10⁵ ops does not overflow the stack", function () {
    this.timeout(30000);
    const { grads } = scope(() =>
      (valueAndGrad as Any)((x: Any) => {
        let y = x;
        for (let i = 0; i < 100_000; i++) y = y.add(1);
        return y.sum();
      })(f64([1])),
    );
    assert.deepEqual(grads[0].toArray(), [1]);
  });

  it("a wide fan of 10⁴ uses of one tensor adds up in place", () => {
    const { grads } = (valueAndGrad as Any)((x: Any) => {
      let total = x.mul(0);
      for (let i = 0; i < 10_000; i++) total = total.add(x);
      return total.sum();
    })(f64([1, 2]));
    assert.deepEqual(grads[0].toArray(), [10000, 10000]);
  });
});
