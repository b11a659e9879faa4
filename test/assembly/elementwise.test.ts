import assert from "node:assert/strict";
import { distance, golden, goldenAvailable, goldenSkipNote } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";

const raw = rawKernels();
const { k } = raw;
type Letter = "s" | "d";
const bytes = { s: 4, d: 8 } as const;
const array = { s: Float32Array, d: Float64Array } as const;
const round = { s: Math.fround, d: (v: number) => v } as const;
const letters: Letter[] = ["s", "d"];
const read = (t: Letter, ptr: number, n: number) => (t === "s" ? raw.f32(ptr, n) : raw.f64(ptr, n));
const u8 = (ptr: number, n: number) => new Uint8Array(raw.memory.buffer, ptr, n);
const i32s = (...v: number[]) => raw.put(Int32Array.from(v));

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 61];
const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, 1.5, 2.5, -0.5, -2.5, 1e-30, -3e30, 700, -700, 0.1];
/** Specials first, then a deterministic spread of ordinary numbers. */
const sample = (n: number, seed = 1) =>
  Array.from({ length: n }, (_, i) =>
    i < special.length && seed === 1 ? special[i] : Math.sin(i * 12.9898 + seed * 78.233) * 6,
  );

/** Runs `kernel(n, …)` at every size on `from`, at odd alignment, with a guard element, in place and out of place. */
function checkUnary(name: string, scalars: number[], expected: (x: number, t: Letter) => number, ulps = 0): void {
  for (const t of letters) {
    for (const n of sizes) {
      raw.reset();
      const values = array[t].from(sample(n + 1).slice(0, n));
      const x = raw.alloc((n + 1) * bytes[t], bytes[t]);
      const y = raw.alloc((n + 1) * bytes[t], bytes[t]);
      read(t, x, n).set(values);
      read(t, x, n + 1)[n] = 77;
      read(t, y, n + 1).fill(77);
      k[t + name](n, ...scalars, x, y);
      const got = read(t, y, n + 1);
      values.forEach((v, i) => closeTo(got[i], round[t](expected(v, t)), t, ulps, `${t + name}(${v})`));
      assert.equal(got[n], 77, `${t + name} wrote behind its end at n = ${n}`);
      k[t + name](n, ...scalars, x, x);
      assert.deepEqual(read(t, x, n + 1), got, `${t + name} in place, n = ${n}`);
    }
  }
}

/** Within `ulps` units of the last place of the expected value (0: the same number and the same zero). */
function closeTo(got: number, want: number, t: Letter, ulps: number, what: string): void {
  if (Object.is(got, want)) return;
  const ulp = Math.max(Math.abs(want) * (t === "s" ? 2 ** -23 : 2 ** -52), t === "s" ? 2 ** -149 : 2 ** -1074);
  assert.ok(ulps > 0 && Math.abs(got - want) <= ulps * ulp, `${what} = ${got}, expected ${want}`);
}

const roundEven = (x: number) => {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : Object.is(r, 0) && x < 0 ? -0 : r;
};

describe("elementwise: unary", () => {
  const cases: Record<string, (x: number, t: Letter) => number> = {
    neg: (x) => -x,
    abs: Math.abs,
    sqrt: Math.sqrt,
    square: (x) => x * x,
    recip: (x) => 1 / x,
    sign: Math.sign,
    floor: Math.floor,
    ceil: Math.ceil,
    round: roundEven,
    relu: (x) => (x <= 0 ? 0 : x),
    signSqrt: (x) => (x === 0 ? x : Math.sign(x) * Math.sqrt(Math.abs(x))),
  };
  for (const [name, f] of Object.entries(cases)) it(name, () => checkUnary(name, [], f));

  it("leakyRelu", () => {
    checkUnary("leakyRelu", [0.25], (x) => (x > 0 ? x : 0.25 * x));
  });
  // The references here are good to a few ulp themselves: 4 is the bound of kernel and reference together.
  it("elu, softplus, silu", () => {
    checkUnary("elu", [1.5], (x) => (x > 0 ? x : 1.5 * Math.expm1(x)), 4);
    checkUnary("softplus", [], (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), 4);
    checkUnary("silu", [], (x) => (x === -Infinity ? -0 : x < -690 ? x * Math.exp(x) : x / (1 + Math.exp(-x))), 4);
  });
  it("gelu at its limits", () => {
    for (const t of letters) {
      raw.reset();
      const x = raw.put(array[t].from([-Infinity, Infinity, NaN, 0, -100, 100]));
      k[`${t}gelu`](6, x, x);
      assert.deepEqual([...read(t, x, 6)], [-0, Infinity, NaN, 0, -0, 100]);
    }
  });
});

