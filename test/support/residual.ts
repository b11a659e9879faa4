/** Residuals as LAPACK's test suite states them: multiples of n·ulp that a sound solver keeps below 30. */
import { multiply, norm1, scaleColumns, scaled, transpose, type Numbers } from "./dense.js";

export const THRESHOLD = 30;

export const ulpOf = (dtype: "s" | "d"): number => (dtype === "s" ? 2 ** -23 : 2 ** -52);

/** ‖difference‖₁ / (size·norm·n·ulp); 0 for 0/0, so that a zero matrix must be met exactly. */
function ratio(difference: number, norm: number, n: number, ulp: number): number {
  return difference === 0 ? 0 : difference / (norm * Math.max(n, 1) * ulp);
}

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => x - b[i]);

/** ‖A − B·C‖₁ / (‖A‖₁·max(m, n)·ulp) of an m×n matrix; everything scaled to 1, so that extreme matrices do not overflow. */
function productResidual(m: number, k: number, n: number, a: Numbers, b: Numbers, c: Numbers, ulp: number): number {
  const [sa, sb, sc] = [scaled(a), scaled(b), scaled(c)];
  const rest = 2 ** (sb.exponent + sc.exponent - sa.exponent);
  const product = multiply(m, k, n, sb.values, sc.values).map((x) => x * rest);
  return ratio(norm1(m, n, minus(sa.values, product)), norm1(m, n, sa.values), Math.max(m, n), ulp);
}

/** ‖A − Z·diag(w)·Zᵀ‖₁ / (‖A‖₁·n·ulp). */
export function decompositionResidual(n: number, a: Numbers, w: Numbers, z: Numbers, ulp: number): number {
  const { exponent, values } = scaled(a);
  const small = Float64Array.from(w, (x) => x / 2 ** exponent);
  const product = multiply(n, n, n, scaleColumns(n, n, z, small), transpose(n, n, z));
  return ratio(norm1(n, n, minus(values, product)), norm1(n, n, values), n, ulp);
}

/** ‖A·Z − Z·diag(w)‖₁ / (‖A‖₁·n·ulp) for some eigenpairs: w has k values and Z, n×k, their vectors. */
export function pairsResidual(n: number, k: number, a: Numbers, w: Numbers, z: Numbers, ulp: number): number {
  const { exponent, values } = scaled(a);
  const small = Float64Array.from(w, (x) => x / 2 ** exponent);
  const difference = minus(multiply(n, n, k, values, z), scaleColumns(n, k, z, small));
  return ratio(norm1(n, k, difference), norm1(n, n, values), n, ulp);
}

/** ‖I − ZᵀZ‖₁ / (rows·ulp) for a rows×columns matrix. */
export function orthogonalityResidual(rows: number, columns: number, z: Numbers, ulp: number): number {
  if (rows === 0 || columns === 0) return 0;
  const gram = multiply(columns, rows, columns, transpose(rows, columns, z), z);
  for (let i = 0; i < columns; i++) gram[i * columns + i] -= 1;
  return norm1(columns, columns, gram) / (rows * ulp);
}

/** The same for the rows of a rows×columns matrix, as Vᵀ has them. */
export const rowOrthogonalityResidual = (rows: number, columns: number, vt: Numbers, ulp: number): number =>
  orthogonalityResidual(columns, rows, transpose(rows, columns, vt), ulp);

/** The thin A = U·diag(s)·Vᵀ of an m×n matrix, k = min(m, n): decomposition, both orthogonalities, and s ≥ 0 descending. */
export function svdResiduals(m: number, n: number, a: Numbers, u: Numbers, s: Numbers, vt: Numbers, ulp: number) {
  const k = Math.min(m, n);
  const { exponent, values } = scaled(a);
  const small = Float64Array.from(s, (x) => x / 2 ** exponent);
  const product = multiply(m, k, n, scaleColumns(m, k, u, small), vt);
  const descending = Array.from(s).every((x, i) => x >= 0 && (i === 0 || s[i - 1] >= x));
  return {
    decomposition: ratio(norm1(m, n, minus(values, product)), norm1(m, n, values), Math.max(m, n), ulp),
    left: orthogonalityResidual(m, k, u, ulp),
    right: rowOrthogonalityResidual(k, n, vt, ulp),
    order: descending ? 0 : Infinity,
  };
}

/**
 * The thin A·P = Q·R of an m×n matrix, Q m×k and R k×n, k = min(m, n): decomposition, orthogonality, and R upper
 * triangular to the last bit. Column j of A·P is column `pivots[j]` of A.
 */
