import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ShapeError } from "../../src/errors.js";
import { fromOIHW, toOIHW } from "../../src/io/oihw.js";
import { permuteArray } from "../../src/io/layout.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { bits } from "./support.js";

const counting = (shape: number[]) =>
  tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
    { shape },
  );

describe("io: weight layouts", () => {
  it("moves every element where the layouts say", () => {
    const [O, I, kh, kw] = [2, 3, 4, 5];
    const torch = counting([O, I, kh, kw]);
    const ours = fromOIHW(torch);
    assert.deepEqual(ours.shape, [O, kh, kw, I]);
    const [a, b] = [torch.toArray() as number[][][][], ours.toArray() as number[][][][]];
    for (let o = 0; o < O; o++)
      for (let i = 0; i < I; i++)
        for (let y = 0; y < kh; y++) for (let x = 0; x < kw; x++) assert.equal(b[o]![y]![x]![i], a[o]![i]![y]![x]);
    assert.deepEqual(bits(toOIHW(ours)), bits(torch));
  });

  it("keeps dtype and empty shapes, refuses other ranks", () => {
    assert.equal(fromOIHW(zeros([1, 2, 3, 4], { dtype: "int32" })).dtype, "int32");
    assert.deepEqual(toOIHW(zeros([0, 2, 3, 4])).shape, [0, 4, 2, 3]);
    assert.throws(() => fromOIHW(zeros([1, 2, 3])), ShapeError);
    assert.throws(
      () => toOIHW(zeros([1, 2, 3])),
      /io.toOIHW: expected weights \[O, kh, kw, I\], got shape \[1, 2, 3\]/,
    );
  });

  it("permutes any rank as index arithmetic does", () => {
    const cases = fc
      .array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 })
      .chain((shape) =>
        fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
      );
    fc.assert(
      fc.property(cases, ([shape, axes]) => {
        const values = counting(shape).data();
        const out = permuteArray(values, shape, axes);
        const sizes = axes.map((axis) => shape[axis]!);
        out.forEach((value, flat) => {
          const index: number[] = [];
          let rest = flat;
          for (let axis = sizes.length - 1; axis >= 0; axis--) {
            index[axes[axis]!] = rest % sizes[axis]!;
            rest = Math.floor(rest / sizes[axis]!);
          }
          const from = shape.reduce((at, size, axis) => at * size + index[axis]!, 0);
          assert.equal(value, values[from]);
        });
      }),
    );
  });
});