describe("elementwise: golden activations", function () {
  if (!goldenAvailable) return void it(goldenSkipNote);
  const cases = golden("nn").filter((c) => c.meta.op === "act");
  const params: Record<string, number[]> = { leakyrelu: [0.1], elu: [1] };
  const kernel: Record<string, string> = { leakyrelu: "leakyRelu", signsqrt: "signSqrt" };
  const fromOutput = new Set(["relu", "sigmoid", "tanh"]);
  for (const c of cases) {
    const fn: string = c.meta.fn;
    if (["abs", "sqrt", "exp"].includes(fn)) continue; // adjoints composed of other kernels
    for (const t of letters) {
      const type = t === "s" ? "f32" : "f64";
      it(`${c.name} ${type}`, () => {
        raw.reset();
        const n = c.tensors.X.data.length;
        const name = t + (kernel[fn] ?? fn);
        const x = raw.put(array[t].from(c.tensors.X.data));
        const g = raw.put(array[t].from(c.tensors["ct.Y"].data));
        const y = raw.alloc(n * bytes[t]);
        if (name in k) {
          k[name](n, ...(params[fn] ?? []), x, y);
          assert.ok(distance(read(t, y, n), c.tensors.Y.data) <= c.meta.tol.Y[type]);
        } else {
          read(t, y, n).set(c.tensors.Y.data);
        }
        const scalars = fn === "signsqrt" ? [0] : (params[fn] ?? []);
        k[`${name}_vjp`](n, ...scalars, fromOutput.has(fn) ? y : x, g, g);
        assert.ok(distance(read(t, g, n), c.tensors["grad.X"].data) <= c.meta.tol["grad.X"][type]);
      });
    }
  }
});

describe("elementwise: adjoints", () => {
  const values = [NaN, Infinity, -Infinity, 0, -0, 2, -2, 30, -30];
  const run = (t: Letter, name: string, scalars: number[], x = values, g = 1) => {
    raw.reset();
    const px = raw.put(array[t].from(x));
    const pg = raw.put(new array[t](x.length).fill(g));
    const out = raw.alloc(x.length * bytes[t]);
    k[t + name](x.length, ...scalars, px, pg, out);
    return [...read(t, out, x.length)];
  };
  for (const t of letters) {
    it(`limits and special values, ${t}`, () => {
      assert.deepEqual(run(t, "relu_vjp", [], values, 3), [3, 3, 0, 0, 0, 3, 0, 3, 0]);
      assert.deepEqual(run(t, "leakyRelu_vjp", [0.5], values, 3).slice(1), [3, 1.5, 1.5, 1.5, 3, 1.5, 3, 1.5]);
      assert.deepEqual(run(t, "elu_vjp", [0.5], [Infinity, -Infinity, 0, 2]), [1, 0, 0.5, 1]);
      assert.deepEqual(run(t, "softplus_vjp", [], [NaN, Infinity, -Infinity, 0]), [NaN, 1, 0, 0.5]);
      for (const name of ["silu_vjp", "gelu_vjp"]) {
        const [nan, inf, minus, zero] = run(t, name, [], [NaN, Infinity, -Infinity, 0]);
        assert.ok(Number.isNaN(nan) && inf === 1 && minus === 0 && zero === 0.5, name);
      }
      assert.deepEqual(run(t, "signSqrt_vjp", [0], [0, 4, -4, Infinity]), [Infinity, 0.25, 0.25, 0]);
      assert.deepEqual(run(t, "signSqrt_vjp", [0.5], [0, 4]), [1, 0.2].map(round[t]));
      assert.deepEqual(run(t, "sigmoid_vjp", [], [0.25, 1], 4), [0.75, 0]);
      assert.deepEqual(run(t, "tanh_vjp", [], [0.5, 1], 4), [3, 0]);
    });
  }

  it("agree with central differences of the kernels (f64)", () => {
    const x = Array.from({ length: 37 }, (_, i) => (i - 18) / 3 + 0.05);
    const h = 1e-6;
    for (const [name, scalars] of [
      ["softplus", []],
      ["silu", []],
      ["gelu", []],
      ["elu", [0.7]],
      ["leakyRelu", [0.2]],
      ["signSqrt", []],
    ] as [string, number[]][]) {
      const at = (shift: number) => {
        raw.reset();
        const p = raw.put(Float64Array.from(x, (v) => v + shift));
        k[`d${name}`](x.length, ...scalars, p, p);
        return [...raw.f64(p, x.length)];
      };
      const [above, under] = [at(h), at(-h)];
      const exact = run("d", `${name}_vjp`, name === "signSqrt" ? [0] : scalars, x);
      // (y₊ − y₋)/2h: truncation below 1e-9 on this range, rounding about 1e-9.
      exact.forEach((d, i) => assert.ok(Math.abs((above[i] - under[i]) / (2 * h) - d) < 5e-9, `${name} at ${x[i]}`));
    }
  });
});

