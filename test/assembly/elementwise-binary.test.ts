import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";

const raw = rawKernels();
const { k } = raw;
type Letter = "s" | "d" | "i";
const bytes = { s: 4, d: 8, i: 4 } as const;
const array = { s: Float32Array, d: Float64Array, i: Int32Array } as const;
const round = { s: Math.fround, d: (v: number) => v, i: (v: number) => v | 0 } as const;
const view = (t: Letter | "b", ptr: number, n: number) =>
  t === "b" ? new Uint8Array(raw.memory.buffer, ptr, n) : new array[t](raw.memory.buffer, ptr, n);
const i32s = (v: number[]) => raw.put(Int32Array.from(v));

const maximum = (a: number, b: number) => Math.max(a, b); // as the kernels: NaN wins, −0 < 0
const minimum = (a: number, b: number) => Math.min(a, b);
const arithmetic: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum,
  minimum,
};
const comparisons: Record<string, (a: number, b: number) => number> = {
  eq: (a, b) => +(a === b),
  ne: (a, b) => +(a !== b),
  lt: (a, b) => +(a < b),
  le: (a, b) => +(a <= b),
  gt: (a, b) => +(a > b),
  ge: (a, b) => +(a >= b),
};
const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33];
const special = [NaN, 1, -0, 0, Infinity, -Infinity, 2, NaN, -3, 2147483647, -2147483648, 5];
const values = (t: Letter, n: number, shift: number) =>
  array[t].from(Array.from({ length: n }, (_, i) => special[(i * shift + i) % special.length] + (i % 3) * 0));

/** Shapes after collapsing: dims, strides of a and b, and how many elements each operand holds. */
const broadcasts: [string, number[], number[], number[]][] = [
  ["scalar", [], [], []],
  ["row vector", [5, 7], [7, 1], [0, 1]],
  ["column vector", [5, 7], [1, 0], [7, 1]],
  ["outer", [6, 9], [1, 0], [0, 1]],
  ["scalar operand", [17], [1], [0]],
  ["transposed operand", [4, 5], [5, 1], [1, 4]],
  ["reversed operand", [11], [1], [-1]],
  ["three dimensions", [2, 3, 5], [15, 5, 1], [5, 0, 1]],
  ["both repeated", [3, 8], [1, 0], [1, 0]],
  ["empty", [3, 0, 2], [0, 2, 1], [0, 2, 1]],
  ["unit leading dimension", [1, 6], [6, 1], [6, 1]],
];

/** Lowest and highest element offset a strided operand touches. */
function extent(dims: number[], strides: number[]): [number, number] {
  let [low, high] = [0, 0];
  dims.forEach((n, d) => (strides[d] < 0 ? (low += (n - 1) * strides[d]) : (high += Math.max(0, n - 1) * strides[d])));
  return [low, high];
}

function* positions(dims: number[]): Generator<number[]> {
  const n = dims.reduce((a, b) => a * b, 1);
  for (let i = 0; i < n; i++) {
    let rest = i;
    const index: number[] = [];
    for (let d = dims.length - 1; d >= 0; d--) {
      index[d] = rest % dims[d];
      rest = Math.floor(rest / dims[d]);
    }
    yield index;
  }
}
const offset = (index: number[], strides: number[]) => index.reduce((sum, i, d) => sum + i * strides[d], 0);

function checkBroadcast(name: string, t: Letter | "b", out: Letter | "b", f: (a: number, b: number) => number): void {
  const size = t === "b" ? 1 : bytes[t];
  for (const [what, dims, sa, sb] of broadcasts) {
    raw.reset();
    const operand = (strides: number[], shift: number): [number, ArrayLike<number>, number] => {
      const [low, high] = extent(dims, strides);
      const n = high - low + 1;
      const data = t === "b" ? Uint8Array.from({ length: n }, (_, i) => (i * shift) % 3) : values(t, n, shift);
      return [raw.put(data) - low * size, data, -low];
    };
    const [a, as, a0] = operand(sa, 1);
    const [b, bs, b0] = operand(sb, 2);
    const n = dims.reduce((p, q) => p * q, 1);
    const c = raw.alloc((n + 1) * (out === "b" ? 1 : bytes[out]));
    view(out, c, n + 1)[n] = 9;
    k[name](dims.length, i32s(dims), i32s(sa), i32s(sb), a, b, c);
    const want = [...positions(dims)].map((index) => f(as[a0 + offset(index, sa)], bs[b0 + offset(index, sb)]));
    assert.deepEqual([...view(out, c, n + 1)], [...want, 9], `${name}, ${what}`);
  }
}

