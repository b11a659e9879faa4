import assert from "node:assert/strict";
import { golden, goldenAvailable, goldenSkipNote } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";
import {
  dtypes,
  fill,
  generator,
  orderedProduct,
  raw,
  runGemm,
  sameBits,
  workSpace,
  type DType,
  type Product,
} from "./blas-support.js";

const transposes = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

function product(type: DType, m: number, n: number, k: number, options: Partial<Product> = {}): Product {
  const next = generator(m * 7919 + n * 104729 + k * 1299709 + 1);
  const [a, b, c] = [m * k, k * n, m * n].map((size) => fill(type, size, next));
  return { transA: false, transB: false, m, n, k, alpha: 1, beta: 0, a, b, c, ...options };
}

function transposed(values: Product["a"], rows: number, cols: number): Product["a"] {
  return values.map((_, p) => values[(p % rows) * cols + Math.floor(p / rows)]);
}

for (const type of dtypes) {
  const W = type.lanes;

  describe(`${type.letter}gemm`, () => {
    it("has the bits of the written order of summation for every size, transpose and leading dimension", () => {
      const sizes = [...new Set([0, 1, 2, W - 1, W, W + 1, 2 * W + 1, 4 * W - 1, 4 * W, 7 * W + 1, 13])];
      for (const m of [0, 1, 2, 3, 4, 5, 7, 67]) {
        for (const n of sizes) {
          for (const k of [0, 1, 2, W + 1, 13, 37]) {
            const [alpha, beta] = (m + n + k) % 2 ? [1, 0] : [-0.75, 0.5];
            for (const [transA, transB] of transposes) {
              const label = `${m}x${n}x${k} ${transA} ${transB}`;
              const p = product(type, m, n, k, { transA, transB, alpha: type.round(alpha), beta });
              sameBits(runGemm(type, p, label, k % 2 ? 0 : 3), orderedProduct(type, p), label);
            }
          }
        }
      }
    });

    it("blocks k by KC and nothing else", () => {
      for (const k of [287, 288, 289, 575, 576, 577, 870]) {
        for (const [m, n] of [
          [1, 2 * W + 1],
          [9, 1],
          [3, W - 1],
          [6, 4 * W + 3],
          [70, 5 * W],
          [6, 131],
        ]) {
          for (const [transA, transB] of transposes) {
            const p = product(type, m, n, k, { transA, transB, alpha: 1.25, beta: k % 2 ? -1 : 0 });
            sameBits(runGemm(type, p, `k=${k}`, 1), orderedProduct(type, p), `${m}x${n}x${k} ${transA} ${transB}`);
          }
        }
      }
    });

    it("gives an entry the same bits in any product that holds it, whatever blocks m and n fall into", () => {
      const [m, n, k] = [70, 1031, 300];
      const p = product(type, m, n, k, { beta: 0.5 });
      const whole = runGemm(type, p, "whole");
      const forms = transposes.map(([transA, transB]) => ({
        ...p,
        transA,
        transB,
        a: transA ? transposed(p.a, m, k) : p.a,
        b: transB ? transposed(p.b, k, n) : p.b,
      }));
      for (const form of forms) sameBits(runGemm(type, form, "transposed"), whole, `${form.transA} ${form.transB}`);
      for (const [m1, n1] of [
        [1, n],
        [2, 40],
        [m, 1],
        [5, 1025],
      ]) {
        const b = type.array(k * n1).map((_, q) => p.b[Math.floor(q / n1) * n + (q % n1)]);
        const part = type.array(m1 * n1).map((_, q) => whole[Math.floor(q / n1) * n + (q % n1)]);
        const c = type.array(m1 * n1).map((_, q) => p.c[Math.floor(q / n1) * n + (q % n1)]);
        sameBits(runGemm(type, { ...p, m: m1, n: n1, b, c }, "part"), part, `${m1}x${n1}`);
      }
    });

    it("stays within the elementwise error bound of a sum in double precision", () => {
      const p = product(type, 33, 29, 600, { alpha: 1.5, beta: -2 });
      const c = runGemm(type, p, "bound");
      for (let i = 0; i < p.m; i++) {
        for (let j = 0; j < p.n; j++) {
          let [sum, size] = [0, 0];
          for (let q = 0; q < p.k; q++) {
            sum += p.a[i * p.k + q] * p.b[q * p.n + j];
            size += Math.abs(p.a[i * p.k + q] * p.b[q * p.n + j]);
          }
          const start = p.c[i * p.n + j];
          const bound = (p.k + 3) * type.epsilon * (1.5 * size + 2 * Math.abs(start));
          assert.ok(Math.abs(c[i * p.n + j] - (1.5 * sum - 2 * start)) <= bound);
        }
      }
    });

    it("is exact in small integers", () => {
      const p = product(type, 21, 35, 531);
      for (const x of [p.a, p.b, p.c]) x.forEach((v, i) => (x[i] = Math.round(8 * v)));
      const c = runGemm(type, { ...p, alpha: 2, beta: -3 }, "integers");
      c.forEach((value, at) => {
        const [i, j] = [Math.floor(at / p.n), at % p.n];
        let sum = 0;
        for (let q = 0; q < p.k; q++) sum += p.a[i * p.k + q] * p.b[q * p.n + j];
        assert.equal(value, 2 * sum - 3 * p.c[at]);
      });
    });

    it("propagates NaN and infinities, reads no C when beta = 0 and neither A nor B when alpha = 0", () => {
      for (const [m, n, k] of [
        [1, 9, 5],
        [7, 1, 5],
        [3, 9, 300],
        [21, 19, 40],
      ]) {
        for (const [transA, transB] of transposes) {
          const p = product(type, m, n, k, { transA, transB });
          p.a[Math.floor((m * k) / 2)] = NaN;
          p.b[0] = Infinity;
          p.b[n * k - 1] = -Infinity;
          p.a[0] = 0;
          sameBits(runGemm(type, p, "nan"), orderedProduct(type, p), `${m}x${n}x${k} ${transA} ${transB}`);
          p.c.fill(NaN);
          sameBits(runGemm(type, p, "beta"), orderedProduct(type, p), "C was read although beta = 0");
          const scaled = { ...p, alpha: 0, beta: 0.5, c: fill(type, m * n, generator(3)) };
          sameBits(
            runGemm(type, scaled, "alpha"),
            scaled.c.map((x) => 0.5 * x),
            "alpha = 0",
          );
          sameBits(runGemm(type, { ...p, alpha: 0 }, "zero"), type.array(m * n), "alpha = beta = 0");
        }
      }
    });

    it("adds the bias and applies relu after the last block, on every path", () => {
      for (const [m, n, k] of [
        [1, 11, 3],
        [1, 19, 300],
        [2, 5 * W + 1, 7],
        [9, 1, 300],
        [9, 23, 520],
        [5, 7 * W, 0],
        [6, 1030, 5],
      ]) {
        for (const [transA, transB] of transposes) {
          for (const relu of [false, true]) {
            const options = { transA, transB, relu, beta: 0.5, bias: fill(type, n, generator(5)) };
            const p = product(type, m, n, k, options);
            if (k > 0) p.a[0] = NaN;
            sameBits(
              runGemm(type, p, "bias", 1),
              orderedProduct(type, p),
              `${m}x${n}x${k} ${transA} ${transB} ${relu}`,
            );
            const bare = { ...p, bias: undefined, relu: true };
            sameBits(runGemm(type, bare, "relu"), orderedProduct(type, bare), "relu alone");
            const zeros = { ...bare, alpha: -1, beta: 0, a: type.array(m * k) };
            sameBits(runGemm(type, zeros, "relu"), type.array(m * n), "relu of −0 is +0");
          }
        }
      }
    });

    it("adds bias and activates after the last block of k, over panels of every width", () => {
      for (const [m, n, k] of [
        [0, 5, 5],
        [1, 1, 1],
        [7, 7 * W + 1, 300],
        [66, 3 * W, 513],
        [9, 23 * W + 1, 260],
        [3, 4 * W, 0],
      ]) {
        for (const transB of [false, true]) {
          const bias = fill(type, n, generator(9));
          const p = product(type, m, n, k, { transB, alpha: 0.5, beta: -1, relu: true, bias });
          const label = `${m}x${n}x${k} ${transB}`;
          sameBits(runGemm(type, p, label, 1), orderedProduct(type, p), label);
        }
      }
    });

    it("runs a batch as a loop of single calls, with repeated and with interleaved operands", () => {
      for (const [m, n, k] of [
        [6, 2 * W + 1, 21],
        [1, 3, 5],
        [2, 131, 530],
      ]) {
        for (const [transA, transB] of transposes) {
          for (const [strideA, strideB, gap] of [
            [m * k, k * n, 0],
            [m * k, 0, 0],
            [0, k * n, 2],
            [m * k, 0, 2],
            [m * k + 3, 0, 1],
            [0, 0, 0],
          ]) {
            raw.reset();
            const batch = 5;
            const label = `${m}x${n}x${k} ${transA} ${transB} ${strideA} ${strideB} ${gap}`;
            const next = generator(17);
            const a = fill(type, batch * (m * k + 3), next);
            const b = fill(type, batch * k * n, next);
            const strideC = m * n + gap;
            const c = fill(type, batch * strideC, next);
            const [pa, pb, pc] = [a, b, c].map((x) => raw.put(x));
            const flags = [Number(transA), Number(transB), m, n, k];
            const [lda, ldb] = [transA ? m : k, transB ? k : n];
            const work = workSpace(raw.k[`${type.letter}gemm_work`](...flags));
            const call = raw.k[`${type.letter}gemm_batched`];
            call(...flags, 1, pa, lda, strideA, pb, ldb, strideB, 0.5, pc, n, strideC, batch, work.ptr);
            work.check(label);
            const expected = c.slice();
            for (let t = 0; t < batch; t++) {
              const item = {
                ...{ transA, transB, m, n, k, alpha: 1, beta: 0.5 },
                a: a.slice(t * strideA, t * strideA + m * k),
                b: b.slice(t * strideB, t * strideB + k * n),
                c: c.slice(t * strideC, t * strideC + m * n),
              };
              expected.set(orderedProduct(type, item), t * strideC);
            }
            sameBits(type.view(raw, pc, c.length), expected, label);
          }
        }
      }
    });

    it("reads nothing beyond its operands, which may end where the memory ends", () => {
      const kernels = rawKernels();
      const low = kernels.alloc(1 << 19);
      for (const [m, n, k] of [
        [1, 1, 1],
        [1, 13, 9],
        [13, 1, 9],
        [5, W + 1, 7],
        [9, 7 * W + 3, 33],
        [67, 37, 259],
      ]) {
        for (const [transA, transB] of transposes) {
          const flags = [Number(transA), Number(transB), m, n, k];
          for (const last of ["a", "b", "c", "bias"]) {
            const end = kernels.memory.buffer.byteLength;
            const count = { a: m * k, b: k * n, c: m * n, bias: n };
            let free = low;
            const where = (name: keyof typeof count): number => {
              const bytes = count[name] * type.bytes;
              free += bytes;
              return name === last ? end - bytes : free - bytes;
            };
            const [a, b, c, bias] = (["a", "b", "c", "bias"] as const).map(where);
            const call = kernels.k[`${type.letter}gemm_epilogue`];
            const [lda, ldb] = [transA ? m : k, transB ? k : n];
            call(...flags, 1, a, lda, b, ldb, 1, c, n, bias, 1, free);
          }
        }
      }
    });

    it("agrees with the golden values", function () {
      if (!goldenAvailable) this.skip();
      for (const { name, meta, tensors } of golden("gemm")) {
        if (meta.dtype === "f32" && type.letter === "d") continue;
        const { A, B, C0, C } = tensors;
        if (A.shape.length !== 2) throw new Error(`${name}: unexpected rank`);
        const [transA, transB] = [Boolean(meta.ta), Boolean(meta.tb)];
        const [m, k] = transA ? [A.shape[1], A.shape[0]] : A.shape;
        const n = transB ? B.shape[0] : B.shape[1];
        const copy = (x: ArrayLike<number>): Product["a"] => type.array(x.length).map((_, i) => x[i]);
        const start = C0 ? copy(C0.data) : type.array(m * n);
        const [alpha, beta] = [meta.alpha ?? 1, meta.beta ?? 0];
        const p = { transA, transB, m, n, k, alpha, beta, a: copy(A.data), b: copy(B.data), c: start };
        const c = runGemm(type, p, name);
        if (name.startsWith("int-")) {
          sameBits(c, copy(C.data), name);
          continue;
        }
        const absolute = orderedProduct(dtypes[1], {
          ...{ ...p, alpha: Math.abs(alpha), beta: Math.abs(beta) },
          a: p.a.map(Math.abs),
          b: p.b.map(Math.abs),
          c: start.map(Math.abs),
        });
        c.forEach((value, i) => {
          const error = Math.abs(value - C.data[i]);
          assert.ok(error <= (k + 3) * type.epsilon * absolute[i], `${name}: entry ${i} is off by ${error}`);
        });
      }
    });
  });
}

if (!goldenAvailable) console.log(goldenSkipNote);
