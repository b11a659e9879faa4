import assert from "node:assert/strict";
import fc from "fast-check";
import * as mp from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { FLOATS, mapNd, strided, toTensor, type Float } from "../support/properties.js";
import { assertClose, assertSame, numbers, point } from "./support.js";

type Unary = (x: Float) => Float;
interface Case {
  readonly f: Unary;
  readonly reference: (x: number) => number;
  /** Where values are checked and gradients taken; away from kinks. */
  readonly low: number;
  readonly high: number;
  /** Bits agree with JavaScript: the function is exactly rounded. */
  readonly exact?: boolean;
  /** The gradient is zero, so a difference cannot check it. */
  readonly flat?: boolean;
  /** Infinite, NaN and zero inputs with what C99 or the definition says. */
  readonly specials: readonly (readonly [x: number, y: number])[];
}

const [inf, nan] = [Infinity, NaN];

/** 2/√π e^(−x²) Σ 2ⁿ x²ⁿ⁺¹/(2n+1)!!: every term has the sign of x. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 400; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return Math.abs(x) > 6 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const halfEven = (x: number): number => {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
};

const identity: Case["specials"] = [
  [0, 0],
  [-0, -0],
  [inf, inf],
  [-inf, -inf],
  [nan, nan],
];

const CASES: Record<string, Case> = {
  neg: {
    f: mp.neg,
    reference: (x) => -x,
    low: -3,
    high: 3,
    exact: true,
    specials: [
      [0, -0],
      [-0, 0],
      [inf, -inf],
      [nan, nan],
    ],
  },
  abs: {
    f: mp.abs,
    reference: Math.abs,
    low: 0.2,
    high: 3,
    exact: true,
    specials: [
      [-0, 0],
      [-inf, inf],
      [nan, nan],
    ],
  },
  sign: {
    f: mp.sign,
    reference: Math.sign,
    low: -3,
    high: 3,
    exact: true,
    flat: true,
    specials: [
      [0, 0],
      [-0, -0],
      [-inf, -1],
      [nan, nan],
    ],
  },
  sqrt: {
    f: mp.sqrt,
    reference: Math.sqrt,
    low: 0.2,
    high: 3,
    exact: true,
    specials: [
      [-0, -0],
      [inf, inf],
      [-1, nan],
      [nan, nan],
    ],
  },
  square: {
    f: mp.square,
    reference: (x) => x * x,
    low: -3,
    high: 3,
    exact: true,
    specials: [
      [-0, 0],
      [-inf, inf],
      [nan, nan],
    ],
  },
  reciprocal: {
    f: mp.reciprocal,
    reference: (x) => 1 / x,
    low: 0.2,
    high: 3,
    exact: true,
    specials: [
      [0, inf],
      [-0, -inf],
      [-inf, -0],
      [nan, nan],
    ],
  },
  exp: {
    f: mp.exp,
    reference: Math.exp,
    low: -3,
    high: 3,
    specials: [
      [0, 1],
      [-inf, 0],
      [inf, inf],
      [nan, nan],
      [-1e4, 0],
      [1e4, inf],
    ],
  },
  expm1: {
    f: mp.expm1,
    reference: Math.expm1,
    low: -3,
    high: 3,
    specials: [
      [-0, -0],
      [-inf, -1],
      [inf, inf],
      [nan, nan],
    ],
  },
  log: {
    f: mp.log,
    reference: Math.log,
    low: 0.2,
    high: 3,
    specials: [
      [1, 0],
      [0, -inf],
      [-0, -inf],
      [-1, nan],
      [inf, inf],
      [nan, nan],
    ],
  },
  log1p: {
    f: mp.log1p,
    reference: Math.log1p,
    low: -0.8,
    high: 3,
    specials: [
      [-0, -0],
      [-1, -inf],
      [-2, nan],
      [inf, inf],
      [nan, nan],
    ],
  },
  sin: {
    f: mp.sin,
    reference: Math.sin,
    low: -3,
    high: 3,
    specials: [
      [-0, -0],
      [inf, nan],
      [-inf, nan],
      [nan, nan],
    ],
  },
  cos: {
    f: mp.cos,
    reference: Math.cos,
    low: -3,
    high: 3,
    specials: [
      [-0, 1],
      [inf, nan],
      [-inf, nan],
      [nan, nan],
    ],
  },
  tanh: {
    f: mp.tanh,
    reference: Math.tanh,
    low: -3,
    high: 3,
    specials: [
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [nan, nan],
    ],
  },
  erf: {
    f: mp.erf,
    reference: erf,
    low: -3,
    high: 3,
    specials: [
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [nan, nan],
    ],
  },
  sigmoid: {
    f: mp.sigmoid,
    reference: sigmoid,
    low: -3,
    high: 3,
    specials: [
      [0, 0.5],
      [inf, 1],
      [-inf, 0],
      [nan, nan],
    ],
  },
  relu: {
    f: mp.relu,
    reference: (x) => Math.max(x, 0),
    low: 0.2,
    high: 3,
    exact: true,
    specials: [
      [-1, 0],
      [inf, inf],
      [-inf, 0],
      [nan, nan],
    ],
  },
  silu: {
    f: mp.silu,
    reference: (x) => x * sigmoid(x),
    low: -3,
    high: 3,
    specials: [
      [0, 0],
      [inf, inf],
      [nan, nan],
    ],
  },
  gelu: {
    f: mp.gelu,
    reference: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
    low: -0.5,
    high: 3,
    specials: [
      [0, 0],
      [inf, inf],
      [nan, nan],
    ],
  },
  softplus: {
    f: mp.softplus,
    reference: (x) => Math.log1p(Math.exp(x)),
    low: -3,
    high: 3,
    specials: [
      [inf, inf],
      [-inf, 0],
      [1000, 1000],
      [nan, nan],
    ],
  },
  signSqrt: {
    f: (x) => mp.signSqrt(x, 0),
    reference: (x) => Math.sign(x) * Math.sqrt(Math.abs(x)),
    low: 0.2,
    high: 3,
    exact: true,
    specials: identity,
  },
  floor: { f: mp.floor, reference: Math.floor, low: -3, high: 3, exact: true, flat: true, specials: identity },
  ceil: { f: mp.ceil, reference: Math.ceil, low: -3, high: 3, exact: true, flat: true, specials: identity },
  round: {
    f: mp.round,
    reference: halfEven,
    low: -3,
    high: 3,
    exact: true,
    flat: true,
    specials: [...identity, [0.5, 0], [1.5, 2], [2.5, 2], [-2.5, -2], [-0.5, -0]],
  },
  "leakyRelu 0.1": {
    f: (x) => mp.leakyRelu(x, 0.1),
    reference: (x) => (x > 0 ? x : 0.1 * x),
    low: -3,
    high: -0.2,
    specials: [
      [0, 0],
      [inf, inf],
      [-inf, -inf],
      [nan, nan],
    ],
  },
  "elu 0.7": {
    f: (x) => mp.elu(x, 0.7),
    reference: (x) => (x > 0 ? x : 0.7 * Math.expm1(x)),
    low: -3,
    high: -0.2,
    specials: [
      [0, 0],
      [inf, inf],
      [nan, nan],
    ],
  },
  "clip -1..1": {
    f: (x) => mp.clip(x, -1, 1),
    reference: (x) => Math.min(Math.max(x, -1), 1),
    low: -0.9,
    high: 0.9,
    exact: true,
    specials: [
      [-inf, -1],
      [inf, 1],
      [1, 1],
      [nan, nan],
    ],
  },
};

describe("ops: elementwise functions of one tensor", () => {
  for (const [name, { f, reference, low, high, exact, flat, specials }] of Object.entries(CASES)) {
    it(`${name}: values in both dtypes at every tail length, specials, gradients`, () => {
      for (const dtype of FLOATS) {
        for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 17]) {
          const nd = mapNd(
            dtype === "float32" ? Math.fround : (x) => x,
            numbers([n], (i) => low + ((high - low) * (i + 0.37)) / (n + 1)),
          );
          const y = f(toTensor(nd, dtype));
          assert.equal(y.dtype, dtype);
          // 4 ulp: ours is within 2, and V8's Math and the formulas above have errors of their own.
          if (exact) assertSame(y, mapNd(reference, nd), dtype, `${name} ${dtype} n=${n}`);
          else assertClose(y, mapNd(reference, nd), name === "gelu" ? 8 : 4, `${name} ${dtype} n=${n}`);
        }
        for (const [x, wanted] of specials)
          assertSame(
            f(toTensor({ shape: [5], data: [x, x, x, x, x] }, dtype)),
            { shape: [5], data: Array(5).fill(wanted) },
            dtype,
            `${name}(${x})`,
          );
      }
      const x = point([2, 3], 11, low, high);
      if (flat) {
        const g = mp.grad((t: any) => f(t).sum())(x);
        assert.ok(g.data().every((value: number) => value === 0));
        return;
      }
      assertGradient(name, f, [x]);
      assertSecondGradient(name, f, [x]);
    });
  }

  it("both sides of kinks have their gradients, first and second order", () => {
    const wide = mp.tensor([-2, -0.5, 0.5, 2], { dtype: "float64" });
    const kinked: Record<string, Unary> = {
      abs: mp.abs,
      relu: mp.relu,
      leakyRelu: (x) => mp.leakyRelu(x),
      elu: (x) => mp.elu(x),
      clip: (x) => mp.clip(x, -1, 1),
      signSqrt: (x) => mp.signSqrt(x, 0),
      gelu: mp.gelu,
    };
    for (const [name, f] of Object.entries(kinked)) {
      assertGradient(name, f, [wide]);
      assertSecondGradient(name, f, [wide]);
    }
  });

  it("the gradients at the kinks are those the documentation states", () => {
    const slopeAt = (f: Unary, x: number): number =>
      mp
        .grad((t: any) => f(t).sum())(mp.tensor([x], { dtype: "float64" }))
        .item();
    assert.equal(slopeAt(mp.abs, 0), 0);
    assert.equal(slopeAt(mp.relu, 0), 0);
    assert.equal(
      slopeAt((x) => mp.leakyRelu(x, 0.1), 0),
      0.1,
    );
    assert.equal(
      slopeAt((x) => mp.elu(x, 0.5), 0),
      0.5,
    );
    assert.equal(
      slopeAt((x) => mp.clip(x, -1, 1), 1),
      1,
    );
    assert.equal(
      slopeAt((x) => mp.clip(x, -1, 1), -1),
      1,
    );
    assert.equal(
      slopeAt((x) => mp.clip(x, -1, 1), 1.5),
      0,
    );
    assert.equal(
      slopeAt((x) => mp.signSqrt(x, 0.25), 0),
      2,
    );
    assert.equal(slopeAt(mp.sqrt, 0), Infinity);
  });

  it("a fused first-order adjoint has the value of the composed one", () => {
    for (const [name, { f, low, high, flat }] of Object.entries(CASES)) {
      if (flat) continue;
      const x = point([9], 5, low, high);
      const fused = mp.grad((t: any) => f(t).sum())(x);
      const viaNested = mp.grad((scale: any) =>
        mp
          .grad((t: any) => f(t).sum().mul(scale))(x)
          .sum(),
      )(mp.tensor(1, { dtype: "float64" }));
      assert.ok(Math.abs(viaNested.item() - fused.sum().item()) < 1e-12, name);
    }
  });

  it("does not depend on how its input came about", () => {
    fc.assert(
      fc.property(strided("float64"), ({ tensor, nd }) => {
        assertSame(
          mp.neg(tensor),
          mapNd((x) => -x, nd),
          "float64",
        );
        assertSame(
          mp.exp(tensor).gt(0),
          mapNd(() => 1, nd),
          "bool",
        );
        const alone = nd.data.map((value) => mp.exp(mp.tensor([value], { dtype: "float64" })).item());
        assert.deepEqual(Array.from(mp.exp(tensor).data()), alone);
      }),
      { numRuns: 60 },
    );
  });

  it("integers, numbers and impossible options are refused by name", () => {
    const whole = mp.tensor(new Int32Array(2)) as unknown as Float;
    for (const [name, { f }] of Object.entries(CASES)) {
      const op = name.split(" ")[0];
      assert.throws(
        () => f(whole),
        (e: Error) => e instanceof mp.DtypeError && e.message.startsWith(`${op}: needs float32 or float64, got int32`),
      );
      assert.throws(
        () => f(3 as unknown as Float),
        (e: Error) => e instanceof mp.DtypeError && e.message.startsWith(`${op}: expected a tensor, got 3`),
      );
    }
    const x = mp.zeros([2]);
    assert.throws(() => mp.clip(x, 1, 0), mp.ArgumentError);
    assert.throws(() => mp.clip(x, NaN, 0), mp.ArgumentError);
    assert.throws(() => mp.leakyRelu(x, Infinity), mp.ArgumentError);
    assert.throws(() => mp.elu(x, NaN), mp.ArgumentError);
    assert.throws(() => mp.signSqrt(x, -1), mp.ArgumentError);
  });
});
