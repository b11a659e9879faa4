import assert from "node:assert/strict";
import { golden, goldenAvailable, goldenSkipNote } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";
import { uniform } from "../support/matrices.js";
import { orthogonalityResidual, THRESHOLD, ulpOf } from "../support/residual.js";

const raw = rawKernels();

function svd(m: number, n: number, values: ArrayLike<number>, pad = 0) {
  raw.reset();
  const size = Float64Array.BYTES_PER_ELEMENT;
  const ld = n + pad;
  const a = raw.alloc(m * ld * size, pad ? size : 0);
  const input = raw.f64(a, m * ld).fill(NaN);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) input[i * ld + j] = values[i * n + j];
  const before = input.slice();
  const [s, u, vt] = [n, m * ld, n * ld].map((count) => raw.alloc(count * size));
  const work = raw.alloc(raw.k.dgesvj_work(m, n));
  const fence = raw.alloc(64);
  raw.i32(fence, 16).fill(77);
  const info = raw.k.dgesvj(m, n, a, ld, s, u, ld, vt, ld, work);
  assert.ok(
    raw.i32(fence, 16).every((x) => x === 77),
    "work space overrun",
  );
  assert.deepEqual(raw.f64(a, m * ld).slice(), before, "A was changed");
  const packed = (ptr: number, rows: number) => {
    const full = raw.f64(ptr, rows * ld);
    return new Float64Array(rows * n).map((_, i) => full[Math.floor(i / n) * ld + (i % n)]);
  };
  return { info, s: raw.f64(s, n).slice(), u: packed(u, m), vt: packed(vt, n) };
}

function check(name: string, m: number, n: number, values: ArrayLike<number>): Float64Array {
  const ulp = ulpOf("d");
  const a = Float64Array.from(values);
  const { info, s, u, vt } = svd(m, n, a);
  assert.equal(info, 0, name);
  let top = 0;
  for (const x of a) top = Math.max(top, Math.abs(x));
  let residual = 0;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = a[i * n + j] / (top || 1);
      for (let k = 0; k < n; k++) sum -= u[i * n + k] * (s[k] / (top || 1)) * vt[k * n + j];
      residual += sum * sum;
    }
  }
  residual = Math.sqrt(residual) / (Math.max(1, s[0] / (top || 1)) * Math.max(m, n) * ulp);
  assert.ok(residual < THRESHOLD, `${name}: residual ${residual}`);
  const left = orthogonalityResidual(m, n, u, ulp);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) v[j * n + i] = vt[i * n + j];
  const right = orthogonalityResidual(n, n, v, ulp);
  assert.ok(left < THRESHOLD && right < THRESHOLD, `${name}: orthogonality ${left}, ${right}`);
  for (let j = 0; j < n; j++) {
    if (j > 0) assert.ok(s[j - 1] >= s[j] && s[j] >= 0, `${name}: order`);
    let best = 0;
    for (let i = 1; i < m; i++) if (Math.abs(u[i * n + j]) > Math.abs(u[best * n + j])) best = i;
    assert.ok(u[best * n + j] > 0, `${name}: sign of column ${j}`);
  }
  return s;
}

