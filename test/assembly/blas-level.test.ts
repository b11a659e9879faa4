import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";
import {
  dtypes,
  fill,
  generator,
  orderedProduct,
  place,
  raw,
  sameBits,
  type DType,
  type FloatArray,
} from "./blas-support.js";

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31, 37, 64, 65];

/** Σ x·y by the tree of docs/architecture.md, from its words: lanes i mod 8, blocks of 512, recursive halving. */
function orderedDot(type: DType, x: FloatArray, y: FloatArray): number {
  const { round } = type;
  const block = (from: number, to: number): number => {
    const lane = new Float64Array(8);
    for (let i = from; i < to; i++) lane[(i - from) % 8] = round(lane[(i - from) % 8] + round(x[i] * y[i]));
    const [a, b, c, d] = [0, 2, 1, 3].map((i) => round(lane[i] + lane[i + 4]));
    return round(round(a + b) + round(c + d));
  };
  const tree = (lo: number, hi: number): number => {
    if (hi - lo === 1) return block(512 * lo, Math.min(x.length, 512 * hi));
    const mid = lo + Math.ceil((hi - lo) / 2);
    return round(tree(lo, mid) + tree(mid, hi));
  };
  return x.length ? tree(0, Math.ceil(x.length / 512)) : 0;
}

