import assert from "node:assert/strict";
import { golden, goldenAvailable, goldenSkipNote } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";
import { catalogue, randomSymmetric, tridiagonal, uniform } from "../support/matrices.js";
import { decompositionResidual, orthogonalityResidual, THRESHOLD, ulpOf } from "../support/residual.js";

const raw = rawKernels();

type Dtype = "s" | "d";
const arrayOf = { s: Float32Array, d: Float64Array };
const view = (t: Dtype, ptr: number, n: number) => (t === "s" ? raw.f32(ptr, n) : raw.f64(ptr, n));

/** One call of `ssyev`/`dsyev` on a fresh heap, with padded leading dimensions. */
function eigh(t: Dtype, n: number, values: ArrayLike<number>, { vectors = 1, pad = 0, misalign = 0 } = {}) {
  raw.reset();
  const size = arrayOf[t].BYTES_PER_ELEMENT;
  const ld = n + pad;
  const padded = new arrayOf[t](n * ld).fill(NaN);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) padded[i * ld + j] = values[i * n + j];
  const a = raw.alloc(padded.byteLength, misalign);
  view(t, a, n * ld).set(padded);
  const w = raw.alloc(n * size, misalign);
  const z = raw.alloc(n * ld * size, misalign);
  const bytes = raw.k[`${t}syev_work`](vectors, n) >>> 0;
  const work = raw.alloc(bytes);
  const fence = raw.alloc(64);
  raw.i32(fence, 16).fill(0x5a5a5a5a);
  view(t, z, n * ld).fill(7);
  const info = raw.k[`${t}syev`](vectors, n, a, ld, w, z, ld, work);
  assert.ok(
    raw.i32(fence, 16).every((x) => x === 0x5a5a5a5a),
    "work space overrun",
  );
  assert.deepEqual(view(t, a, n * ld), padded, "A was changed");
  const packed = new arrayOf[t](n * n);
  const full = view(t, z, n * ld);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) packed[i * n + j] = full[i * ld + j];
    for (let j = n; j < ld; j++) assert.equal(full[i * ld + j], 7, "padding of Z was written");
  }
  return { info, w: view(t, w, n).slice(), z: packed };
}

function checkPair(t: Dtype, name: string, n: number, a: ArrayLike<number>): void {
  const ulp = ulpOf(t);
  const rounded = arrayOf[t].from(a);
  const { info, w, z } = eigh(t, n, rounded);
  assert.equal(info, 0, name);
  const residual = decompositionResidual(n, rounded, w, z, ulp);
  assert.ok(residual < THRESHOLD, `${name}: residual ${residual}`);
  const orthogonality = orthogonalityResidual(n, n, z, ulp);
  assert.ok(orthogonality < THRESHOLD, `${name}: orthogonality ${orthogonality}`);
  for (let i = 1; i < n; i++) assert.ok(w[i - 1] <= w[i], `${name}: order at ${i}`);
  for (let j = 0; j < n; j++) {
    let best = 0;
    for (let i = 1; i < n; i++) if (Math.abs(z[i * n + j]) > Math.abs(z[best * n + j])) best = i;
    assert.ok(z[best * n + j] > 0, `${name}: sign of vector ${j}`);
  }
  assert.deepEqual(eigh(t, n, rounded, { vectors: 0 }).w, w, `${name}: values without vectors`);
}

