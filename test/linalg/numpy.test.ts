/**
 * Our results beside NumPy's and SciPy's in double on the same matrices. Two backward stable algorithms differ by n·ulp
 * times the condition of the question; where that says nothing (singular matrices), the question is left out.
 */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { initSync, linalg, tensor, type Tensor } from "../../src/index.js";
import { distance } from "../support/golden.js";
import { askNumpy, type Answer, type Question } from "../support/numpy.js";
import { catalogue } from "../support/matrices.js";
import { definite, rectangular } from "../support/rectangular.js";
import { THRESHOLD, ulpOf } from "../support/residual.js";
import type { Float } from "./table.js";

initSync();

type Numbers = ArrayLike<number>;
/** A bound above this would hold for anything. */
const MEANINGLESS = 0.1;
/** Matrices of the catalogues that every question must be meaningful for, at least. */
const FEWEST = 30;

type Op = (A: Float, ...rest: any[]) => any;

interface Case extends Question {
  readonly name: string;
  readonly dtype: "float64" | "float32";
}

interface Conditions {
  readonly full: number;
  /** Of what lies above the cut-off for the rank; infinite where a singular value is near it. */
  readonly above: number;
}

interface Check {
  /** Its name in reference.py. */
  readonly question: string;
  /** The relative distance to NumPy's answer. */
  readonly error: (A: Float, expected: readonly Numbers[]) => number;
  /** What multiplies n·ulp in the bound; 1 unless given. */
  readonly condition?: (conditions: Conditions, expected: readonly Numbers[], dtype: Case["dtype"]) => number;
}

const api = linalg as unknown as Record<string, Op>;

const largest = (x: Numbers): number => Array.from(x).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** ‖actual − expected‖ / ‖expected‖ in the Frobenius norm. */
function relative(actual: Numbers, expected: Numbers): number {
  const error = distance(actual, expected);
  return error === 0 ? 0 : error / distance(expected, new Float64Array(expected.length));
}

/** The error of an op with one output. */
const only =
  (run: Op) =>
  (A: Float, [expected]: readonly Numbers[]): number =>
    relative((run(A) as Tensor<DType>).data(), expected);

const full = ({ full }: Conditions): number => full;
const above = ({ above }: Conditions): number => above;

/** Determinants beyond the range of the format, or near its ends, say nothing. */
const inRange = (determinant: number, dtype: Case["dtype"]): boolean => {
  const limit = dtype === "float64" ? 2 ** 1000 : 2 ** 100;
  return Math.abs(determinant) < limit && Math.abs(determinant) > 1 / limit;
};

/** Values by the largest; a vector is determined to n·ulp·‖A‖ over the gap beside its value, but for its sign. */
function eighError(A: Float, [w, v]: readonly Numbers[]): number {
  const { eigenvalues, eigenvectors } = linalg.eigh(A);
  const [values, vectors] = [eigenvalues.data(), eigenvectors.data()];
  const n = w.length;
  const top = largest(w) || 1;
  let worst = 0;
  for (let j = 0; j < n; j++) {
    worst = Math.max(worst, Math.abs(values[j] - w[j]) / top);
    const gap = Math.min(top, j > 0 ? w[j] - w[j - 1] : top, j + 1 < n ? w[j + 1] - w[j] : top);
    let [dot, square] = [0, 0];
    for (let i = 0; i < n; i++) dot += vectors[i * n + j] * v[i * n + j];
    for (let i = 0; i < n; i++) square += (vectors[i * n + j] - Math.sign(dot) * v[i * n + j]) ** 2;
    worst = Math.max(worst, (Math.sqrt(square) * gap) / top);
  }
  return worst;
}

const singularValueError = (A: Float, [s]: readonly Numbers[]): number =>
  largest(Array.from((api.svdvals(A) as Float).data(), (x, i) => x - s[i])) / (s[0] || 1);

function qrError(A: Float, [q, r]: readonly Numbers[]): number {
  const { Q, R } = api.qr(A);
  return Math.max(relative(Q.data(), q), relative(R.data(), r));
}

/** The factors depend on the leading columns alone, which a wide matrix of full rank may have dependent. */
function leadingCondition([q, r]: readonly Numbers[]): number {
  const k = Math.sqrt(Math.min(q.length, r.length));
  const diagonal = Array.from({ length: k }, (_, i) => Math.abs(r[(i * r.length) / k + i]));
  const least = Math.min(...diagonal);
  return least === 0 ? Infinity : Math.max(...diagonal) / least;
}

