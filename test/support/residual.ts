/** Residuals as LAPACK's test suite states them: multiples of n·ulp that a sound solver keeps below 30. */

export const THRESHOLD = 30;

export const ulpOf = (dtype: "s" | "d"): number => (dtype === "s" ? 2 ** -23 : 2 ** -52);

type Numbers = ArrayLike<number>;

const norm1 = (rows: number, columns: number, at: (i: number, j: number) => number): number => {
  let largest = 0;
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += Math.abs(at(i, j));
    if (!(sum <= largest)) largest = sum;
  }
  return largest;
};

/** ‖A − Z·diag(w)·Zᵀ‖₁ / (‖A‖₁·n·ulp); of A itself scaled to 1, so that extreme matrices do not overflow here. */
export function decompositionResidual(n: number, a: Numbers, w: Numbers, z: Numbers, ulp: number): number {
  let top = 0;
  for (let i = 0; i < n * n; i++) top = Math.max(top, Math.abs(a[i]));
  if (top === 0) return Math.max(0, ...Array.from({ length: n }, (_, i) => Math.abs(w[i]))) / ulp;
  const difference = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = a[i * n + j] / top;
      for (let k = 0; k < n; k++) sum -= z[i * n + k] * (w[k] / top) * z[j * n + k];
      difference[i * n + j] = sum;
    }
  }
  const scale = norm1(n, n, (i, j) => a[i * n + j] / top);
  return norm1(n, n, (i, j) => difference[i * n + j]) / (scale * n * ulp);
}

/** ‖I − ZᵀZ‖₁ / (rows·ulp) for a rows×columns matrix. */
export function orthogonalityResidual(rows: number, columns: number, z: Numbers, ulp: number): number {
  if (rows === 0 || columns === 0) return 0;
  const gram = new Float64Array(columns * columns);
  for (let k = 0; k < rows; k++) {
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) gram[i * columns + j] += z[k * columns + i] * z[k * columns + j];
    }
  }
  return norm1(columns, columns, (i, j) => gram[i * columns + j] - Number(i === j)) / (rows * ulp);
}

/** max |a − b| / max |b| in ulps. */
export function valueDifference(a: Numbers, b: Numbers, ulp: number): number {
  let worst = 0;
  let top = 0;
  for (let i = 0; i < b.length; i++) {
    const gap = Math.abs(a[i] - b[i]);
    if (!(gap <= worst)) worst = gap;
    top = Math.max(top, Math.abs(b[i]));
  }
  return worst === 0 ? 0 : worst / (top * ulp);
}
