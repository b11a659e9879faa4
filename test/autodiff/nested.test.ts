import assert from "node:assert/strict";
import * as mp from "../../src/index.js";
import type { Rule } from "../../src/autodiff/rule.js";
import { apply } from "../../src/autodiff/tape.js";
import { address, allocate } from "../../src/tensor/tensor.js";
import { wasm } from "../../src/wasm/runtime.js";

mp.initSync();

type Any = any;
const { grad, valueAndGrad, gradcheck } = mp;
const f64 = (values: Any): Any => mp.tensor(values, { dtype: "float64" });

describe("autodiff: nesting", () => {
  it("derivatives of x⁴ up to the fifth", () => {
    let f = (x: Any): Any => x.pow(4).sum();
    const expected = [16, 32, 48, 48, 24, 0];
    for (const value of expected) {
      assert.equal(f(f64(2)).item(), value);
      const inner = f;
      f = (x: Any): Any => grad(inner)(x).sum();
    }
  });

  it("Hessian–vector products, by both ways of writing them", () => {
    const A = f64([
      [2, 1, 0],
      [1, 3, -1],
      [0, -1, 4],
    ]);
    const f = (x: Any): Any => x.matmul(A).mul(x).sum().add(x.mul(x).mul(x).sum());
    const [x, v] = [f64([1, 2, 3]), f64([1, -1, 2])];
    const hvp = grad((t: Any) => grad(f)(t).mul(v).sum())(x);
    // (2A + diag(6x)) v
    assert.deepEqual(hvp.toArray(), [2 * 1 + 6, 2 * -4 - 12, 2 * 9 + 36]);
    const inside = grad((t: Any) =>
      valueAndGrad(f as Any)(t)
        .grads[0]!.mul(v)
        .sum(),
    )(x);
    assert.deepEqual(inside.toArray(), hvp.toArray());
    assert.ok(gradcheck((t) => grad(f)(t), [x]).ok);
  });

  it("perturbations of different levels never mix", () => {
    const d =
      (f: (x: Any) => Any) =>
      (x: number | Any): Any =>
        grad(f)(typeof x === "number" ? f64(x) : x);
    // Siskind and Pearlmutter's example: d/dx (x · d/dy (x + y)) = 1, where confusion gives 2.
    assert.equal(d((x) => x.mul(d((y) => x.add(y))(1)))(1).item(), 1);
    // d/dx (x · d/dy (x·y)) = 2x
    assert.equal(d((x) => x.mul(d((y) => x.mul(y))(3)))(5).item(), 10);
    // The inner variable at the outer point: d/dx [d/dy (x·y²) at y = x] = d/dx 2x² = 4x
    assert.equal(d((x) => d((y) => x.mul(y).mul(y))(x))(3).item(), 12);
    // The outer variable held fixed inside: d/dx [d/dy (y · stop(x)) at y = x] = 0
    assert.equal(d((x) => d((y) => y.mul(mp.stopGradient(x)))(x).add(x.mul(0)))(3).item(), 0);
    // Three levels: d/dx (x · d/dy (y·x · d/dz (x·y·z))) with z = 1, y = 2: inner xy, middle 2x²y = 4x², x · 4x² → 12x²
    assert.equal(d((x) => x.mul(d((y) => y.mul(x).mul(d((z) => x.mul(y).mul(z))(1)))(2)))(3).item(), 108);
    // A function that differentiates with respect to a captured tensor: the outer tape follows it through wrt.
    const outer = grad((x: Any) =>
      (valueAndGrad((() => x.mul(x).mul(x).sum()) as Any, { wrt: [x] })() as Any).grads[0].sum(),
    );
    assert.equal(outer(f64([2])).item(), 12);
  });

  it("an inner gradient that does not depend on the outer variable is a constant", () => {
    const y = f64([3]);
    const g = grad((x: Any) => x.mul(grad((t: Any) => t.mul(t).sum())(y)).sum())(f64([2]));
    assert.equal(g.item(), 6);
  });

  it("mixed second derivatives agree in both orders", () => {
    const f = (x: Any, y: Any): Any => x.mul(y).sin().mul(x).sum();
    const [x, y] = [f64([0.3]), f64([0.7])];
    const xy = grad((b: Any) => grad((a: Any) => f(a, b))(x).sum())(y).item();
    const yx = grad((a: Any) => grad((b: Any) => f(a, b))(y).sum())(x).item();
    assert.ok(Math.abs(xy - yx) < 1e-15);
    // ∂y: x² cos(xy); ∂x of it: 2x cos(xy) − x²·y sin(xy)
    assert.ok(Math.abs(xy - (2 * 0.3 * Math.cos(0.21) - 0.3 * 0.3 * 0.7 * Math.sin(0.21))) < 1e-15);
  });

  it("an op without a second-order rule names itself, only when an outer tape needs it", () => {
    const A = f64([
      [2, 1],
      [1, 3],
    ]);
    const first = grad((X: Any) => mp.linalg.eigh(X).eigenvalues.sum());
    const constant = grad((x: Any) => x.mul(first(A).sum()).sum())(f64([1]));
    assert.ok(Number.isFinite(constant.item()), "first-order inside, nothing of it followed outside");
    const rule: Rule<[mp.Tensor<"float64">]> = {
      name: "onlyOnce",
      saves: "nothing",
      forward: ([x]) => mp.mul(x, 2),
      vjp: (g) => [mp.mul(g, 2)],
    };
    const op = (x: Any): Any => apply(rule, [x], null);
    assert.equal(grad((x: Any) => op(x).sum())(f64([1])).item(), 2);
    assert.throws(() => grad((x: Any) => grad((t: Any) => op(t.mul(t)).sum())(x).sum())(f64([1])), {
      name: "NotDifferentiableError",
      op: "onlyOnce",
      code: "NOT_DIFFERENTIABLE",
    });
    assert.equal(grad((x: Any) => op(x).sum())(f64([1])).item(), 2, "and everything still works");
  });

  it("gradients flow through gradients inside a scope of f", () => {
    const f = (x: Any): Any => mp.scope(() => grad((t: Any) => mp.scope(() => t.mul(t).mul(t)).sum())(x).sum());
    assert.deepEqual(grad(f)(f64([2, 3])).toArray(), [12, 18]);
  });
});

