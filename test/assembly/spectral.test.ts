import assert from "node:assert/strict";
import { distance, golden, goldenAvailable, goldenSkipNote } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";
import { randomSymmetric, uniform, withSpectrum } from "../support/matrices.js";

const raw = rawKernels();
type Floats = Float64Array;
const codes: Record<string, number> = { log: 0, exp: 1, sqrt: 2, invsqrt: 3, inv: 4, pow: 5, square: 5 };

/** f(A) and its adjoint for a batch, through the fused kernels. */
function spectral(
  fn: number,
  p: number,
  n: number,
  items: ArrayLike<number>[],
  cotangents: ArrayLike<number>[],
) {
  raw.reset();
  const size = Float64Array.BYTES_PER_ELEMENT;
  const batch = items.length;
  const flat = (xs: ArrayLike<number>[]) => raw.put(Float64Array.from(xs.flatMap((x) => Array.from(x))));
  const [a, g] = [flat(items), flat(cotangents)];
  const [w, z, c, out] = [n, n * n, n * n, n * n].map((count) => raw.alloc(batch * count * size));
  const infos = raw.alloc(batch * 4);
  const work = raw.alloc(Math.max(raw.k.dspectral_batched_work(n), raw.k.dspectral_vjp_batched_work(n)));
  const fence = raw.alloc(64);
  raw.i32(fence, 16).fill(77);
  const failed = raw.k.dspectral_batched(fn, p, n, batch, a, w, z, c, work, infos);
  const first = raw.k.dspectral_vjp_batched(fn, p, n, batch, w, z, g, out, work);
  assert.ok(
    raw.i32(fence, 16).every((x) => x === 77),
    "work space overrun",
  );
  const copies = (ptr: number, count: number) => items.map((_, i) => raw.f64(ptr + i * count * size, count).slice());
  return {
    failed,
    first,
    infos: Array.from(raw.i32(infos, batch)),
    w: copies(w, n),
    z: copies(z, n * n),
    c: copies(c, n * n),
    gradient: copies(out, n * n),
  };
}

function assertSymmetric(n: number, x: Floats, name: string): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) assert.equal(x[i * n + j], x[j * n + i], name);
}