function slogdetError(A: Float, [sign, logarithm]: readonly Numbers[]): number {
  const found = api.slogdet(A);
  if (found.sign.item() !== sign[0]) return Infinity;
  return Math.abs(found.logabsdet.item() - logarithm[0]) / (1 + Math.abs(logarithm[0]));
}

const CHECKS: readonly Check[] = [
  { question: "eigh", error: eighError },
  { question: "svdvals", error: singularValueError },
  { question: "qr", error: qrError, condition: (c, factors) => Math.max(full(c), leadingCondition(factors)) },
  { question: "cholesky", error: only((A) => api.cholesky(A)), condition: full },
  { question: "solve", error: only((A) => api.solve(A, A.abs())), condition: full },
  { question: "inv", error: only((A) => api.inv(A)), condition: full },
  { question: "lstsq", error: only((A) => api.lstsq(A, A.abs())), condition: (c) => above(c) ** 2 },
  { question: "pinv", error: only((A) => api.pinv(A)), condition: above },
  {
    question: "det",

    error: only((A) => api.det(A)),
    condition: (c, [det], dtype) => (inRange(det[0], dtype) ? full(c) : Infinity),
  },
  { question: "slogdet", error: slogdetError, condition: full },
  {
    question: "rank",

    error: (A, [rank]) => (api.matrixRank(A).item() === rank[0] ? 0 : Infinity),
    condition: (c) => (above(c) === Infinity ? Infinity : 1),
  },
  { question: "fro", error: only((A) => api.norm(A, "fro")) },
  { question: "spectral", error: only((A) => api.norm(A, 2)) },
  { question: "nuclear", error: only((A) => api.norm(A, "nuc")) },
];

const ANY = ["rank", "svdvals", "qr", "lstsq", "pinv", "fro", "spectral", "nuclear"];
const SQUARE = ["solve", "inv", "det", "slogdet"];

/** The catalogues at a few sizes, but for the scales at which a determinant, say, leaves the format. */
function collect(): Case[] {
  const cases: Case[] = [];
  for (const dtype of ["float64", "float32"] as const) {
    const ulp = ulpOf(dtype === "float64" ? "d" : "s");
    const round = dtype === "float64" ? Float64Array : Float32Array;
    const add = (name: string, m: number, n: number, a: Float64Array, ops: readonly string[]): void => {
      if (!/flow/.test(name)) cases.push({ name, m, n, a: [...round.from(a)], ulp, ops, dtype });
    };
    for (const n of [1, 2, 5, 16, 40]) {
      for (const { name, a } of catalogue(n, ulp, n > 16 ? 4 : 1)) add(name, n, n, a, ["rank", "eigh"]);
      for (const { name, a } of definite(n, ulp, n > 16 ? 3 : 1)) add(name, n, n, a, ["rank", "cholesky", ...SQUARE]);
    }
    for (const [m, n] of [
      [1, 1],
      [3, 2],
      [5, 8],
      [17, 17],
      [40, 12],
      [12, 40],
      [45, 45],
    ] as const) {
      const ops = m === n ? [...ANY, ...SQUARE] : ANY;
      for (const { name, a } of rectangular(m, n, ulp, m * n > 300 ? 3 : 1)) add(name, m, n, a, ops);
    }
  }
  return cases;
}

describe("linalg beside NumPy and SciPy", function () {
  this.timeout(60000);
  const cases = collect();
  let answers: readonly Answer[] | undefined;

  before(() => {
    const reply = askNumpy(cases);
    if (typeof reply === "string") console.log(`    ${reply}`);
    else answers = reply;
  });

  for (const dtype of ["float64", "float32"] as const) {
    for (const { question, error, condition = () => 1 } of CHECKS) {
      it(`${question} in ${dtype}`, function () {
        if (answers === undefined) this.skip();
        let compared = 0;
        cases.forEach((one, i) => {
          const answer = answers![i];
          const expected = answer[question];
          if (one.dtype !== dtype || expected === undefined) return;
          const [, [full], [above]] = answer.rank!;
          const bound = THRESHOLD * Math.max(one.m, one.n) * one.ulp * condition({ full, above }, expected, dtype);
          if (bound > MEANINGLESS) return;
          const A = tensor([...one.a], { shape: [one.m, one.n], dtype }) as Float;
          const found = error(A, expected);
          assert.ok(found <= bound, `${one.name}: ${found}, bound ${bound}`);
          compared++;
        });
        assert.ok(compared >= FEWEST, `${compared} matrices compared`);
      });
    }
  }
});
