/** The SVD and EIG layers: the ops in double precision, inside models, in both dtypes and with the choices at closed gaps. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  DegenerateError,
  DtypeError,
  eye,
  GaugeError,
  grad,
  linalg,
  nn,
  optim,
  tensor,
  valueAndGrad,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSameBits, DTYPES, filledWith, type Float } from "./support.js";

const symmetric = (shape: number[], seed: number): Float => {
  const A = filledWith(shape, seed);
  return A.add(A.mT) as Float;
};

describe("nn.SVD and nn.Eigh", () => {
  it("return what linalg returns, in the dtype of the features", () => {
    for (const shape of [
      [2, 6, 3],
      [2, 3, 6],
      [4, 4],
      [1, 1],
      [0, 3],
    ]) {
      const X = filledWith(shape, 1);
      const [plain, layer] = [linalg.svd(X), new nn.SVD().forward(X)];
      for (const key of ["U", "S", "Vh"] as const) assertSameBits(layer[key], plain[key]);
      const single = new nn.SVD().forward(X.astype("float32"));
      for (const key of ["U", "S", "Vh"] as const) {
        assert.equal(single[key].dtype, "float32");
        const inDouble = linalg.svd(X.astype("float32").astype("float64"))[key];
        assertSameBits(single[key], inDouble.astype("float32"));
      }
      const inSingle = nn.functional.svd(X.astype("float32"), { precision: "float32" });
      assertSameBits(inSingle.U, linalg.svd(X.astype("float32")).U);
    }
    const A = symmetric([2, 5, 5], 2);
    const [plain, layer] = [linalg.eigh(A), new nn.Eigh().forward(A)];
    assertSameBits(layer.eigenvalues, plain.eigenvalues);
    assertSameBits(layer.eigenvectors, plain.eigenvectors);
    const part = new nn.Eigh({ subset: [3, 5] }).forward(A.astype("float32"));
    assert.deepEqual([part.eigenvectors.dtype, ...part.eigenvectors.shape], ["float32", 2, 5, 2]);
    assert.equal(new nn.SVD({ full: true }).forward(filledWith([4, 2], 1)).U.shape[1], 4);
  });

  it("have the gradients of the ops", () => {
    for (const shape of [
      [2, 6, 3],
      [3, 6],
      [4, 4],
    ]) {
      assertGradient(
        (x) => {
          const { U, S, Vh } = new nn.SVD().forward(x!);
          return [U.square(), S, Vh.square()];
        },
        [filledWith(shape, 3)],
      );
    }
    assertGradient(
      (x) => {
        const { eigenvalues, eigenvectors } = new nn.Eigh().forward(x!);
        return [eigenvalues, eigenvectors.square()];
      },
      [symmetric([2, 4, 4], 4)],
    );
  });

  it("take the choices at closed gaps, and check the gauge", () => {
    const A = eye(3, { dtype: "float64" }) as Float;
    const loss =
      (layer: nn.Eigh) =>
      (x: Tensor<DType>): Tensor<DType> =>
        layer
          .forward(x as Float)
          .eigenvectors.mul(filledWith([3, 3], 5))
          .sum();
    assert.throws(() => grad(loss(new nn.Eigh()))(A), DegenerateError);
    assert.throws(() => grad(loss(new nn.Eigh({ checkGauge: true })))(A), GaugeError);
    for (const degenerate of ["drop", "broaden", "taylor", "pade", "power"] as const) {
      assert.ok(
        grad(loss(new nn.Eigh({ degenerate })))(A)
          .data()
          .every(Number.isFinite),
        degenerate,
      );
      const { S } = new nn.SVD({ degenerate }).forward(A);
      assert.deepEqual(S.toArray(), [1, 1, 1]);
    }
    assert.throws(() => new nn.SVD().forward(tensor([[1, 2]], { dtype: "int32" }) as never), DtypeError);
  });

  it("measure the gauge in the precision of the features", () => {
    // Eigenvalues 1, 1, 3, 3, exactly; the loss of a float32 network comes with cotangents of 24 bits.
    const A = tensor([2, 0, 1, 0, 0, 2, 0, 1, 1, 0, 2, 0, 0, 1, 0, 2], { shape: [4, 4] }) as Float;
    const W = filledWith([4, 4], 8, "float32");
    const lower = (x: Tensor<DType>, checkGauge: nn.EighLayerOptions["checkGauge"]): Tensor<DType> => {
      const { eigenvectors: Z } = new nn.Eigh({ degenerate: "drop", checkGauge, subset: [0, 2] }).forward(x as Float);
      return Z.matmul(Z.mT).mul(W).sum();
    };
    const g = grad((x) => lower(x, true))(A);
    const exact = grad((x) =>
      linalg
        .spectralProjector(x as Float, 2)
        .mul(W)
        .sum()
        .neg(),
    )(A);
    assert.ok(g.allclose(exact, { rtol: 1e-5, atol: 1e-6 }));
    assert.throws(() => grad((x) => lower(x, { tolerance: 1e-9 }))(A), GaugeError);
  });

  it("train inside a model that picks what it needs", () => {
    /** The paper's chain of a decomposition and a function of its values. */
    class LogValues extends nn.Module {
      readonly embed = new nn.Linear(4, 3, { seed: 1 });
      readonly svd = new nn.SVD({ checkGauge: true });
      readonly head = new nn.Linear(3, 1, { seed: 2 });

      forward(x: Tensor): Tensor {
        const { S } = this.svd.forward(this.embed.forward(x));
        return this.head.forward(S.square().add(1e-3).log());
      }
    }
    const model = new LogValues();
    assert.deepEqual(Object.keys(model.parameters()), ["embed.weight", "embed.bias", "head.weight", "head.bias"]);
    model.eval();
    assert.equal(model.svd.training, false);
    const x = filledWith([8, 5, 4], 6, "float32");
    const target = filledWith([8, 1], 7, "float32");
    const opt = optim.adam(model.parameters(), { lr: 0.02 });
    const step = valueAndGrad(() => nn.functional.mse(model.forward(x as Tensor), target as Tensor), {
      wrt: model.parameters(),
    });
    const losses = Array.from({ length: 60 }, () => {
      const { value, grads } = step();
      opt.step(grads);
      return value.item();
    });
    assert.ok(losses.at(-1)! < 0.5 * losses[0]!, `${losses[0]} → ${losses.at(-1)}`);
  });

  for (const dtype of DTYPES) {
    it(`an item has the same bits alone and in a batch, ${dtype}`, () => {
      const X = filledWith([3, 7, 4], 9, dtype);
      const batch = new nn.SVD().forward(X);
      for (let i = 0; i < 3; i++) assertSameBits(new nn.SVD().forward(X.slice([i]) as Float).U, batch.U.slice([i]));
    });
  }
});
