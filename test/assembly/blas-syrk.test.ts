import assert from "node:assert/strict";
import { golden, goldenAvailable, goldenSkipNote, distance } from "../support/golden.js";
import {
  dtypes,
  fill,
  generator,
  orderedProduct,
  place,
  raw,
  sameBits,
  workSpace,
  type DType,
  type FloatArray,
} from "./blas-support.js";

/** The upper triangle of an n×n matrix, mirrored. */
function mirrored(values: FloatArray, n: number): FloatArray {
  return values.map((_, p) => values[Math.min(Math.floor(p / n), p % n) * n + Math.max(Math.floor(p / n), p % n)]);
}

interface Gram {
  m: number;
  d: number;
  a: FloatArray;
  weights?: FloatArray;
  eps: number;
}

/** AᵀWA + eps·I in the written order; `type` is that of the result. */
function orderedGram(type: DType, { m, d, a, weights, eps }: Gram): FloatArray {
  const shape = { transA: true, transB: false, m: d, n: d, k: m, alpha: 1, beta: 0 };
  const c = mirrored(orderedProduct(type, { ...shape, a, b: a, c: type.array(d * d), weights }), d);
  for (let j = 0; j < d; j++) c[j * (d + 1)] = type.round(c[j * (d + 1)] + eps);
  return c;
}

const [single, double] = dtypes;
const sizes = (type: DType): number[] => [0, 1, type.lanes - 1, type.lanes, type.lanes + 1, 2 * type.lanes + 1, 13, 67];

for (const type of [double]) {
  describe(`${type.letter}syrk`, () => {
    it("has GEMM's bits in the upper triangle and mirrors it, for every size and leading dimension", () => {
      for (const n of sizes(type)) {
        for (const k of [0, 1, 2, 13, 287, 289]) {
          for (const trans of [0, 1]) {
            for (const [alpha, beta] of [
              [1, 0],
              [-0.75, 0.5],
              [0, 2],
            ]) {
              raw.reset();
              const label = `n=${n} k=${k} trans=${trans} alpha=${alpha}`;
              const next = generator(n * 31 + k);
              const [a, c] = [fill(type, n * k, next), fill(type, n * n, next)];
              const pad = k % 3;
              const [rows, cols] = trans ? [k, n] : [n, k];
              const inA = place(type, rows, cols, cols + pad, a);
              const inC = place(type, n, n, n + 2 * pad, c);
              const work = workSpace(raw.k[`${type.letter}syrk_work`](trans, n, k));
              const call = raw.k[`${type.letter}syrk`];
              call(trans, n, k, alpha, inA.ptr, cols + pad, beta, inC.ptr, n + 2 * pad, work.ptr);
              for (const guarded of [inA, inC, work]) guarded.check(label);
              const shape = { m: n, n, k, alpha, beta, transA: Boolean(trans), transB: !trans };
              const expected = orderedProduct(type, { ...shape, a, b: a, c });
              sameBits(inC.read(), mirrored(expected, n), label);
            }
          }
        }
      }
    });

    it("keeps symmetry over several blocks of columns and reads no C when beta = 0", () => {
      raw.reset();
      const [n, k] = [1100, 9];
      const a = fill(type, n * k, generator(1));
      const c = raw.put(type.array(n * n).fill(NaN));
      const g = raw.alloc(n * n * type.bytes);
      const work = raw.alloc(raw.k[`${type.letter}gemm_work`](1, 1, n, n, k));
      const pa = raw.put(a);
      for (const trans of [0, 1]) {
        const lda = trans ? n : k;
        raw.k[`${type.letter}syrk`](trans, n, k, 1, pa, lda, 0, c, n, work);
        raw.k[`${type.letter}gemm`](trans, 1 - trans, n, n, k, 1, pa, lda, pa, lda, 0, g, n, work);
        sameBits(type.view(raw, c, n * n), type.view(raw, g, n * n), `trans=${trans}`);
      }
    });

    it("propagates NaN and infinities", () => {
      raw.reset();
      const [n, k] = [19, 23];
      const a = fill(type, n * k, generator(2));
      a[3 * k + 5] = NaN;
      a[11 * k] = Infinity;
      a[12 * k] = 0;
      const [pa, c] = [raw.put(a), raw.put(type.array(n * n))];
      raw.k[`${type.letter}syrk`](0, n, k, 1, pa, k, 0, c, n, raw.alloc(raw.k[`${type.letter}syrk_work`](0, n, k)));
      const shape = { m: n, n, k, alpha: 1, beta: 0, transA: false, transB: true };
      sameBits(type.view(raw, c, n * n), mirrored(orderedProduct(type, { ...shape, a, b: a, c: a }), n), "nan");
    });
  });
}