describe("elementwise: clip, accumulate, axpby", () => {
  it("clip and its adjoint", () => {
    checkUnary("clip", [-1, 2], (x) => (Number.isNaN(x) ? NaN : Math.min(Math.max(x, -1), 2)));
    for (const t of letters) {
      raw.reset();
      const x = raw.put(array[t].from([-1.5, -1, 0, 2, 2.5, NaN, 1]));
      const g = raw.put(array[t].from([1, 2, 3, 4, 5, 6, 7]));
      k[`${t}clip_vjp`](7, -1, 2, x, g, g);
      assert.deepEqual([...read(t, g, 7)], [0, 2, 3, 4, 0, 0, 7]);
    }
  });
  it("accumulate and axpby, beta = 0 never reads y", () => {
    for (const t of letters) {
      for (const n of sizes) {
        raw.reset();
        const xs = array[t].from(sample(n, 2));
        const ys = array[t].from(sample(n, 3));
        const [x, y, z, w] = [raw.put(xs), raw.put(ys), raw.put(ys), raw.put(new array[t](n + 1).fill(NaN))];
        k[`${t}accumulate`](n, x, y);
        assert.deepEqual(
          [...read(t, y, n)],
          [...xs].map((v, i) => round[t](ys[i] + v)),
        );
        k[`${t}axpby`](n, 2.5, x, -0.5, z);
        assert.deepEqual(
          [...read(t, z, n)],
          [...xs].map((v, i) => round[t](round[t](2.5 * v) + -0.5 * ys[i])),
        );
        k[`${t}axpby`](n, 2.5, x, 0, w);
        assert.deepEqual([...read(t, w, n + 1)], [...[...xs].map((v) => round[t](2.5 * v)), NaN]);
      }
    }
  });
});

