/** What the tests of assembly/nn share: typed memory for one dtype, random data, golden cases and derivative checks. */
import assert from "node:assert/strict";
import { distance, golden, goldenAvailable, goldenSkipNote, type GoldenCase } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";

export const kernels = rawKernels();
export type Dtype = "s" | "d";
export const dtypes: Dtype[] = ["s", "d"];

export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const integers = (n: number, next: () => number): Float64Array =>
  Float64Array.from({ length: n }, () => Math.floor(next() * 7) - 3);
export const reals = (n: number, next: () => number): Float64Array =>
  Float64Array.from({ length: n }, () => next() * 2 - 1);
export const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, v, i) => sum + v * b[i], 0);

const GUARD = 16;
const CANARY = 12345;

/** Memory of one dtype; outputs lie between guard bands and begin full of NaN. */
export class Memory {
  readonly dtype: Dtype;
  readonly bytes: number;
  private readonly outputs: { ptr: number; n: number }[] = [];
  constructor(dtype: Dtype) {
    kernels.reset();
    this.dtype = dtype;
    this.bytes = dtype === "s" ? 4 : 8;
  }
  get eps(): number {
    return this.dtype === "s" ? 2 ** -23 : 2 ** -52;
  }
  round = (v: number): number => (this.dtype === "s" ? Math.fround(v) : v);
  view(ptr: number, n: number): Float32Array | Float64Array {
    return this.dtype === "s" ? kernels.f32(ptr, n) : kernels.f64(ptr, n);
  }
  put(values?: ArrayLike<number>): number {
    if (!values) return 0;
    const ptr = kernels.alloc(values.length * this.bytes, this.bytes);
    this.view(ptr, values.length).set(values);
    return ptr;
  }
  ints(values: ArrayLike<number>): number {
    const ptr = kernels.alloc(values.length * 4);
    kernels.i32(ptr, values.length).set(values);
    return ptr;
  }
  out(n: number): number {
    const ptr = kernels.alloc((n + 2 * GUARD) * this.bytes, this.bytes);
    const all = this.view(ptr, n + 2 * GUARD);
    all.fill(CANARY);
    all.fill(NaN, GUARD, GUARD + n);
    this.outputs.push({ ptr, n });
    return ptr + GUARD * this.bytes;
  }
  get(ptr: number, n: number): Float64Array {
    return Float64Array.from(this.view(ptr, n));
  }
  /** Calls a kernel of this dtype, then checks every guard band. */
  call(name: string, ...args: number[]): number {
    const result = kernels.k[this.dtype + name](...args);
    for (const { ptr, n } of this.outputs) {
      const all = this.view(ptr, n + 2 * GUARD);
      for (let i = 0; i < GUARD; i++) {
        assert.ok(all[i] === CANARY && all[GUARD + n + i] === CANARY, `${name} wrote outside its output`);
      }
    }
    return result;
  }
}

/** Central differences of the f64 function `f` at x along random directions against its gradient. */
export function checkGradient(f: (x: Float64Array) => number, x: Float64Array, gradient: Float64Array): void {
  const next = generator(99);
  for (let trial = 0; trial < 3; trial++) {
    const v = reals(x.length, next);
    const h = 4e-4;
    const at = (s: number): number => f(x.map((value, i) => value + s * v[i]));
    const slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    const want = inner(gradient, v);
    assert.ok(Math.abs(slope - want) <= 1e-8 * (1 + Math.abs(want)), `slope ${slope}, gradient gives ${want}`);
  }
}

/** |got − want| ≤ factor·eps·(|want| + scale) in every element. */
export function close(m: Memory, got: ArrayLike<number>, want: ArrayLike<number>, factor: number, scale = 1): void {
  assert.equal(got.length, want.length);
  for (let i = 0; i < got.length; i++) {
    const bound = factor * m.eps * (Math.abs(want[i]) + scale);
    assert.ok(Math.abs(got[i] - want[i]) <= bound, `[${i}]: ${got[i]} against ${want[i]}, bound ${bound}`);
  }
}

/** Σ by the tree of docs/architecture.md, every operation rounded. */
export function treeSum(terms: ArrayLike<number>, round: (v: number) => number): number {
  const block = (lo: number, hi: number): number => {
    const lane = new Array(8).fill(0);
    for (let i = lo; i < hi; i++) lane[(i - lo) % 8] = round(lane[(i - lo) % 8] + terms[i]);
    const add = (a: number, b: number): number => round(a + b);
    const [l0, l1, l2, l3] = [0, 1, 2, 3].map((i) => add(lane[i], lane[i + 4]));
    return add(add(l0, l2), add(l1, l3));
  };
  const range = (lo: number, hi: number): number => {
    if (hi - lo <= 1) return block(lo * 512, Math.min(hi * 512, terms.length));
    const mid = lo + Math.ceil((hi - lo) / 2);
    return round(range(lo, mid) + range(mid, hi));
  };
  return range(0, Math.ceil(terms.length / 512));
}

/** [N, C, HW] → [N, HW, C]. */
export function channelsLast(a: ArrayLike<number>, shape: number[]): Float64Array {
  const [n, c] = shape;
  const hw = shape.slice(2).reduce((p, v) => p * v, 1);
  const out = new Float64Array(a.length);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < c; j++) for (let p = 0; p < hw; p++) out[(i * hw + p) * c + j] = a[(i * c + j) * hw + p];
  return out;
}

export interface GoldenRun {
  readonly item: GoldenCase;
  readonly m: Memory;
  /** A tensor of the case in the order of its file. */
  data(name: string): number[];
  /** A feature map [N, C, …] of the case with its channels last. */
  map(name: string): Float64Array;
  /** ‖got − the case's tensor‖ within its stated tolerance; `got` has its channels last when `asMap`. */
  check(name: string, got: ArrayLike<number>, asMap?: boolean): void;
}

/** One test for each dtype and golden case whose name matches. */
export function goldenCases(pattern: RegExp, run: (g: GoldenRun) => void): void {
  if (!goldenAvailable) {
    it(goldenSkipNote);
    return;
  }
  for (const item of golden("nn").filter((c) => pattern.test(c.name))) {
    for (const dtype of dtypes) {
      it(`${dtype}: golden ${item.name}`, () => {
        const t = item.tensors;
        const map = (name: string): Float64Array => channelsLast(t[name].data, t[name].shape);
        run({
          item,
          m: new Memory(dtype),
          data: (name) => Array.from(t[name].data),
          map,
          check(name, got, asMap = false) {
            const bound = item.meta.tol[name][dtype === "s" ? "f32" : "f64"];
            const error = distance(got, asMap ? map(name) : t[name].data);
            assert.ok(error <= bound, `${name}: ${error} > ${bound}`);
          },
        });
      });
    }
  }
}
