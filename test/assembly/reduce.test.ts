import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";

const raw = rawKernels();
const { k } = raw;
type Letter = "s" | "d";
const array = { s: Float32Array, d: Float64Array } as const;
const round = { s: Math.fround, d: (v: number) => v } as const;
const read = (t: Letter, ptr: number, n: number) => (t === "s" ? raw.f32(ptr, n) : raw.f64(ptr, n));

/** Order of summation of docs/architecture.md, written as the document has it. */
function treeSum(terms: number[], t: Letter): number {
  const r = round[t];
  const block = (b: number) => {
    const l = Array(8).fill(0);
    terms.slice(512 * b, 512 * (b + 1)).forEach((v, i) => (l[i % 8] = r(l[i % 8] + v)));
    const even = r(r(l[0] + l[4]) + r(l[2] + l[6]));
    return r(even + r(r(l[1] + l[5]) + r(l[3] + l[7])));
  };
  const range = (lo: number, hi: number): number => {
    if (hi - lo === 1) return block(lo);
    const mid = lo + Math.ceil((hi - lo) / 2);
    return r(range(lo, mid) + range(mid, hi));
  };
  return terms.length === 0 ? 0 : range(0, Math.ceil(terms.length / 512));
}

const noise = (n: number, seed: number) =>
  Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed) * 10 ** (((i * 7 + seed) % 5) - 2));
const lengths = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 61, 511, 512, 513, 1023, 1025, 1536, 2600, 5000];
const inners = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33];

for (const t of ["s", "d"] as Letter[]) {
  const r = round[t];
  const sums: Record<string, (x: number, mean: number) => number> = {
    sum: (x) => x,
    sumsq: (x) => r(x * x),
    sumsqdev: (x, mean) => r(r(x - mean) * r(x - mean)),
  };

  describe(`reduce: sums on ${array[t].name}`, () => {
    for (const [name, term] of Object.entries(sums)) {
      it(`${name} follows the documented tree, contiguous and strided`, () => {
        for (const n of lengths) {
          for (const inner of n > 1100 ? [1, 3, 17] : inners) {
            raw.reset();
            const outer = 2;
            const xs = array[t].from(noise(outer * n * inner, 1));
            const means = array[t].from(noise(outer * inner, 3));
            const [x, mean] = [raw.put(xs), raw.put(means)];
            const y = raw.put(new array[t](outer * inner + 1).fill(9));
            const extra = name === "sumsqdev" ? [mean] : [];
            k[t + name](outer, n, inner, x, ...extra, y);
            const want = Array.from({ length: outer * inner }, (_, p) => {
              const [o, j] = [Math.floor(p / inner), p % inner];
              const at = (i: number) => (o * n + i) * inner + j;
              return treeSum(
                Array.from({ length: n }, (_, i) => term(xs[at(i)], means[p])),
                t,
              );
            });
            assert.deepEqual([...read(t, y, outer * inner + 1)], [...want, 9], `n = ${n}, inner = ${inner}`);
          }
        }
      });
    }

    it("propagates NaN and Inf from any position, and keeps padding out", () => {
      for (const n of [1, 3, 9, 515]) {
        for (const inner of [1, 2, 5, 17]) {
          for (const at of [0, n - 1]) {
            raw.reset();
            const xs = new array[t](n * inner).fill(1);
            xs[at * inner] = Infinity;
            const x = raw.put(xs);
            const y = raw.alloc(inner * 8);
            k[`${t}sum`](1, n, inner, x, y);
            assert.deepEqual([...read(t, y, inner)], [Infinity, ...Array(inner - 1).fill(n)]);
            const mean = raw.put(new array[t](inner).fill(Infinity));
            xs[at * inner] = 1;
            k[`${t}sumsqdev`](1, n, inner, raw.put(xs), mean, y);
            assert.deepEqual([...read(t, y, inner)], Array(inner).fill(Infinity), "only true elements count");
            xs[at * inner] = NaN;
            k[`${t}sum`](1, n, inner, raw.put(xs), y);
            assert.deepEqual([...read(t, y, inner)], [NaN, ...Array(inner - 1).fill(n)]);
          }
        }
      }
    });

    it("is accurate: a million times 0.1", () => {
      raw.reset();
      const n = 1_000_000;
      const x = raw.put(new array[t](n).fill(0.1));
      const y = raw.alloc(8);
      k[`${t}sum`](1, n, 1, x, y);
      const exact = r(0.1) * n;
      const u = t === "s" ? 2 ** -24 : 2 ** -53;
      assert.ok(Math.abs(read(t, y, 1)[0] - exact) <= (64 + 3 + 11) * u * exact);
    });
  });

  describe(`reduce: extrema on ${array[t].name}`, () => {
    const fold = { max: Math.max, min: Math.min };
    for (const name of ["max", "min"] as const) {
      it(`${name} and arg${name}`, () => {
        for (const n of [1, 2, 3, 7, 8, 9, 17, 33]) {
          for (const inner of inners) {
            for (const kind of ["noise", "ties", "nan", "zeros", "infinite"]) {
              raw.reset();
              const outer = 2;
              const xs = array[t].from(Array.from(noise(outer * n * inner, 5), (v: number, i: number) => {
                if (kind === "ties") return i % 3;
                if (kind === "zeros") return i % 2 ? 0 : -0;
                if (kind === "infinite") return name === "max" ? -Infinity : Infinity;
                return kind === "nan" && i % 7 === 3 ? NaN : v;
              }));
              const x = raw.put(xs);
              const y = raw.put(new array[t](outer * inner + 1).fill(9));
              const index = raw.put(new Int32Array(outer * inner + 1).fill(9));
              k[t + name](outer, n, inner, x, y);
              k[`${t}arg${name}`](outer, n, inner, x, index);
              const columns = Array.from({ length: outer * inner }, (_, p) =>
                Array.from({ length: n }, (_, i) => xs[(Math.floor(p / inner) * n + i) * inner + (p % inner)]),
              );
              const best = columns.map((c) => c.reduce((a, b) => fold[name](a, b)));
              const what = `${kind}, n = ${n}, inner = ${inner}`;
              assert.deepEqual([...read(t, y, outer * inner + 1)], [...best, 9], what);
              // indexOf uses ===, so that −0 meets 0 at the lower index; a NaN is found by findIndex.
              const where = columns.map((c, p) =>
                best[p] === best[p] ? c.indexOf(best[p]) : c.findIndex(Number.isNaN),
              );
              assert.deepEqual([...raw.i32(index, outer * inner + 1)], [...where, 9], what);
            }
          }
        }
      });
    }

    it("empty axes", () => {
      raw.reset();
      const y = raw.put(new array[t](4).fill(9));
      k[`${t}max`](1, 0, 3, y, y);
      assert.deepEqual([...read(t, y, 4)], [-Infinity, -Infinity, -Infinity, 9]);
      k[`${t}min`](3, 0, 1, y, y);
      assert.deepEqual([...read(t, y, 4)], [Infinity, Infinity, Infinity, 9]);
    });
  });
}
