/** pinv, lstsq, matrixRank, norm, cond, cov: residuals, NumPy's tolerances, adjoints of both orders, errors. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import {
  ArgumentError,
  grad,
  linalg,
  NonFiniteError,
  ShapeError,
  SingularMatrixError,
  stack,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { assertSameBits, DTYPES, filledWith, type Dtype, type Float } from "../nn/support.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { rectangular, SHAPES } from "../support/rectangular.js";
import { leastSquaresResidual, THRESHOLD, ulpOf } from "../support/residual.js";

const ulp = (dtype: Dtype): number => ulpOf(dtype === "float32" ? "s" : "d");
const matrix = (m: number, n: number, values: ArrayLike<number>, dtype: Dtype = "float64"): Float =>
  tensor([...(values as Float64Array)], { shape: [m, n], dtype }) as Float;

/** A product of two factors with `r` columns between them: its rank stays r when the factors change. */
const ofRank = (left: Float, right: Float): Float => left.matmul(right) as Float;

const norm = (x: Tensor<DType>): number => linalg.norm(x as Float).item();

describe("linalg.lstsq and linalg.pinv", function () {
  this.timeout(60000);
  for (const dtype of DTYPES) {
    for (const [m, n] of SHAPES) {
      it(`the residual is orthogonal to the columns, and X lies in the span of the rows, ${dtype} ${m}×${n}`, () => {
        for (const { name, a } of rectangular(m, n, ulp(dtype), m * n > 2000 ? 5 : undefined)) {
          // Small singular values that count as 0 leave a residual of their size: only clear ranks are asked for.
          const A = matrix(m, n, a, dtype);
          const values = linalg.svdvals(A).data();
          const cut = (values[0] ?? 0) * Math.max(m, n) * ulp(dtype);
          if (values.some((x: number) => x > cut / 100 && x < cut * 1e4)) continue;
          if (values[0] !== 0 && !(values[0]! > 2 ** -60 && values[0]! < 2 ** 60)) continue;
          const B = filledWith([m, 2], 1, dtype);
          const X = linalg.lstsq(A, B);
          const residual = leastSquaresResidual(m, n, 2, A.data(), X.data(), B.data(), ulp(dtype));
          assert.ok(residual < THRESHOLD, `${name}: ${residual}`);
          const P = linalg.pinv(A);
          const projected = P.matmul(A).matmul(X);
          const condition = norm(A) * norm(P) * norm(X);
          const outside = norm(projected.sub(X));
          assert.ok(outside <= 30 * Math.max(m, n, 1) * ulp(dtype) * condition, `${name}: ${outside} outside the rows`);
        }
      });
    }
  }

  it("pinv meets Penrose's four conditions, for any rank", () => {
    for (const A of [
      filledWith([7, 4], 1),
      filledWith([4, 7], 2),
      ofRank(filledWith([8, 3], 3), filledWith([3, 6], 4)),
    ]) {
      const P = linalg.pinv(A);
      const [AP, PA] = [A.matmul(P), P.matmul(A)];
      const close = { rtol: 1e-11, atol: 1e-11 };
      assert.ok(AP.matmul(A).allclose(A, close) && PA.matmul(P).allclose(P, close));
      assert.ok(AP.allclose(AP.transpose(), close) && PA.allclose(PA.transpose(), close));
    }
  });

  it("take the tolerance asked for", () => {
    const A = tensor(
      [
        [1, 0],
        [0, 1e-3],
      ],
      { dtype: "float64" },
    );
    assert.deepEqual(linalg.pinv(A, { rtol: 1e-2 }).toArray(), [
      [1, 0],
      [0, 0],
    ]);
    assert.deepEqual(linalg.lstsq(A, tensor([1, 1], { dtype: "float64" }), { rtol: 1e-2 }).toArray(), [1, 0]);
    assert.throws(() => linalg.pinv(A, { rtol: -1 }), ArgumentError);
    assert.throws(() => linalg.lstsq(A, filledWith([2]), { rtol: NaN }), ArgumentError);
  });

  it("broadcast, tell vectors by torch's rule, and take empty matrices", () => {
    const A = filledWith([2, 5, 3], 1);
    assert.deepEqual([...linalg.lstsq(A, filledWith([5], 2)).shape], [2, 3]);
    assert.deepEqual([...linalg.lstsq(A, filledWith([2, 5], 2)).shape], [2, 3]);
    assert.deepEqual([...linalg.lstsq(A, filledWith([4, 1, 5, 2], 2)).shape], [4, 2, 3, 2]);
    assert.deepEqual(linalg.lstsq(filledWith([0, 3]), filledWith([0, 2])).toArray(), [
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    assert.deepEqual([...linalg.pinv(filledWith([0, 3])).shape], [3, 0]);
    assert.throws(() => linalg.lstsq(A, filledWith([4, 2])), ShapeError);
    assert.throws(() => linalg.pinv(tensor([[NaN]])), NonFiniteError);
  });

  it("agree with differences to second order: tall, wide, square, batched, at constant rank", () => {
    for (const shape of [
      [5, 3],
      [3, 5],
      [4, 4],
      [1, 1],
      [2, 4, 3],
    ]) {
      assertGradient(`pinv ${shape}`, (A) => linalg.pinv(A), [filledWith(shape, 1)]);
      assertSecondGradient(`pinv ${shape}`, (A) => linalg.pinv(A), [filledWith(shape, 1)]);
      const B = filledWith([shape.at(-2)!, 2], 2);
      assertGradient(`lstsq ${shape}`, (A, b) => linalg.lstsq(A, b), [filledWith(shape, 1), B]);
      assertSecondGradient(`lstsq ${shape}`, (A, b) => linalg.lstsq(A, b), [filledWith(shape, 1), B]);
    }
    const factors = [filledWith([6, 2], 3), filledWith([2, 5], 4)];
    const rank2 = { rtol: 1e-9 };
    assertGradient("pinv of rank 2", (l, r) => linalg.pinv(ofRank(l, r), rank2), factors);
    const squares = [filledWith([4, 2], 3), filledWith([2, 4], 4)];
    assertGradient("pinv of rank 2, square", (l, r) => linalg.pinv(ofRank(l, r), rank2), squares);
    assertGradient("lstsq of rank 2", (l, r, b) => linalg.lstsq(ofRank(l, r), b, rank2), [
      ...factors,
      filledWith([6], 5),
    ]);
    assertSecondGradient("lstsq of rank 2", (l, r) => linalg.lstsq(ofRank(l, r), filledWith([6], 5), rank2), factors);
  });
});

describe("the gradient of linalg.pinv", () => {
  const G = filledWith([3, 3], 6);
  const slope = (A: Float): Float => {
    const [m, n] = A.shape.slice(-2) as [number, number];
    const weights = G.slice(`:${n}, :${m}`).astype(A.dtype) as Float;
    return grad((x) =>
      linalg
        .pinv(x as Float)
        .mul(weights)
        .sum(),
    )(A) as Float;
  };
  const MATRICES = [filledWith([3, 3], 1), filledWith([3, 2], 2), filledWith([2, 3], 3)];

  it("of 2^k·A is 2^−2k times that of A, to the last bit, also where P·P·P would underflow", () => {
    for (const dtype of DTYPES) {
      for (const k of dtype === "float32" ? [-50, 50] : [-400, 400]) {
        for (const A of MATRICES.map((x) => x.astype(dtype) as Float)) {
          assertSameBits(
            slope(A.mul(2 ** k) as Float)
              .mul(2 ** k)
              .mul(2 ** k),
            slope(A),
            `${dtype}, 2^${k}, ${A.shape}`,
          );
        }
      }
    }
  });

  it("of an item does not depend on the ranks in its batch", () => {
    const deficient = ofRank(filledWith([3, 1], 1), filledWith([1, 3], 2));
    const [regular] = MATRICES as [Float];
    const together = slope(stack([regular, deficient]) as Float);
    assertSameBits(together.slice("0"), slope(regular));
    assertSameBits(together.slice("1"), slope(deficient));
  });
});

describe("linalg.matrixRank", () => {
  it("counts as NumPy does, batched, with tolerances", () => {
    const items = [1, 2, 4].map((r) => ofRank(filledWith([6, r], r), filledWith([r, 4], r + 9)));
    assert.deepEqual(linalg.matrixRank(stack(items) as Float).toArray(), [1, 2, 4]);
    assert.equal(linalg.matrixRank(filledWith([0, 3])).item(), 0);
    assert.equal(
      linalg
        .matrixRank(
          tensor([
            [0, 0],
            [0, 0],
          ]),
        )
        .item(),
      0,
    );
    const A = tensor(
      [
        [4, 0],
        [0, 1e-3],
      ],
      { dtype: "float64" },
    );
    assert.equal(linalg.matrixRank(A).item(), 2);
    assert.equal(linalg.matrixRank(A, { rtol: 1e-3 }).item(), 1);
    assert.equal(linalg.matrixRank(A, { atol: 5 }).item(), 0);
    assert.equal(linalg.matrixRank(A, { atol: 1e-9, rtol: 0.5 }).item(), 1);
    assert.throws(() => linalg.matrixRank(A, { atol: -1 }), ArgumentError);
  });
});

describe("linalg.norm and linalg.cond", () => {
  const KINDS = ["fro", 2, "nuc"] as const;

  it("are what singular values say, batched, and exact where they can be", () => {
    const A = filledWith([3, 5, 4], 1);
    const S = linalg.svdvals(A);
    const close = { rtol: 1e-13, atol: 0 };
    assert.ok(linalg.norm(A).allclose(S.mul(S).sum(-1).sqrt(), close));
    assert.ok(linalg.norm(A, "nuc").allclose(S.sum(-1), close));
    assert.ok(linalg.norm(A, 2).allclose(S.slice(":, 0"), close));
    assert.ok(linalg.cond(A).allclose(S.slice(":, 0").div(S.slice(":, 3")), close));
    assert.equal(
      linalg
        .norm(
          tensor([
            [1, 2],
            [2, 4],
          ]),
        )
        .item(),
      5,
    );
    assert.equal(linalg.cond(filledWith([0, 0])).item(), 0);
    for (const kind of KINDS) {
      assert.equal(linalg.norm(filledWith([0, 3]), kind).item(), 0);
      assert.equal(linalg.norm(tensor([[0, 0]]), kind).item(), 0);
    }
    const B = tensor(
      [
        [2, 0],
        [0, 8],
      ],
      { dtype: "float64" },
    );
    assert.equal(linalg.cond(B, "nuc").item(), 10 * 0.625);
    assert.equal(
      linalg
        .cond(
          tensor([
            [1, 1],
            [1, 1],
          ]).mul(0),
        )
        .item(),
      Infinity,
    );
  });

  it("neither over- nor underflow on the way", () => {
    for (const [dtype, k] of [
      ["float32", 120],
      ["float64", 1000],
    ] as const) {
      const A = filledWith([2, 4, 3], 1, dtype);
      for (const kind of KINDS) {
        for (const s of [2 ** k, 2 ** -k]) assertSameBits(linalg.norm(A.mul(s), kind), linalg.norm(A, kind).mul(s));
      }
    }
  });

  it("refuse what they do not know", () => {
    assert.throws(() => linalg.norm(filledWith([2, 2]), "inf" as never), ArgumentError);
    assert.throws(() => linalg.norm(filledWith([2])), ShapeError);
    assert.throws(() => linalg.cond(filledWith([2, 3]), "fro"), ShapeError);
    const singular = tensor(
      [
        [1, 0],
        [0, 0],
      ],
      { dtype: "float64" },
    );
    assert.throws(() => linalg.cond(singular, "nuc"), SingularMatrixError);
    assert.throws(() => grad((A: Float) => linalg.cond(A).sum())(singular), SingularMatrixError);
  });

  it("agree with differences to second order; the Frobenius norm has gradient 0 at 0", () => {
    for (const shape of [
      [5, 3],
      [3, 5],
      [4, 4],
      [2, 3, 4],
    ]) {
      for (const kind of KINDS) {
        assertGradient(`norm ${kind} ${shape}`, (A) => linalg.norm(A, kind), [filledWith(shape, 2)]);
        assertSecondGradient(`norm ${kind} ${shape}`, (A) => linalg.norm(A, kind), [filledWith(shape, 2)]);
      }
      assertGradient(`cond ${shape}`, (A) => linalg.cond(A), [filledWith(shape, 2)]);
      assertSecondGradient(`cond ${shape}`, (A) => linalg.cond(A), [filledWith(shape, 2)]);
    }
    assertGradient("cond fro", (A) => linalg.cond(A, "fro"), [filledWith([3, 3], 2)]);
    assert.deepEqual(grad((A: Float) => linalg.norm(A))(tensor([[0, 0]], { dtype: "float64" })).toArray(), [[0, 0]]);
    assert.deepEqual(grad((A: Float) => linalg.cond(A))(tensor([[3]], { dtype: "float64" })).toArray(), [[0]]);
  });

  it("the nuclear norm has gradient UVᵀ at repeated singular values", () => {
    const Q = linalg.svd(filledWith([4, 4], 3)).U as Float;
    const g = grad((A: Float) => linalg.norm(A, "nuc"))(Q);
    assert.ok(g.allclose(Q, { rtol: 1e-12, atol: 1e-12 }));
  });
});

describe("linalg.cov", () => {
  it("is the centred Gram matrix over m − ddof, batched", () => {
    const X = tensor(
      [
        [1, 2],
        [3, 6],
        [5, 1],
      ],
      { dtype: "float64" },
    );
    assert.ok(
      linalg.cov(X).allclose(
        tensor(
          [
            [8 / 3, -2 / 3],
            [-2 / 3, 14 / 3],
          ],
          { dtype: "float64" },
        ),
        { rtol: 1e-14 },
      ),
    );
    assert.deepEqual(linalg.cov(X, { ddof: 1 }).toArray(), [
      [4, -1],
      [-1, 7],
    ]);
    const batch = filledWith([3, 6, 4], 1);
    const C = linalg.cov(batch);
    assertSameBits(C, C.transpose());
    for (let i = 0; i < 3; i++) assertSameBits(linalg.cov(batch.slice([i])), C.slice([i]));
    assert.deepEqual([...linalg.cov(filledWith([2, 5, 0])).shape], [2, 0, 0]);
  });

  it("agrees with differences to second order, and wants more observations than ddof", () => {
    for (const ddof of [0, 1]) {
      assertGradient(`cov ${ddof}`, (X) => linalg.cov(X, { ddof }), [filledWith([2, 5, 3], 1)]);
      assertSecondGradient(`cov ${ddof}`, (X) => linalg.cov(X, { ddof }), [filledWith([5, 3], 1)]);
    }
    assert.throws(() => linalg.cov(filledWith([1, 3]), { ddof: 1 }), ArgumentError);
    assert.throws(() => linalg.cov(filledWith([0, 3])), ArgumentError);
    assert.throws(() => linalg.cov(filledWith([3, 3]), { ddof: -1 }), ArgumentError);
  });
});
