/** Sizes of a table that holds every code of at most 15 bits. */
const BITS = 15;
const CODES = 1 << BITS;

/** In which order the lengths of the code-length code are written (RFC 1951, 3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/**
 * Raw DEFLATE of data that our own build wrote: base64 hides the repetitions of the binary from a server's compression,
 * so it is compressed before. Platforms have this only asynchronously, and `initSync` cannot wait. L. P. Deutsch,
 * RFC 1951; one table look-up a symbol.
 *
 * @param size the length of the result.
 */
export function inflate(input: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  const [literals, distances] = [new Uint16Array(CODES), new Uint16Array(CODES)];
  let [at, to, hold, held] = [0, 0, 0, 0];

  /** The next n ≤ 16 bits, without or with taking them. */
  const peek = (n: number): number => {
    for (; held < n; held += 8) hold |= input[at++]! << held;
    return hold & ((1 << n) - 1);
  };
  const drop = (n: number): void => {
    hold >>>= n;
    held -= n;
  };
  const take = (n: number): number => {
    const value = peek(n);
    drop(n);
    return value;
  };
  const symbol = (table: Uint16Array): number => {
    const entry = table[peek(BITS)]!;
    drop(entry & 15);
    return entry >>> 4;
  };

  const stored = (): void => {
    drop(held & 7);
    const length = take(16);
    take(16);
    at -= held >> 3;
    [hold, held] = [0, 0];
    out.set(input.subarray(at, at + length), to);
    at += length;
    to += length;
  };

  /** The lengths of both codes of a block, themselves in a code; `literals` serves for it first. */
  const readCodes = (): void => {
    const [nLiterals, nDistances, n] = [take(5) + 257, take(5) + 1, take(4) + 4];
    const order = new Uint8Array(19);
    for (let i = 0; i < n; i++) order[ORDER[i]!] = take(3);
    fill(literals, order);
    const lengths = new Uint8Array(nLiterals + nDistances);
    for (let i = 0; i < lengths.length;) {
      const s = symbol(literals);
      if (s < 16) {
        lengths[i++] = s;
        continue;
      }
      const repeated = s === 16 ? lengths[i - 1]! : 0;
      const end = i + (s === 16 ? 3 + take(2) : s === 17 ? 3 + take(3) : 11 + take(7));
      lengths.fill(repeated, i, end);
      i = end;
    }
    fill(literals, lengths.subarray(0, nLiterals));
    fill(distances, lengths.subarray(nLiterals));
  };

  const compressed = (): void => {
    for (let s = symbol(literals); s !== 256; s = symbol(literals)) {
      if (s < 256) {
        out[to++] = s;
        continue;
      }
      const k = s - 257;
      const extra = (k >> 2) - 1;
      const length = k < 8 ? 3 + k : k === 28 ? 258 : 3 + ((4 + (k & 3)) << extra) + take(extra);
      const d = symbol(distances);
      const more = (d >> 1) - 1;
      const from = to - (d < 4 ? 1 + d : 1 + ((2 + (d & 1)) << more) + take(more));
      // Byte by byte: what is repeated may overlap what is being written.
      for (let i = 0; i < length; i++) out[to++] = out[from + i]!;
    }
  };

  for (let last = 0; last === 0;) {
    last = take(1);
    const type = take(2);
    if (type === 0) stored();
    else {
      if (type === 2) readCodes();
      else {
        fill(
          literals,
          Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
        );
        fill(distances, new Uint8Array(30).fill(5));
      }
      compressed();
    }
  }
  return out;
}

/** Fills a table, by the next bits, with `symbol · 16 + length` of the canonical code of these lengths. */
function fill(table: Uint16Array, lengths: Uint8Array): void {
  let code = 0;
  for (let length = 1; length <= BITS; length++, code <<= 1) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      let reversed = 0;
      for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
      for (let i = reversed; i < CODES; i += 1 << length) table[i] = symbol * 16 + length;
      code++;
    }
  }
}