const variants = [
  { name: "sgram", work: "sgram_work", input: single, type: single },
  { name: "dgram", work: "dgram_work", input: double, type: double },
  { name: "dgram_s", work: "dgram_work", input: single, type: double },
];

for (const { name, work: workName, input, type } of variants) {
  describe(name, () => {
    it("sums (w·a_ij)·a_ik in the written order, adds eps and is exactly symmetric", () => {
      for (const d of sizes(input)) {
        for (const m of [0, 1, 3, 17, 49, 289, 300]) {
          for (const weighted of [false, true]) {
            raw.reset();
            const label = `m=${m} d=${d} weighted=${weighted}`;
            const next = generator(m * 37 + d);
            const pad = m % 3;
            const a = fill(input, m * d, next);
            const weights = weighted ? fill(input, m, next) : undefined;
            const inA = place(input, m, d, d + pad, a);
            const inW = weights ? place(input, 1, m, m, weights).ptr : 0;
            const inC = place(type, d, d, d + 2 * pad, type.array(d * d).fill(NaN));
            const work = workSpace(raw.k[workName](m, d));
            raw.k[name](m, d, inW, 0.001, inA.ptr, d + pad, inC.ptr, d + 2 * pad, work.ptr);
            for (const guarded of [inA, inC, work]) guarded.check(label);
            sameBits(inC.read(), orderedGram(type, { m, d, a, weights, eps: type.round(0.001) }), label);
          }
        }
      }
    });

    it("runs a batch as a loop", () => {
      const [m, d, batch] = [21, 11, 4];
      for (const [strideW, strideA] of [
        [m, m * d],
        [0, m * d],
        [m + 1, 0],
      ]) {
        raw.reset();
        const next = generator(4);
        const a = fill(input, batch * m * d, next);
        const weights = fill(input, batch * (m + 1), next);
        const [pw, pa] = [weights, a].map((x) => raw.put(x));
        const c = raw.alloc(batch * d * d * type.bytes);
        const work = raw.alloc(raw.k[workName](m, d));
        raw.k[`${name}_batched`](m, d, pw, strideW, 0.5, pa, d, strideA, c, d, d * d, batch, work);
        for (let t = 0; t < batch; t++) {
          const item = { m, d, eps: 0.5, a: a.slice(t * strideA), weights: weights.slice(t * strideW) };
          sameBits(
            type.view(raw, c + t * d * d * type.bytes, d * d),
            orderedGram(type, item),
            `${strideW} ${strideA} ${t}`,
          );
        }
      }
    });

    it("reads nothing beyond A and its weights", () => {
      const end = raw.memory.buffer.byteLength;
      raw.reset();
      for (const [m, d] of [
        [1, 1],
        [5, 3],
        [9, 7],
        [49, 37],
        [300, 21],
      ]) {
        const c = raw.alloc(d * d * type.bytes);
        const work = raw.alloc(raw.k[workName](m, d));
        const [bytesA, bytesW] = [m * d * input.bytes, m * input.bytes];
        const low = raw.alloc(bytesA + bytesW);
        raw.k[name](m, d, low, 0, end - bytesA, d, c, d, work);
        raw.k[name](m, d, end - bytesW, 0, low, d, c, d, work);
      }
      assert.equal(raw.memory.buffer.byteLength, end);
    });

    it("agrees with the golden values", function () {
      if (!goldenAvailable) this.skip();
      for (const { name: label, meta, tensors } of golden("gram")) {
        raw.reset();
        const { F, C } = tensors;
        const a = input.array(F.data.length).map((_, i) => F.data[i]);
        const [rows, cols] = F.shape;
        const n = C.shape[0];
        const c = raw.alloc(n * n * type.bytes);
        const pa = raw.put(a);
        if (meta.side === "FtF") {
          raw.k[name](rows, cols, 0, meta.eps, pa, cols, c, n, raw.alloc(raw.k[workName](rows, cols)));
        } else {
          if (input !== double) continue;
          const identity = type.array(n * n).map((_, p) => (p % (n + 1) ? 0 : meta.eps));
          type.view(raw, c, n * n).set(identity);
          const work = raw.alloc(raw.k.dsyrk_work(0, rows, cols));
          raw.k.dsyrk(0, rows, cols, 1, pa, cols, 1, c, n, work);
        }
        const bound = meta.tol.C[input === double ? "f64" : "f32"];
        if (bound === null) continue;
        const error = distance(type.view(raw, c, n * n), C.data);
        assert.ok(error <= bound, `${label}: ‖C − ref‖ = ${error} > ${bound}`);
      }
    });
  });
}

if (!goldenAvailable) console.log(goldenSkipNote);
