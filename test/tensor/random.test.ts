import assert from "node:assert/strict";
import * as mp from "../../src/index.js";

mp.initSync();

const { uniform, normal, bernoulli, permutation } = mp.random;

const PINS = {
  uniform32: [0.3990464210510254, 0.8805201649665833, 0.7357127666473389],
  uniform64: [0.8805201978886142, 0.6054818538799213, 0.36209111566940344],
  normal32: [-1.624963402748108, -1.2683491706848145, 0.9225813746452332],
  normal64: [-1.62496344087104, -1.2683492025469478, 0.9225813876375342],
  bernoulli: [1, 0, 0, 0, 0, 1, 0, 1],
  permutation: [0, 2, 1, 5, 7, 4, 6, 3],
};

describe("tensor: random", () => {
  it("equal seeds and streams give equal numbers, others give others", () => {
    for (const draw of [uniform, normal, bernoulli] as ((shape: number[], options: any) => mp.Tensor)[]) {
      const first = mp.hash(draw([100], { seed: 1 }));
      assert.equal(mp.hash(draw([100], { seed: 1, stream: 0 })), first);
      assert.notEqual(mp.hash(draw([100], { seed: 2 })), first);
      assert.notEqual(mp.hash(draw([100], { seed: 1, stream: 1 })), first);
      assert.notEqual(mp.hash(draw([100], { seed: 1 + 2 ** 32 })), first, "the upper half of the seed counts");
    }
  });

  it("element i depends on seed, stream and i alone", () => {
    for (const draw of [uniform, normal] as ((shape: number[], options: any) => mp.Tensor)[]) {
      for (const dtype of ["float32", "float64"]) {
        const long = Array.from(draw([97], { seed: 5, dtype }).data());
        for (const n of [1, 2, 3, 4, 5, 8, 31])
          assert.deepEqual(Array.from(draw([n], { seed: 5, dtype }).data()), long.slice(0, n));
        assert.deepEqual(Array.from(draw([97, 1], { seed: 5, dtype }).data()), long, "not on the shape");
        assert.deepEqual(
          mp.scope(() => Array.from(draw([97], { seed: 5, dtype }).data())),
          long,
          "nor on the scope",
        );
      }
    }
  });

  it("first numbers, pinned", () => {
    // Random123's vector for key and counter 0 begins 6627e8d5 e169c58d bc57ac4c.
    assert.equal(PINS.uniform32[0], Math.fround((0x6627e8d5 >>> 8) / 2 ** 24));
    assert.deepEqual(Array.from(uniform([3], { seed: 0 }).data()), PINS.uniform32);
    assert.deepEqual(Array.from(uniform([3], { seed: 0, dtype: "float64" }).data()), PINS.uniform64);
    assert.deepEqual(Array.from(normal([3], { seed: 0 }).data()), PINS.normal32);
    assert.deepEqual(Array.from(normal([3], { seed: 0, dtype: "float64" }).data()), PINS.normal64);
    assert.deepEqual(Array.from(bernoulli([8], { seed: 0 }).data()), PINS.bernoulli);
    assert.deepEqual(Array.from(permutation(8, { seed: 0 }).data()), PINS.permutation);
  });

  it("has the moments and bounds it promises", () => {
    const n = 200_000;
    const u = uniform([n], { seed: 3, low: -1, high: 3, dtype: "float64" });
    assert.ok(u.min().item() >= -1 && u.max().item() < 3);
    assert.ok(Math.abs(u.mean().item() - 1) < 0.02 && Math.abs(u.variance().item() - 16 / 12) < 0.02);
    const z = normal([n], { seed: 3, mean: 2, std: 0.5, dtype: "float64" });
    assert.ok(Math.abs(z.mean().item() - 2) < 0.005 && Math.abs(z.variance().item() - 0.25) < 0.005);
    const b = bernoulli([n], { seed: 3, p: 0.3 }).astype("float64");
    assert.ok(Math.abs(b.mean().item() - 0.3) < 0.005);
    assert.ok(uniform([n], { seed: 4 }).max().item() < 1, "a float32 never rounds up to the bound");
  });

  it("bernoulli with p = 0 and p = 1 is never and always true", () => {
    assert.equal(bernoulli([10_000], { seed: 1, p: 0 }).astype("float32").sum().item(), 0);
    assert.equal(bernoulli([10_000], { seed: 1, p: 1 }).astype("float32").sum().item(), 10_000);
  });

  it("a permutation holds every number once; all orders of three come up equally often", () => {
    for (const n of [0, 1, 2, 7, 100, 1000]) {
      assert.deepEqual(
        Array.from(permutation(n, { seed: n }).data()).sort((a, b) => a - b),
        Array.from({ length: n }, (_, i) => i),
      );
    }
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      const order = permutation(3, { seed }).data().join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    // χ² with five degrees of freedom exceeds 20.5 once in a thousand; the seeds are fixed.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    assert.ok(chi < 20.5, `χ² = ${chi}`);
  });

  it("refuses seeds, streams, probabilities, shapes and dtypes out of range", () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53, undefined as any])
      assert.throws(() => uniform([1], { seed }), { name: "ArgumentError", op: "random.uniform" });
    for (const stream of [-1, 0.5, 2 ** 32]) assert.throws(() => normal([1], { seed: 0, stream }), mp.ArgumentError);
    for (const p of [-0.1, 1.1, NaN]) assert.throws(() => bernoulli([1], { seed: 0, p }), mp.ArgumentError);
    assert.throws(() => uniform([-1], { seed: 0 }), mp.ShapeError);
    assert.throws(() => permutation(1.5, { seed: 0 }), mp.ShapeError);
    assert.throws(() => uniform([1], { seed: 0, dtype: "int32" as any }), mp.ArgumentError);
    assert.equal(uniform([1], { seed: 2 ** 53 - 1 }).size, 1);
  });
});
