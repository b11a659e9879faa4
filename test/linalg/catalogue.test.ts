/**
 * LAPACK's own test, through the public API: every decomposition over the catalogues of test matrices, sizes 0 to 300,
 * residuals in n·ulp below 30. The kernels have tests of their own beside their neighbours.
 */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { initSync, linalg, SingularMatrixError, tensor, type Tensor } from "../../src/index.js";
import { multiply, norm1, scaled, type Numbers } from "../support/dense.js";
import { randomMatrix } from "../support/generate.js";
import { catalogue } from "../support/matrices.js";
import { definite, rectangular, SHAPES } from "../support/rectangular.js";
import {
  choleskyResiduals,
  decompositionResidual,
  inverseResidual,
  leastSquaresResidual,
  luResiduals,
  orthogonalityResidual,
  qrResiduals,
  solveResidual,
  svdResiduals,
  THRESHOLD,
  ulpOf,
  valueDifference,
} from "../support/residual.js";
import type { Float } from "./table.js";

initSync();

const ULPS = { float64: ulpOf("d"), float32: ulpOf("s") } as const;
const SIZES = [0, 1, 2, 3, 5, 8, 16, 17, 31, 32, 33, 63, 64, 65, 100, 129, 200, 300];
/** Sweeps of rotations take too long above this. */
const LARGEST_JACOBI = 65;
const RIGHT_HAND_SIDES = 2;

type Residuals = Record<string, number>;

interface Problem {
  readonly m: number;
  readonly n: number;
  readonly A: Float;
  /** The values of A. */
  readonly a: Numbers;
  readonly ulp: number;
}

interface Check {
  readonly name: string;
  readonly applies?: (problem: Problem) => boolean;
  readonly residuals: (problem: Problem) => Residuals;
}

const isSquare = ({ m, n }: Problem): boolean => m === n;
const api = linalg as unknown as Record<string, (...args: any[]) => any>;
const values = (x: Tensor<DType>): Numbers => x.data() as Numbers;

/** A right-hand side of A's size, so that the solution is in the range of the format wherever A is. */
function rightHandSide({ m, a, A }: Problem): Float {
  const scale = 2 ** scaled(a).exponent;
  const b = randomMatrix(m, RIGHT_HAND_SIDES, m).map((x) => x * scale);
  return tensor(b, { shape: [m, RIGHT_HAND_SIDES], dtype: A.dtype }) as Float;
}

/** A square matrix with a pivot of exactly zero has no answer, and says so. */
function unlessSingular(residuals: () => Residuals): Residuals {
  try {
    return residuals();
  } catch (error) {
    if (error instanceof SingularMatrixError) return {};
    throw error;
  }
}

function svdCheck(name: string, options: object, applies?: Check["applies"]): Check {
  const residuals = ({ m, n, A, a, ulp }: Problem): Residuals => {
    const { U, S, Vh } = api.svd(A, options);
    const alone = valueDifference(values(api.svdvals(A)), values(S), Math.max(m, n) * ulp);
    return { ...svdResiduals(m, n, a, values(U), values(S), values(Vh), ulp), alone };
  };
  return { name, residuals, ...(applies && { applies }) };
}

function qrCheck(name: string, options: object): Check {
  const residuals = ({ m, n, A, a, ulp }: Problem): Residuals => {
    const { Q, R, pivots } = api.qr(A, options);
    const r = values(R);
    const diagonal = Array.from({ length: Math.min(m, n) }, (_, i) => r[i * n + i]);
    const sign = diagonal.every((x) => x >= 0) ? 0 : Infinity;
    return { ...qrResiduals(m, n, a, values(Q), r, ulp, pivots && values(pivots)), sign };
  };
  return { name, residuals };
}

/** ‖A·X·A − A‖₁ / (‖A‖₁²·‖X‖₁·max(m, n)·ulp), the first of Penrose's equations. */
function penroseResidual({ m, n, a, ulp }: Problem, x: Numbers): number {
  const [sa, sx] = [scaled(a), scaled(x)];
  const unit = 2 ** (-sa.exponent - sx.exponent);
  const product = multiply(m, m, n, multiply(m, n, m, sa.values, sx.values), sa.values);
  const difference = product.map((p, i) => p - unit * sa.values[i]);
  const size = norm1(m, n, sa.values);
  const error = norm1(m, n, difference);
  return error === 0 ? 0 : error / (size * size * norm1(n, m, sx.values) * Math.max(m, n) * ulp);
}

