import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";
import { uniform } from "../support/matrices.js";

const raw = rawKernels();
const ULP = 2 ** -52;

interface Problem {
  readonly square: 0 | 1;
  readonly d: readonly number[];
  readonly z2: readonly number[];
  readonly rho: number;
}

interface Root {
  readonly steps: number;
  readonly value: number;
  readonly pole: number;
  readonly tau: number;
  readonly delta: Float64Array;
}

/** All roots, and ρ·z² as Löwner's formula gives it back. */
function solve({ square, d, z2, rho }: Problem): { roots: Root[]; y: Float64Array } {
  raw.reset();
  const k = d.length;
  const [pd, pz, delta, root] = [raw.put(d), raw.put(z2), raw.alloc(8 * k + 8), raw.alloc(24)];
  const y = raw.put(new Float64Array(k + 1).fill(1));
  const roots = d.map((_, j): Root => {
    const steps = raw.k.dsecular(square, k, j, pd, pz, rho, delta, root);
    raw.k.dlowner(square, k, j, pd, delta, y);
    const [value, pole, tau] = raw.f64(root, 3);
    return { steps, value, pole, tau, delta: raw.f64(delta, k).slice() };
  });
  return { roots, y: raw.f64(y, k).slice() };
}

const BITS = 1400n;
/** A double as an exact fixed-point number with BITS binary places (all that is used here fits). */
function fixed(x: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const raw64 = bits.getBigUint64(0);
  const exponent = (raw64 >> 52n) & 2047n;
  const mantissa = (raw64 & ((1n << 52n) - 1n)) | (exponent === 0n ? 0n : 1n << 52n);
  const value = (mantissa << BITS) >> (1075n - (exponent === 0n ? 1n : exponent));
  return raw64 >> 63n ? -value : value;
}
const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
const ratio = (a: bigint, b: bigint): bigint => (a << BITS) / b;
const ONE = 1n << BITS;
const toNumber = (a: bigint): number => {
  const negative = a < 0n;
  const digits = (negative ? -a : a).toString(2);
  const head = digits.slice(0, 60);
  return (negative ? -1 : 1) * Number(`0b${head}`) * 2 ** (digits.length - head.length - Number(BITS));
};

/** f, the sum of the magnitudes of its terms, and the slope, exactly. */
function exact({ square, d, z2, rho }: Problem, { pole, tau }: Root): { f: number; size: number; slope: number } {
  let [f, size, slope] = [ONE, ONE, 0n];
  const [p, t, r] = [fixed(pole), fixed(tau), fixed(rho)];
  d.forEach((x, i) => {
    const di = fixed(x);
    const s = square ? times(di - p, di + p) : di - p;
    const term = ratio(times(r, fixed(z2[i])), s - t);
    f += term;
    size += term < 0n ? -term : term;
    slope += ratio(term, s - t);
  });
  return { f: toNumber(f), size: toNumber(size), slope: toNumber(slope) };
}

function check(name: string, problem: Problem): void {
  const { square, d, z2, rho } = problem;
  const { roots, y } = solve(problem);
  roots.forEach((root, j) => {
    assert.ok(root.steps >= 0 && root.steps < 40, `${name}: ${root.steps} steps for root ${j}`);
    const { f, size, slope } = exact(problem, root);
    const bound = ULP * (8 * size + Math.abs(root.tau) * slope);
    assert.ok(Math.abs(f) <= bound, `${name}: f = ${f} at root ${j}, bound ${bound}`);
    assert.ok(root.value >= d[j] && (j + 1 === d.length || root.value <= d[j + 1]), `${name}: root ${j} leaves its interval`);
    root.delta.forEach((x, i) => {
      const s = square ? (d[i] - root.pole) * (d[i] + root.pole) : d[i] - root.pole;
      assert.ok(Math.abs(x - (s - root.tau)) <= 4 * ULP * Math.abs(x), `${name}: delta ${i} of root ${j}`);
      assert.ok(i <= j ? x < 0 : x > 0, `${name}: sign of delta ${i} of root ${j}`);
    });
  });
  y.forEach((x, i) => {
    assert.ok(Math.abs(x / (rho * z2[i]) - 1) < 1e-12 * d.length ** 2, `${name}: Löwner's z ${i}: ${x} for ${rho * z2[i]}`);
  });
  // The vectors z_i/δ_i of the recomputed z are orthogonal however close the roots are.
  const vectors = roots.map(({ delta }) => delta.map((x, i) => Math.sqrt(y[i]) / x));
  const unit = vectors.map((v) => v.map((x) => x / Math.hypot(...v)));
  for (let a = 0; a < unit.length; a++) {
    for (let b = 0; b < a; b++) {
      const dot = unit[a].reduce((sum, x, i) => sum + x * unit[b][i], 0);
      assert.ok(Math.abs(dot) < 20 * d.length * ULP, `${name}: vectors ${a}, ${b}: ${dot}`);
    }
  }
}