for (const t of ["d", "s"] as const) {
  describe(`${t}syev`, function () {
    this.timeout(20000);

    for (const n of [1, 2, 3, 4, 5, 7, 8, 9, 17, 31, 33, 64, 65, 130, 300]) {
      it(`keeps LAPACK's residuals below ${THRESHOLD} over the catalogue, n = ${n}`, () => {
        for (const { name, a } of catalogue(n, ulpOf(t))) checkPair(t, name, n, a);
      });
    }

    for (const n of [63, 97, 128]) {
      it(`solves a random matrix, n = ${n}`, () => checkPair(t, `random n=${n}`, n, randomSymmetric(n, n)));
    }

    it("does nothing for n = 0", () => {
      assert.equal(raw.k[`${t}syev`](1, 0, 0, 0, 0, 0, 0, 0), 0);
      assert.equal(raw.k[`${t}syev_work`](1, 0), 0);
    });

    it("gives the same bits whatever the leading dimension and alignment", () => {
      for (const n of [3, 16, 33]) {
        const a = arrayOf[t].from(randomSymmetric(n, 5));
        const size = arrayOf[t].BYTES_PER_ELEMENT;
        assert.deepEqual(eigh(t, n, a, { pad: 3, misalign: size }), eigh(t, n, a));
      }
    });

    it("may write Z over A", () => {
      const n = 10;
      const a = arrayOf[t].from(randomSymmetric(n, 6));
      const apart = eigh(t, n, a);
      raw.reset();
      const [pa, pw] = [raw.put(a), raw.alloc(n * 8)];
      assert.equal(raw.k[`${t}syev`](1, n, pa, n, pw, pa, n, raw.alloc(raw.k[`${t}syev_work`](1, n))), 0);
      assert.deepEqual(view(t, pa, n * n).slice(), apart.z);
    });

    it("takes the symmetric part", () => {
      const n = 13;
      const random = uniform(1);
      const a = arrayOf[t].from(Array.from({ length: n * n }, () => random()));
      const s = new arrayOf[t](n * n);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) s[i * n + j] = (a[i * n + j] + a[j * n + i]) / 2;
      const half = decompositionResidual(n, s, eigh(t, n, a).w, eigh(t, n, a).z, ulpOf(t));
      assert.ok(half < THRESHOLD, `residual ${half}`);
    });

    it("keeps a small symmetric part beside a large skew one", () => {
      const a = [1e-5, 1e5, -1e5, 3e-5];
      const { w } = eigh(t, 2, a);
      assert.ok(Math.abs(w[0] / arrayOf[t].of(1e-5)[0] - 1) < 4 * ulpOf(t));
      assert.ok(Math.abs(w[1] / arrayOf[t].of(3e-5)[0] - 1) < 4 * ulpOf(t));
    });

    it("scales exactly with powers of two", () => {
      const n = 19;
      const a = arrayOf[t].from(randomSymmetric(n, 3));
      const base = eigh(t, n, a);
      const powers = t === "s" ? [-110, -1, 7, 120] : [-960, -1, 7, 1015];
      for (const k of powers) {
        const scaled = eigh(
          t,
          n,
          a.map((x) => x * 2 ** k),
        );
        assert.deepEqual(scaled.z, base.z, `vectors, 2^${k}`);
        assert.deepEqual(
          scaled.w,
          base.w.map((x) => x * 2 ** k),
          `values, 2^${k}`,
        );
      }
    });

    it("handles subnormal matrices", () => {
      const least = t === "s" ? 2 ** -149 : 5e-324;
      assert.deepEqual(Array.from(eigh(t, 2, [3 * least, 0, 0, least]).w), [least, 3 * least]);
      assert.deepEqual(Array.from(eigh(t, 2, [0, 4 * least, 4 * least, 0]).w), [-4 * least, 4 * least]);
    });

    it("has permuted eigenvectors for a permuted matrix", () => {
      const n = 21;
      const a = arrayOf[t].from(randomSymmetric(n, 8));
      const place = Array.from({ length: n }, (_, i) => (i * 8) % n);
      const b = new arrayOf[t](n * n);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) b[i * n + j] = a[place[i] * n + place[j]];
      const [x, y] = [eigh(t, n, a), eigh(t, n, b)];
      for (let j = 0; j < n; j++) {
        assert.ok(Math.abs(x.w[j] - y.w[j]) < 100 * ulpOf(t));
        let dot = 0;
        for (let i = 0; i < n; i++) dot += x.z[place[i] * n + j] * y.z[i * n + j];
        assert.ok(Math.abs(Math.abs(dot) - 1) < 1e4 * ulpOf(t), `vector ${j}: ${dot}`);
      }
    });

    it("reports NaN and infinities, wherever they are, and answers NaN", () => {
      for (const bad of [NaN, Infinity, -Infinity]) {
        for (const n of [1, 2, 5, 9]) {
          for (const place of [0, n - 1, n * n - 1]) {
            const a = randomSymmetric(n, 2);
            a[place] = bad;
            const { info, w, z } = eigh(t, n, a);
            assert.equal(info, -1);
            assert.ok(w.every(Number.isNaN) && z.every(Number.isNaN));
          }
        }
      }
    });

    it("gives a batch the bits of single calls, around a bad item", () => {
      const [n, batch] = [11, 5];
      const items = Array.from({ length: batch }, (_, i) => arrayOf[t].from(randomSymmetric(n, i)));
      items[2][17] = NaN;
      const single = items.map((a) => eigh(t, n, a));
      raw.reset();
      const size = arrayOf[t].BYTES_PER_ELEMENT;
      const stride = n * n + 3;
      const a = raw.alloc(batch * stride * size);
      items.forEach((x, i) => view(t, a + i * stride * size, n * n).set(x));
      const w = raw.alloc(batch * n * size);
      const z = raw.alloc(batch * n * n * size);
      const infos = raw.alloc(batch * 4);
      const work = raw.alloc(raw.k[`${t}syev_work`](1, n));
      assert.equal(raw.k[`${t}syev_batched`](1, n, batch, a, stride, w, z, work, infos), 1);
      assert.deepEqual(Array.from(raw.i32(infos, batch)), [0, 0, -1, 0, 0]);
      single.forEach((one, i) => {
        assert.deepEqual(view(t, w + i * n * size, n).slice(), one.w, `item ${i}`);
        assert.deepEqual(view(t, z + i * n * n * size, n * n).slice(), one.z, `item ${i}`);
      });
    });
  });
}

describe("eigh against golden values", function () {
  this.timeout(20000);
  before(function () {
    if (!goldenAvailable) {
      console.log(goldenSkipNote);
      this.skip();
    }
  });

  for (const t of ["d", "s"] as const) {
    for (const family of ["hard_eig", "stcollection"]) {
      it(`${family}, ${t}syev`, () => {
        for (const { name, meta, tensors } of golden(family)) {
          const tolerance = meta.tol.eigvals?.[t === "d" ? "f64" : "f32"];
          if (tolerance == null || meta.n > 160) continue;
          const n: number = meta.n;
          const a = meta.kind === "dense" ? tensors.A.data : tridiagonal(tensors.d.data, tensors.e.data);
          const { info, w } = eigh(t, n, a, { vectors: 0 });
          assert.equal(info, 0, name);
          let worst = 0;
          w.forEach((x, i) => (worst = Math.max(worst, Math.abs(x - tensors.eigvals.data[i]))));
          assert.ok(worst <= tolerance, `${name}: ${worst} > ${tolerance}`);
        }
      });
    }
  }
});
