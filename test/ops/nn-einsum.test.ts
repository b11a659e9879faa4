import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArgumentError, DtypeError, einsum, initSync, ones, ShapeError, tensor, type Tensor } from "../../src/index.js";
import { assertGradient, assertSameBits, assertSecondOrder, filledWith, type Float } from "../nn/support.js";

initSync();

/** The sum written out over every label. */
function reference(inputs: string[], output: string, operands: Float[], sizes: Record<string, number>): number[] {
  const labels = [...new Set([...inputs.join(""), ...output])];
  const out = new Array<number>([...output].reduce((n, label) => n * sizes[label]!, 1)).fill(0);
  const offset = (term: string, at: Record<string, number>): number =>
    [...term].reduce((o, label) => o * sizes[label]! + at[label]!, 0);
  const data = operands.map((x) => x.data());
  const visit = (depth: number, at: Record<string, number>): void => {
    if (depth === labels.length) {
      out[offset(output, at)]! += inputs.reduce((p, term, i) => p * data[i]![offset(term, at)]!, 1);
      return;
    }
    for (let i = 0; i < sizes[labels[depth]!]!; i++) visit(depth + 1, { ...at, [labels[depth]!]: i });
  };
  visit(0, {});
  return out;
}

describe("einsum", () => {
  const labels = ["a", "b", "c", "d", "e"];
  const term = fc.shuffledSubarray(labels, { minLength: 0, maxLength: 4 });

  it("agrees with the written-out sum for random equations", () => {
    fc.assert(
      fc.property(
        term,
        term,
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 }),
        fc.nat(),
        (p, q, n, seed) => {
          const sizes = Object.fromEntries(labels.map((label, i) => [label, n[i]!]));
          const all = [...new Set([...p, ...q])];
          const output = all
            .filter((_, i) => (seed >> i) & 1)
            .sort((x, y) => ((seed >> 7) & 1 ? -1 : 1) * (x < y ? -1 : 1));
          const [a, b] = [p, q].map((t, i) =>
            filledWith(
              t.map((label) => sizes[label]!),
              i,
            ),
          ) as [Float, Float];
          const result = einsum(`${p.join("")},${q.join("")}->${output.join("")}`, a, b);
          assert.deepEqual(
            [...result.shape],
            output.map((label) => sizes[label]!),
          );
          const wanted = reference([p.join(""), q.join("")], output.join(""), [a, b], sizes);
          result.data().forEach((v, i) => assert.ok(Math.abs(v - wanted[i]!) <= 1e-13 * 81, `${v} ${wanted[i]}`));
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it("products of matrices have the bits of matmul, in every orientation", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const [A, B] = [filledWith([3, 17, 9], 1, dtype), filledWith([3, 9, 21], 2, dtype)];
      const C = A.matmul(B);
      assertSameBits(einsum("bij,bjk->bik", A, B), C);
      assertSameBits(einsum("bji,bjk->bik", A.mT, B), C, "Aᵀ");
      assertSameBits(einsum("bij,bkj->bik", A, B.mT), C, "Bᵀ");
      assertSameBits(einsum("bji,bkj->bki", A.mT, B.mT), C.mT, "(AB)ᵀ");
      assertSameBits(einsum("...ij,...jk->...ik", A, B), C, "ellipsis");
      assertSameBits(einsum("...ij,...jk", A, B), C, "implicit");
    }
  });

  it("without -> takes the labels that occur once, in alphabetical order", () => {
    const [a, b] = [filledWith([2, 3], 1), filledWith([3, 4], 2)];
    assertSameBits(einsum("ij,jk", a, b), a.matmul(b));
    assertSameBits(einsum("ba", a), a.mT);
    assert.equal(einsum("i,i", filledWith([5], 1), ones([5], { dtype: "float64" })).rank, 0);
  });

  it("takes one operand: sums and permutations", () => {
    const a = filledWith([2, 3, 4]);
    assertSameBits(einsum("ijk->ki", a), a.sum(1).mT);
    assertSameBits(einsum("... -> ", a), a.sum());
  });

  it("the axes of ... broadcast, wherever they stand", () => {
    const a = filledWith([2, 1, 3, 4], 1);
    const b = filledWith([5, 4, 6], 2);
    assertSameBits(einsum("...ij,...jk->...ik", a, b), a.matmul(b));
    assert.deepEqual(einsum("i...,i...->...i", filledWith([3, 2, 1]), filledWith([3, 1, 5])).shape, [2, 5, 3]);
    assertSameBits(
      einsum("...,...->...", filledWith([4], 1), b.sum(2)),
      filledWith([4], 1).mul(b.sum(2)),
      "more axes in the second",
    );
    assert.deepEqual(einsum("i,...->...i", filledWith([3]), filledWith([2, 4])).shape, [2, 4, 3]);
  });

  it("sizes of 0 and of 1", () => {
    const zero = einsum("ij,jk->ik", filledWith([2, 0]), filledWith([0, 3]));
    assert.deepEqual(zero.toArray(), [
      [0, 0, 0],
      [0, 0, 0],
    ]);
    assert.deepEqual(einsum("bij,bjk->bik", filledWith([0, 2, 3]), filledWith([0, 3, 4])).shape, [0, 2, 4]);
    assert.equal(einsum(",", tensor(2), tensor(3)).item(), 6);
  });

  it("has both derivatives", () => {
    const f = (a?: Float, b?: Float): Tensor<DType> => einsum("bij,kjb->ki", a!, b!);
    const xs = [filledWith([2, 3, 4], 1), filledWith([5, 4, 2], 2)];
    assertGradient(f, xs);
    assertSecondOrder(f, xs, 0);
    assertSecondOrder(f, xs, 1);
    assertGradient((a, b) => einsum("ij,k->i", a!, b!), [filledWith([3, 4], 1), filledWith([5], 2)]);
  });

  it("refuses what it cannot read or does not fit", () => {
    const a = filledWith([2, 2]);
    const refused: [string, Float[], RegExp, unknown][] = [
      ["ii->i", [a], /label i is twice in "ii" \(diagonals are not supported\)/, ArgumentError],
      ["ij->ii", [a], /label i is twice in the result/, ArgumentError],
      ["ij->ik", [a], /no operand has the label k/, ArgumentError],
      ["ij,jk->ik", [a], /names 2 operands, 1 were given/, ArgumentError],
      ["ij->i->j", [a], /more than one "->"/, ArgumentError],
      ["i1->i", [a], /cannot read "i1"/, ArgumentError],
      ["...i...->i", [a], /one "\.\.\." only/, ArgumentError],
      ["ijk->i", [a], /"ijk" does not fit an operand of shape \[2, 2\]/, ShapeError],
      ["ij,jk->ik", [a, filledWith([3, 2])], /label j has size 2 in one operand and 3 in the other/, ShapeError],
      ["ij,jk->ik", [a, filledWith([1, 2])], /label j has size 2 in one operand and 1 in the other/, ShapeError],
      ["ij,jk->ik", [a, filledWith([2, 2], 1, "float32")], /float64 and float32/, DtypeError],
    ];
    for (const [equation, [x, y], message, kind] of refused) {
      assert.throws(
        () => einsum(equation, x!, y),
        (error: Error) => {
          assert.match(error.message, message);
          return error instanceof (kind as typeof Error);
        },
      );
    }
  });
});
