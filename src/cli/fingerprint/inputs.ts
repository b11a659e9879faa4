/** Input data of the fingerprint: integers and exactly rounded arithmetic alone, a pure function of (seed, name). */

/** Element types of kernel arguments. */
export type Element = "f32" | "f64" | "i32" | "u8";

/** A small generator of 32-bit words (Mulberry32, T. Ettinger): the kernels under test must not make their own input. */
export class Words {
  private state: number;

  /** Words of `seed`, a different sequence for each name (FNV-1a). */
  constructor(seed: number, name: string) {
    let state = 0x811c9dc5;
    const mix = (byte: number): void => void (state = Math.imul(state ^ byte, 0x01000193));
    for (let i = 0; i < name.length; i++) mix(name.charCodeAt(i));
    for (const half of [seed >>> 0, Math.floor(seed / 0x100000000)]) {
      for (let shift = 0; shift < 32; shift += 8) mix((half >>> shift) & 0xff);
    }
    this.state = state;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let word = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  }

  /** A number in [0, 1) with 24 bits, exact in both float types. */
  unit(): number {
    return (this.next() >>> 8) / 0x1000000;
  }
}

/** How the values of an array are drawn. `bound` is what stands behind `%` in the table. */
export type Fill = (n: number, words: Words, element: Element, bound: number) => ArrayLike<number>;

/** The fills by the name they have in the table. */
export const FILLS: Readonly<Record<string, Fill>> = {
  /** Any sign, magnitude up to 2 (integers: up to 50; bytes: all). */
  x: (n, words, element) => {
    if (element === "u8") return draw(n, () => words.next() & 0xff);
    if (element === "i32") return draw(n, () => (words.next() % 101) - 50);
    return draw(n, () => 4 * words.unit() - 2);
  },
  /** Positive, away from zero. */
  p: (n, words) => draw(n, () => 0.25 + 2 * words.unit()),
  /** In [0, 1). */
  u: (n, words) => draw(n, () => words.unit()),
  /** Whole numbers in [0, bound). */
  i: (n, words, _, bound) => draw(n, () => words.next() % bound),
  /** Ascending positive numbers in rows of `bound`, one repeated: the eigenvalues of something. */
  asc: (n, words, _, bound) => {
    let value = 0;
    return draw(n, (i) => {
      if (i % bound === 0) value = 0.25;
      return i % bound === 1 ? value : (value += 0.125 + words.unit());
    });
  },
  /** Symmetric positive definite bound × bound matrices BᵀB/bound + I/2. */
  spd: (n, words, _, bound) => {
    const all = new Float64Array(n);
    const size = bound * bound;
    for (let at = 0; at < n; at += size) all.set(definite(bound, words), at);
    return all;
  },
};

function draw(n: number, next: (i: number) => number): Float64Array {
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = next(i);
  return values;
}

function definite(n: number, words: Words): Float64Array {
  const b = draw(n * n, () => 2 * words.unit() - 1);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += b[k * n + i]! * b[k * n + j]!;
      a[i * n + j] = sum / n + (i === j ? 0.5 : 0);
    }
  }
  return a;
}