for (const t of ["s", "d", "i"] as Letter[]) {
  describe(`elementwise: binary kernels on ${array[t].name}`, () => {
    // Integers are compared only.
    for (const [op, f] of t === "i" ? [] : Object.entries(arithmetic)) {
      const want = (a: number, b: number): number => round[t](f(a, b));
      it(op, () => {
        checkBroadcast(t + op, t, t, want);
        for (const n of sizes) {
          raw.reset();
          const [as, bs] = [values(t, n, 1), values(t, n, 2)];
          const [a, b] = [raw.put(as), raw.put(bs)];
          const run = (name: string, args: number[], expected: number[]) => {
            const c = raw.put(new array[t](n + 1).fill(9));
            k[name](n, ...args, c);
            assert.deepEqual([...view(t, c, n + 1)], [...expected, 9], `${name}, n = ${n}`);
          };
          run(
            `${t}${op}_same`,
            [a, b],
            [...as].map((v, i) => want(v, bs[i])),
          );
          run(
            `${t}${op}s`,
            [a, 3],
            [...as].map((v) => want(v, 3)),
          );
          if (op === "sub" || op === "div")
            run(
              `${t}r${op}s`,
              [a, 3],
              [...as].map((v) => want(3, v)),
            );
          k[`${t}${op}_same`](n, a, b, a);
          assert.deepEqual(
            [...view(t, a, n)],
            [...as].map((v, i) => want(v, bs[i])),
            `${op} in place`,
          );
        }
      });
    }
    for (const [op, f] of Object.entries(comparisons)) {
      it(op, () => {
        checkBroadcast(t + op, t, "b", f);
        for (const n of sizes) {
          raw.reset();
          const [as, bs] = [values(t, n, 1), values(t, n, 2)];
          const c = raw.put(new Uint8Array(n + 1).fill(9));
          for (const [stride, other] of [
            [1, (i: number) => bs[i]],
            [0, () => bs[0]],
          ] as const) {
            k[t + op](1, i32s([n]), i32s([1]), i32s([stride]), raw.put(as), raw.put(bs), c);
            const want = Array.from(as, (v, i) => f(v, other(i)));
            assert.deepEqual([...view("b", c, n + 1)], [...want, 9], `${op}, n = ${n}, stride ${stride}`);
          }
        }
      });
    }
  });
}

describe("elementwise: pow", () => {
  for (const t of ["s", "d"] as const) {
    it(`every form has the bits of the array kernel, ${t}`, () => {
      const pow = (a: number, b: number): number => {
        const [x, y, z] = [raw.put(array[t].from([a])), raw.put(array[t].from([b])), raw.alloc(8)];
        k[`${t}pow`](1, x, y, z);
        return view(t, z, 1)[0];
      };
      checkBroadcast(`${t}pow_broadcast`, t, t, pow);
      for (const n of sizes) {
        raw.reset();
        const as = values(t, n, 1);
        const a = raw.put(as);
        const c = raw.put(new array[t](n + 1).fill(9));
        k[`${t}pows`](n, a, 2.5, c);
        assert.deepEqual([...view(t, c, n + 1)], [...[...as].map((v) => pow(v, 2.5)), 9]);
      }
    });
  }
});

describe("elementwise: truth values and selection", () => {
  it("and, or, xor, not", () => {
    checkBroadcast("band", "b", "b", (a, b) => +(a !== 0 && b !== 0));
    checkBroadcast("bor", "b", "b", (a, b) => +(a !== 0 || b !== 0));
    checkBroadcast("bxor", "b", "b", (a, b) => +((a !== 0) !== (b !== 0)));
    for (const n of [0, 1, 15, 16, 17, 33]) {
      raw.reset();
      const a = raw.put(Uint8Array.from({ length: n + 1 }, (_, i) => (i === n ? 9 : i % 3)));
      k.bnot(n, a, a);
      assert.deepEqual([...view("b", a, n + 1)], [...Array.from({ length: n }, (_, i) => +(i % 3 === 0)), 9]);
    }
  });

  it("where picks bits untouched, with every broadcast", () => {
    for (const t of ["s", "d"] as const) {
      for (const [what, dims, sa, sb] of broadcasts) {
        for (const sc of [sa, sb, dims.map((_, d) => dims.slice(d + 1).reduce((p, q) => p * q, 1))]) {
          raw.reset();
          const place = (strides: number[], fill: (i: number) => number, size: number) => {
            const [low, high] = extent(dims, strides);
            const data = Array.from({ length: high - low + 1 }, (_, i) => fill(i));
            const ptr = raw.put(size === 1 ? Uint8Array.from(data) : array[t].from(data));
            return [ptr - low * size, data, -low] as const;
          };
          const [c, cs, c0] = place(sc, (i) => [0, 1, 0, 255, 128, 0, 0, 2][i % 8], 1);
          const [a, as, a0] = place(sa, (i) => i + 1, bytes[t]);
          const [b, bs, b0] = place(sb, (i) => -i - 1, bytes[t]);
          const n = dims.reduce((p, q) => p * q, 1);
          const y = raw.put(new array[t](n + 1).fill(0.5));
          k[`where${bytes[t]}`](dims.length, i32s(dims), i32s(sc), i32s(sa), i32s(sb), c, a, b, y);
          const want = [...positions(dims)].map((index) =>
            cs[c0 + offset(index, sc)] ? as[a0 + offset(index, sa)] : bs[b0 + offset(index, sb)],
          );
          assert.deepEqual([...view(t, y, n + 1)], [...want, 0.5], what);
        }
      }
    }
  });
});
