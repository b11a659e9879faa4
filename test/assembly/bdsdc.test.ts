import assert from "node:assert/strict";
import { entries, range } from "../support/generate.js";
import { golden, goldenAvailable, goldenSkipNote } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";
import { uniform } from "../support/generate.js";
import { svdResiduals, THRESHOLD, valueDifference } from "../support/residual.js";

const raw = rawKernels();
const ULP = 2 ** -52;

/** Scaled to entries of at most 1, as the kernel asks; rows of U and of V in descending order. */
function solve(d: ArrayLike<number>, e: ArrayLike<number>, vectors = true) {
  raw.reset();
  const n = d.length;
  const top = Math.max(...Array.from(d, Math.abs), ...Array.from(e, Math.abs), 2 ** -1000);
  const scale = 2 ** -Math.ceil(Math.log2(top));
  const ld = (n + 3) & ~1;
  const values = raw.put(Float64Array.from(d, (x) => x * scale));
  const links = raw.put(Float64Array.from([...Array.from(e, (x) => x * scale), 0]));
  const [ut, vt] = [raw.alloc((n + 1) * ld * 8), raw.alloc((n + 1) * ld * 8)];
  const order = raw.alloc(n * 4);
  const work = raw.alloc(raw.k.dbdsdc_work(Number(vectors), n));
  const fence = raw.alloc(64);
  raw.i32(fence, 16).fill(77);
  assert.equal(raw.k.dbdsdc(n, values, links, vectors ? ut : 0, vt, ld, order, work), 0);
  assert.ok(
    raw.i32(fence, 16).every((x) => x === 77),
    `work space overrun at ${n}`,
  );
  const places = Array.from(raw.i32(order, n));
  const s = places.map((row) => raw.f64(values, n)[row] / scale);
  const rows = (x: number): Float64Array[] => places.map((row) => raw.f64(x + row * ld * 8, n).slice());
  return { s, u: vectors ? rows(ut) : [], v: vectors ? rows(vt) : [] };
}

function check(name: string, d: ArrayLike<number>, e: ArrayLike<number>): number[] {
  const n = d.length;
  const { s, u, v } = solve(d, e);
  const a = entries(n, n, (i, j) => (i === j ? d[i] : j === i + 1 ? e[i] : 0));
  const ratios = svdResiduals(
    n,
    n,
    a,
    entries(n, n, (i, j) => u[j][i]),
    s,
    entries(n, n, (i, j) => v[i][j]),
    ULP,
  );
  const alone = valueDifference(solve(d, e, false).s, s, n * ULP);
  for (const [what, ratio] of Object.entries({ ...ratios, alone })) {
    assert.ok(ratio < THRESHOLD, `${name}: ${what} ${ratio}`);
  }
  return s;
}

describe("dbdsdc", function () {
  this.timeout(60000);

  it("solves random, constant, graded, decoupled and singular matrices of every size about its leaves", () => {
    for (const n of [1, 2, 3, 16, 31, 32, 33, 34, 64, 65, 66, 67, 100, 131, 200]) {
      const next = uniform(n);
      const kinds: Record<string, [(i: number) => number, (i: number) => number]> = {
        random: [() => next(), () => next()],
        "all ones": [() => 1, () => 1],
        Toeplitz: [() => 2, () => 1],
        "graded down": [(i) => 2 ** (-i / 2), (i) => 2 ** (-i / 2)],
        "graded up": [(i) => 2 ** ((i - n) / 2), (i) => 2 ** ((i - n) / 2)],
        diagonal: [(i) => i % 7, () => 0],
        identity: [() => 1, () => 0],
        "zeros on the diagonal": [(i) => (i % 3 === 0 ? 0 : next()), () => next()],
        nilpotent: [() => 0, () => 1],
        "tiny couplings": [() => 1, () => next() * ULP],
        "decoupled in the middle": [() => next(), (i) => (i === (n >> 1) - 1 || i === n >> 1 ? 0 : next())],
        zero: [() => 0, () => 0],
      };
      for (const [name, [diagonal, links]] of Object.entries(kinds)) {
        check(`${name} n=${n}`, range(n, diagonal), range(n - 1, links));
      }
    }
  });

  it("finds the values alone to high relative accuracy, however graded the matrix", () => {
    // The product of the values is that of the diagonal.
    for (const n of [5, 20, 60]) {
      const next = uniform(n + 1);
      const d = range(n, (i) => (1 + next() / 2) * 2 ** (-3 * i));
      const e = range(n - 1, (i) => next() * 2 ** (-3 * i));
      const { s } = solve(d, e, false);
      const ratio = s.reduce((product, x, i) => product * (x / d[i]), 1);
      assert.ok(Math.abs(ratio - 1) < 4 * n * ULP, `n=${n}: ${ratio}`);
    }
  });

  it("solves the golden bidiagonal cases within their bounds", function () {
    if (!goldenAvailable) {
      console.log(`    ${goldenSkipNote}`);
      this.skip();
    }
    const cases = ["hard_svd", "stcollection"].flatMap((family) => golden(family)).filter(({ meta }) => meta.kind === "bidiag");
    assert.equal(cases.length, 16);
    for (const { name, meta, tensors } of cases) {
      const [d, e, expected] = [tensors.d.data, tensors.e.data, tensors.s.data];
      const bound = meta.tol.s.f64 as number;
      const alone = solve(d, e, false).s;
      for (const s of [check(name, d, e), alone]) {
        s.forEach((x, i) => assert.ok(Math.abs(x - expected[i]) <= bound, `${name}: value ${i}: ${x}, not ${expected[i]}`));
      }
      const relative = meta.rel_tol_high_accuracy.f64 as number;
      alone.forEach((x, i) => {
        assert.ok(Math.abs(x - expected[i]) <= relative * expected[i], `${name}: value ${i}: ${x}, not ${expected[i]}`);
      });
    }
  });
});