const random = (m: number, n: number, seed: number): Float64Array => {
  const next = uniform(seed);
  return Float64Array.from({ length: m * n }, () => next());
};

  const ulp = ulpOf("d");

  describe("dgesvj", function () {
    this.timeout(20000);

    it("factors random matrices of every shape", () => {
      for (const n of [1, 2, 3, 4, 5, 8, 9, 17, 31]) {
        for (const m of [n, n + 1, 2 * n + 3]) check(`${m}×${n}`, m, n, random(m, n, m + n));
      }
      check("700×6", 700, 6, random(700, 6, 1));
    });

    it("factors zero, identity, rank-deficient and repeated matrices with orthonormal U", () => {
      const outer = (m: number, n: number) =>
        Array.from({ length: m * n }, (_, i) => (1 + Math.floor(i / n)) * ((i % n) - 1));
      check("zero", 5, 3, new Array(15).fill(0));
      check("identity",
        4,
        4,
        Array.from({ length: 16 }, (_, i) => Number(i % 5 === 0)),
      );
      check("rank one", 7, 5, outer(7, 5));
      check("equal columns",
        9,
        4,
        Array.from({ length: 36 }, (_, i) => Math.sin(Math.floor(i / 4))),
      );
      check("[[1,2],[2,4]]", 2, 2, [1, 2, 2, 4]);
      const withZero = random(6, 4, 3).map((x, i) => (i % 4 === 1 ? 0 : x));
      assert.equal(check("zero column", 6, 4, withZero)[3], 0);
    });

    it("finds every singular value of a column-graded matrix to a few ulp", () => {
      const [m, n] = [12, 5];
      const base = random(m, n, 5);
      const powers = [0, -300, 200, -100, 40];
      // Columns orthogonalised in advance: the singular values are the powers of two times known norms.
      const q = svd(m, n, base).u;
      const graded = Float64Array.from(Array.from(q, (x: number, i: number) => x * 2 ** powers[i % n]));
      const s = check("graded", m, n, graded);
      const norms = powers.map((_, j) => {
        let square = 0;
        for (let i = 0; i < m; i++) square += (graded[i * n + j] * 2 ** -powers[j]) ** 2;
        return Math.sqrt(square) * 2 ** powers[j];
      });
      norms.sort((x, y) => y - x);
      s.forEach((x, j) =>
        assert.ok(Math.abs(x - norms[j]) <= 6 * ulp * norms[j], `value ${j}: ${x} against ${norms[j]}`),
      );
    });

    it("keeps U orthonormal when columns come near underflow", () => {
      const [m, n] = [9, 7];
      const least = 240;
      const a = random(m, n, 11).map((x, i) => x * 2 ** (-least * (i % n)));
      check("steeply graded", m, n, a);
      check("steeply graded, upwards",
        m,
        n,
        random(m, n, 12).map((x, i) => x * 2 ** (-least * (n - 1 - (i % n)))),
      );
      const blocks = random(m, n, 13).map((x, i) => (i % n < 3 ? x : x * 2 ** (-5 * least)));
      check("two scales", m, n, blocks);
    });

    it("is exact on diagonal matrices, down to subnormal scale", () => {
      for (const d of [
        [1, 1e-3, 1e-5],
        [1, 1e-6, 1e-10],
        [1e-13, 1e13, 1],
      ]) {
        const a = [d[0], 0, 0, 0, d[1], 0, 0, 0, d[2]];
        const exact = Float64Array.from([...d].sort((x, y) => y - x));
        assert.deepEqual(svd(3, 3, a).s, exact);
      }
      const least = 5e-324;
      assert.deepEqual(Array.from(svd(1, 1, [-3 * least]).s), [3 * least]);
    });

    it("scales exactly with powers of two and ignores the leading dimension", () => {
      const [m, n] = [9, 6];
      const a = Float64Array.from(random(m, n, 7));
      const base = svd(m, n, a);
      assert.deepEqual(svd(m, n, a, 3), base);
      for (const k of [-900, 1000]) {
        const scaled = svd(m,
          n,
          a.map((x) => x * 2 ** k),
        );
        assert.deepEqual(
          scaled.s,
          base.s.map((x) => x * 2 ** k),
        );
        assert.deepEqual(scaled.u, base.u);
      }
    });

    it("answers values alone, empty matrices, wide and non-finite ones", () => {
      const a = random(6, 4, 2);
      const { s } = svd(6, 4, a);
      raw.reset();
      const [pa, ps] = [raw.put(Float64Array.from(a)), raw.alloc(64)];
      assert.equal(raw.k.dgesvj(6, 4, pa, 4, ps, 0, 0, 0, 0, raw.alloc(raw.k.dgesvj_work(6, 4))), 0);
      assert.deepEqual(raw.f64(ps, 4).slice(), s);
      assert.equal(raw.k.dgesvj(5, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0);
      assert.equal(raw.k.dgesvj(2, 3, 0, 3, 0, 0, 0, 0, 0, 0), -2);
      for (const bad of [NaN, Infinity]) {
        const result = svd(3, 2, [1, 2, 3, bad, 5, 6]);
        assert.equal(result.info, -1);
        assert.ok([...result.s, ...result.u, ...result.vt].every(Number.isNaN));
      }
    });
  });

describe("gesvj against golden values", function () {
  this.timeout(20000);
  before(function () {
    if (!goldenAvailable) {
      console.log(goldenSkipNote);
      this.skip();
    }
  });

    it("hard_svd, dgesvj", () => {
      for (const { name, meta, tensors } of golden("hard_svd")) {
        const tolerance = meta.tol.s?.f64;
        if (tolerance == null) continue;
        const isRect = meta.kind === "rect";
        const [rows, columns] = isRect ? tensors.A.shape : [meta.n, meta.n];
        let a = isRect ? tensors.A.data : new Float64Array(rows * columns);
        if (!isRect) {
          // Lower bidiagonal: its columns, not its rows, are graded as the reference wants.
          for (let i = 0; i < rows; i++) {
            a[i * rows + i] = tensors.d.data[i];
            if (i > 0) a[i * rows + i - 1] = tensors.e.data[i - 1];
          }
        }
        if (rows < columns) {
          a = Float64Array.from(
            { length: rows * columns },
            (_, i) => tensors.A.data[(i % rows) * columns + Math.floor(i / rows)],
          );
        }
        const [m, n] = [Math.max(rows, columns), Math.min(rows, columns)];
        const s = check(name, m, n, a);
        let worst = 0;
        s.forEach((x, i) => (worst = Math.max(worst, Math.abs(x - tensors.s.data[i]))));
        assert.ok(worst <= tolerance, `${name}: ${worst} > ${tolerance}`);
        const relative = meta.rel_tol_high_accuracy;
        if (relative && /[Jj]acobi/.test(relative.who)) {
          s.forEach((x, i) => {
            const reference = tensors.s.data[i];
            if (reference > 0) assert.ok(Math.abs(x - reference) <= relative.f64 * reference, `${name}: value ${i}`);
          });
        }
      }
    });
});
