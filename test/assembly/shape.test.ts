import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";

const raw = rawKernels();
const { k } = raw;
const i32s = (v: number[]) => raw.put(Int32Array.from(v));
const types = { 1: Uint8Array, 4: Int32Array, 8: Float64Array } as const;
const floats = { s: Float32Array, d: Float64Array } as const;
const product = (v: number[]) => v.reduce((a, b) => a * b, 1);

/** Element offsets of a view, in row-major order of its dimensions. */
function offsets(dims: number[], strides: number[]): number[] {
  let all = [0];
  dims.forEach((n, d) => (all = all.flatMap((o) => Array.from({ length: n }, (_, i) => o + i * strides[d]))));
  return all;
}

/** Views of a buffer: name, dims, strides, offset of the first element. */
const views: [string, number[], number[], number][] = [
  ["scalar", [], [], 0],
  ["contiguous", [37], [1], 0],
  ["transposes", [5, 3], [1, 5], 0],
  ["transpose 17×23", [17, 23], [1, 17], 0],
  ["transpose 64×36", [64, 36], [1, 64], 0],
  ["transpose of a slice", [9, 18], [1, 12], 2],
  ["batched transpose", [3, 10, 7], [70, 1, 10], 0],
  ["reversal of axes", [6, 5, 9], [1, 6, 30], 0],
  ["NCHW to NHWC", [2, 6, 5, 8], [240, 5, 1, 30], 0],
  ["slice with step", [4, 5], [20, 3], 1],
  ["flip", [4, 6], [-6, -1], 23],
  ["flipped transpose", [8, 8], [1, -8], 56],
  ["repeated", [3, 5], [0, 1], 0],
  ["repeated inside", [4, 6], [1, 0], 0],
  ["empty", [3, 0], [1, 3], 0],
  ["one row", [1, 8], [1, 1], 0],
];

describe("shape: strided copies", () => {
  for (const size of [1, 4, 8] as const) {
    it(`copy and put, ${size} bytes`, () => {
      for (const [what, dims, strides, first] of views) {
        raw.reset();
        const where = offsets(dims, strides).map((o) => o + first);
        const n = product(dims);
        const length = Math.max(...where, 0) + 1;
        const source = types[size].from(Array.from({ length }, (_, i) => (i * 37 + 11) % 251));
        const src = raw.put(source);
        const dst = raw.put(new types[size](n + 1).fill(7));
        const [d, s] = [i32s(dims), i32s(strides)];
        k[`copy_strided${size}`](dims.length, d, s, src + first * size, dst);
        const got = [...new types[size](raw.memory.buffer, dst, n + 1)];
        assert.deepEqual(got, [...where.map((o) => source[o]), 7], what);

        if (what.startsWith("repeated")) continue;
        const back = raw.put(new types[size](length).fill(3));
        k[`put_strided${size}`](dims.length, d, s, dst, back + first * size);
        const want = new types[size](length).fill(3);
        where.forEach((o) => (want[o] = source[o]));
        assert.deepEqual(new types[size](raw.memory.buffer, back, length), want, `put ${what}`);
      }
    });
  }

  for (const t of ["s", "d"] as const) {
    it(`adds into a view in order, ${t}`, () => {
      for (const [what, dims, strides, first] of views) {
        raw.reset();
        const where = offsets(dims, strides).map((o) => o + first);
        const dense = floats[t].from(where.map((_, i) => 10 ** (i % 7) * (i % 2 ? -1.1 : 1.3)));
        const want = new floats[t](Math.max(...where, 0) + 1).fill(0.1);
        const ptr = raw.put(want);
        const size = dense.BYTES_PER_ELEMENT;
        k[`${t}add_strided`](dims.length, i32s(dims), i32s(strides), raw.put(dense), ptr + first * size);
        where.forEach((o, i) => (want[o] += dense[i]));
        assert.deepEqual(new floats[t](raw.memory.buffer, ptr, want.length), want, what);
      }
    });
  }

  it("neither reads nor writes outside at the end of memory", () => {
    for (const size of [4, 8] as const) {
      const pages = raw.memory.grow(1) + 1;
      const [rows, cols] = [7, 9];
      const end = pages * 65536;
      const src = end - rows * cols * size;
      const dst = src - rows * cols * size;
      new types[size](raw.memory.buffer, src, rows * cols).forEach((_, i, a) => (a[i] = i));
      raw.reset();
      k[`copy_strided${size}`](2, i32s([cols, rows]), i32s([1, cols]), src, dst);
      const want = Array.from({ length: rows * cols }, (_, i) => (i % rows) * cols + Math.floor(i / rows));
      assert.deepEqual([...new types[size](raw.memory.buffer, dst, rows * cols)], want);
      k[`copy_strided${size}`](2, i32s([cols, rows]), i32s([1, cols]), dst, src);
    }
  });
});

