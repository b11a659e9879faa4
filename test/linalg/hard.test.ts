/** The hard cases of the golden values: LAPACK's test types, classic matrices, and matrices of bug reports. */
import assert from "node:assert/strict";
import { initSync, linalg, tensor, type Tensor } from "../../src/index.js";
import { golden, goldenAvailable, goldenSkipNote, type GoldenCase } from "../support/golden.js";
import { tridiagonal } from "../support/matrices.js";
import { entries } from "../support/generate.js";
import { decompositionResidual, orthogonalityResidual, svdResiduals, ulpOf } from "../support/residual.js";

initSync();

type Float = Tensor<"float32" | "float64">;
const LETTERS = { float64: "d", float32: "s" } as const;
const TOLERANCES = { float64: "f64", float32: "f32" } as const;
/** ‖A·V − V·diag(w)‖_F ≤ 10·n·eps·‖A‖_F, as the golden README says, in our units of n·ulp. */
const VECTORS = 10;
/** Above this size the vectors are left out: their check takes longer than all the rest. */
const LARGEST = 300;

type Dtype = keyof typeof LETTERS;

const cases = ["hard_eig", "hard_svd", "stcollection"].flatMap((family) => golden(family));

const ofKind = (...kinds: string[]): GoldenCase[] => cases.filter(({ meta }) => kinds.includes(meta.kind));

/** The matrix of a case, dense. */
function dense({ meta, tensors }: GoldenCase): { m: number; n: number; a: Float64Array } {
  if (meta.kind === "dense" || meta.kind === "rect") {
    const [m, n] = tensors.A.shape as [number, number];
    return { m, n, a: Float64Array.from(tensors.A.data) };
  }
  const [d, e] = [tensors.d.data, tensors.e.data];
  const n = d.length;
  if (meta.kind === "tridiag") return { m: n, n, a: tridiagonal(d, e) };
  return { m: n, n, a: entries(n, n, (i, j) => (i === j ? d[i] : j === i + 1 ? e[i] : 0)) };
}

const boundOf = ({ meta }: GoldenCase, dtype: Dtype): number | null =>
  (meta.tol.eigvals ?? meta.tol.s)[TOLERANCES[dtype]] as number | null;

/** max |computed − reference| is at most what the case states for this dtype. */
function assertValues(computed: ArrayLike<number>, one: GoldenCase, dtype: Dtype): void {
  const reference = (one.tensors.eigvals ?? one.tensors.s).data;
  const bound = boundOf(one, dtype)!;
  assert.equal(computed.length, reference.length, one.name);
  reference.forEach((x: number, i: number) => {
    const error = Math.abs(computed[i] - x);
    assert.ok(error <= bound, `${one.name} in ${dtype}: value ${i} is off by ${error}, bound ${bound}`);
  });
}

const toTensor = (shape: number[], a: Float64Array, dtype: Dtype): Float => tensor(a, { shape, dtype }) as Float;

function each(
  kinds: string[],
  count: Partial<Record<Dtype, number>>,
  check: (one: GoldenCase, dtype: Dtype) => void,
): void {
  for (const dtype of Object.keys(count) as Dtype[]) {
    it(`all ${count[dtype]} that state a bound, in ${dtype}`, function () {
      if (!goldenAvailable) this.skip();
      const stated = ofKind(...kinds).filter((one) => boundOf(one, dtype) !== null);
      assert.equal(stated.length, count[dtype]);
      for (const one of stated) check(one, dtype);
    });
  }
}

function assertPairs(
  name: string,
  n: number,
  a: ArrayLike<number>,
  w: ArrayLike<number>,
  z: ArrayLike<number>,
  ulp: number,
) {
  if (n > LARGEST) return;
  const residual = decompositionResidual(n, a, w, z, ulp);
  const orthogonality = orthogonalityResidual(n, n, z, ulp);
  assert.ok(residual <= VECTORS && orthogonality <= VECTORS, `${name}: ${residual}, ${orthogonality}`);
}

describe("golden hard cases", function () {
  this.timeout(60000);
  before(() => {
    if (!goldenAvailable) console.log(`    ${goldenSkipNote}`);
  });

  describe("eigh and eigvalsh, of dense matrices and of tridiagonal ones made dense", () => {
    each(["dense", "tridiag"], { float64: 87, float32: 76 }, (one, dtype) => {
      const { n, a } = dense(one);
      const A = toTensor([n, n], a, dtype);
      assertValues(linalg.eigvalsh(A).data(), one, dtype);
      const { eigenvalues, eigenvectors } = linalg.eigh(A);
      assertValues(eigenvalues.data(), one, dtype);
      assertPairs(one.name, n, A.data(), eigenvalues.data(), eigenvectors.data(), ulpOf(LETTERS[dtype]));
    });
  });

  describe("svd and svdvals, of rectangular matrices and of bidiagonal ones made dense", () => {
    for (const method of [undefined, "jacobi"] as const) {
      each(["rect", "bidiag"], { float64: 45, float32: 43 }, (one, dtype) => {
        const { m, n, a } = dense(one);
        const A = toTensor([m, n], a, dtype);
        assertValues(linalg.svdvals(A).data(), one, dtype);
        const { U, S, Vh } = linalg.svd(A, method && { method });
        assertValues(S.data(), one, dtype);
        const residuals = svdResiduals(m, n, A.data(), U.data(), S.data(), Vh.data(), ulpOf(LETTERS[dtype]));
        assert.ok(Math.max(...Object.values(residuals)) <= VECTORS, `${one.name}: ${JSON.stringify(residuals)}`);
      });
    }

    it('method: "jacobi" finds every singular value to the relative accuracy stated', function () {
      if (!goldenAvailable) this.skip();
      // That of the bidiagonal cases is for QR iteration with zero shift: test/assembly/bdsdc.test.ts.
      const stated = ofKind("rect").filter(({ meta }) => /Jacobi/.test(meta.rel_tol_high_accuracy?.who));
      assert.equal(stated.length, 1);
      for (const one of stated) {
        const { m, n, a } = dense(one);
        const computed = linalg.svd(toTensor([m, n], a, "float64"), { method: "jacobi" }).S.data();
        one.tensors.s.data.forEach((x: number, i: number) => {
          if (x === 0) return;
          const error = Math.abs(computed[i] - x) / x;
          assert.ok(error <= one.meta.rel_tol_high_accuracy.f64, `${one.name}: value ${i} is off by ${error}`);
        });
      }
    });
  });
});
