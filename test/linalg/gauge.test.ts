/** What `checkGauge` measures in the backward pass, and `gaugecheck` by evaluating the loss again. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import { ArgumentError, eye, GaugeError, grad, linalg, slice, tensor, type Tensor } from "../../src/index.js";
import { DTYPES, filledWith, type Dtype, type Float } from "../nn/support.js";

const { gaugecheck } = linalg;

/** Two eigenvalues 2 in the middle of a random basis, and a simple matrix before it in the batch. */
function repeated(dtype: Dtype = "float64"): Float {
  const { eigenvectors: Q } = linalg.eigh(symmetric([4, 4], 1, dtype));
  const A = Q.mul(tensor([1, 2, 2, 5], { dtype })).matmul(Q.mT);
  const plain = symmetric([4, 4], 2, dtype);
  return tensor([...plain.data(), ...A.data()], { shape: [2, 4, 4], dtype }) as Float;
}

function symmetric(shape: number[], seed: number, dtype: Dtype = "float64"): Float {
  const A = filledWith(shape, seed, dtype);
  return A.add(A.mT) as Float;
}

const weighted = (x: Tensor<DType>, seed: number): Tensor<DType> =>
  (x as Float).mul(filledWith(x.shape, seed, x.dtype as Dtype)).sum();

/** Loss by name: whether it depends on the basis of a closed pair. */
type Factors = linalg.Eigh<"float32" | "float64">;
const middle = (Z: Float): Float => slice(Z, [...Z.shape.slice(0, -2).map(() => null), null, [1, 3]]) as Float;
const INVARIANT: Record<string, (f: Factors) => Tensor<DType>> = {
  "the projector on the pair": ({ eigenvectors: Z }) => weighted(middle(Z).matmul(middle(Z).mT), 3),
  "a smooth function of the values": ({ eigenvalues: w }) => w.square().sum(),
  both: ({ eigenvalues: w, eigenvectors: Z }) => weighted(middle(Z).matmul(middle(Z).mT), 3).add(w.exp().sum()),
};
const DEPENDENT: Record<string, (f: Factors) => Tensor<DType>> = {
  "one vector of the pair": ({ eigenvectors: Z }) => weighted(Z.square(), 4),
  "one value of the pair": ({ eigenvalues: w }) => weighted(w, 4),
  "V f(Λ) Vᵀ by hand": ({ eigenvalues: w, eigenvectors: Z }) => weighted(Z.mul(w.exp().unsqueeze(-2)).matmul(Z.mT), 4),
};

const namesPair = (op: string) => (e: unknown) =>
  e instanceof GaugeError && e.op === op && e.code === "GAUGE" && e.i === 1 && e.j === 2 && e.batchIndex === 1;

describe("checkGauge: true", () => {
  for (const dtype of DTYPES) {
    for (const [name, loss] of Object.entries(INVARIANT)) {
      it(`eigh lets pass ${name}, ${dtype}`, () => {
        const gradient = (checkGauge: boolean): Tensor<DType> =>
          grad((x) => loss(linalg.eigh(x as Float, { degenerate: "drop", checkGauge })))(repeated(dtype));
        assert.deepEqual(gradient(true).data(), gradient(false).data());
      });
    }
    for (const [name, loss] of Object.entries(DEPENDENT)) {
      it(`eigh names the pair for ${name}, ${dtype}`, () => {
        for (const degenerate of ["raise", "drop", "broaden", "taylor"] as const) {
          const run = (x: Tensor<DType>): Tensor<DType> =>
            loss(linalg.eigh(x as Float, { degenerate, checkGauge: true }));
          const A = repeated(dtype);
          assert.throws(() => grad(run)(A), namesPair("eigh"), degenerate);
          assert.throws(
            () => grad(run)(slice(A, "1:") as Float),
            (e) => e instanceof GaugeError && e.batchIndex === 0 && e.residual > 1e-3,
            degenerate,
          );
          assert.throws(() => grad((x) => grad(run)(x).square().sum())(A), namesPair("eigh"), degenerate);
        }
      });
    }
  }

  it("svd: vectors of a pair turn together; those of σ = 0 each by themselves", () => {
    const { U: P, Vh: Q } = linalg.svd(filledWith([4, 3], 6));
    const of = (...values: number[]): Float => P.mul(tensor(values, { dtype: "float64" })).matmul(Q) as Float;
    const A = of(2, 2, 1);
    const run =
      (loss: (f: linalg.Svd<"float32" | "float64">) => Tensor<DType>, x: Float = A) =>
      () =>
        grad((y) => loss(linalg.svd(y as Float, { degenerate: "drop", checkGauge: true })))(x);
    assert.ok(
      run(({ U, Vh }) => weighted(U.matmul(Vh), 1))()
        .data()
        .every(Number.isFinite),
    );
    const first = (e: unknown): boolean => e instanceof GaugeError && e.op === "svd" && e.i === 0 && e.j === 1;
    assert.throws(
      run(({ U }) => weighted(U.square(), 1)),
      first,
    );
    assert.throws(
      run(({ Vh }) => weighted(Vh.square(), 1)),
      first,
    );
    assert.throws(
      run(({ S }) => weighted(S, 1)),
      first,
    );
    const zeros = slice(of(3, 0, 0), "0:3") as Float;
    assert.throws(
      run(({ U, Vh }) => weighted(U.matmul(Vh), 1), zeros),
      (e) => e instanceof GaugeError && e.i === 1 && e.j === 2,
    );
    assert.throws(
      run(({ U }) => weighted(U.square(), 1), of(3, 2, 0)),
      (e) => e instanceof GaugeError && e.i === 2 && e.j === 3,
    );
  });
});

