/** The decompositions of `linalg`, one row each: what the property tests and the comparison with NumPy know of them. */
import type { DType } from "../../src/tensor/dtype.js";
import { linalg, tensor, type FloatDType, type Tensor } from "../../src/index.js";
import { laws, randomMatrix, uniform, withSingularValues, withSpectrum } from "../support/generate.js";
import { randomSymmetric } from "../support/matrices.js";

export type Float = Tensor<FloatDType>;
export type Domain = "symmetric" | "definite" | "square" | "any";

export interface Row {
  readonly name: string;
  /** Its name in `linalg`. */
  readonly op: string;
  readonly domain: Domain;
  /** Every output of the op. */
  readonly run: (A: Float) => readonly Tensor<DType>[];
  /** Output i of 2^k·A is 2^(powers[i]·k) times output i of A, to the last bit. */
  readonly powers: (n: number) => readonly number[];
  /** Sizes above this leave the range of float32. */
  readonly largest?: number;
}

type Outputs = Record<string, Tensor<DType>>;
type Options = Record<string, unknown>;

/** The outputs `keys` of the op `name`, or its one output. */
function outputs(name: string, keys: readonly string[] = [], options?: Options): (A: Float) => Tensor<DType>[] {
  const op = (linalg as unknown as Record<string, (A: Float, options?: Options) => unknown>)[name];
  return (A) => {
    const result = op(A, options);
    return keys.length === 0 ? [result as Tensor<DType>] : keys.map((key) => (result as Outputs)[key]);
  };
}

/** `name(A, |A|)`: the right-hand side scales with A, exactly. */
function withRightHandSide(name: string): (A: Float) => Tensor<DType>[] {
  const op = (linalg as unknown as Record<string, (A: Float, B: Float) => Tensor<DType>>)[name];
  return (A) => [op(A, A.abs() as Float)];
}

const row = (name: string, domain: Domain, run: Row["run"], powers: readonly number[]): Row => ({
  ...{ name, op: name.split(" ")[0], domain, run, powers: () => powers },
});

export const ROWS: readonly Row[] = [
  row("eigh", "symmetric", outputs("eigh", ["eigenvalues", "eigenvectors"]), [1, 0]),
  row("eigvalsh", "symmetric", outputs("eigvalsh"), [1]),
  row("svd", "any", outputs("svd", ["U", "S", "Vh"]), [0, 1, 0]),
  row("svd jacobi", "any", outputs("svd", ["U", "S", "Vh"], { method: "jacobi" }), [0, 1, 0]),
  row("svd full", "any", outputs("svd", ["U", "S", "Vh"], { full: true }), [0, 1, 0]),
  row("svdvals", "any", outputs("svdvals"), [1]),
  row("qr", "any", outputs("qr", ["Q", "R"]), [0, 1]),
  row("qr pivoted", "any", outputs("qr", ["Q", "R", "pivots"], { pivot: true }), [0, 1, 0]),
  row("cholesky", "definite", outputs("cholesky"), [0.5]),
  row("lu", "any", outputs("lu", ["L", "U", "pivots"]), [0, 1, 0]),
  row("solve", "square", withRightHandSide("solve"), [0]),
  row("lstsq", "any", withRightHandSide("lstsq"), [0]),
  row("inv", "square", outputs("inv"), [-1]),
  row("pinv", "any", outputs("pinv"), [-1]),
  row("projector", "any", outputs("projector"), [0]),
  { ...row("det", "square", outputs("det"), []), powers: (n) => [n], largest: 8 },
  row("matrixRank", "any", outputs("matrixRank"), [0]),
  row("cond", "square", outputs("cond"), [0]),
];

/** What `linalg` has beside decompositions and what is made of them. */
export const OTHERS =
  "cov expm gaugecheck gram invSqrtm logm norm normalizedAffinity normalizedCuts normalizedCutsEmbedding polar powm slogdet solveTriangular spdDistance spdExp spdGeodesic spdLog spdMean spectralProjector sqrtm sqrtmApprox sqrtmNewtonSchulz svdFunc symFunc whiten".split(
    " ",
  );

/** A random matrix of a domain for a dtype: a law of LAPACK's, a condition, and rounding to the dtype. */
export function sample(domain: Domain, m: number, n: number, dtype: FloatDType, seed: number): Float {
  const next = uniform(seed + 1);
  const pick = (count: number): number => Math.floor(((next() + 1) / 2) * count);
  const strongest = dtype === "float32" ? 10 : 26;
  const limit = domain === "any" || domain === "symmetric" ? 2 * strongest : strongest;
  const condition = 2 ** pick(limit);
  const [, values] = laws(Math.min(m, n), condition, seed)[pick(6)];
  const floor = values.map((x) => Math.max(x, 1 / condition));
  const make = (): Float64Array => {
    if (domain === "definite") return withSpectrum(floor, seed);
    if (domain === "square") return withSingularValues(m, n, floor, seed);
    const plain = pick(3) === 0;
    if (domain === "any") return plain ? randomMatrix(m, n, seed) : withSingularValues(m, n, values, seed);
    const signed = values.map((x) => (next() < 0 ? -x : x));
    return plain ? randomSymmetric(n, seed) : withSpectrum(signed, seed);
  };
  // What rounding left where zeros belong would make products that underflow, and these no scaling keeps exact.
  const a = make();
  const noise = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0) * (dtype === "float32" ? 2 ** -27 : 2 ** -56);
  return tensor(
    a.map((x) => (Math.abs(x) < noise ? 0 : x)),
    { shape: [m, n], dtype },
  ) as Float;
}