describe("elementwise: casts and fills", () => {
  it("casts round, saturate and keep truth", () => {
    raw.reset();
    const floats = [1.9, -1.9, NaN, Infinity, -Infinity, 3e9, -3e9, 255.9, 256, -1, 0, -0, 1e-45];
    const n = floats.length;
    for (const [t, type] of [
      ["s", "f32"],
      ["d", "f64"],
    ] as const) {
      const x = raw.put(array[t].from(floats));
      const y = raw.alloc(8 * n);
      k[`cast_${type}_i32`](n, x, y);
      const max = 2 ** 31 - 1;
      assert.deepEqual([...raw.i32(y, n)], [1, -1, 0, max, -max - 1, max, -max - 1, 255, 256, -1, 0, 0, 0]);
      k[`cast_${type}_u8`](n, x, y);
      assert.deepEqual([...u8(y, n)], [1, 0, 0, 255, 0, 255, 0, 255, 255, 0, 0, 0, 0]);
      k[`cast_${type}_bool`](n, x, y);
      assert.deepEqual([...u8(y, n)], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1]);
    }
    for (const m of [0, 1, 2, 3, 13]) {
      const x = raw.put(Float64Array.from(floats.slice(0, m)));
      const y = raw.put(new Float32Array(m + 1).fill(5));
      k.cast_f64_f32(m, x, y);
      assert.deepEqual([...raw.f32(y, m + 1)], [...floats.slice(0, m).map(Math.fround), 5]);
      const z = raw.put(new Float64Array(m + 1).fill(5));
      k.cast_f32_f64(m, y, z);
      assert.deepEqual([...raw.f64(z, m + 1)], [...floats.slice(0, m).map(Math.fround), 5]);
    }
    const ints = [0, 1, -1, 16777217, -2147483648, 300];
    const x = raw.put(Int32Array.from(ints));
    const y = raw.alloc(64);
    k.cast_i32_f32(6, x, y);
    assert.deepEqual([...raw.f32(y, 6)], ints.map(Math.fround));
    k.cast_i32_f64(6, x, y);
    assert.deepEqual([...raw.f64(y, 6)], ints);
    k.cast_i32_u8(6, x, y);
    assert.deepEqual([...u8(y, 6)], [0, 1, 0, 255, 0, 255]);
    k.cast_i32_bool(6, x, y);
    assert.deepEqual([...u8(y, 6)], [0, 1, 1, 1, 1, 1]);
    const b = raw.put(Uint8Array.from([0, 1, 255]));
    k.cast_u8_f32(3, b, y);
    assert.deepEqual([...raw.f32(y, 3)], [0, 1, 255]);
    k.cast_u8_f64(3, b, y);
    assert.deepEqual([...raw.f64(y, 3)], [0, 1, 255]);
    k.cast_u8_i32(3, b, y);
    assert.deepEqual([...raw.i32(y, 3)], [0, 1, 255]);
  });

  it("fill, eye, oneHot", () => {
    for (const n of sizes) {
      raw.reset();
      const y = raw.put(new Float64Array(n + 1).fill(7));
      k.dfill(n, -0.1, y);
      assert.deepEqual([...raw.f64(y, n + 1)], [...Array(n).fill(-0.1), 7]);
      const z = raw.put(new Float32Array(n + 1).fill(7));
      k.sfill(n, 0.5, z);
      assert.deepEqual([...raw.f32(z, n + 1)], [...Array(n).fill(0.5), 7]);
    }
    for (const [rows, cols, offset] of [
      [3, 4, 0],
      [4, 3, 1],
      [3, 3, -2],
      [2, 2, 5],
      [2, 2, -5],
      [0, 3, 0],
    ]) {
      for (const t of letters) {
        const y = raw.put(new array[t](rows * cols + 1).fill(9));
        k[`${t}eye`](rows, cols, offset, y);
        const want = Array.from({ length: rows * cols }, (_, i) => +((i % cols) - Math.floor(i / cols) === offset));
        assert.deepEqual([...read(t, y, rows * cols + 1)], [...want, 9]);
      }
    }
    for (const t of letters) {
      const y = raw.put(new array[t](6).fill(9));
      assert.equal(k[`${t}oneHot`](2, 3, i32s(2, 3), y), 2);
      assert.equal(k[`${t}oneHot`](2, 3, i32s(-1, 0), y), 1);
      assert.deepEqual([...read(t, y, 6)], Array(6).fill(9));
      assert.equal(k[`${t}oneHot`](2, 3, i32s(2, 0), y), 0);
      assert.deepEqual([...read(t, y, 6)], [0, 0, 1, 1, 0, 0]);
    }
  });
});
