/** The catalogues of rectangular and of positive definite test matrices, for SVD, QR, LU, Cholesky and least squares. */
import {
  entries,
  laws,
  randomMatrix,
  range,
  sampled,
  symmetricEntries,
  withSingularValues,
  withSpectrum,
  type Kind,
} from "./generate.js";
import { multiply } from "./dense.js";
import { extremes, kahan, lauchli, type TestMatrix } from "./matrices.js";

export interface RectangularMatrix {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  /** Row-major. */
  readonly a: Float64Array;
}

/** Tall, square and wide shapes of every size, the large ones few: empty, single, about the widths and blocks of kernels. */
export const SHAPES: readonly (readonly [m: number, n: number])[] = [
  ...([0, 1, 2, 3, 5, 8, 16, 17, 31, 32, 33, 64, 65, 100, 129, 200, 300] as const).map((n) => [n, n] as const),
  ...([
    [0, 3],
    [4, 0],
    [1, 5],
    [7, 1],
    [3, 2],
    [5, 17],
    [17, 5],
    [33, 16],
    [31, 65],
    [100, 32],
    [63, 129],
    [300, 17],
    [200, 64],
    [64, 300],
    [300, 129],
  ] as const),
];

/** dlatms's six laws with moderate and extreme condition, and the scales at which solvers over- and underflow. */
function spectra(m: number, n: number, ulp: number): Kind[] {
  const k = Math.min(m, n);
  const kinds: Kind[] = [];
  for (const [condition, text] of [
    [2, "2"],
    [1 / Math.sqrt(ulp), "1/√ulp"],
    [0.1 / ulp, "0.1/ulp"],
  ] as const) {
    for (const [name, s] of laws(k, condition, m + n)) {
      kinds.push({ name: `${name}, condition ${text}`, make: () => withSingularValues(m, n, s, m) });
    }
  }
  const { smallest, largest } = extremes(ulp);
  const even = range(k, (i) => 1 - i / (k + 1));
  for (const [where, scale] of [
    ["near overflow", largest],
    ["near underflow", smallest],
  ] as const) {
    kinds.push({ name: where, make: () => withSingularValues(m, n, even, m + 2).map((x) => x * scale) });
  }
  return kinds;
}

/** Matrices given by their entries. */
function classics(m: number, n: number, ulp: number): Kind[] {
  const k = Math.min(m, n);
  const random = randomMatrix(m, n, m + n);
  const by = (name: string, entry: (i: number, j: number) => number): Kind => ({
    name,
    make: () => entries(m, n, entry),
  });
  const rank = Math.max(1, k >> 1);
  return [
    by("zero", () => 0),
    by("identity", (i, j) => Number(i === j)),
    by("random", (i, j) => random[i * n + j]),
    by("upper triangular", (i, j) => (i <= j ? random[i * n + j] : 0)),
    by("upper bidiagonal", (i, j) => (j === i || j === i + 1 ? 1 : 0)),
    by("Hilbert", (i, j) => 1 / (i + j + 1)),
    { name: "Kahan", make: () => kahan(m, n) },
    { name: "Läuchli", make: () => lauchli(m, n, Math.sqrt(ulp)) },
    by("Vandermonde", (i, j) => (m > 1 ? i / (m - 1) : 1) ** Math.min(j, 40)),
    by("graded rows", (i, j) => random[i * n + j] * 2 ** Math.max(-i, -60)),
    by("graded columns", (i, j) => random[i * n + j] * 2 ** Math.max(-j, -60)),
    by("graded up", (i, j) => random[i * n + j] * 2 ** Math.max(i + j - m - n, -60)),
    {
      name: "rank deficient",
      make: () => multiply(m, rank, n, randomMatrix(m, rank, m), randomMatrix(rank, n, n)),
    },
    by("equal columns", (i, j) => random[i * n + (j >> 1)]),
    by("zero column and row", (i, j) => (i === m >> 1 || j === n >> 1 ? 0 : random[i * n + j])),
    by("rank one", (i, j) => (i + 1) * (j - 1)),
    by("signs", (i, j) => (random[i * n + j] < 0 ? -1 : 1)),
  ];
}

/** The kinds at m×n for a format with this `ulp` (spacing at 1); see {@link sampled} for `every`. */
export function rectangular(m: number, n: number, ulp: number, every?: number): RectangularMatrix[] {
  const kinds = sampled([...classics(m, n, ulp), ...spectra(m, n, ulp)], Math.max(m, n), m + 2 * n, every);
  return kinds.map(({ name, make }) => ({ name: `${name} ${m}×${n}`, m, n, a: make() }));
}

/** Symmetric matrices that stay positive definite when rounded to the format. */
export function definite(n: number, ulp: number, every?: number): TestMatrix[] {
  const { smallest, largest } = extremes(ulp);
  const random = randomMatrix(n, n, n);
  const safe = 0.01 / (Math.max(n, 1) * ulp);
  const kinds: Kind[] = [
    { name: "identity", make: () => symmetricEntries(n, (i, j) => Number(i === j)) },
    { name: "(−1,2,−1)", make: () => symmetricEntries(n, (i, j) => (i === j ? 2 : i === j + 1 ? -1 : 0)) },
    { name: "min(i, j)", make: () => symmetricEntries(n, (i, j) => Math.min(i, j) + 1) },
    { name: "Lehmer", make: () => symmetricEntries(n, (i, j) => (j + 1) / (i + 1)) },
    { name: "dominant", make: () => symmetricEntries(n, (i, j) => random[i * n + j] + (i === j ? n : 0)) },
    {
      name: "graded",
      make: () =>
        symmetricEntries(
          n,
          (i, j) => (i === j ? n + 1 : random[i * n + j]) * 2 ** (Math.max(-i, -50) + Math.max(-j, -50)),
        ),
    },
  ];
  for (const condition of [2, Math.sqrt(safe), safe]) {
    for (const [name, s] of laws(n, condition, n)) {
      const floor = s.map((x) => Math.max(x, 1 / condition));
      kinds.push({ name: `${name}, condition ${condition.toPrecision(2)}`, make: () => withSpectrum(floor, n) });
    }
  }
  const even = range(n, (i) => 1 - i / (n + 1));
  for (const [where, scale] of [
    ["near overflow", largest],
    ["near underflow", smallest],
  ] as const) {
    kinds.push({ name: where, make: () => withSpectrum(even, n + 2).map((x) => x * scale) });
  }
  return sampled(kinds, n, n, every).map(({ name, make }) => ({ name: `definite: ${name} n=${n}`, n, a: make() }));
}
