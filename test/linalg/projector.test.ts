/** The projector on the range of a matrix. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import { ArgumentError, ShapeError, eye, grad, linalg, tensor, zeros, type Tensor } from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, type Float } from "../nn/support.js";

const { projector } = linalg;
const SHAPES: Record<string, Float> = {
  tall: filledWith([6, 3], 1),
  square: filledWith([4, 4], 2),
  wide: filledWith([3, 6], 3),
  batched: filledWith([2, 3, 5, 2], 4),
  column: filledWith([5, 1], 5),
  "1×1": tensor([[3]], { dtype: "float64" }) as Float,
  "rank 2": filledWith([6, 2], 6).matmul(filledWith([2, 4], 7)) as Float,
};
const largest = (x: Tensor<DType>): number => Math.max(0, ...x.data().map(Math.abs));

describe("linalg.projector", () => {
  for (const [name, A] of Object.entries(SHAPES)) {
    it(`is A·A⁺: symmetric, idempotent, leaves the range alone, ${name}`, () => {
      for (const dtype of DTYPES) {
        const own = A.astype(dtype) as Float;
        const P = projector(own);
        const tolerance = dtype === "float32" ? 2e-6 : 1e-14;
        assert.equal(P.dtype, dtype);
        assert.ok(largest(P.sub(P.mT)) <= tolerance);
        assert.ok(largest(P.matmul(P).sub(P)) <= tolerance);
        assert.ok(largest(P.matmul(own).sub(own)) <= 8 * tolerance * largest(own));
        const rank = name === "rank 2" ? 2 : Math.min(...own.shape.slice(-2));
        const traces = P.mul(eye(P.shape[P.rank - 1]!, { dtype })).sum([-2, -1]);
        assert.ok(largest(traces.sub(rank)) <= 8 * tolerance);
        assert.ok(largest(P.sub(own.matmul(linalg.pinv(own)))) <= 200 * tolerance);
      }
    });
  }

  it("first and second derivatives agree with differences where the rank cannot change", () => {
    for (const name of ["tall", "square", "wide", "batched", "column"]) {
      const A = SHAPES[name]!;
      const full = name === "square" || name === "wide";
      if (!full) assertGradient(name, projector, [A]);
      // The projector on everything is constant.
      else
        assert.ok(
          largest(
            grad((x: Tensor<DType>) =>
              projector(x as Float)
                .square()
                .sum(),
            )(A),
          ) < 1e-12,
        );
      if (!full) assertSecondGradient(name, projector, [A]);
    }
    assertGradient("float32", projector, [filledWith([6, 2], 9, "float32")]);
    // Rank 2 of 4 by construction: a function of the factors.
    const [B, C] = [filledWith([6, 2], 6), filledWith([2, 4], 7)];
    assertGradient("rank 2", (b: Float, c: Float) => projector(b.matmul(c) as Float, { rtol: 1e-9 }), [B, C]);
  });

  it("repeated singular values are no matter: the gradient is finite at A with orthonormal columns", () => {
    const { Q } = linalg.qr(filledWith([5, 3], 8));
    assertGradient("orthonormal", projector, [Q]);
    const w = filledWith([5, 5], 3);
    const g = grad((x: Tensor<DType>) => (projector(x as Float) as Float).mul(w).sum())(Q) as Float;
    // 2(I − QQᵀ) sym(w) Q.
    const outside = w.add(w.mT).matmul(Q);
    assert.ok(largest(g.sub(outside.sub(Q.matmul(Q.mT).matmul(outside)))) < 1e-13);
  });

  it("finds the rank by its tolerance", () => {
    const A = tensor(
      [
        [1, 0],
        [0, 1e-6],
      ],
      { dtype: "float64" },
    ) as Float;
    assert.deepEqual(projector(A).toArray(), [
      [1, 0],
      [0, 1],
    ]);
    assert.deepEqual(projector(A, { rtol: 1e-3 }).toArray(), [
      [1, 0],
      [0, 0],
    ]);
    assert.deepEqual(projector(zeros([3, 2]) as Float).toArray(), zeros([3, 3]).toArray());
    const still = grad((x: Tensor<DType>) => projector(x as Float).sum())(zeros([3, 2], { dtype: "float64" }));
    assert.deepEqual([...still.data()], [0, 0, 0, 0, 0, 0]);
  });

  it("empty matrices and batches; an item has the same bits in any batch", () => {
    assert.deepEqual(projector(zeros([3, 0]) as Float).toArray(), zeros([3, 3]).toArray());
    assert.deepEqual([...projector(zeros([0, 3, 2]) as Float).shape], [0, 3, 3]);
    assert.deepEqual([...projector(zeros([2, 0, 3]) as Float).shape], [2, 0, 0]);
    const A = SHAPES.batched!;
    assertSameBits(projector(A.slice("1, 2") as Float), projector(A).slice("1, 2"));
  });

  it("refuses what is no matrix, and a negative tolerance", () => {
    assert.throws(() => projector(zeros([3]) as Float), ShapeError);
    assert.throws(() => projector(zeros([3, 3]) as Float, { rtol: -1 }), ArgumentError);
  });
});
