/** Divided differences of a scalar function given in JavaScript, without cancellation where the points lie close. */

export type Scalar = (x: number) => number;

/** Gauss–Legendre on [0, 1] with eight points: exact to degree 15. */
const HALF_NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363];
const HALF_WEIGHTS = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];
const NODES = [...HALF_NODES.map((x) => (1 - x) / 2), ...HALF_NODES.map((x) => (1 + x) / 2)];
const WEIGHTS = [...HALF_WEIGHTS, ...HALF_WEIGHTS].map((w) => w / 2);

/** Points closer than this part of the larger one are integrated over; a quotient is taken if it loses four bits at most. */
const NEAR = 1 / 16;
const ULP = 2 ** -52;

const near = (lo: number, hi: number): boolean => hi - lo <= Math.max(Math.abs(lo), Math.abs(hi)) * NEAR;

/** f[a, b] = (f(a) − f(b))/(a − b), or ∫₀¹ f′(b + t(a − b)) dt where a and b are close; f′(a) where they are equal. */
export function dividedDifference(f: Scalar, df: Scalar, a: number, b: number): number {
  if (a === b) return df(a);
  const [lo, hi] = a < b ? [a, b] : [b, a];
  const integral = (): number => {
    let sum = 0;
    NODES.forEach((t, q) => (sum += WEIGHTS[q]! * df(lo + t * (hi - lo))));
    return sum;
  };
  return near(lo, hi) ? integral() : quotient(f(lo), f(hi), hi - lo, integral);
}

/**
 * f[a, b, c] for a ≤ b ≤ c: (f[b, c] − f[a, b])/(c − a), or where all are `close` the integral of Hermite and Genocchi,
 * ∫₀¹ s ∫₀¹ f″(a + s(b − a) + su(c − b)) du ds; ½f″(a) where they are equal.
 */
export function secondDividedDifference(
  ddf: Scalar,
  first: (x: number, y: number) => number,
  a: number,
  b: number,
  c: number,
  close = near(a, c),
): number {
  if (a === c) return ddf(a) / 2;
  const integral = (): number => {
    let sum = 0;
    NODES.forEach((s, q) => {
      let inner = 0;
      NODES.forEach((u, r) => (inner += WEIGHTS[r]! * ddf(a + s * (b - a + u * (c - b)))));
      sum += WEIGHTS[q]! * s * inner;
    });
    return sum;
  };
  return close ? integral() : quotient(first(a, b), first(b, c), c - a, integral);
}

/**
 * (y − x)/distance. Where a function hardly changes over points that are not close, as e^λ between 1e-8 and 1e-9, rounding
 * of x and y is all there is to see: then the integral, if it lies within that rounding, which no wrong one does.
 */
function quotient(x: number, y: number, distance: number, integral: () => number): number {
  const plain = (y - x) / distance;
  const rounding = (ULP * Math.max(Math.abs(x), Math.abs(y))) / distance;
  if (!(rounding > (ULP / NEAR) * Math.abs(plain))) return plain;
  const smooth = integral();
  return Math.abs(smooth - plain) <= 4 * rounding ? smooth : plain;
}
