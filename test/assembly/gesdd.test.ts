import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";
import { randomMatrix } from "../support/generate.js";
import {
  orthogonalityResidual,
  rowOrthogonalityResidual,
  svdResiduals,
  THRESHOLD,
  ulpOf,
  valueDifference,
} from "../support/residual.js";
import { rectangular, SHAPES } from "../support/rectangular.js";

const raw = rawKernels();
type Wanted = 0 | 1 | 2;

function svd(
  m: number,
  n: number,
  values: ArrayLike<number>,
  { wanted = 1 as Wanted, batch = 1, misalign = 0 } = {},
) {
  raw.reset();
  const size = Float64Array.BYTES_PER_ELEMENT;
  const k = Math.min(m, n);
  const [left, right] = wanted === 2 ? [m, n] : wanted === 1 ? [k, k] : [0, 0];
  const a = raw.alloc(batch * m * n * size, misalign);
  raw.f64(a, batch * m * n).set(values);
  const [s, u, vt] = [k, m * left, right * n].map((count) => raw.alloc(batch * count * size, misalign));
  const infos = raw.alloc(batch * 4);
  const work = raw.alloc(raw.k.dgesdd_work(wanted, m, n));
  const fence = raw.alloc(64);
  raw.i32(fence, 16).fill(77);
  const failed = raw.k.dgesdd_batched(wanted, m, n, batch, a, s, u, vt, work, infos);
  assert.ok(
    raw.i32(fence, 16).every((x) => x === 77),
    `work space overrun at ${m}×${n}`,
  );
  assert.deepEqual(raw.f64(a, batch * m * n).slice(), Float64Array.from(values), "A was changed");
  const codes = raw.i32(infos, batch).slice();
  assert.equal(failed, codes.filter((x) => x !== 0).length);
  const out = (ptr: number, count: number) => raw.f64(ptr, batch * count).slice();
  return { infos: codes, s: out(s, k), u: out(u, m * left), vt: out(vt, right * n) };
}

/** The residuals of one matrix, the signs of U, and the values alone. */
function check(name: string, m: number, n: number, a: Float64Array): void {
  const ulp = ulpOf("d");
  const k = Math.min(m, n);
  const { infos, s, u, vt } = svd(m, n, a);
  assert.deepEqual([...infos], [0], name);
  const ratios = svdResiduals(m, n, a, u, s, vt, ulp);
  const alone = svd(m, n, a, { wanted: 0 });
  assert.deepEqual([...alone.infos], [0], name);
  const all = { ...ratios, "values alone": valueDifference(alone.s, s, ulp * Math.max(1, k)) };
  for (const [what, ratio] of Object.entries(all)) assert.ok(ratio < THRESHOLD, `${name}: ${what} ${ratio}`);
  for (let j = 0; j < k; j++) {
    let best = 0;
    for (let i = 1; i < m; i++) if (Math.abs(u[i * k + j]) > Math.abs(u[best * k + j])) best = i;
    assert.ok(u[best * k + j] > 0, `${name}: sign of column ${j}`);
  }
}

  const ulp = ulpOf("d");

  describe("dgesdd", function () {
    this.timeout(120000);

    it("factors the rectangular catalogue", () => {
      for (const [m, n] of SHAPES) {
        for (const { name, a } of rectangular(m, n, ulp)) check(name, m, n, Float64Array.from(a));
      }
    });

    it("factors the shapes of the benchmark", () => {
      for (const [m, n] of [
        [784, 128],
        [128, 784],
        [196, 64],
      ]) {
        check(`${m}×${n}`, m, n, Float64Array.from(randomMatrix(m, n, m)));
      }
    });

    it("completes U and V where they are wanted in full", () => {
      for (const [m, n] of [
        [1, 1],
        [7, 3],
        [3, 7],
        [9, 8],
        [40, 5],
        [5, 50],
        [4, 0],
        [0, 3],
        [6, 6],
      ]) {
        const a = Float64Array.from(randomMatrix(m, n, m + 2 * n));
        const thin = svd(m, n, a);
        const full = svd(m, n, a, { wanted: 2 });
        const k = Math.min(m, n);
        assert.deepEqual(full.s, thin.s);
        assert.ok(orthogonalityResidual(m, m, full.u, ulp) < THRESHOLD, `U of ${m}×${n}`);
        assert.ok(rowOrthogonalityResidual(n, n, full.vt, ulp) < THRESHOLD, `V of ${m}×${n}`);
        const u = thin.u.map((_, i) => full.u[Math.floor(i / k) * m + (i % k)]);
        const ratios = svdResiduals(m, n, a, u, full.s, full.vt.slice(0, k * n), ulp);
        for (const [what, ratio] of Object.entries(ratios)) assert.ok(ratio < THRESHOLD, `${m}×${n}: ${what} ${ratio}`);
      }
    });

    it("does not depend on the batch or the alignment", () => {
      for (const [m, n] of [
        [9, 4],
        [41, 40],
        [6, 11],
        [90, 33],
      ]) {
        const a = Float64Array.from(randomMatrix(3 * m, n, 5));
        const all = svd(m, n, a, { batch: 3 });
        const item = a.subarray(m * n, 2 * m * n);
        const one = svd(m, n, item, { misalign: Float64Array.BYTES_PER_ELEMENT });
        for (const part of ["s", "u", "vt"] as const) {
          assert.deepEqual(one[part], all[part].slice(one[part].length, 2 * one[part].length), part);
        }
      }
    });

    it("scales exactly with powers of two", () => {
      const [m, n] = [43, 37];
      const a = Float64Array.from(randomMatrix(m, n, 7));
      const base = svd(m, n, a);
      for (const k of [-900, 1000]) {
        const scaled = svd(m,
          n,
          a.map((x) => x * 2 ** k),
        );
        assert.deepEqual(
          { ...scaled, s: base.s },
          { ...base },
          "vectors",
        );
        assert.deepEqual(
          scaled.s,
          base.s.map((x) => x * 2 ** k),
        );
      }
    });

    it("is exact on diagonal matrices and tiny ones", () => {
      const least = 5e-324;
      assert.deepEqual([...svd(1, 1, [-3 * least]).s], [3 * least]);
      assert.deepEqual([...svd(3, 3, [0, 0, -3, 5, 0, 0, 0, 2, 0]).s], [5, 3, 2]);
      assert.deepEqual([...svd(2, 2, [0, 0, 0, 0]).u], [1, 0, 0, 1]);
    });

    it("reports NaN and infinity, in that item alone", () => {
      for (const bad of [NaN, -Infinity]) {
        const a = Float64Array.from(randomMatrix(8, 3, 3));
        a[5] = bad;
        const { infos, s, u, vt } = svd(4, 3, a, { batch: 2 });
        assert.deepEqual([...infos], [-1, 0]);
        assert.ok([...s.slice(0, 3), ...u.slice(0, 12), ...vt.slice(0, 9)].every(Number.isNaN));
        assert.ok([...s.slice(3), ...u.slice(12), ...vt.slice(9)].every(Number.isFinite));
      }
    });
  });
