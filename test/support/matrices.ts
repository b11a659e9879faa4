/** The catalogue of symmetric test matrices: the spectra of LAPACK's own test suite and the classic hard cases. */
import { entries, laws, range, sampled, symmetricEntries, uniform, withSpectrum, type Kind } from "./generate.js";
import { multiply, transpose } from "./dense.js";

export { uniform, withSpectrum } from "./generate.js";

export interface TestMatrix {
  readonly name: string;
  readonly n: number;
  /** Row-major, symmetric to the last bit. */
  readonly a: Float64Array;
}

export function randomSymmetric(n: number, seed: number): Float64Array {
  const random = uniform(seed);
  return symmetricEntries(n, () => random());
}

export function tridiagonal(d: ArrayLike<number>, e: ArrayLike<number>): Float64Array {
  const n = d.length;
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) a[i * n + i] = d[i];
  for (let i = 0; i + 1 < n; i++) a[i * n + i + 1] = a[(i + 1) * n + i] = e[i];
  return a;
}

/** The extreme powers of two at which a matrix and a few sums of it are still finite and normal. */
export const extremes = (ulp: number): { smallest: number; largest: number } =>
  ulp > 1e-10 ? { smallest: 2 ** -120, largest: 2 ** 120 } : { smallest: 2 ** -1000, largest: 2 ** 1015 };

/** Copies of Wilkinson's W21+ joined by `glue`, cut off at size n. */
function gluedWilkinson(n: number, glue: number): Float64Array {
  const d = range(n, (i) => Math.abs((i % 21) - 10));
  return tridiagonal(
    d,
    range(n - 1, (i) => (i % 21 === 20 ? glue : 1)),
  );
}

/**
 * Kahan's upper triangular matrix, whose smallest singular value no diagonal entry shows; its angle turns with the size,
 * so that the inverse stays within the range of float32.
 */
export function kahan(m: number, n: number): Float64Array {
  const cosine = Math.min(0.36, 12 / Math.max(m, n));
  const sine = Math.sqrt(1 - cosine * cosine);
  return entries(m, n, (i, j) => (i > j ? 0 : sine ** i * (i === j ? 1 : -cosine)));
}

/** A row of ones above µ·I: AᵀA loses the µ². */
export const lauchli = (m: number, n: number, mu: number): Float64Array =>
  entries(m, n, (i, j) => (i === 0 ? 1 : i === j + 1 ? mu : 0));

/** Spectra with condition 1/ulp, as diagonal and as dense matrices, with and without random signs, at every scale. */
function spectra(n: number, ulp: number): Kind[] {
  const random = uniform(n);
  const kinds: Kind[] = [];
  const values: [string, number[]][] = [...laws(n, 1 / ulp, n), ["pairs", range(n, (i) => 1 + (i >> 1))]];
  for (const [name, lambda] of values) {
    const signed = lambda.map((x) => (random() < 0 ? -x : x));
    kinds.push({ name, make: () => withSpectrum(lambda, n) });
    kinds.push({ name: `${name}, signs`, make: () => withSpectrum(signed, n + 1) });
    kinds.push({ name: `${name}, diagonal`, make: () => symmetricEntries(n, (i, j) => (i === j ? signed[i] : 0)) });
  }
  const { smallest, largest } = extremes(ulp);
  const even = range(n, (i) => (n > 1 ? 1 - (i / (n - 1)) * (1 - ulp) : 1));
  for (const [where, scale] of [
    ["near overflow", largest],
    ["near underflow", smallest],
    ["at √overflow", Math.sqrt(largest)],
    ["at √underflow", Math.sqrt(smallest)],
  ] as const) {
    kinds.push({ name: `even, ${where}`, make: () => withSpectrum(even, n + 2).map((x) => x * scale) });
    kinds.push({ name: `random, ${where}`, make: () => randomSymmetric(n, n + 3).map((x) => x * scale) });
  }
  return kinds;
}

/** Matrices given by their entries. */
function classics(n: number, ulp: number): Kind[] {
  const random = randomSymmetric(n, n);
  const gram = (m: number, b: Float64Array): Float64Array => {
    const c = multiply(n, m, n, transpose(m, n, b), b);
    return symmetricEntries(n, (i, j) => c[i * n + j]);
  };
  const by = (name: string, entry: (i: number, j: number) => number): Kind => ({
    name,
    make: () => symmetricEntries(n, entry),
  });
  const along = (name: string, d: (i: number) => number, e: (i: number) => number): Kind => ({
    name,
    make: () => tridiagonal(range(n, d), range(n - 1, e)),
  });
  const k = kahan(n, n);
  return [
    by("zero", () => 0),
    by("identity", (i, j) => Number(i === j)),
    by("random", (i, j) => random[i * n + j]),
    by("random diagonal", (i, j) => (i === j ? random[i * n + i] : 0)),
    by("diagonally dominant", (i, j) => random[i * n + j] + (i === j ? n : 0)),
    by("graded down", (i, j) => random[i * n + j] * 2 ** (-i - j)),
    by("graded up", (i, j) => random[i * n + j] * 2 ** (i + j - 2 * n)),
    along(
      "(1,2,1)",
      () => 2,
      () => 1,
    ),
    along(
      "Clement",
      () => 0,
      (i) => Math.sqrt((i + 1) * (n - 1 - i)),
    ),
    along(
      "Wilkinson",
      (i) => Math.abs(i - (n - 1) / 2),
      () => 1,
    ),
    { name: "glued Wilkinson 1e-3", make: () => gluedWilkinson(n, 1e-3) },
    { name: "glued Wilkinson √ulp", make: () => gluedWilkinson(n, Math.sqrt(ulp)) },
    by("Hilbert", (i, j) => 1 / (i + j + 1)),
    by("rank one", () => 1),
    by("blocks", (i, j) => (i % 3 === j % 3 ? random[i * n + j] : 0)),
    by("tiny coupling", (i, j) => (i === j ? 1 : random[i * n + j] * ulp)),
    by("arrow", (i, j) => (i === j ? i : j === 0 ? 1 : 0)),
    { name: "Läuchli Gram", make: () => gram(n + 1, lauchli(n + 1, n, Math.sqrt(ulp))) },
    { name: "Kahan, symmetrised", make: () => symmetricEntries(n, (i, j) => k[i * n + j] + k[j * n + i]) },
    { name: "Kahan Gram", make: () => gram(n, k) },
  ];
}

/** The kinds at size n for a format with this `ulp` (spacing at 1); see {@link sampled} for `every`. */
export function catalogue(n: number, ulp: number, every?: number): TestMatrix[] {
  const kinds = sampled([...classics(n, ulp), ...spectra(n, ulp)], n, n, every);
  return kinds.map(({ name, make }) => ({ name: `${name} n=${n}`, n, a: make() }));
}
