import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";
import { randomMatrix } from "../support/generate.js";
import { orthogonalityResidual, qrResiduals, THRESHOLD, ulpOf } from "../support/residual.js";
import { rectangular, SHAPES } from "../support/rectangular.js";

const raw = rawKernels();

interface Result {
  readonly infos: Int32Array;
  readonly q: Float64Array;
  readonly r: Float64Array;
  readonly pivots: Int32Array;
}

function factor(
  m: number,
  n: number,
  values: ArrayLike<number>,
  { pivot = false, columns = Math.min(m, n), batch = 1, misalign = 0 } = {},
): Result {
  raw.reset();
  const size = Float64Array.BYTES_PER_ELEMENT;
  const k = Math.min(m, n);
  const a = raw.alloc(batch * m * n * size, misalign);
  raw.f64(a, batch * m * n).set(values);
  const q = raw.alloc(batch * m * columns * size, misalign);
  const r = raw.alloc(batch * k * n * size, misalign);
  const [pivots, infos] = [raw.alloc(batch * n * 4), raw.alloc(batch * 4)];
  const work = raw.alloc(raw.k.dqr_work(m, n, columns));
  const fence = raw.alloc(64);
  raw.i32(fence, 16).fill(77);
  const failed = raw.k.dqr_batched(m, n, columns, batch, a, q, r, pivot ? pivots : 0, work, infos);
  assert.ok(
    raw.i32(fence, 16).every((x) => x === 77),
    "work space overrun",
  );
  assert.deepEqual(raw.f64(a, batch * m * n).slice(), Float64Array.from(values), "A was changed");
  const codes = raw.i32(infos, batch).slice();
  assert.equal(failed, codes.filter((x) => x !== 0).length);
  return {
    infos: codes,
    q: raw.f64(q, batch * m * columns).slice(),
    r: raw.f64(r, batch * k * n).slice(),
    pivots: raw.i32(pivots, batch * n).slice(),
  };
}

const below = (ratios: Record<string, number>, what: string): void => {
  for (const [name, ratio] of Object.entries(ratios)) {
    assert.ok(ratio < THRESHOLD, `${what}: ${name} ${ratio}`);
  }
};

  const ulp = ulpOf("d");

  describe("dqr", function () {
    this.timeout(60000);

    for (const pivot of [false, true]) {
      it(`factors the rectangular catalogue ${pivot ? "with" : "without"} pivoting`, () => {
        for (const [m, n] of SHAPES) {
          for (const { name, a: exact } of rectangular(m, n, ulp)) {
            const a = Float64Array.from(exact);
            const k = Math.min(m, n);
            const { infos, q, r, pivots } = factor(m, n, a, { pivot });
            assert.deepEqual([...infos], [0], name);
            below(qrResiduals(m, n, a, q, r, ulp, pivot ? pivots : undefined), name);
            for (let i = 0; i < k; i++) assert.ok(r[i * n + i] >= 0, `${name}: diagonal ${i}`);
            if (!pivot) continue;
            assert.deepEqual(
              [...pivots].sort((x, y) => x - y),
              Array.from({ length: n }, (_, i) => i),
            );
            const slack = 1 + 8 * Math.sqrt(ulp);
            for (let i = 1; i < k; i++) {
              const [before, here] = [r[(i - 1) * n + i - 1], r[i * n + i]];
              assert.ok(here <= before * slack + ulp * r[0], `${name}: diagonal ${i} ascends, ${before} to ${here}`);
            }
          }
        }
      });
    }

    it("completes Q to a square orthogonal matrix whose leading columns are those of the thin one", () => {
      for (const [m, n] of [
        [1, 1],
        [5, 2],
        [40, 33],
        [70, 3],
        [4, 0],
        [3, 7],
      ]) {
        const a = Float64Array.from(randomMatrix(m, n, m + n));
        const full = factor(m, n, a, { columns: m });
        assert.ok(orthogonalityResidual(m, m, full.q, ulp) < THRESHOLD, `${m}×${n}`);
        const k = Math.min(m, n);
        const thin = factor(m, n, a);
        const leading = thin.q.map((_, i) => full.q[Math.floor(i / k) * m + (i % k)]);
        below({ ...qrResiduals(m, n, a, leading, full.r, ulp) }, `${m}×${n}`);
        assert.deepEqual(full.r, thin.r);
      }
    });

    it("does not depend on the batch, the alignment or on whether Q is wanted", () => {
      for (const [m, n] of [
        [9, 4],
        [50, 41],
        [6, 11],
      ]) {
        const a = Float64Array.from(randomMatrix(3 * m, n, 5));
        for (const pivot of [false, true]) {
          const all = factor(m, n, a, { batch: 3, pivot });
          const item = a.subarray(m * n, 2 * m * n);
          const one = factor(m, n, item, { pivot, misalign: Float64Array.BYTES_PER_ELEMENT });
          assert.deepEqual(one.q, all.q.slice(one.q.length, 2 * one.q.length));
          assert.deepEqual(one.r, all.r.slice(one.r.length, 2 * one.r.length));
          assert.deepEqual(factor(m, n, item, { pivot, columns: 0 }).r, one.r);
        }
      }
    });

    it("scales exactly with powers of two", () => {
      const [m, n] = [37, 35];
      const a = Float64Array.from(randomMatrix(m, n, 7));
      const base = factor(m, n, a, { pivot: true });
      for (const k of [-900, 1000]) {
        const scaled = factor(m,
          n,
          a.map((x) => x * 2 ** k),
          { pivot: true },
        );
        assert.deepEqual(scaled.q, base.q);
        assert.deepEqual(
          scaled.r,
          base.r.map((x) => x * 2 ** k),
        );
      }
    });

    it("finds the rank of a rank-deficient matrix by pivoting", () => {
      const [m, n, rank] = [60, 40, 11];
      const [b, c] = [randomMatrix(m, rank, 1), randomMatrix(rank, n, 2)];
      const a = new Float64Array(m * n);
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) for (let p = 0; p < rank; p++) a[i * n + j] += b[i * rank + p] * c[p * n + j];
      }
      const { r } = factor(m, n, a, { pivot: true });
      assert.ok(r[(rank - 1) * n + rank - 1] > 0.01 * r[0]);
      assert.ok(r[rank * n + rank] < 100 * ulp * r[0], `R after the rank: ${r[rank * n + rank]}`);
    });

    it("reports NaN and infinity, in that item alone", () => {
      for (const bad of [NaN, -Infinity]) {
        const a = Float64Array.from(randomMatrix(8, 3, 3));
        a[5] = bad;
        const { infos, q, r } = factor(4, 3, a, { batch: 2 });
        assert.deepEqual([...infos], [-1, 0]);
        assert.ok([...q.slice(0, 12), ...r.slice(0, 9)].every(Number.isNaN));
        assert.ok([...q.slice(12), ...r.slice(9)].every(Number.isFinite));
      }
    });
  });
