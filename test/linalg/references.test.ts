/**
 * Values and gradients where eigenvalues meet, against the references of tools/degenerate-references.py. Errors are judged in
 * units of n·ulp·(cond + ‖reference‖), cond as that script states it; gradients of raw vectors in units of n·ulp·‖A‖/gap of
 * themselves, and a `DegenerateError` will do for them.
 */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import { DegenerateError, grad, initSync, linalg, nn, tensor, type Tensor } from "../../src/index.js";
import { distance } from "../support/golden.js";
import { readText } from "../support/host.js";
import { ulpOf } from "../support/residual.js";
import type { Dtype, Float } from "../nn/support.js";

interface Result {
  readonly kind: "function" | "projector" | "values" | "vectors" | "singular vectors" | "gram";
  readonly f?: string;
  readonly r?: number;
  readonly value?: number[];
  readonly gradient?: number[];
  readonly condValue?: number;
  readonly condGradient?: number;
  readonly gap?: number;
}

interface Case {
  readonly dtype: Dtype;
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly A: number[];
  readonly G: number[];
  readonly GV?: number[];
  readonly eps?: number;
  readonly results: readonly Result[];
}

const CASES: readonly Case[] = JSON.parse(readText("test/fixtures/degenerate.json"));
const THRESHOLD = 8;

const FUNCTIONS: Record<string, (A: Float) => Tensor<DType>> = {
  log: linalg.logm,
  exp: linalg.expm,
  sqrt: linalg.sqrtm,
  invsqrt: linalg.invSqrtm,
};
const JS_FUNCTIONS: Record<string, linalg.SymFuncOptions> = {
  log: { f: Math.log, df: (x) => 1 / x },
  exp: { f: Math.exp, df: Math.exp },
  sqrt: { f: Math.sqrt, df: (x) => 0.5 / Math.sqrt(x) },
  invsqrt: { f: (x) => 1 / Math.sqrt(x), df: (x) => -0.5 / (x * Math.sqrt(x)) },
};

const size = (values: readonly number[]): number => distance(values, new Float64Array(values.length));
const roundoff = ({ dtype, m, n }: Case): number => Math.max(m, n) * ulpOf(dtype === "float32" ? "s" : "d");

function within(what: string, one: Case, actual: ArrayLike<number>, expected: number[], cond: number): void {
  const bound = THRESHOLD * roundoff(one) * (cond + size(expected));
  const error = distance(actual, expected);
  assert.ok(error <= bound, `${what}: ‖error‖ = ${error}, bound ${bound}`);
}

const matrix = (values: number[], shape: number[], dtype: Dtype): Float => tensor(values, { shape, dtype }) as Float;

/** The value of `f` and the gradient of ⟨G, f⟩. */
function checkBoth(what: string, one: Case, result: Result, f: (x: Float) => Tensor<DType>): void {
  const [A, G] = [matrix(one.A, [one.m, one.n], one.dtype), matrix(one.G, [one.n, one.n], one.dtype)];
  within(what, one, f(A).data(), result.value!, result.condValue!);
  const g = grad((x) => (f(x as Float) as Float).mul(G).sum())(A);
  within(`${what}, gradient`, one, g.data(), result.gradient!, result.condGradient!);
}

/** The squares of the vectors, and the gradient of ⟨G, squares⟩. */
function checkVectors(what: string, one: Case, { value, gradient, gap }: Result): void {
  const { dtype, m, n, G, GV } = one;
  const A = matrix(one.A, [m, n], dtype);
  const squares = (x: Float): Float[] => {
    if (GV === undefined) return [linalg.eigh(x).eigenvectors.square()];
    const { U, Vh } = linalg.svd(x);
    return [U.square(), Vh.mT.square()];
  };
  const found = squares(A).flatMap((x) => [...x.data()]);
  within(what, one, found, value!, size(one.A) / gap!);
  const weights = [matrix(G, [m, n], dtype), ...(GV ? [matrix(GV, [n, n], dtype)] : [])];
  const loss = (x: Tensor<DType>): Tensor<DType> =>
    squares(x as Float)
      .map((y, i) => y.mul(weights[i]!).sum())
      .reduce((s, t) => s.add(t));
  const closed = 16 * roundoff(one) * size(one.A);
  let g: Tensor<DType>;
  try {
    g = grad(loss)(A);
  } catch (error) {
    assert.ok(error instanceof DegenerateError && gap! <= closed, `${what}: gap ${gap}, ${String(error)}`);
    return;
  }
  within(`${what}, gradient`, one, g.data(), gradient!, (size(one.A) / gap!) * size(gradient!));
}

const CHECKS: Record<Result["kind"], (what: string, one: Case, result: Result) => void> = {
  function: (what, one, result) => {
    checkBoth(what, one, result, FUNCTIONS[result.f!]!);
    checkBoth(`${what} in JavaScript`, one, result, (x) => linalg.symFunc(x, JS_FUNCTIONS[result.f!]!));
  },
  projector: (what, one, result) => checkBoth(what, one, result, (x) => linalg.spectralProjector(x, result.r!)),
  values: (what, one, result) => {
    const A = matrix(one.A, [one.n, one.n], one.dtype);
    within(what, one, linalg.eigvalsh(A).data(), result.value!, size(one.A));
    // Σλ² = ‖A‖², whose gradient is 2A.
    const twice = one.A.map((x) => 2 * x);
    for (const values of [linalg.eigvalsh, (x: Float) => linalg.eigh(x).eigenvalues]) {
      const g = grad((x) =>
        values(x as Float)
          .square()
          .sum(),
      )(A);
      within(`${what}, gradient`, one, g.data(), twice, size(twice));
    }
  },
  vectors: checkVectors,
  "singular vectors": checkVectors,
  gram: (what, one, result) => {
    const { eps } = one;
    checkBoth(what, one, result, (x) => linalg.logm(linalg.gram(x, { eps })));
    for (const route of ["gram", "svd"] as const) {
      const options = { eps, route, reduction: "sum", precision: one.dtype, vectorize: false } as const;
      checkBoth(`${what} by the ${route} route`, one, result, (x) => {
        return nn.functional.secondOrderPooling(x.unsqueeze(0) as Float, options).squeeze(0);
      });
    }
  },
};

describe("against references to 50 digits", () => {
  before(() => initSync());

  for (const one of CASES) {
    it(`${one.name}, ${one.dtype}`, () => {
      for (const result of one.results) {
        CHECKS[result.kind](`${one.name}, ${result.kind} ${result.f ?? ""}`, one, result);
      }
    });
  }
});
