const value = new Float64Array(1);
const bits = new BigUint64Array(value.buffer);
const EXPONENT = 0x7ff0000000000000n;
/** Of float64; digits get lost below it. */
export const SMALLEST_NORMAL = 2.2250738585072014e-308;

/** The largest power of two ≤ x for finite x > 0, but at least the smallest normal number; 1 for 0. */
export function powerOfTwo(x: number): number {
  if (x === 0) return 1;
  value[0] = x > SMALLEST_NORMAL ? x : SMALLEST_NORMAL;
  bits[0]! &= EXPONENT;
  return value[0]!;
}

/** max|xᵢ|, 0 of nothing. */
export function largestOf(x: Float32Array | Float64Array): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) if (Math.abs(x[i]!) > most) most = Math.abs(x[i]!);
  return most;
}
