/** Second derivatives and forward mode through the symmetric eigendecomposition, where the spectrum is simple. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import { DegenerateError, eye, grad, hvp, jvp, linalg, nn, tensor, type Tensor } from "../../src/index.js";
import { assertSecondGradient } from "../support/gradients.js";
import { filledWith, type Float } from "../nn/support.js";

const symmetric = (shape: number[], seed: number): Float => {
  const A = filledWith(shape, seed);
  return A.add(A.transpose()) as Float;
};
/** What does not change with the signs of the vectors. */
const invariants = (A: Float, options: linalg.EighOptions = {}): Tensor<DType>[] => {
  const { eigenvalues, eigenvectors } = linalg.eigh(A, options);
  return [eigenvalues, eigenvectors.square()];
};

describe("eigh, differentiated twice", () => {
  it("agrees with differences: values, vectors, both, batched", () => {
    for (const A of [symmetric([4, 4], 1), symmetric([2, 3, 3], 2), symmetric([1, 1], 3)]) {
      assertSecondGradient("values", (x: Float) => linalg.eigvalsh(x), [A]);
      assertSecondGradient("both", (x: Float) => invariants(x), [A]);
    }
  });

  it("a part of the spectrum, and A·x = λ·B·x", () => {
    const A = symmetric([5, 5], 4);
    assertSecondGradient("subset", (x: Float) => invariants(x, { subset: [1, 3] }), [A]);
    const B = linalg.gram(filledWith([7, 4], 5), { eps: 1 });
    const values = (x: Float, b: Float): Tensor<DType> => linalg.eigh(x, { B: b }).eigenvalues;
    assertSecondGradient("generalised", values, [symmetric([4, 4], 6), B]);
  });

  it("the curvature of the largest eigenvalue is 2·Σ (v·Vvⱼ)²/(λ − λⱼ)", () => {
    const A = tensor(
      [
        [3, 0, 0],
        [0, 2, 0],
        [0, 0, 1],
      ],
      { dtype: "float64" },
    );
    const V = symmetric([3, 3], 7);
    const largest = (x: Tensor): Tensor<DType> => linalg.eigvalsh(x).slice("2").sum();
    const [v0, v1] = [V.slice("0, 1").item(), V.slice("0, 2").item()];
    const curvature = hvp(largest, A as Tensor, V as Tensor)
      .mul(V as Tensor)
      .sum()
      .item();
    assert.ok(Math.abs(curvature - 2 * (v0 ** 2 / 1 + v1 ** 2 / 2)) < 1e-12);
    const slope = jvp(largest, [A as Tensor], [V as Tensor]).tangent.item();
    assert.ok(Math.abs(slope - V.slice("0, 0").item()) < 1e-14);
  });

  it("stays finite at closed gaps where that was chosen", () => {
    for (const degenerate of ["drop", { method: "broaden", eta: 1e-3 }] as const) {
      const loss = (x: Tensor<DType>): Tensor<DType> =>
        invariants(x as Float, { degenerate })[1]!
          .mul(filledWith([3, 3], 2))
          .sum();
      const twice = grad((x) => grad(loss)(x).square().sum())(
        tensor(
          [
            [2, 0, 0],
            [0, 2, 0],
            [0, 0, 1],
          ],
          { dtype: "float64" },
        ),
      );
      assert.ok(twice.data().every(Number.isFinite), JSON.stringify(degenerate));
    }
  });

  it("runs in float32, and refuses a closed gap as the first derivative does", () => {
    const A = symmetric([4, 4], 1);
    const twice = (x: Float): Tensor<DType> =>
      grad((y) =>
        grad((z) =>
          invariants(z as Float)[1]!
            .mul(filledWith([4, 4], 2, x.dtype))
            .sum(),
        )(y)
          .square()
          .sum(),
      )(x);
    assert.ok(
      twice(A.astype("float32") as Float)
        .astype("float64")
        .allclose(twice(A), { rtol: 1e-3, atol: 1e-2 }),
    );
    assert.throws(() => twice(eye(4, { dtype: "float64" }) as Float), DegenerateError);
  });

  it("mpnCov divided by its largest eigenvalue", () => {
    const f = (x: Float): Tensor<DType> => nn.functional.mpnCov(x, { normalize: "l2", eps: 1e-2 });
    assertSecondGradient("l2", f, [filledWith([9, 4], 5)]);
  });
});
