/** Dense row-major products in double, in plain loops: what checks a kernel must not be that kernel. */

export type Numbers = ArrayLike<number>;

const double = (x: Numbers): Float64Array => (x instanceof Float64Array ? x : Float64Array.from(x));

/** A·B of an m×k and a k×n matrix; four rows of B a sweep, so that size 300 takes some twenty milliseconds. */
export function multiply(m: number, k: number, n: number, a: Numbers, b: Numbers): Float64Array {
  const [x, y, c] = [double(a), double(b), new Float64Array(m * n)];
  for (let i = 0; i < m; i++) {
    const row = c.subarray(i * n, i * n + n);
    let p = 0;
    for (; p + 4 <= k; p += 4) {
      const [x0, x1, x2, x3] = [x[i * k + p], x[i * k + p + 1], x[i * k + p + 2], x[i * k + p + 3]];
      const [b0, b1, b2, b3] = [p * n, p * n + n, p * n + 2 * n, p * n + 3 * n];
      for (let j = 0; j < n; j++) row[j] += x0 * y[b0 + j] + x1 * y[b1 + j] + (x2 * y[b2 + j] + x3 * y[b3 + j]);
    }
    for (; p < k; p++) {
      const xp = x[i * k + p];
      for (let j = 0; j < n; j++) row[j] += xp * y[p * n + j];
    }
  }
  return c;
}

/** The n×m transpose of an m×n matrix. */
export function transpose(m: number, n: number, a: Numbers): Float64Array {
  const t = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) t[j * m + i] = a[i * n + j];
  return t;
}

/** The m×n matrix whose columns are those of the m×k matrix A, times `factors`. */
export function scaleColumns(m: number, n: number, a: Numbers, factors: Numbers): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) c[i * n + j] = a[i * n + j] * factors[j];
  return c;
}

/** The largest sum of magnitudes in a column, NaN if any entry is. */
export function norm1(m: number, n: number, a: Numbers): number {
  const sums = new Float64Array(n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) sums[j] += Math.abs(a[i * n + j]);
  return sums.reduce((most, x) => Math.max(most, x), 0);
}

/** The values times 2^−exponent, exactly, the largest magnitude in [1, 2); exponent 0 for a zero matrix. */
export function scaled(a: Numbers): { exponent: number; values: Float64Array } {
  const values = Float64Array.from(a);
  const top = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (top === 0) return { exponent: 0, values };
  let exponent = Math.max(-1074, Math.min(1023, Math.floor(Math.log2(top))));
  if (2 ** exponent > top) exponent--;
  return { exponent, values: values.map((x) => x / 2 ** exponent) };
}