export function qrResiduals(
  m: number,
  n: number,
  a: Numbers,
  q: Numbers,
  r: Numbers,
  ulp: number,
  pivots?: ArrayLike<number>,
) {
  const k = Math.min(m, n);
  const moved = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) moved[i * n + j] = a[i * n + (pivots?.[j] ?? j)];
  return {
    decomposition: productResidual(m, k, n, moved, q, r, ulp),
    orthogonality: orthogonalityResidual(m, k, q, ulp),
    triangle: isTriangular(k, n, r, "upper") ? 0 : Infinity,
  };
}

/** A = L·Lᵀ, L lower triangular to the last bit. */
export function choleskyResiduals(n: number, a: Numbers, l: Numbers, ulp: number) {
  return {
    decomposition: productResidual(n, n, n, a, l, transpose(n, n, l), ulp),
    triangle: isTriangular(n, n, l, "lower") ? 0 : Infinity,
  };
}

/** P·A = L·U of an m×n matrix, L m×k unit lower, U k×n, |l| ≤ 1. Row i of P·A is row `permutation[i]` of A. */
export function luResiduals(
  m: number,
  n: number,
  a: Numbers,
  l: Numbers,
  u: Numbers,
  permutation: ArrayLike<number>,
  ulp: number,
) {
  const k = Math.min(m, n);
  const moved = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) moved[i * n + j] = a[permutation[i] * n + j];
  const triangular = isTriangular(m, k, l, "lower") && isTriangular(k, n, u, "upper");
  const unit = Array.from({ length: k }, (_, i) => l[i * k + i]).every((x) => x === 1);
  const bounded = Array.from(l).every((x) => Math.abs(x) <= 1);
  const permutes = new Set(Array.from(permutation)).size === m;
  return {
    decomposition: productResidual(m, k, n, moved, l, u, ulp),
    triangle: triangular && unit && bounded && permutes ? 0 : Infinity,
  };
}

/** The largest ‖b − A·x‖₁ / (‖A‖₁·‖x‖₁·n·ulp) over the columns of an n×n system with `rhs` right-hand sides. */
export function solveResidual(n: number, rhs: number, a: Numbers, x: Numbers, b: Numbers, ulp: number): number {
  const [sa, sx, sb] = [scaled(a), scaled(x), scaled(b)];
  const back = 2 ** (sb.exponent - sa.exponent - sx.exponent);
  const product = multiply(n, n, rhs, sa.values, sx.values);
  const norm = norm1(n, n, sa.values);
  let worst = 0;
  for (let j = 0; j < rhs; j++) {
    let [difference, size] = [0, 0];
    for (let i = 0; i < n; i++) {
      difference += Math.abs(sb.values[i * rhs + j] * back - product[i * rhs + j]);
      size += Math.abs(sx.values[i * rhs + j]);
    }
    worst = Math.max(worst, ratio(difference, norm * size, n, ulp));
  }
  return worst;
}

/** ‖I − A·X‖₁ / (‖A‖₁·‖X‖₁·n·ulp). */
export function inverseResidual(n: number, a: Numbers, x: Numbers, ulp: number): number {
  const [sa, sx] = [scaled(a), scaled(x)];
  const unit = 2 ** (-sa.exponent - sx.exponent);
  const difference = multiply(n, n, n, sa.values, sx.values);
  for (let i = 0; i < n; i++) difference[i * n + i] -= unit;
  return ratio(norm1(n, n, difference), norm1(n, n, sa.values) * norm1(n, n, sx.values), n, ulp);
}

/** ‖Aᵀ·(B − A·X)‖₁ / (‖A‖₁·(‖A‖₁·‖X‖₁ + ‖B‖₁)·max(m, n, rhs)·ulp): zero where X solves the normal equations. */
export function leastSquaresResidual(
  m: number,
  n: number,
  rhs: number,
  a: Numbers,
  x: Numbers,
  b: Numbers,
  ulp: number,
): number {
  const [sa, sx] = [scaled(a), scaled(x)];
  const small = Float64Array.from(b, (y) => y * 2 ** (-sa.exponent - sx.exponent));
  const r = minus(small, multiply(m, n, rhs, sa.values, sx.values));
  const normal = multiply(n, m, rhs, transpose(m, n, sa.values), r);
  const norm = norm1(m, n, sa.values);
  const size = norm * norm1(n, rhs, sx.values) + norm1(m, rhs, small);
  return ratio(norm1(n, rhs, normal), norm * size, Math.max(m, n, rhs), ulp);
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

/** Whether all that lies on the other side of the diagonal is zero. */
function isTriangular(m: number, n: number, a: Numbers, side: "lower" | "upper"): boolean {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) if ((side === "lower" ? j > i : j < i) && a[i * n + j] !== 0) return false;
  }
  return true;
}