describe("shape: gather and scatter-add", () => {
  it("gathers rows of any width", () => {
    for (const rowBytes of [0, 1, 2, 4, 6, 8, 12, 16, 20, 33, 256, 300]) {
      raw.reset();
      const [outer, n, index] = [2, 4, [3, 0, 0, 2, 3]];
      const x = Uint8Array.from({ length: outer * n * rowBytes }, (_, i) => (i * 31) % 256);
      const m = index.length;
      const y = raw.put(new Uint8Array(outer * m * rowBytes + 1).fill(7));
      assert.equal(k.gather(outer, n, rowBytes, m, i32s(index), raw.put(x), y), 0);
      const want = Array.from({ length: outer * m * rowBytes }, (_, p) => {
        const [o, q] = [Math.floor(p / (m * rowBytes)), Math.floor(p / rowBytes) % m];
        return x[(o * n + index[q]) * rowBytes + (p % rowBytes)];
      });
      assert.deepEqual([...new Uint8Array(raw.memory.buffer, y, want.length + 1)], [...want, 7]);
    }
  });

  it("refuses an index out of range and writes nothing", () => {
    raw.reset();
    const y = raw.put(new Float64Array(6).fill(7));
    const x = raw.put(new Float64Array(6));
    for (const [index, position] of [
      [[0, 3], 2],
      [[-1, 0], 1],
      [[2, -2147483648], 2],
    ] as [number[], number][]) {
      assert.equal(k.gather(1, 3, 8, 2, i32s(index), x, y), position);
      assert.equal(k.sscatter_add(1, 3, 1, 2, i32s(index), x, y), position);
      assert.equal(k.dscatter_add(1, 3, 1, 2, i32s(index), x, y), position);
    }
    assert.equal(k.gather(1, 0, 8, 1, i32s([0]), x, y), 1);
    assert.equal(k.gather(1, 0, 8, 0, 0, x, y), 0);
    assert.deepEqual([...raw.f64(y, 6)], Array(6).fill(7));
  });

  for (const t of ["s", "d"] as const) {
    it(`scatter-add sums repeated indices in ascending order, ${t}`, () => {
      for (const inner of [0, 1, 2, 3, 4, 5, 9]) {
        raw.reset();
        const [outer, n, index] = [2, 3, [2, 0, 2, 2, 1]];
        const g = floats[t].from(
          Array.from({ length: outer * index.length * inner }, (_, i) => 10 ** (i % 9) * Math.sin(i + 1)),
        );
        const want = new floats[t](outer * n * inner + 1).fill(0.5);
        const y = raw.put(want);
        assert.equal(k[`${t}scatter_add`](outer, n, inner, index.length, i32s(index), raw.put(g), y), 0);
        for (let p = 0; p < g.length; p++) {
          const [o, q] = [Math.floor(p / (index.length * inner)), Math.floor(p / inner) % index.length];
          want[(o * n + index[q]) * inner + (p % inner)] += g[p];
        }
        assert.deepEqual(new floats[t](raw.memory.buffer, y, want.length), want);
      }
    });
  }
});
