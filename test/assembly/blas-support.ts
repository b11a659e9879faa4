/** Matrices in kernel memory with guard bands, and the products in the written order of summation, rounded step by step. */
import assert from "node:assert/strict";
import { rawKernels, type RawKernels } from "../support/kernels.js";

export type FloatArray = Float32Array | Float64Array;
export const KC = 288;

export interface DType {
  readonly letter: "s" | "d";
  readonly bytes: number;
  readonly lanes: number;
  readonly epsilon: number;
  round(x: number): number;
  array(n: number): FloatArray;
  view(kernels: RawKernels, ptr: number, n: number): FloatArray;
}

export const dtypes: DType[] = [
  {
    letter: "s",
    bytes: 4,
    lanes: 4,
    epsilon: 2 ** -23,
    round: Math.fround,
    array: (n) => new Float32Array(n),
    view: (kernels, ptr, n) => kernels.f32(ptr, n),
  },
  {
    letter: "d",
    bytes: 8,
    lanes: 2,
    epsilon: 2 ** -52,
    round: (x) => x,
    array: (n) => new Float64Array(n),
    view: (kernels, ptr, n) => kernels.f64(ptr, n),
  },
];

export const raw = rawKernels();
// Below the static data: a null pointer taken for an address shows in the results.
new Uint8Array(raw.memory.buffer, 0, 1024).fill(0x41);

/** A small linear congruential generator: uniform in [−1, 1), exactly representable in f32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
}

export function fill(type: DType, n: number, next: () => number): FloatArray {
  const values = type.array(n);
  for (let i = 0; i < n; i++) values[i] = next();
  return values;
}

const GUARD = 1234.5;

/** rows × cols values stored `ld` apart between guards; `check` fails if anything but the matrix was written. */
export interface Placed {
  readonly ptr: number;
  read(): FloatArray;
  check(label: string): void;
}

export function place(type: DType, rows: number, cols: number, ld: number, values: FloatArray): Placed {
  const pad = 24;
  const total = rows * ld + 2 * pad;
  const base = raw.alloc(total * type.bytes, type.bytes);
  const all = type.view(raw, base, total).fill(GUARD);
  for (let i = 0; i < rows; i++) all.set(values.subarray(i * cols, (i + 1) * cols), pad + i * ld);
  return {
    ptr: base + pad * type.bytes,
    read() {
      const now = type.view(raw, base, total);
      const result = type.array(rows * cols);
      for (let i = 0; i < rows; i++) result.set(now.subarray(pad + i * ld, pad + i * ld + cols), i * cols);
      return result;
    },
    check(label) {
      const now = type.view(raw, base, total);
      for (let p = 0; p < total; p++) {
        const inside = p >= pad && p < pad + rows * ld && (p - pad) % ld < cols;
        if (!inside && now[p] !== GUARD) assert.fail(`${label}: wrote outside the matrix, at offset ${p - pad}`);
      }
    },
  };
}

/** Work space of exactly the bytes asked for, guarded behind. */
export function workSpace(bytes: number): { ptr: number; check(label: string): void } {
  const ptr = raw.alloc(bytes + 64);
  new Uint8Array(raw.memory.buffer, ptr, bytes).fill(0xff);
  new Uint8Array(raw.memory.buffer, ptr + bytes, 64).fill(0xa5);
  return {
    ptr,
    check(label) {
      const guard = new Uint8Array(raw.memory.buffer, ptr + bytes, 64);
      assert.ok(
        guard.every((x) => x === 0xa5),
        `${label}: wrote beyond the work space of ${bytes} bytes`,
      );
    },
  };
}

export interface Product {
  transA: boolean;
  transB: boolean;
  m: number;
  n: number;
  k: number;
  alpha: number;
  beta: number;
  a: FloatArray;
  b: FloatArray;
  c: FloatArray;
  bias?: FloatArray;
  relu?: boolean;
  /** Multiplies op(A)_ip before the product. */
  weights?: FloatArray;
}

/** The product as docs/architecture.md orders it: what every path must give to the bit. */
export function orderedProduct(type: DType, p: Product): FloatArray {
  const { round } = type;
  const { m, n, k, alpha, beta } = p;
  const c = type.array(m * n);
  const column = new Float64Array(k);
  for (let j = 0; j < n; j++) {
    for (let q = 0; q < k; q++) column[q] = p.transB ? p.b[j * k + q] : p.b[q * n + j];
    for (let i = 0; i < m; i++) {
      let value = beta === 0 ? 0 : round(beta * p.c[i * n + j]);
      for (let from = 0; from < k && alpha !== 0; from += KC) {
        let sum = 0;
        for (let q = from; q < Math.min(k, from + KC); q++) {
          let x = p.transA ? p.a[q * m + i] : p.a[i * k + q];
          if (p.weights) x = round(p.weights[q] * x);
          sum = round(sum + round(x * column[q]));
        }
        const scaled = round(alpha * sum);
        value = from === 0 && beta === 0 ? scaled : round(value + scaled);
      }
      if (p.bias) value = round(value + p.bias[j]);
      if (p.relu) value = Number.isNaN(value) ? NaN : Math.max(value, 0);
      c[i * n + j] = value;
    }
  }
  return c;
}

/** Equal bits, any NaN being equal to any other. */
export function sameBits(actual: FloatArray, expected: FloatArray, label: string): void {
  assert.equal(actual.length, expected.length, label);
  for (let i = 0; i < actual.length; i++) {
    if (!Object.is(actual[i], expected[i]))
      assert.fail(`${label}: entry ${i} is ${actual[i]}, expected ${expected[i]}`);
  }
}

/** Calls `<t>gemm` or `<t>gemm_epilogue` on copies of the operands with rows `pad` elements longer than needed. */
export function runGemm(type: DType, p: Product, label: string, pad = 0): FloatArray {
  raw.reset();
  const { m, n, k } = p;
  const [rowsA, colsA] = p.transA ? [k, m] : [m, k];
  const [rowsB, colsB] = p.transB ? [n, k] : [k, n];
  const [lda, ldb, ldc] = [colsA + pad, colsB + 2 * pad, n + 3 * pad].map((ld) => Math.max(ld, 1));
  const flags = [Number(p.transA), Number(p.transB), m, n, k];
  const a = place(type, rowsA, colsA, lda, p.a);
  const b = place(type, rowsB, colsB, ldb, p.b);
  const c = place(type, m, n, ldc, p.c);
  const work = workSpace(raw.k[`${type.letter}gemm_work`](...flags));
  if (p.bias || p.relu) {
    const bias = p.bias ? place(type, 1, n, n, p.bias).ptr : 0;
    const epilogue = raw.k[`${type.letter}gemm_epilogue`];
    epilogue(...flags, p.alpha, a.ptr, lda, b.ptr, ldb, p.beta, c.ptr, ldc, bias, Number(p.relu ?? false), work.ptr);
  } else {
    raw.k[`${type.letter}gemm`](...flags, p.alpha, a.ptr, lda, b.ptr, ldb, p.beta, c.ptr, ldc, work.ptr);
  }
  for (const guarded of [a, b, c, work]) guarded.check(label);
  return c.read();
}