const RECTANGULAR: readonly Check[] = [
  svdCheck("svd", {}),
  svdCheck("svd by Jacobi", { method: "jacobi" }, ({ m, n }) => Math.max(m, n) <= LARGEST_JACOBI),
  qrCheck("qr", {}),
  qrCheck("qr with pivots", { pivot: true }),
  {
    name: "lu",
    residuals: ({ m, n, A, a, ulp }) => {
      const { L, U, pivots } = api.lu(A);
      return luResiduals(m, n, a, values(L), values(U), values(pivots), ulp);
    },
  },
  {
    name: "lstsq",
    residuals: (problem) => {
      const { m, n, A, a, ulp } = problem;
      const B = rightHandSide(problem);
      const X = api.lstsq(A, B);
      return { normal: leastSquaresResidual(m, n, RIGHT_HAND_SIDES, a, values(X), values(B), ulp) };
    },
  },
  {
    name: "pinv",
    residuals: (problem) => ({ penrose: penroseResidual(problem, values(api.pinv(problem.A))) }),
  },
  {
    name: "solve",
    applies: isSquare,
    residuals: (problem) =>
      unlessSingular(() => {
        const { n, A, a, ulp } = problem;
        const B = rightHandSide(problem);
        return { backward: solveResidual(n, RIGHT_HAND_SIDES, a, values(api.solve(A, B)), values(B), ulp) };
      }),
  },
  {
    name: "inv",
    applies: isSquare,
    residuals: ({ n, A, a, ulp }) => unlessSingular(() => ({ right: inverseResidual(n, a, values(api.inv(A)), ulp) })),
  },
];

const SYMMETRIC: readonly Check[] = [
  {
    name: "eigh",
    residuals: ({ n, A, a, ulp }) => {
      const { eigenvalues, eigenvectors } = linalg.eigh(A);
      const [w, z] = [values(eigenvalues), values(eigenvectors)];
      return {
        decomposition: decompositionResidual(n, a, w, z, ulp),
        orthogonality: orthogonalityResidual(n, n, z, ulp),
        order: Array.from(w).every((x, i) => i === 0 || w[i - 1] <= x) ? 0 : Infinity,
        alone: valueDifference(values(linalg.eigvalsh(A)), w, Math.max(n, 1) * ulp),
      };
    },
  },
];

const DEFINITE: readonly Check[] = [
  {
    name: "cholesky",
    residuals: ({ n, A, a, ulp }) => choleskyResiduals(n, a, values(api.cholesky(A)), ulp),
  },
];

function verify(
  matrices: readonly { readonly name: string; readonly a: Float64Array }[],
  [m, n]: readonly [number, number],
  dtype: "float64" | "float32",
  checks: readonly Check[],
): void {
  for (const { name, a } of matrices) {
    const A = tensor(a, { shape: [m, n], dtype }) as Float;
    const problem = { m, n, A, a: values(A), ulp: ULPS[dtype] };
    for (const { name: what, applies, residuals } of checks) {
      if (applies?.(problem) === false) continue;
      for (const [which, residual] of Object.entries(residuals(problem))) {
        assert.ok(residual < THRESHOLD, `${what} of ${name}: ${which} ${residual}`);
      }
    }
  }
}

describe("decompositions over LAPACK's test matrices", function () {
  this.timeout(120000);

  for (const dtype of ["float64", "float32"] as const) {
    const ulp = ULPS[dtype];
    for (const n of SIZES) {
      it(`eigh and Cholesky, n = ${n}, ${dtype}`, () => {
        verify(catalogue(n, ulp), [n, n], dtype, SYMMETRIC);
        verify(definite(n, ulp), [n, n], dtype, DEFINITE);
      });
    }
    for (const shape of SHAPES) {
      it(`SVD, QR, LU, solutions and inverses, ${shape.join("×")}, ${dtype}`, () => {
        verify(rectangular(...shape, ulp), shape, dtype, RECTANGULAR);
      });
    }
  }
});
