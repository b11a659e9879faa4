/** Decompositions, matrix functions, and what is made of them. */
import type { DType } from "../../../src/tensor/dtype.js";
import { eye, linalg, stack, type Tensor } from "../../../src/index.js";
import { entry, unsigned, type Entry } from "./entry.js";
import {
  affinity,
  anyShape,
  away,
  definite,
  dominant,
  dominated,
  fullRank,
  indefinite,
  make,
  points,
  positive,
  related,
  square,
  type Domain,
  type Float,
} from "./inputs.js";

const any = anyShape(fullRank);
const spd = square(definite);
const pairs = square(definite, dominated);
const symmetric = square(indefinite);
/** A, and a right-hand side with A's rows and two columns. */
const withColumns = (domain: Domain): Domain =>
  related(domain, (shape, dtype) => [make(away, [...shape.slice(0, -1), 2], 5, dtype)]);
/** The same right-hand side for a whole batch. */
const withShared = (domain: Domain): Domain =>
  related(domain, (shape, dtype) => [make(away, [shape[shape.length - 2], 2], 5, dtype)]);
const squares = square(dominant);

const invariantsOf = ({ U, S, Vh }: linalg.Svd<"float64">): Tensor<DType>[] => [unsigned(U), S, unsigned(Vh)];
/** Of pairs of vectors the products keep the sign that the pair shares. */
const pairsOf = ({ U, Vh }: linalg.Svd<"float64">): Tensor<DType> => (U as Float).matmul(Vh as Float);
const valuesAndVectors = (A: Float, options?: object): Tensor<DType>[] => {
  const { eigenvalues, eigenvectors } = linalg.eigh(A, options);
  return [eigenvalues, unsigned(eigenvectors)];
};
/** A ring of five nodes and a chord. */
const RING = { rows: [0, 1, 2, 3, 4, 0], columns: [1, 2, 3, 4, 0, 2] };
const cutsOf = (W: Float | linalg.SparseAffinity): Tensor<DType>[] => {
  const k = Math.min(2, "rows" in W ? W.n : W.shape[W.rank - 1]);
  const { eigenvectors, eigenvalues } = linalg.normalizedCuts(W, { k });
  return [unsigned(eigenvectors), eigenvalues];
};
const half = (x: Float): Float => x.mul(0.5) as Float;
const tanh = { f: Math.tanh, df: (x: number) => 1 - Math.tanh(x) ** 2 };
const ddTanh = (x: number): number => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2);
const parabola = { f: (x: number) => x * x + 1, df: (x: number) => 2 * x, ddf: () => 2 };
const firstColumn = (A: Float): Float => A.slice([...A.shape.slice(0, -1).map(() => null), [0, 1]]) as Float;
/** Far from singular, where approximate roots have converged. */
const shifted = (A: Float): Float => A.add(eye(A.shape[A.rank - 1], { dtype: A.dtype }).mul(3)) as Float;
const converged = { iterations: 20, backward: "lyapunov", backwardIterations: 25 } as const;
const taylor = { method: "mtp", inverse: true, backward: "exact" } as const;
const largest = (r: number) => (A: Float) => linalg.spectralProjector(A, Math.min(r, A.shape[A.rank - 1]));

