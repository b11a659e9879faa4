/** The catalogue of symmetric test matrices: the spectra of LAPACK's own test suite and the classic hard cases. */

export interface TestMatrix {
  readonly name: string;
  readonly n: number;
  /** Row-major, symmetric to the last bit. */
  readonly a: Float64Array;
}

/** A small deterministic generator, uniform in [−1, 1). */
export function uniform(seed: number): () => number {
  let state = (seed * 2654435761 + 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1;
  };
}

export function randomSymmetric(n: number, seed: number): Float64Array {
  const random = uniform(seed);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = random();
  return a;
}

/** Q·diag(λ)·Qᵀ with Q a product of n random reflectors, symmetric to the last bit. */
export function withSpectrum(lambda: ArrayLike<number>, seed: number): Float64Array {
  const n = lambda.length;
  const random = uniform(seed);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) a[i * n + i] = lambda[i];
  for (let k = 0; k < n; k++) {
    const v = Float64Array.from({ length: n }, () => random());
    let square = 0;
    for (const x of v) square += x * x;
    const p = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) p[i] += a[i * n + j] * v[j];
    let vp = 0;
    for (let i = 0; i < n; i++) vp += v[i] * p[i];
    const w = p.map((x, i) => (2 / square) * (x - (vp / square) * v[i]));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = a[i * n + j] - v[i] * w[j] - w[i] * v[j];
    }
  }
  return a;
}

export function tridiagonal(d: ArrayLike<number>, e: ArrayLike<number>): Float64Array {
  const n = d.length;
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) a[i * n + i] = d[i];
  for (let i = 0; i + 1 < n; i++) a[i * n + i + 1] = a[(i + 1) * n + i] = e[i];
  return a;
}

function fromEntries(n: number, entry: (i: number, j: number) => number): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = entry(i, j);
  return a;
}

const range = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));

/** `copies` of Wilkinson's W21+, joined by `glue`. */
function gluedWilkinson(copies: number, glue: number): Float64Array {
  const d = range(21 * copies, (i) => Math.abs((i % 21) - 10));
  const e = range(21 * copies - 1, (i) => (i % 21 === 20 ? glue : 1));
  return tridiagonal(d, e);
}

/**
 * Eigenvalue laws with condition 1/ulp, with and without random signs, and the scales at which solvers over- and
 * underflow.
 */
function spectra(n: number, ulp: number, smallest: number, largest: number): TestMatrix[] {
  const random = uniform(n);
  const t = (i: number) => (n > 1 ? i / (n - 1) : 0);
  const laws: [string, (i: number) => number][] = [
    ["evenly spaced", (i) => 1 - t(i) * (1 - ulp)],
    ["geometric", (i) => 2 ** (Math.log2(ulp) * t(i))],
    ["clustered at ulp", (i) => (i === 0 ? 1 : ulp)],
    ["clustered at 1", (i) => (i === n - 1 ? ulp : 1)],
    ["log-uniform", () => 2 ** ((Math.log2(ulp) / 2) * (random() + 1))],
    ["pairs", (i) => 1 + (i >> 1)],
  ];
  const found: TestMatrix[] = [];
  for (const [name, law] of laws) {
    const lambda = range(n, law);
    found.push({ name: `${name} n=${n}`, n, a: withSpectrum(lambda, n) });
    const signed = lambda.map((x) => (random() < 0 ? -x : x));
    found.push({ name: `${name}, signs, n=${n}`, n, a: withSpectrum(signed, n + 1) });
  }
  const even = withSpectrum(
    range(n, (i) => 1 - t(i) * (1 - ulp)),
    n + 2,
  );
  found.push({ name: `near overflow n=${n}`, n, a: even.map((x) => x * largest) });
  found.push({ name: `near underflow n=${n}`, n, a: even.map((x) => x * smallest) });
  return found;
}

/** Every type at size n for a format with this `ulp` (spacing at 1), and safe extreme scales. */
export function catalogue(n: number, ulp: number): TestMatrix[] {
  const single = ulp > 1e-10;
  const [smallest, largest] = single ? [2 ** -120, 2 ** 120] : [2 ** -1000, 2 ** 1015];
  const random = randomSymmetric(n, n);
  const found: TestMatrix[] = [
    { name: `zero n=${n}`, n, a: new Float64Array(n * n) },
    { name: `identity n=${n}`, n, a: fromEntries(n, (i, j) => Number(i === j)) },
    { name: `random n=${n}`, n, a: random },
    { name: `random diagonal n=${n}`, n, a: fromEntries(n, (i, j) => (i === j ? random[i * n + i] : 0)) },
    ...spectra(n, ulp, smallest, largest),
    { name: `graded down n=${n}`, n, a: fromEntries(n, (i, j) => random[i * n + j] * 2 ** (-i - j)) },
    { name: `graded up n=${n}`, n, a: fromEntries(n, (i, j) => random[i * n + j] * 2 ** (i + j - 2 * n)) },
    {
      name: `(1,2,1) n=${n}`,
      n,
      a: tridiagonal(
        range(n, () => 2),
        range(n - 1, () => 1),
      ),
    },
    {
      name: `Clement n=${n}`,
      n,
      a: tridiagonal(
        range(n, () => 0),
        range(n - 1, (i) => Math.sqrt((i + 1) * (n - 1 - i))),
      ),
    },
    {
      name: `Wilkinson n=${n}`,
      n,
      a: tridiagonal(
        range(n, (i) => Math.abs(i - (n - 1) / 2)),
        range(n - 1, () => 1),
      ),
    },
    { name: `Hilbert n=${n}`, n, a: fromEntries(n, (i, j) => 1 / (i + j + 1)) },
    { name: `rank one n=${n}`, n, a: fromEntries(n, () => 1) },
    { name: `blocks n=${n}`, n, a: fromEntries(n, (i, j) => (i % 3 === j % 3 ? random[i * n + j] : 0)) },
    { name: `tiny coupling n=${n}`, n, a: fromEntries(n, (i, j) => (i === j ? 1 : random[i * n + j] * ulp)) },
    { name: `arrow n=${n}`, n, a: fromEntries(n, (i, j) => (i === j ? i : j === 0 ? 1 : 0)) },
  ];
  if (n === 63) {
    found.push({ name: "glued Wilkinson 1e-3", n, a: gluedWilkinson(3, 1e-3) });
    found.push({ name: "glued Wilkinson √ulp", n, a: gluedWilkinson(3, Math.sqrt(ulp)) });
  }
  return found;
}