for (const type of dtypes) {
  const { letter, round } = type;

  describe(`${letter} level 1`, () => {
    const cases = lengths.map((n) => {
      const next = generator(n + 1);
      return { n, x: fill(type, n, next), y: fill(type, n, next) };
    });
    for (const last of cases.slice(-3)) last.x.set([NaN, Infinity, -0], 3);
    const [alpha, c, s] = [-0.75, 0.8, 0.6].map(round);

    /** Runs a kernel on guarded copies of x and y and compares both with what is expected of them. */
    function compare(
      call: (n: number, x: number, y: number) => void,
      expected: (x: number, y: number) => number[],
    ): void {
      for (const { n, x, y } of cases) {
        raw.reset();
        const [px, py] = [x, y].map((v) => place(type, 1, n, n, v));
        call(n, px.ptr, py.ptr);
        [px, py].forEach((placed, which) => {
          placed.check(`n=${n}`);
          sameBits(
            placed.read(),
            x.map((v, i) => expected(v, y[i])[which]),
            `n=${n}, ${which ? "y" : "x"}`,
          );
        });
      }
    }

    it("axpy", () =>
      compare(
        (n, x, y) => raw.k[`${letter}axpy`](n, alpha, x, y),
        (x, y) => [x, round(y + round(alpha * x))],
      ));
    if (letter === "s") return; // What is below serves the decompositions, which run in double.
    it("scal", () =>
      compare(
        (n, x) => raw.k[`${letter}scal`](n, alpha, x),
        (x, y) => [round(alpha * x), y],
      ));
    it("scal by 0 keeps NaN", () =>
      compare(
        (n, x) => raw.k[`${letter}scal`](n, 0, x),
        (x, y) => [0 * x, y],
      ));
    it("copy", () => compare(raw.k[`${letter}copy`], (x) => [x, x]));
    it("swap", () => compare(raw.k[`${letter}swap`], (x, y) => [y, x]));
    it("rot", () =>
      compare(
        (n, x, y) => raw.k[`${letter}rot`](n, x, y, c, s),
        (x, y) => [round(round(c * x) + round(s * y)), round(round(c * y) - round(s * x))],
      ));

    it("dot follows the reduction tree", () => {
      for (const n of [...lengths, 511, 512, 513, 519, 1024, 1025, 1537, 4099]) {
        raw.reset();
        const next = generator(n + 7);
        const [x, y] = [fill(type, n, next), fill(type, n, next)];
        const result = raw.k[`${letter}dot`](n, raw.put(x), raw.put(y));
        assert.ok(Object.is(result, orderedDot(type, x, y)), `n=${n}`);
        if (n > 0) {
          x[n - 1] = NaN;
          assert.ok(Number.isNaN(raw.k[`${letter}dot`](n, raw.put(x), raw.put(y))), `NaN, n=${n}`);
        }
      }
    });
  });

  describe(`${letter} level 2`, () => {
    if (letter === "s") return;
    it("gemv has the bits of the written order of summation", () => {
      for (const m of [0, 1, 3, 4, 7, 8, 9, 13, 37, 300]) {
        for (const n of [0, 1, 3, 4, 7, 8, 9, 13, 37, 300]) {
          for (const trans of [0, 1]) {
            for (const [scale, beta] of [
              [1, 0],
              [round(-0.3), 0.5],
              [0, 0.5],
              [0, 0],
            ]) {
              raw.reset();
              const [rows, k] = trans ? [n, m] : [m, n];
              const next = generator(m * 1009 + n);
              const a = fill(type, m * n, next);
              const x = fill(type, k, next);
              const y = beta === 0 ? type.array(rows).fill(NaN) : fill(type, rows, next);
              const lda = n + (m % 3);
              const [inA, inX, inY] = [
                place(type, m, n, lda, a),
                place(type, 1, k, k, x),
                place(type, 1, rows, rows, y),
              ];
              raw.k[`${letter}gemv`](trans, m, n, scale, inA.ptr, lda, inX.ptr, beta, inY.ptr);
              const label = `${m}x${n} trans=${trans}`;
              for (const guarded of [inA, inX, inY]) guarded.check(label);
              const shape = { transA: Boolean(trans), transB: false, m: rows, n: 1, k };
              sameBits(inY.read(), orderedProduct(type, { ...shape, alpha: scale, beta, a, b: x, c: y }), label);
            }
          }
        }
      }
    });

    it("ger adds (alpha·x)·yᵀ", () => {
      for (const [m, n] of [
        [0, 3],
        [3, 0],
        [1, 1],
        [5, 9],
        [7, 37],
      ]) {
        raw.reset();
        const next = generator(m + n);
        const [a, x, y] = [m * n, m, n].map((size) => fill(type, size, next));
        const inA = place(type, m, n, n + 1, a);
        raw.k[`${letter}ger`](m, n, 0.75, raw.put(x), raw.put(y), inA.ptr, n + 1);
        inA.check("ger");
        const expected = a.map((v, p) => round(v + round(round(0.75 * x[Math.floor(p / n)]) * y[p % n])));
        sameBits(inA.read(), expected, `${m}x${n}`);
      }
    });

    it("reads nothing beyond its operands, which may end where the memory ends", () => {
      const kernels = rawKernels();
      const low = kernels.alloc(1 << 16);
      for (const [m, n] of [
        [1, 1],
        [3, 5],
        [8, 9],
        [13, 13],
        [9, 37],
        [37, 3],
      ]) {
        const end = kernels.memory.buffer.byteLength;
        for (const trans of [0, 1]) {
          const call = kernels.k[`${letter}gemv`];
          call(trans, m, n, 1, end - m * n * type.bytes, n, low, 1, low + 4096);
          call(trans, m, n, 1, low, n, end - (trans ? m : n) * type.bytes, 1, low + 32768);
          call(trans, m, n, 1, low, n, low, 1, end - (trans ? n : m) * type.bytes);
        }
        for (const name of ["axpy", "scal", "copy", "swap", "rot", "dot"]) {
          const call = kernels.k[letter + name];
          const x = end - n * type.bytes;
          if (name === "axpy") call(n, 1, x, low);
          else if (name === "scal") call(n, 1, x);
          else if (name === "rot") call(n, x, low, 1, 0);
          else call(n, x, low);
        }
      }
    });
  });

  describe(`${letter} products`, () => {
    it("works above 2 GiB", () => {
      const kernels = rawKernels();
      kernels.alloc(2 ** 31 + 2 ** 20);
      const [m, n, k] = [9, 21, 300];
      const next = generator(11);
      const [a, b] = [fill(type, m * k, next), fill(type, k * n, next)];
      const [pa, pb] = [a, b].map((v) => kernels.put(v));
      const c = kernels.alloc(m * n * type.bytes);
      const work = kernels.alloc(kernels.k[`${letter}gemm_work`](0, 0, m, n, k));
      assert.ok(pa > 2 ** 31);
      kernels.k[`${letter}gemm`](0, 0, m, n, k, 1, pa, k, pb, n, 0, c, n, work);
      const shape = { transA: false, transB: false, m, n, k, alpha: 1, beta: 0 };
      sameBits(type.view(kernels, c, m * n), orderedProduct(type, { ...shape, a, b, c: a }), "above 2 GiB");
      if (letter === "s") return;
      const y = kernels.alloc(m * type.bytes);
      kernels.k[`${letter}gemv`](0, m, k, 1, pa, k, pb, 0, y);
      assert.ok(Number.isFinite(kernels.k[`${letter}dot`](k, pa, pb)));
      kernels.k[`${letter}syrk`](0, m, k, 1, pa, k, 0, c, n, work);
      const gram = orderedProduct(type, { ...shape, n: m, transB: true, a, b: a, c: a });
      const upper = type.view(kernels, c, n).slice(0, m);
      sameBits(upper, gram.slice(0, m), "syrk above 2 GiB");
    });
  });
}
