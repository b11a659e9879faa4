/** The residuals themselves: small for factors known by construction, large when anything is off, at every scale. */
import assert from "node:assert/strict";
import { multiply, scaleColumns, transpose, type Numbers } from "./dense.js";
import { entries, orthogonal, randomMatrix, range } from "./generate.js";
import {
  choleskyResiduals,
  decompositionResidual,
  inverseResidual,
  leastSquaresResidual,
  luResiduals,
  orthogonalityResidual,
  pairsResidual,
  qrResiduals,
  rowOrthogonalityResidual,
  solveResidual,
  svdResiduals,
  THRESHOLD,
  ulpOf,
} from "./residual.js";

const ulp = ulpOf("d");
const SCALES = [1, 2 ** 1000, 2 ** -1000];

/** The same with one entry off by a thousand n·ulp of the largest. */
function off(values: Numbers, n: number): Float64Array {
  const copy = Float64Array.from(values);
  const top = copy.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  copy[copy.length >> 1] += top * n * n * 1000 * ulp;
  return copy;
}

const worst = (residuals: number | Record<string, number>): number =>
  typeof residuals === "number" ? residuals : Math.max(...Object.values(residuals));

/** Each argument alone, when it is off, must be noticed. */
function notices<A extends Numbers[]>(
  n: number,
  args: A,
  residual: (...args: A) => number | Record<string, number>,
): void {
  assert.ok(worst(residual(...args)) < 3, `${worst(residual(...args))}`);
  args.forEach((_, at) => {
    const wrong = args.map((x, i) => (i === at ? off(x, n) : x)) as A;
    assert.ok(worst(residual(...wrong)) > THRESHOLD, `argument ${at}: ${JSON.stringify(residual(...wrong))}`);
  });
}

const upper = (m: number, n: number): Float64Array => {
  const random = randomMatrix(m, n, 3);
  return entries(m, n, (i, j) => (i > j ? 0 : i === j ? 2 + random[i * n + j] : random[i * n + j]));
};

describe("residuals", () => {
  const n = 24;
  const q = orthogonal(n, 1);
  for (const scale of SCALES) {
    const times = (a: Numbers): Float64Array => Float64Array.from(a, (x) => x * scale);

    it(`of eigenpairs, at ${scale}`, () => {
      const w = range(n, (i) => i - 7.5);
      const a = times(multiply(n, n, n, scaleColumns(n, n, q, w), transpose(n, n, q)));
      notices(n, [a, times(w), q], (a, w, z) => decompositionResidual(n, a, w, z, ulp));
      const some = entries(n, 5, (i, j) => q[i * n + j]);
      notices(n, [a, times(w).slice(0, 5), some], (a, w, z) => pairsResidual(n, 5, a, w, z, ulp));
    });

    for (const [m, n] of [
      [20, 9],
      [9, 20],
      [12, 12],
    ] as const) {
      const k = Math.min(m, n);
      const thin = (size: number) => entries(size, k, (i, j) => orthogonal(size, 2)[i * size + j]);

      it(`of a singular value decomposition, ${m}×${n}, at ${scale}`, () => {
        const s = range(k, (i) => k - i);
        const vt = transpose(n, k, thin(n));
        const a = times(multiply(m, k, n, scaleColumns(m, k, thin(m), s), vt));
        notices(m + n, [a, thin(m), times(s), vt], (a, u, s, vt) => svdResiduals(m, n, a, u, s, vt, ulp));
        assert.equal(svdResiduals(m, n, a, thin(m), times(s).reverse(), vt, ulp).order, Infinity);
      });

      it(`of QR and LU, ${m}×${n}, at ${scale}`, () => {
        const r = upper(k, n);
        const pivots = range(n, (j) => (j * 7) % n);
        const product = multiply(m, k, n, thin(m), r);
        const a = new Float64Array(m * n);
        for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) a[i * n + pivots[j]] = product[i * n + j] * scale;
        notices(m + n, [a, thin(m), times(r)], (a, q, r) => qrResiduals(m, n, a, q, r, ulp, pivots));

        const l = transpose(k, m, upper(k, m)).map((x, i) => (i % k === Math.floor(i / k) ? 1 : x / 3));
        const rows = range(m, (i) => (i * 7) % m);
        const lu = multiply(m, k, n, l, r);
        for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) a[rows[i] * n + j] = lu[i * n + j] * scale;
        notices(m + n, [a, l, times(r)], (a, l, u) => luResiduals(m, n, a, l, u, rows, ulp));
      });
    }

    it(`of Cholesky, at ${scale}`, () => {
      const l = transpose(n, n, upper(n, n));
      const a = times(multiply(n, n, n, l, transpose(n, n, l)));
      const root = l.map((x) => x * Math.sqrt(scale));
      notices(n, [a, root], (a, l) => choleskyResiduals(n, a, l, ulp));
    });

    it(`of solutions and inverses, at ${scale}`, () => {
      const x = randomMatrix(n, 3, 5);
      const a = times(q);
      notices(n, [a, x, times(multiply(n, n, 3, q, x))], (a, x, b) => solveResidual(n, 3, a, x, b, ulp));
      notices(n, [a, transpose(n, n, q).map((x) => x / scale)], (a, x) => inverseResidual(n, a, x, ulp));
      const tall = entries(n, 6, (i, j) => q[i * n + j] * scale);
      const b = randomMatrix(n, 2, 6);
      const least = multiply(6, n, 2, transpose(n, 6, tall), b).map((x) => x / scale / scale);
      notices(n, [least, b], (x, b) => leastSquaresResidual(n, 6, 2, tall, x, b, ulp));
    });
  }

  it("of orthogonality, of columns and of rows", () => {
    const tall = entries(n, 6, (i, j) => q[i * n + j]);
    notices(n, [tall], (z) => orthogonalityResidual(n, 6, z, ulp));
    notices(n, [transpose(n, 6, tall)], (z) => rowOrthogonalityResidual(6, n, z, ulp));
  });

  it("a NaN is never below the threshold", () => {
    const bad = Float64Array.of(NaN, 0, 0, 1);
    const eye = Float64Array.of(1, 0, 0, 1);
    assert.ok(!(decompositionResidual(2, eye, [1, 1], bad, ulp) < THRESHOLD));
    assert.ok(!(orthogonalityResidual(2, 2, bad, ulp) < THRESHOLD));
    assert.ok(!(solveResidual(2, 1, eye, [NaN, 1], [1, 1], ulp) < THRESHOLD));
  });
});
