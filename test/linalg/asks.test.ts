/** What users of such software ask for, as tests by its number: decompositions and their gradients at the hard matrices. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  DegenerateError,
  eye,
  GaugeError,
  grad,
  gradcheck,
  hash,
  initSync,
  linalg,
  NonFiniteError,
  random,
  scope,
  slice,
  stack,
  tensor,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { assertGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, type Dtype, type Float } from "../nn/support.js";

initSync();

const double = (values: number[][]): Float => tensor(values, { dtype: "float64" }) as Float;
const diagonal = (values: number[], dtype: Dtype = "float64"): Float =>
  eye(values.length, { dtype }).mul(tensor(values, { dtype })) as Float;
const finite = (x: Tensor<DType>): boolean => x.data().every(Number.isFinite);

describe("asks §8.1: gradient of eigh at repeated eigenvalues", () => {
  const HARD: Record<string, Float> = {
    "A = I": eye(3, { dtype: "float64" }) as Float,
    "A = diag(1, 1, 2)": diagonal([1, 1, 2]),
    "A = 0": zeros([3, 3], { dtype: "float64" }) as Float,
  };
  for (const [name, A] of Object.entries(HARD)) {
    it(`${name}: a loss of the values alone is finite and right`, () => {
      for (const values of [linalg.eigvalsh, (x: Float) => linalg.eigh(x).eigenvalues]) {
        // Σλ³ has the gradient 3A².
        const g = grad((x) =>
          values(x as Float)
            .mul(values(x as Float))
            .mul(values(x as Float))
            .sum(),
        )(A);
        assert.ok(g.allclose(A.matmul(A).mul(3), { rtol: 1e-14, atol: 1e-14 }));
        assertGradient(name, (x: Float) => values(x).square().add(values(x)).sum(), [A]);
      }
    });
    it(`${name}: functions of the matrix are exact`, () => {
      assertGradient(name, (x: Float) => linalg.expm(x), [A]);
      assertGradient(name, (x: Float) => linalg.symFunc(x, { f: Math.cos, df: (t) => -Math.sin(t) }).add(x), [A]);
    });
  }

  it("jax#4646: the vector of the simple eigenvalue beside a double one has its gradient", () => {
    const { eigenvectors: Q } = linalg.eigh(
      double([
        [1, 2, 3],
        [2, -1, 1],
        [3, 1, 4],
      ]),
    );
    const A = Q.mul(tensor([1, 1, 2], { dtype: "float64" })).matmul(Q.mT) as Float;
    for (const vector of [
      (x: Float) => slice(linalg.eigh(x).eigenvectors, [null, 2]),
      (x: Float) => linalg.eigh(x, { subset: [2, 3] }).eigenvectors,
    ]) {
      assertGradient("simple vector", (x: Float) => (vector(x) as Float).square(), [A]);
    }
  });
});

describe("asks §8.2: logm(FᵀF + εI) of rank-deficient F", () => {
  const column = filledWith([5, 1], 3);
  const HARD: Record<string, Float> = {
    "fewer rows than columns": filledWith([2, 5], 1),
    "one row": filledWith([1, 4], 2),
    "duplicated columns": column.matmul(double([[1, 1, 2, 1]])) as Float,
  };
  for (const [name, F] of Object.entries(HARD)) {
    it(`${name}: the gradient equals the central difference to 1e-6`, () => {
      const { ok, error, pairs } = gradcheck((x) => linalg.logm(linalg.gram(x as Float, { eps: 1e-2 })), [F], {
        step: 1e-5,
        tolerance: 1e-6,
      });
      assert.ok(ok, `off by ${error}`);
      assert.ok(pairs.every(({ adjoint }) => adjoint !== 0));
    });
  }
  it("F = 0: the gradient is 0, as the central difference is", () => {
    const F = zeros([3, 4], { dtype: "float64" });
    const { ok, pairs } = gradcheck((x) => linalg.logm(linalg.gram(x as Float, { eps: 1e-2 })), [F]);
    assert.ok(ok);
    assert.ok(pairs.every(({ adjoint }) => adjoint === 0));
  });
});

describe("asks §8.3: what belongs to no single vector is refused by name", () => {
  // As in discuss.pytorch.org/t/128049, whose first row this is: S ⊗ I₂ has two double eigenvalues.
  const [a, b, c] = [1.2039, 0.369, 0.7961];
  const A = double([
    [a, 0, b, 0],
    [0, a, 0, b],
    [b, 0, c, 0],
    [0, b, 0, c],
  ]);
  const loss =
    (options: linalg.EighOptions = {}) =>
    (x: Tensor<DType>): Tensor<DType> =>
      linalg
        .eigh(x as Float, options)
        .eigenvectors.mul(filledWith([4, 4], 1))
        .sum();

  it("two double eigenvalues: DegenerateError with the pair by default", () => {
    assert.throws(
      () => grad(loss())(A),
      (e) => {
        assert.ok(e instanceof DegenerateError);
        assert.deepEqual([e.i, e.j, e.batchIndex], [0, 1, 0]);
        assert.ok(Math.abs(e.gap) < 1e-14);
        assert.match(e.message, /logm|svdFunc/);
        return true;
      },
    );
  });

  it("finite with every other choice, and GaugeError with the pair under checkGauge", () => {
    for (const degenerate of ["drop", "broaden", "taylor", "pade", "power"] as const) {
      assert.ok(finite(grad(loss({ degenerate }))(A)), degenerate);
      assert.throws(
        () => grad(loss({ degenerate, checkGauge: true }))(A),
        (e) => e instanceof GaugeError && e.i === 0 && e.j === 1,
        degenerate,
      );
    }
  });

  it("V f(Λ) Vᵀ by hand at A = cI does not silently disagree with symFunc", () => {
    const C = eye(3, { dtype: "float64" }).mul(2) as Float;
    const G = filledWith([3, 3], 5);
    const byHand =
      (options: linalg.EighOptions) =>
      (x: Tensor<DType>): Tensor<DType> => {
        const { eigenvalues, eigenvectors: V } = linalg.eigh(x as Float, options);
        return V.mul(eigenvalues.log()).matmul(V.mT).mul(G).sum();
      };
    assert.throws(() => grad(byHand({}))(C), DegenerateError);
    for (const degenerate of ["raise", "drop", "broaden"] as const) {
      assert.throws(() => grad(byHand({ degenerate, checkGauge: true }))(C), GaugeError, degenerate);
    }
    const exact = grad((x) =>
      linalg
        .symFunc(x as Float, { f: Math.log, df: (t) => 1 / t })
        .mul(G)
        .sum(),
    )(C);
    assert.ok(exact.allclose(G.add(G.mT).mul(0.25), { rtol: 1e-14 }));
    // Unasked it would disagree: that is what the check is for.
    assert.ok(!grad(byHand({ degenerate: "drop" }))(C).allclose(exact, { atol: 0.1 }));
  });
});

describe("asks §8.4: small singular values of graded matrices", () => {
  for (const [dtype, values] of [
    ["float32", [1, 1e-3, 1e-5]],
    ["float64", [1, 1e-6, 1e-10]],
  ] as const) {
    it(`diag(${values}) in ${dtype}: every value to 4 ulp by Jacobi`, () => {
      const A = diagonal([...values], dtype);
      const { S } = linalg.svd(A, { method: "jacobi" });
      const [stored, ulp] = [tensor([...values], { dtype }).data(), dtype === "float32" ? 2 ** -23 : 2 ** -52];
      S.data().forEach((s, i) => assert.ok(Math.abs(s - stored[i]!) <= 4 * ulp * stored[i]!, `${s} for ${stored[i]}`));
    });
  }
});

describe("asks §8.5: shapes and scales that broke other libraries", () => {
  const rebuilt = ({ U, S, Vh }: linalg.Svd<"float32" | "float64">): Float =>
    U.mul(S.unsqueeze(-2)).matmul(Vh) as Float;
  const near = (x: Float, y: Float, tolerance: number): void => assert.ok(x.allclose(y, { rtol: 0, atol: tolerance }));

  it("numeric.js: the singular values of [[1, 2], [2, 4]] are 5 and 0, not NaN", () => {
    for (const method of ["dc", "jacobi"] as const) {
      const [first, second] = linalg
        .svd(
          double([
            [1, 2],
            [2, 4],
          ]),
          { method },
        )
        .S.toArray() as number[];
      assert.ok(Math.abs(first! - 5) < 1e-14);
      assert.ok(second! >= 0 && second! < 1e-15);
    }
  });

  it("ml-matrix: a wide 2×4 matrix has two singular values, U 2×2 and Vh 2×4", () => {
    const A = filledWith([2, 4], 1);
    const factors = linalg.svd(A);
    assert.deepEqual([factors.U.shape, factors.S.shape, factors.Vh.shape], [[2, 2], [2], [2, 4]]);
    near(rebuilt(factors), A, 1e-14);
  });

  it("opencv: 6×500000, and scirs: 10×8319, without a square of the long side", () => {
    for (const [m, n] of [
      [6, 500000],
      [10, 8319],
    ] as const) {
      scope(() => {
        const A = random.normal([m, n], { seed: 1, dtype: "float32" });
        const { U, S, Vh } = linalg.svd(A as Float);
        assert.deepEqual([U.shape, S.shape, Vh.shape], [[m, m], [m], [m, n]]);
        const norm = Math.sqrt(n);
        near(Vh.matmul(Vh.mT) as Float, eye(m) as Float, 1e-4);
        near(slice(rebuilt({ U, S, Vh }), [null, [0, 50]]) as Float, slice(A, [null, [0, 50]]) as Float, 1e-5 * norm);
      });
    }
  });

  it("0×n, n×0 and 1×1", () => {
    assert.deepEqual(linalg.svd(zeros([0, 3])).Vh.shape, [0, 3]);
    assert.deepEqual(linalg.svdvals(zeros([3, 0])).shape, [0]);
    assert.deepEqual(linalg.eigh(zeros([0, 0])).eigenvectors.shape, [0, 0]);
    const one = linalg.svd(double([[-3]]));
    assert.deepEqual([one.U.item(), one.S.item(), one.Vh.item()], [1, 3, -1]);
    const { eigenvalues, eigenvectors } = linalg.eigh(double([[-3]]));
    assert.deepEqual([eigenvalues.item(), eigenvectors.item()], [-3, 1]);
  });

  it("NaN and infinity are a NonFiniteError, 1e±300 is not", () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const A = double([
        [1, bad],
        [bad, 1],
      ]);
      for (const run of [linalg.eigh, linalg.eigvalsh, linalg.svd, linalg.svdvals, linalg.expm]) {
        assert.throws(() => run(A), NonFiniteError, `${run.name} of ${bad}`);
      }
    }
    const A = double([
      [2, 1],
      [1, 3],
    ]);
    const [values, sigma] = [linalg.eigvalsh(A), linalg.svdvals(filledWith([3, 2], 1))];
    for (const scale of [1e300, 1e-300]) {
      assert.ok(
        linalg
          .eigvalsh(A.mul(scale) as Float)
          .div(scale)
          .allclose(values, { rtol: 1e-14 }),
      );
      const S = linalg.svdvals(filledWith([3, 2], 1).mul(scale) as Float);
      assert.ok(S.div(scale).allclose(sigma, { rtol: 1e-14 }));
    }
  });
});

describe("asks §8.6: a batch is its items, in any order", () => {
  const RUNS: Record<string, (x: Float) => Tensor<DType>[]> = {
    eigh: (x) => Object.values(linalg.eigh(x)),
    eigvalsh: (x) => [linalg.eigvalsh(x)],
    svd: (x) => Object.values(linalg.svd(x)),
    "svd, full": (x) => Object.values(linalg.svd(x, { full: true })),
    logm: (x) => [linalg.logm(linalg.gram(x, { eps: 0.5 }))],
    "gradient of eigh": (x) => [
      grad((y) =>
        linalg
          .eigh(y as Float, { degenerate: "taylor" })
          .eigenvectors.square()
          .mul(filledWith(x.shape.slice(1), 3, x.dtype))
          .sum(),
      )(linalg.gram(x, { eps: 0.5 })),
    ],
    "gradient of svd": (x) => [
      grad((y) =>
        linalg
          .svd(y as Float)
          .U.square()
          .mul(filledWith(x.shape.slice(1), 3, x.dtype))
          .sum(),
      )(x),
    ],
  };
  for (const [name, run] of Object.entries(RUNS)) {
    it(`${name}: batch ≡ loop, permuted batch ≡ permuted result (sha256)`, () => {
      for (const dtype of DTYPES) {
        for (const n of [3, 17, 40]) {
          const items = [1, 2, 3, 4].map((seed) => filledWith([n, n], seed, dtype));
          const order = [2, 0, 3, 1];
          const whole = run(stack(items) as Float);
          const moved = run(stack(order.map((i) => items[i]!)) as Float);
          items.forEach((item, i) => {
            const alone = run(item.unsqueeze(0) as Float);
            alone.forEach((x, q) => {
              assertSameBits(slice(whole[q]!, [[i, i + 1]]), x, `${name} ${dtype} n = ${n}, item ${i}`);
              const at = order.indexOf(i);
              assert.equal(hash(slice(moved[q]!, [[at, at + 1]])), hash(x));
            });
          });
        }
      }
    });
  }
});
