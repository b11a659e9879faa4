import { ArgumentError } from "../errors.js";

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) in 32-bit integer
 * arithmetic: orders of data need no kernels, so they can be drawn before `init()` and in any thread.
 *
 * @param counter four words, left alone. @param key two words, left alone. @param out receives four words.
 */
export function philox(counter: Uint32Array, key: Uint32Array, out: Uint32Array): void {
  let [c0, c1, c2, c3] = [counter[0]!, counter[1]!, counter[2]!, counter[3]!];
  let [k0, k1] = [key[0]!, key[1]!];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low0 = Math.imul(0xd2511f53, c0);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Upper 32 bits of the 64-bit product: every partial sum is an integer below 2⁵³. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const low = aLow * b;
  return Math.floor((aHigh * b + Math.floor(low / 0x10000)) / 0x10000);
}

/** What a stream is for. Two purposes never share a number, nor do they with the kernels, whose last word is small. */
export const Purpose = {
  /** "ordr": the order of an epoch. */
  order: 0x6f726472,
  /** "augm": the augmentation of one sample. */
  augment: 0x6175676d,
  /** "splt": who goes to which part. */
  split: 0x73706c74,
  /** "synt": built-in images. */
  synthetic: 0x73796e74,
} as const;

/** A sequence of random words that is a pure function of (seed, purpose, a, b). */
export class PhiloxStream {
  private readonly key: Uint32Array;
  private readonly counter: Uint32Array;
  private readonly block = new Uint32Array(4);
  private used = 4;

  /** @param seed a checked seed. @param a, b unsigned 32-bit words that name the sequence, such as sample and epoch. */
  constructor(seed: number, purpose: number, a = 0, b = 0) {
    this.key = Uint32Array.of(seed >>> 0, Math.floor(seed / 0x100000000));
    this.counter = Uint32Array.of(0, a, b, purpose);
  }

  /** The next word, 0 … 2³² − 1. */
  next(): number {
    if (this.used === 4) {
      philox(this.counter, this.key, this.block);
      this.counter[0]!++;
      this.used = 0;
    }
    return this.block[this.used++]!;
  }

  /** An integer 0 … n − 1, all equally likely (Lemire 2019); n from 1 to 2³² − 1. */
  below(n: number): number {
    const threshold = 0x100000000 % n;
    for (;;) {
      const word = this.next();
      const low = Math.imul(word, n) >>> 0;
      if (low >= threshold) return multiplyHigh(word, n);
    }
  }

  /** A multiple of 2⁻³² in [0, 1). */
  uniform(): number {
    return this.next() / 0x100000000;
  }

  /** Shuffles in place (Fisher–Yates). */
  shuffle(items: Int32Array): void {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const item = items[last]!;
      items[last] = items[other]!;
      items[other] = item;
    }
  }
}

/** Throws unless `seed` is a non-negative integer up to 2⁵³ − 1. */
export function checkSeed(op: string, seed: unknown): asserts seed is number {
  if (!Number.isSafeInteger(seed) || (seed as number) < 0) {
    throw new ArgumentError(op, `seed must be an integer from 0 to 2⁵³ − 1, got ${String(seed)}`);
  }
}

/** Throws unless `value` is an integer from `low` to `high`. */
export function checkInteger(op: string, name: string, value: unknown, low: number, high: number): void {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
    throw new ArgumentError(op, `${name} must be an integer from ${low} to ${high}, got ${String(value)}`);
  }
}