const ascending = (k: number, random: () => number): number[] => {
  const gaps = Array.from({ length: k }, () => Math.abs(random()) + 1e-3);
  let sum = 0;
  return gaps.map((x) => (sum += x) / k);
};

describe("the secular equation", () => {
  for (const square of [0, 1] as const) {
    const kind = square ? "singular values" : "eigenvalues";
    for (const k of [1, 2, 3, 4, 5, 8, 17, 32, 61]) {
      it(`has all its roots, ${kind}, k = ${k}`, () => {
        const random = uniform(k);
        const d = ascending(k, random);
        const z = Array.from({ length: k }, () => random() ** 2 + 1e-6);
        check("random", { square, d, z2: z, rho: 0.7 });
        check("small weights", { square, d, z2: z.map((x) => x * 1e-24), rho: 1 });
        check("large rho", { square, d, z2: z, rho: 1e6 });
        const graded = z.map((x, i) => Math.max(x * 10 ** (-i % 17), 1e-28));
        check("graded weights", { square, d, z2: graded, rho: 1 });
        check("graded weights, reversed", { square, d, z2: graded.toReversed(), rho: 1 });
        const close = d.map((_, i) => 1 + i * 2 ** -44);
        check("clustered", { square, d: close, z2: z, rho: 0.3 });
        const pairs = d.map((_, i) => 1 + (i >> 1) / k + (i & 1) * 2 ** -40);
        check("pairs", { square, d: pairs, z2: z, rho: 1 });
        check("pairs of unlike weight", { square, d: pairs, z2: z.map((x, i) => (i & 1 ? x : 1e-20)), rho: 1 });
        check("pairs of unlike weight, the other way", { square, d: pairs, z2: z.map((x, i) => (i & 1 ? 1e-20 : x)), rho: 1 });
        if (square) check("a pole at zero", { square, d: [0, ...d.slice(1)], z2: z, rho: 1 });
      });
    }
  }

  it("is exact for one pole and for symmetric pairs", () => {
    const [one] = solve({ square: 0, d: [3], z2: [0.25], rho: 2 }).roots;
    assert.equal(one.value, 3.5);
    const [sigma] = solve({ square: 1, d: [0], z2: [0.25], rho: 1 }).roots;
    assert.equal(sigma.value, 0.5);
    const { roots } = solve({ square: 0, d: [-1, 1], z2: [1, 1], rho: 2 });
    for (const { value } of roots) assert.ok(Math.abs((value - 2) ** 2 - 5) < 8 * ULP * 5, `${value}`);
  });

  it("is solved to the last bits beside a pole", () => {
    const { roots } = solve({ square: 0, d: [0, 1], z2: [1e-30, 1], rho: 1 });
    // To first order τ = z₀²/(1 + z₁²/(1 − τ)) = ½·10⁻³⁰.
    assert.ok(Math.abs(roots[0].tau / 0.5e-30 - 1) < 8 * ULP, `${roots[0].tau}`);
  });
});
