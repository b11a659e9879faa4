import assert from "node:assert/strict";
import fc from "fast-check";
import { ArgumentError, ShapeError } from "../../src/errors.js";
import { broadcastShapes, normalizeAxes, normalizeAxis, sameShape, sizeOf, stridesOf } from "../../src/tensor/shape.js";
import { broadcastStrides, collapse } from "../../src/ops/support/broadcast.js";
import { broadcastable, broadcastShape, indices, shapes } from "../support/properties.js";

const offset = (index: number[], strides: readonly number[]): number =>
  index.reduce((sum, i, axis) => sum + i * strides[axis], 0);

describe("tensor: shape arithmetic", () => {
  it("sizes and strides", () => {
    assert.equal(sizeOf([]), 1);
    assert.equal(sizeOf([2, 0, 3]), 0);
    assert.deepEqual(stridesOf([2, 3, 4]), [12, 4, 1]);
    assert.ok(sameShape([2, 3], [2, 3]) && !sameShape([2], [2, 1]) && !sameShape([2], [3]));
    fc.assert(
      fc.property(shapes(), (shape) => {
        const strides = stridesOf(shape);
        [...indices(shape)].forEach((index, flat) => assert.equal(offset(index, strides), flat));
      }),
    );
  });

  it("axes", () => {
    assert.equal(normalizeAxis("op", -1, 3), 2);
    assert.deepEqual(normalizeAxes("op", undefined, 2), [0, 1]);
    assert.deepEqual(normalizeAxes("op", [-1, 0], 3), [0, 2]);
    for (const axis of [3, -4, 0.5, NaN]) assert.throws(() => normalizeAxis("op", axis, 3), ArgumentError);
    assert.throws(() => normalizeAxes("op", [1, -2], 3), { message: "op: axis 1 is given twice" });
  });

  it("broadcasting: NumPy's rule, symmetric, and what does not fit is an error", () => {
    fc.assert(
      fc.property(broadcastable(2), ([a, b]) => {
        assert.deepEqual([...broadcastShapes("op", a, b)], broadcastShape(a, b));
        assert.deepEqual([...broadcastShapes("op", b, a)], broadcastShape(a, b));
      }),
    );
    assert.throws(() => broadcastShapes("op", [2], [3]), {
      name: "ShapeError",
      message: "op: shapes [2] and [3] do not broadcast",
    });
    assert.throws(() => broadcastShapes("op", [0], [3]), ShapeError);
    assert.deepEqual([...broadcastShapes("op", [0], [1])], [0]);
  });

  it("merging axes for a kernel changes no address", () => {
    fc.assert(
      fc.property(broadcastable(2), ([a, b]) => {
        const shape = broadcastShape(a, b);
        if (sizeOf(shape) === 0) return;
        const strides = [a, b].map((x) => broadcastStrides(x, shape));
        const walk = collapse(shape, strides);
        assert.ok(walk.dims.length <= shape.length && walk.dims.every((size) => size > 1));
        const full = [...indices(shape)].map((index) => strides.map((s) => offset(index, s)));
        const merged = [...indices(walk.dims)].map((index) => walk.strides.map((s) => offset(index, s)));
        assert.deepEqual(merged, full);
      }),
    );
    assert.deepEqual(collapse([2, 3, 4], [[12, 4, 1]]).dims, [24], "a contiguous tensor is one run");
    assert.deepEqual(
      collapse(
        [2, 3, 4],
        [
          [12, 4, 1],
          [0, 4, 1],
        ],
      ).dims,
      [2, 12],
    );
  });
});