describe("linalg.gaugecheck", () => {
  const factors = (): Factors => linalg.eigh(repeated());

  for (const [name, loss] of Object.entries(INVARIANT)) {
    it(`lets pass ${name}`, () => {
      assert.ok(gaugecheck((f: Factors) => loss(f) as Tensor, factors()) < 1e-12);
    });
  }

  for (const [name, loss] of Object.entries(DEPENDENT)) {
    it(`names the pair for ${name}`, () => {
      assert.throws(
        () => gaugecheck((f: Factors) => loss(f) as Tensor, factors()),
        (e) => {
          assert.ok(e instanceof GaugeError);
          assert.deepEqual([e.i, e.j, e.batchIndex], [1, 2, 1]);
          return true;
        },
      );
    });
  }

  it("sees signs, which have no derivative", () => {
    const A = symmetric([2, 3, 3], 5);
    const signed = (f: Factors): Tensor => slice(f.eigenvectors, "1, 0, 2") as Tensor;
    const checked = (x: Tensor<DType>): Tensor<DType> => signed(linalg.eigh(x as Float, { checkGauge: true }));
    assert.ok(grad(checked)(A).data().every(Number.isFinite));
    assert.throws(
      () => gaugecheck(signed, linalg.eigh(A)),
      (e) => e instanceof GaugeError && e.i === 2 && e.j === 2 && e.batchIndex === 1 && e.residual > 0.5,
    );
    assert.equal(
      gaugecheck((f: Factors) => signed(f).square(), linalg.eigh(A)),
      0,
    );
  });

  it("sees the term that drop leaves out of V f(Λ) Vᵀ at A = cI, whatever the weights", () => {
    const A = eye(2, { dtype: "float64" }).mul(3) as Float;
    const off = tensor([0, 1, 1, 0], { shape: [2, 2], dtype: "float64" });
    const byHand = ({ eigenvalues: w, eigenvectors: Z }: Factors): Tensor =>
      Z.mul(w.log()).matmul(Z.mT).mul(off).sum() as Tensor;
    // Nothing that one backward pass sees tells this from a loss of the span.
    const dropped = grad((x) => byHand(linalg.eigh(x as Float, { degenerate: "drop", checkGauge: true })))(A);
    const exact = grad((x) =>
      linalg
        .logm(x as Float)
        .mul(off)
        .sum(),
    )(A);
    assert.ok(Math.abs(exact.slice("0, 1").item() - 1 / 3) < 1e-15);
    assert.equal(dropped.slice("0, 1").item(), 0);
    assert.throws(
      () => gaugecheck(byHand, linalg.eigh(A)),
      (e) => e instanceof GaugeError && e.i === 0 && e.j === 1,
    );
  });

  it("of an SVD: pairs flip together, added vectors and those of σ = 0 by themselves", () => {
    type Parts = linalg.Svd<"float32" | "float64">;
    const A = filledWith([2, 5, 3], 1);
    const thin = linalg.svd(A);
    const full = linalg.svd(A, { full: true });
    assert.ok(gaugecheck(({ U, Vh }: Parts) => weighted(U.matmul(Vh), 2) as Tensor, thin) < 1e-14);
    assert.throws(
      () => gaugecheck(({ U }: Parts) => weighted(U, 2) as Tensor, thin),
      (e) => e instanceof GaugeError && e.i === 0 && e.j === 0,
    );
    const span = ({ U }: Parts): Tensor => {
      const N = slice(U, [null, null, [3, 5]]);
      return weighted(N.matmul(N.mT), 3) as Tensor;
    };
    assert.ok(gaugecheck(span, full) < 1e-12);
    const squares = ({ U }: Parts): Tensor => weighted(slice(U, [null, null, [3, 5]]).square(), 3) as Tensor;
    assert.throws(
      () => gaugecheck(squares, full),
      (e) => e instanceof GaugeError && e.i === 3 && e.j === 4,
    );
    const deficient = linalg.svd(tensor([2, 0, 0, 0, 0, 0], { shape: [3, 2], dtype: "float64" }) as Float);
    const product = ({ U, Vh }: Parts): Tensor => weighted(U.matmul(Vh), 3) as Tensor;
    assert.throws(
      () => gaugecheck(product, deficient),
      (e) => e instanceof GaugeError && e.i === 1 && e.j === 1,
    );
  });

  it("says what is wrong", () => {
    assert.throws(() => gaugecheck(() => tensor(0), {} as never), ArgumentError);
    assert.throws(() => gaugecheck(INVARIANT.both as never, factors(), { tolerance: 0 }), ArgumentError);
  });
});
