import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";

const raw = rawKernels();
const { k } = raw;
const u8 = (ptr: number, n: number) => new Uint8Array(raw.memory.buffer, ptr, n);
const u32 = (ptr: number, n: number) => new Uint32Array(raw.memory.buffer, ptr, n);
const hex = (v: Uint32Array) => [...v].map((w) => w.toString(16).padStart(8, "0")).join(" ");
/** key0, key1, stream, block low, block high */
const name = [12345, 678, 9, 0, 0];

describe("random: Philox4x32-10", () => {
  // kat_vectors of Random123 1.14
  const ones = 0xffffffff;
  const known: [number[], string][] = [
    [[0, 0, 0, 0, 0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [[ones, ones, ones, ones, ones, ones], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ];
  known.forEach(([words, want], i) =>
    it(`known answer ${i + 1}`, () => {
      raw.reset();
      const y = raw.alloc(16);
      k.philox(...words, y);
      assert.equal(hex(u32(y, 4)), want);
    }),
  );
});

/** Draws n elements; `take` reads them. */
const draw = <T>(
  kernel: string,
  n: number,
  args: number[],
  size: number,
  take: (p: number, n: number) => T,
  id = name,
) => {
  raw.reset();
  const y = raw.alloc((n + 1) * size);
  k[kernel](n, ...id, ...args, y);
  return take(y, n);
};
const copy32 = (p: number, n: number) => [...raw.f32(p, n)];
const copy64 = (p: number, n: number) => [...raw.f64(p, n)];
const copyI = (p: number, n: number) => [...raw.i32(p, n)];
const copyU8 = (p: number, n: number) => [...u8(p, n)];

const kernels: [string, number[], number, (p: number, n: number) => number[], number][] = [
  ["suniform", [-1, 3], 4, copy32, 4],
  ["duniform", [-1, 3], 8, copy64, 2],
  ["snormal", [0.5, 2], 4, copy32, 2],
  ["dnormal", [0.5, 2], 8, copy64, 2],
  ["bernoulli", [0.3], 1, copyU8, 4],
  ["irandint", [-3, 8], 4, copyI, 4],
];

describe("random: a draw is a function of seed, stream and position", () => {
  for (const [kernel, args, size, take, perBlock] of kernels) {
    it(kernel, () => {
      const whole = draw(kernel, 67, args, size, take);
      for (let n = 0; n < 20; n++) {
        assert.deepEqual(draw(kernel, n, args, size, take), whole.slice(0, n), `length ${n}`);
      }
      const later = draw(kernel, 67 - 5 * perBlock, args, size, take, [name[0], name[1], name[2], 5, 0]);
      assert.deepEqual(later, whole.slice(5 * perBlock), "continues at block 5");
      for (let word = 0; word < 5; word++) {
        const other = name.map((v, i) => (i === word ? v + 1 : v));
        assert.notDeepEqual(draw(kernel, 67, args, size, take, other), whole, `word ${word} of the name`);
      }
      const wrap = draw(kernel, 3 * perBlock, args, size, take, [1, 2, 3, 0xffffffff, 5]);
      const next = draw(kernel, 2 * perBlock, args, size, take, [1, 2, 3, 0, 6]);
      assert.deepEqual(wrap.slice(perBlock), next, "the counter carries into its high word");
      const guard = draw(kernel, 5, args, size, (p) => {
        u8(p + 5 * size, size).fill(77);
        k[kernel](5, ...name, ...args, p);
        return [...u8(p + 5 * size, size)];
      });
      assert.deepEqual(guard, Array(size).fill(77));
    });
  }

  it("uniform elements come from the documented words", () => {
    raw.reset();
    const words = raw.alloc(16);
    k.philox(0, 0, name[2], 0, name[0], name[1], words);
    const w = [...u32(words, 4)];
    assert.deepEqual(
      draw("suniform", 4, [0, 1], 4, copy32),
      w.map((v) => (v >>> 8) / 2 ** 24),
    );
    const pair = (i: number) => Number((BigInt(w[i + 1]) * 2n ** 32n + BigInt(w[i])) >> 11n) / 2 ** 53;
    assert.deepEqual(draw("duniform", 2, [0, 1], 8, copy64), [pair(0), pair(2)]);
  });

  it("pinned first values", () => {
    // The integers and the uniforms agree with a separate implementation in Python; the normals, with mpmath to 4e-16.
    assert.deepEqual(
      draw("suniform", 4, [0, 1], 4, copy32),
      [0.43830883502960205, 0.8971295952796936, 0.9534544944763184, 0.052722394466400146],
    );
    assert.deepEqual(
      draw("dnormal", 4, [0, 1], 8, copy64),
      [2.016784764936581, 0.6936502513483359, 0.6366653989722626, -0.21225161252295008],
    );
    assert.deepEqual(draw("irandint", 8, [0, 100], 4, copyI), [43, 89, 95, 5, 20, 20, 89, 94]);
    assert.deepEqual(draw("permutation", 10, [], 4, copyI), [9, 6, 2, 3, 5, 1, 0, 7, 8, 4]);
  });

  it("the float32 normal is the float64 normal rounded", () => {
    const d = draw("dnormal", 999, [0.1, 3], 8, copy64);
    assert.deepEqual(draw("snormal", 999, [0.1, 3], 4, copy32), d.map(Math.fround));
  });
});

const N = 200_000;
const mean = (v: number[]) => v.reduce((a, b) => a + b, 0) / v.length;
/** χ² of counts against equal expectation, as a standard normal deviate. */
const chiSquare = (counts: number[]) => {
  const expected = mean(counts);
  const x = counts.reduce((s, c) => s + (c - expected) ** 2 / expected, 0);
  return (x - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
};
const histogram = (v: number[], bins: number, bin: (x: number) => number) => {
  const counts = Array(bins).fill(0);
  v.forEach((x) => counts[bin(x)]++);
  return counts;
};

describe("random: statistics (fixed seeds, four standard deviations)", () => {
  for (const [kernel, size, take] of [
    ["suniform", 4, copy32],
    ["duniform", 8, copy64],
  ] as const) {
    it(kernel, () => {
      const v = draw(kernel, N, [2, 5], size, take);
      assert.ok(v.every((x) => x >= 2 && x < 5));
      assert.ok(Math.abs(mean(v) - 3.5) < 4 * Math.sqrt(9 / 12 / N));
      assert.ok(Math.abs(mean(v.map((x) => (x - 3.5) ** 2)) - 9 / 12) < 4 * Math.sqrt(81 / 180 / N));
      assert.ok(Math.abs(chiSquare(histogram(v, 256, (x) => Math.floor(((x - 2) / 3) * 256)))) < 4);
      const serial = mean(v.slice(1).map((x, i) => (x - 3.5) * (v[i] - 3.5))) / 0.75;
      assert.ok(Math.abs(serial) < 4 / Math.sqrt(N), "neighbours are uncorrelated");
    });
  }

  it("uniform never returns its upper end, however narrow the interval", () => {
    const tight = 1 + 2 ** -23;
    assert.ok(draw("suniform", 1000, [1, tight], 4, copy32).every((x) => x === 1));
    assert.ok(draw("duniform", 1000, [1, 1 + 2 ** -52], 8, copy64).every((x) => x === 1));
    assert.ok(draw("suniform", 100, [-(2 ** -149), 0], 4, copy32).every((x) => x < 0));
    assert.ok(draw("duniform", 100, [3, 3], 8, copy64).every((x) => x === 3));
  });

  it("normal: moments, Kolmogorov–Smirnov, independence within a pair", () => {
    const v = draw("dnormal", N, [0, 1], 8, copy64);
    const moment = (p: number) => mean(v.map((x) => x ** p));
    assert.ok(Math.abs(moment(1)) < 4 * Math.sqrt(1 / N));
    assert.ok(Math.abs(moment(2) - 1) < 4 * Math.sqrt(2 / N));
    assert.ok(Math.abs(moment(3)) < 4 * Math.sqrt(15 / N));
    assert.ok(Math.abs(moment(4) - 3) < 4 * Math.sqrt(96 / N));
    const cross = mean(v.filter((_, i) => i % 2 === 0).map((x, i) => x * v[2 * i + 1]));
    assert.ok(Math.abs(cross) < 4 * Math.sqrt(2 / N));
    const sorted = [...v].sort((a, b) => a - b);
    // Φ(s) from gelu(s) = s·Φ(s).
    raw.reset();
    const s = raw.put(Float64Array.from(sorted));
    k.dgelu(N, s, s);
    const phi = copy64(s, N).map((g, i) => g / sorted[i]);
    const ks = phi.reduce((d, v, i) => Math.max(d, Math.abs(v - i / N), Math.abs(v - (i + 1) / N)), 0);
    assert.ok(ks * Math.sqrt(N) < 1.95, `Kolmogorov–Smirnov ${ks * Math.sqrt(N)} (0.1 % point)`);
  });

  it("bernoulli and dropout: frequency, the same mask, both dtypes, the ends", () => {
    const p = 0.3;
    const dropped = draw("bernoulli", N, [p], 1, copyU8);
    assert.ok(Math.abs(mean(dropped) - p) < 4 * Math.sqrt((p * (1 - p)) / N));
    assert.ok(draw("bernoulli", 1000, [0], 1, copyU8).every((b) => b === 0));
    assert.ok(draw("bernoulli", 1000, [1], 1, copyU8).every((b) => b === 1));
    for (const [t, type, take] of [
      ["s", Float32Array, copy32],
      ["d", Float64Array, copy64],
    ] as const) {
      for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 1001]) {
        raw.reset();
        const x = raw.put(new type(n + 1).fill(2));
        k[`${t}dropout`](n, ...name, p, x, x);
        const kept = new type([2 * new type([1 / (1 - p)])[0]])[0];
        assert.deepEqual(take(x, n + 1), [...dropped.slice(0, n).map((d) => (d ? 0 : kept)), 2]);
        k[`${t}dropout`](n, ...name, 1, x, x);
        assert.deepEqual(take(x, n), Array(n).fill(0));
        const y = raw.put(new type(n).fill(3));
        k[`${t}dropout`](n, ...name, 0, y, y);
        assert.deepEqual(take(y, n), Array(n).fill(3));
      }
    }
  });

  it("randint is uniform, also where rejection is frequent", () => {
    const v = draw("irandint", N, [-3, 8], 4, copyI);
    assert.ok(Math.abs(chiSquare(histogram(v, 11, (x) => x + 3))) < 4);
    // A bound of 3·2³⁰ rejects a quarter of the words; without rejection two thirds of the results would come twice as often.
    const bound = 3 * 2 ** 30;
    const wide = draw("irandint", N, [-(2 ** 31), bound - 2 ** 31], 4, copyI);
    assert.ok(Math.abs(chiSquare(histogram(wide, 3, (x) => (x + 2 ** 31) % 3))) < 4);
    assert.deepEqual(draw("irandint", 5, [7, 8], 4, copyI), Array(5).fill(7));
  });

  it("permutation: a bijection, every order equally often", () => {
    for (const n of [0, 1, 2, 3, 17, 1000]) {
      const p = draw("permutation", n, [], 4, copyI);
      assert.deepEqual(
        [...p].sort((a, b) => a - b),
        Array.from({ length: n }, (_, i) => i),
      );
    }
    const counts = Array(24).fill(0);
    for (let i = 0; i < 12_000; i++) {
      const [a, b, c] = draw("permutation", 4, [], 4, copyI, [1, 2, 3, i, 0]);
      counts[a * 6 + (b > a ? b - 1 : b) * 2 + +(c > [0, 1, 2, 3].find((x) => x !== a && x !== b)!)]++;
    }
    assert.ok(Math.abs(chiSquare(counts)) < 4);
  });
});