function within(name: string, found: ArrayLike<number>, reference: ArrayLike<number>, tolerance: number | null): void {
  if (tolerance == null) return;
  const d = distance(found, reference);
  assert.ok(d <= tolerance, `${name}: ${d} > ${tolerance}`);
}

  const precision = "f64";
  const ulp = 2 ** -52;

  describe(`d spectral functions`, function () {
    this.timeout(20000);

    it("sums C = Z·diag(f)·Zᵀ and the adjoint exactly symmetric, at every size", () => {
      for (const n of [1, 2, 3, 4, 5, 8, 13, 31, 65]) {
        const random = uniform(n);
        const a = withSpectrum(
          Array.from({ length: n }, () => 1.5 + random()),
          n,
        );
        const g = Array.from({ length: n * n }, () => random());
        const { c, gradient, failed, first } = spectral(codes.log, 0, n, [a], [g]);
        assert.equal(failed + first, 0);
        assertSymmetric(n, c[0], `C, n=${n}`);
        assertSymmetric(n, gradient[0], `gradient, n=${n}`);
      }
    });

    // In single precision a difference keeps too few digits to say anything.
    it("agrees with central differences", () => {
      const n = 6;
      const random = uniform(4);
      const a = withSpectrum([0.3, 0.3, 0.9, 1, 1.7, 2], 4);
      const g = Array.from({ length: n * n }, () => random());
      const step = randomSymmetric(n, 12);
      for (const [fn, p] of [
        [0, 0],
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 0],
        [5, 0.3],
        [5, -2],
      ]) {
        const { gradient } = spectral(fn, p, n, [a], [g]);
        const h = 1e-5;
        const [plus, minus] = [1, -1].map((s) => a.map((x, i) => x + s * h * step[i]));
        const { c } = spectral(fn, p, n, [plus, minus], [g, g]);
        let numeric = 0;
        let exact = 0;
        for (let i = 0; i < n * n; i++) {
          numeric += (g[i] * (c[0][i] - c[1][i])) / (2 * h);
          exact += gradient[0][i] * step[i];
        }
        assert.ok(Math.abs(numeric - exact) <= 1e-7 * (1 + Math.abs(exact)), `f ${fn}: ${exact} against ${numeric}`);
      }
    });

    it("is exact at a multiple of the identity, where every gap is closed", () => {
      const n = 5;
      const a = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 4 : 0));
      const g = randomSymmetric(n, 3);
      const { gradient } = spectral(codes.sqrt, 0, n, [a], [g]);
      gradient[0].forEach((x, i) => assert.ok(Math.abs(x - g[i] / 4) <= 2 * ulp, `entry ${i}`));
    });

    it("gives an item the same bits in a batch, and reports bad items alone", () => {
      const n = 9;
      const random = uniform(2);
      const good = [1, 2, 3].map((s) =>
        withSpectrum(
          Array.from({ length: n }, () => 1.1 + random()),
          s,
        ),
      );
      const indefinite = withSpectrum(
        Array.from({ length: n }, (_, i) => i - 3.5),
        7,
      );
      const broken = good[0].map((x, i) => (i === 5 ? NaN : x));
      const g = randomSymmetric(n, 1);
      const all = [good[0], indefinite, good[1], broken, good[2]];
      const batch = spectral(codes.log,
        0,
        n,
        all,
        all.map(() => g),
      );
      assert.deepEqual(batch.infos, [0, -2, 0, -1, 0]);
      assert.equal(batch.failed, 2);
      assert.equal(batch.first, 2);
      for (const i of [1, 3]) assert.ok([...batch.c[i], ...batch.gradient[i]].every(Number.isNaN));
      assert.ok(batch.w[1][0] < 0, "the eigenvalues of an item outside the domain stand");
      for (const i of [0, 2, 4]) {
        const single = spectral(codes.log, 0, n, [all[i]], [g]);
        for (const key of ["w", "z", "c", "gradient"] as const) assert.deepEqual(batch[key][i], single[key][0], key);
      }
    });

    it("may write C over A and the gradient over the cotangent", () => {
      const n = 7;
      const a = withSpectrum([1, 2, 3, 4, 5, 6, 7], 5);
      const g = randomSymmetric(n, 5);
      const apart = spectral(codes.log, 0, n, [a], [g]);
      raw.reset();
      const [pa, pg] = [raw.put(Float64Array.from(a)), raw.put(Float64Array.from(g))];
      const [w, z, infos] = [raw.alloc(n * 8), raw.alloc(n * n * 8), raw.alloc(4)];
      const work = raw.alloc(
        Math.max(raw.k.dspectral_batched_work(n), raw.k.dspectral_vjp_batched_work(n)),
      );
      raw.k.dspectral_batched(codes.log, 0, n, 1, pa, w, z, pa, work, infos);
      raw.k.dspectral_vjp_batched(codes.log, 0, n, 1, w, z, pg, pg, work);
      assert.deepEqual(raw.f64(pa, n * n).slice(), apart.c[0]);
      assert.deepEqual(raw.f64(pg, n * n).slice(), apart.gradient[0]);
    });

    it("has the adjoint of float32 with divided differences of double, repeated eigenvalues or not", () => {
      for (const spectrum of [[1, 1, 2, 5, 9], [3, 3, 3, 3, 3], [1e-6, 1, 1, 2, 1e6]]) {
        const n = spectrum.length;
        const [a, g] = [withSpectrum(spectrum, 5), randomSymmetric(n, 5)];
        const { w, z, gradient } = spectral(codes.log, 0, n, [a], [g]);
        raw.reset();
        const [pw, work] = [raw.put(w[0]!), raw.alloc(raw.k.sspectral_vjp_batched_work(n))];
        const [pz, pg] = [z[0]!, g].map((x) => raw.put(Float32Array.from(x))) as [number, number];
        assert.equal(raw.k.sspectral_vjp_batched(codes.log, 0, n, 1, pw, pz, pg, pg, work), 0);
        const found = raw.f32(pg, n * n);
        const products = 4 * n * 2 ** -23 * Math.hypot(...gradient[0]!);
        within(`spectrum ${spectrum.join(" ")}`, found, gradient[0]!, products);
        for (let i = 0; i < n * n; i++) assert.equal(found[i], found[(i % n) * n + Math.floor(i / n)]);
      }
    });

    it("has the adjoint of float32 where divided differences are beyond its range", () => {
      const n = 37;
      const random = uniform(6);
      const { w, z } = spectral(0, 0, n, [withSpectrum(Array.from({ length: n }, (_, i) => i + 1), 6)], [[]]);
      const values = w[0].map((x) => x * 1e-30);
      const vectors = Float32Array.from(z[0]);
      const g = Float32Array.from({ length: n * n }, () => 1e-20 * random());
      raw.reset();
      const inputs = [vectors, g] as const;
      const single = [raw.put(values), ...inputs.map((x) => raw.put(x)), raw.alloc(n * n * 4)];
      const double = [single[0], ...inputs.map((x) => raw.put(Float64Array.from(x))), raw.alloc(n * n * 8)];
      const work = raw.alloc(raw.k.dspectral_vjp_batched_work(n));
      assert.equal(raw.k.sspectral_vjp_batched(codes.invsqrt, 0, n, 1, ...single, work), 0);
      assert.equal(raw.k.dspectral_vjp_batched(codes.invsqrt, 0, n, 1, ...double, work), 0);
      const reference = raw.f64(double[3], n * n);
      const d = distance(raw.f32(single[3], n * n), reference) / distance(reference, new Float64Array(n * n));
      assert.ok(d > 0 && d <= 2 ** -23 * Math.sqrt(n), `distance ${d}`);
    });

    it("takes √ of a singular matrix but not its derivative", () => {
      const { infos, c, first } = spectral(codes.sqrt, 0, 2, [[4, 0, 0, 0]], [[1, 0, 0, 1]]);
      assert.deepEqual(infos, [0]);
      assert.deepEqual(Array.from(c[0]), [2, 0, 0, 0]);
      assert.equal(first, 1);
    });

    it("does nothing for n = 0 and an empty batch", () => {
      assert.equal(raw.k.dspectral_batched(0, 0, 3, 0, 0, 0, 0, 0, 0, 0), 0);
      assert.equal(raw.k.dspectral_vjp_batched(0, 0, 3, 0, 0, 0, 0, 0, 0), 0);
      assert.equal(raw.k.dsyev_vjp_batched(0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0);
      const infos = raw.alloc(8);
      assert.equal(raw.k.dspectral_batched(0, 0, 0, 2, 0, 0, 0, 0, raw.alloc(64), infos), 0);
    });
  });

  describe(`d spectral kernels against golden values`, function () {
    this.timeout(20000);
    before(function () {
      if (!goldenAvailable) {
        console.log(goldenSkipNote);
        this.skip();
      }
    });

    it("f(A) and its gradient", () => {
      let checked = 0;
      for (const { name, meta, tensors } of golden("spectral")) {
        const fn = codes[meta.f];
        if (fn === undefined) continue;
        const n = tensors.A.shape[0];
        const tolerance = (x: string): number | null => meta.tol[x][precision];
        if (tolerance("C") === null) continue;
        const { infos, w, c, gradient } = spectral(fn,
          meta.f === "square" ? 2 : (meta.p ?? 0),
          n,
          [tensors.A.data],
          [tensors["ct.C"].data],
        );
        assert.deepEqual(infos, [0], name);
        within(`${name} eigenvalues`, w[0], tensors.eigvals.data, tolerance("eigvals"));
        within(`${name} C`, c[0], tensors.C.data, tolerance("C"));
        within(`${name} gradient`, gradient[0], tensors["grad.A"].data, tolerance("grad.A"));
        checked++;
      }
      assert.ok(checked >= (53), `${checked} cases`);
    });
  });