describe("autodiff: gradcheck", () => {
  /** 2x by the kernel, with an adjoint that is wrong by the factor `slope`/2. */
  const doubling = (slope: number): ((x: Any) => Any) => {
    const rule: Rule<[mp.Tensor<"float64">]> = {
      name: "doubling",
      saves: "nothing",
      forward([x]) {
        const y = allocate(x.shape, x.dtype);
        wasm[x.dtype].muls(x.size, address("doubling", x), 2, address("doubling", y));
        return y;
      },
      vjp: (g) => [mp.mul(g, slope)],
    };
    return (x) => apply(rule, [x], null);
  };

  it("passes a right adjoint and catches wrong ones: scaled, sign, by a millionth, transposed", () => {
    const x = f64([0.5, -1, 2]);
    assert.equal(gradcheck(doubling(2), [x]).ok, true);
    for (const slope of [1, -2, 0, 3, 2 * (1 + 1e-5), NaN])
      assert.equal(gradcheck(doubling(slope), [x]).ok, false, `slope ${slope}`);
    const transposed: Rule<[mp.Tensor<"float64">]> = {
      name: "square",
      saves: "inputs",
      forward: ([a]) => mp.matmul(a, a),
      vjp: (g, { inputs: [a] }) => [mp.add(mp.matmul(g, a), mp.matmul(a, g))],
    };
    assert.equal(
      gradcheck(
        (a) => apply(transposed, [a as Any], null),
        [
          f64([
            [1, 2],
            [3, 5],
          ]),
        ],
      ).ok,
      false,
    );
  });

  it("catches one wrong entry among many", () => {
    const mask = f64(Array.from({ length: 100 }, (_, i) => (i === 57 ? 1.01 : 1)));
    const rule: Rule<[mp.Tensor<"float64">]> = {
      name: "almost",
      saves: "nothing",
      forward: ([x]) => mp.mul(x, 1),
      vjp: (g) => [mp.mul(g, mask)],
    };
    assert.equal(
      gradcheck((x) => apply(rule, [x as Any], null), [mp.random.normal([100], { seed: 1, dtype: "float64" })]).ok,
      false,
    );
  });

  it("takes several inputs and outputs, integers among them, float32 too", () => {
    const index = mp.tensor(new Int32Array([1, 0]));
    const f = (x: Any, i: Any, y: Any): Any => [x.mul(y), mp.gather(y, i), x.argmax(0)];
    const { ok, pairs } = gradcheck(f, [f64([1, 2]), index, f64([3, 4])], { directions: 5 });
    assert.equal(ok, true);
    assert.equal(pairs.length, 5);
    assert.equal(gradcheck((x: Any) => x.mul(x), [mp.tensor([1, 2])]).ok, true);
    assert.deepEqual(
      gradcheck(f, [f64([1, 2]), index, f64([3, 4])], { seed: 1 }),
      gradcheck(f, [f64([1, 2]), index, f64([3, 4])], { seed: 1 }),
    );
    assert.throws(() => gradcheck((x) => x, [index]), { name: "ArgumentError", op: "gradcheck" });
  });

  it("a constant passes with error 0", () => {
    assert.deepEqual(gradcheck((x: Any) => x.mul(0), [f64([1])]).error, 0);
  });
});