export const LINALG: readonly Entry[] = [
  entry("gram", (F) => linalg.gram(F, { eps: 0.1 }), any),
  entry(
    "gram, weighted",
    (F, weights) => linalg.gram(F, { weights, eps: 0.1 }),
    related(any, (shape, dtype) => [make(positive, shape.slice(0, -1), 5, dtype)]),
  ),
  entry("cov", (X) => linalg.cov(X), any, { refuses: ["empty"] }),
  entry("cov, unbiased", (X) => linalg.cov(X, { ddof: 1 }), any, { refuses: ["1×1", "empty"] }),
  entry("whiten", (X) => linalg.whiten(X, { eps: 0.1 }), any, { refuses: ["empty"] }),
  entry("whiten, by Cholesky", (X) => linalg.whiten(X, { eps: 0.1, method: "cholesky" }), any, { refuses: ["empty"] }),
  entry("whiten, to principal components", (X) => unsigned(linalg.whiten(X, { eps: 0.1, method: "pca" })), any, {
    refuses: ["wide", "batched", "empty"],
  }),

  entry("eigh", (A) => valuesAndVectors(A), symmetric),
  entry(
    "eigh, a part of the spectrum",
    (A) => valuesAndVectors(A, { subset: [0, Math.min(2, A.shape.at(-1))] }),
    symmetric,
  ),
  entry("eigh, generalised", (A, B) => valuesAndVectors(A, { B }), square(indefinite, definite)),
  entry("eigvalsh", linalg.eigvalsh, symmetric),
  entry("svd", (A) => invariantsOf(linalg.svd(A)), any),
  entry("svd, pairs of vectors", (A) => pairsOf(linalg.svd(A)), any),
  entry("svd, by Jacobi", (A) => invariantsOf(linalg.svd(A, { method: "jacobi" })), any),
  entry("svdvals", linalg.svdvals, any),

  entry("qr", (A) => [linalg.qr(A).Q, linalg.qr(A).R], any),
  entry("qr, pivoted", (A) => [linalg.qr(A, { pivot: true }).Q, linalg.qr(A, { pivot: true }).R], any),
  entry("lu", (A) => [linalg.lu(A).L, linalg.lu(A).U], any),
  entry("cholesky", (A) => linalg.cholesky(A), spd),
  entry("cholesky, upper", (A) => linalg.cholesky(A, { lower: false }), spd),

  entry("solve", linalg.solve, withColumns(squares)),
  entry("solve, one right-hand side for all", linalg.solve, withShared(squares)),
  entry(
    "solve, of a vector",
    linalg.solve,
    related(squares, (s, d) => [make(away, s.slice(0, -1), 5, d)]),
  ),
  entry("solveTriangular", (T, B) => linalg.solveTriangular(T, B), withColumns(squares)),
  entry(
    "solveTriangular, upper, transposed, unit",
    (T, B) => linalg.solveTriangular(half(T), B, { lower: false, transpose: true, unit: true }),
    withShared(squares),
  ),
  entry("inv", linalg.inv, squares),
  entry("pinv", (A) => linalg.pinv(A), any),
  entry("projector", (A) => linalg.projector(firstColumn(A)), any),
  entry("lstsq", (A, B) => linalg.lstsq(A, B), withColumns(any)),
  entry("det", linalg.det, squares),
  entry("slogdet", (A) => linalg.slogdet(A).logabsdet, squares),
  entry("norm", (A) => linalg.norm(A), any),
  entry("norm, spectral", (A) => linalg.norm(A, 2), any),
  entry("norm, nuclear", (A) => linalg.norm(A, "nuc"), any),
  entry("cond", (A) => linalg.cond(A), any),
  entry("cond, Frobenius", (A) => linalg.cond(A, "fro"), squares),

  entry("normalizedAffinity", (W) => linalg.normalizedAffinity(W), square(positive), { refuses: ["empty"] }),
  entry("normalizedCuts", (W) => cutsOf(W), square(positive), { refuses: ["empty"] }),
  entry(
    "normalizedCuts, of a sparse graph",
    (values) => cutsOf({ n: 5, ...RING, values: values.reshape(6) }),
    points({
      square: (dtype) => [[make(positive, [6], 1, dtype)]],
      batched: (dtype) => [[make(positive, [2, 3], 1, dtype)]],
    }),
    { secondRefusedBy: "normalizedCuts" },
  ),
  entry(
    "normalizedCutsEmbedding",
    (F, l) => {
      const k = Math.min(2, l.size);
      const { eigenvalues, eigenvectors } = linalg.normalizedCutsEmbedding(F, l, { k, eigenvalues: true });
      return [eigenvalues, unsigned(eigenvectors)];
    },
    affinity,
    { secondRefusedBy: "normalizedCutsEmbedding" },
  ),
  entry("spdDistance", (A, B) => linalg.spdDistance(A, B), pairs),
  entry("spdDistance, squared", (A, B) => linalg.spdDistance(A, B, { squared: true }), pairs),
  entry("spdDistance, log-Euclidean", (A, B) => linalg.spdDistance(A, B, { metric: "logEuclidean" }), pairs),
  entry("spdLog", linalg.spdLog, pairs),
  entry("spdExp", linalg.spdExp, square(definite, indefinite)),
  entry("spdGeodesic", (A, B) => linalg.spdGeodesic(A, B, 0.3), pairs),
  entry("spdGeodesic, log-Euclidean", (A, B) => linalg.spdGeodesic(A, B, 0.3, { metric: "logEuclidean" }), pairs),
  entry("spdMean", (A, B) => linalg.spdMean(stack([A, B], -3) as Float), pairs, { secondRefusedBy: "spdMean" }),
  entry(
    "spdMean, log-Euclidean",
    (A, B) => linalg.spdMean(stack([A, B], -3) as Float, { metric: "logEuclidean" }),
    pairs,
  ),

  entry("logm", linalg.logm, spd),
  entry("expm", (A) => linalg.expm(half(A)), symmetric),
  entry("sqrtm", linalg.sqrtm, spd),
  entry("invSqrtm", linalg.invSqrtm, spd),
  entry("powm", (A) => linalg.powm(A, 0.3), spd),
  entry("powm, integer", (A) => linalg.powm(half(A), 3), symmetric),
  entry("symFunc", (A) => linalg.symFunc(A, { ...tanh, ddf: ddTanh }), symmetric),
  entry("symFunc, without ddf", (A) => linalg.symFunc(A, tanh), symmetric, { secondRefusedBy: "symFunc" }),
  entry("spectralProjector", largest(2), symmetric),
  entry("sqrtmNewtonSchulz", (A) => linalg.sqrtmNewtonSchulz(A), spd),
  entry("sqrtmNewtonSchulz, inverse", (A) => linalg.sqrtmNewtonSchulz(A, { inverse: true, norm: "fro" }), spd),
  entry("sqrtmNewtonSchulz, by Lyapunov's equation", (A) => linalg.sqrtmNewtonSchulz(A, converged), spd, {
    secondRefusedBy: "sqrtmNewtonSchulz",
  }),
  entry("sqrtmApprox", (A) => linalg.sqrtmApprox(shifted(A), { degree: 8, backwardIterations: 25 }), spd, {
    secondRefusedBy: "sqrtmApprox",
  }),
  entry("sqrtmApprox, exact", (A) => linalg.sqrtmApprox(A, { backward: "exact" }), spd),
  entry("sqrtmApprox, Taylor, inverse", (A) => linalg.sqrtmApprox(A, taylor), spd),
  entry("svdFunc", (A) => linalg.svdFunc(A, { ...tanh, ddf: ddTanh }), any),
  entry("svdFunc, not 0 at 0", (A) => linalg.svdFunc(A, parabola), any),
  entry("svdFunc, without ddf", (A) => linalg.svdFunc(A, tanh), any, { secondRefusedBy: "svdFunc" }),
  entry("polar", linalg.polar, any),
];
