import assert from "node:assert/strict";
import { distance, golden, goldenAvailable, goldenSkipNote, type GoldenCase } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";

const raw = rawKernels();
const ULP = 2 ** -52;
type Floats = Float64Array;

function assertSymmetric(n: number, x: Floats, name: string): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) assert.equal(x[i * n + j], x[j * n + i], name);
}

function within(name: string, found: ArrayLike<number>, reference: ArrayLike<number>, tolerance: number | null): void {
  if (tolerance == null) return;
  const d = distance(found, reference);
  assert.ok(d <= tolerance, `${name}: ${d} > ${tolerance}`);
}

/** The gradient of A ↦ ⟨gw, w⟩ + ⟨gz, Z⟩ for given w, Z. */
function eighGradient(
  n: number,
  w: Floats,
  z: Floats,
  gw: Floats | null,
  gz: Floats | null,
  mode = 0,
  eta = 0,
) {
  raw.reset();
  const [pw, pz] = [raw.put(w), raw.put(z)];
  const [pgw, pgz] = [gw ? raw.put(gw) : 0, gz ? raw.put(gz) : 0];
  const out = raw.alloc(w.length * n * 8);
  const report = raw.alloc(24);
  const work = raw.alloc(raw.k.dsyev_vjp_work(n));
  const batch = w.length / n;
  const failed = raw.k.dsyev_vjp_batched(n, batch, pw, pz, pgw, pgz, mode, ULP, eta, out, report, work);
  const [item, i, j] = raw.i32(report, 3);
  return { failed, pair: [item, i, j], gap: raw.f64(report + 16, 1)[0], gradient: raw.f64(out, w.length * n).slice() };
}

/**
 * The adjoint of the projector on the r largest: f is 1 there and 0 elsewhere, so L_ij = 1/|λ_i − λ_j| across the
 * groups.
 */
function projectorGradient(n: number, r: number, w: Floats, z: Floats, g: ArrayLike<number>): Floats {
  const l = new Float64Array(n * n);
  for (let i = n - r; i < n; i++) for (let j = 0; j < n - r; j++) l[i * n + j] = l[j * n + i] = 1 / (w[i] - w[j]);
  raw.reset();
  const [pz, pl, pg] = [z, l, Float64Array.from(g)].map((x) => raw.put(x));
  const work = raw.alloc(raw.k.dspectral_vjp_work(n));
  raw.k.dspectral_vjp(n, pz, n, pl, n, pg, n, pg, n, work);
  return raw.f64(pg, n * n).slice();
}

function checkEigen(name: string, meta: Record<string, any>, tensors: GoldenCase["tensors"]): void {
  const precision = "f64";
  const T = Float64Array;
  const n = tensors.A.shape[0];
  raw.reset();
  const a = raw.put(T.from(tensors.A.data));
  const [pw, pz, work] = [raw.alloc(n * 8), raw.alloc(n * n * 8), raw.alloc(raw.k.dsyev_work(1, n))];
  assert.equal(raw.k.dsyev(1, n, a, n, pw, pz, n, work), 0);
  const [w, z] = [raw.f64(pw, n).slice(), raw.f64(pz, n * n).slice()];
  let gradient: Floats;
  if ("V2" in tensors) {
    within(`${name} values`, w, tensors.eigvals.data, meta.tol.eigvals[precision]);
    within(
      `${name} vectors`,
      z.map((x) => x * x),
      tensors.V2.data,
      meta.tol.V2[precision],
    );
    const gz = T.from(Array.from(z, (x: number, i: number) => 2 * tensors["ct.V2"].data[i] * x));
    const result = eighGradient(n, w, z, T.from(tensors["ct.eigvals"].data), gz);
    if (meta.tol["grad.A"][precision] === null) return;
    assert.equal(result.failed, 0, name);
    gradient = result.gradient;
  } else {
    const pi = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let k = n - meta.r; k < n; k++) for (let j = 0; j < n; j++) pi[i * n + j] += z[i * n + k] * z[j * n + k];
    }
    within(`${name} projector`, pi, tensors.Pi.data, meta.tol.Pi[precision]);
    gradient = projectorGradient(n, meta.r, w, z, tensors["ct.Pi"].data);
  }
  assertSymmetric(n, gradient, name);
  within(`${name} gradient`, gradient, tensors["grad.A"].data, meta.tol["grad.A"][precision]);
}

  const ulp = 2 ** -52;

  describe("dsyev_vjp_batched", () => {
    const T = Float64Array;

    it("lets a values-only loss pass at repeated eigenvalues", () => {
      const w = T.of(1, 1, 2);
      const eye = T.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
      const { failed, gradient } = eighGradient(3, w, eye, T.of(1, 2, 3), null);
      assert.equal(failed, 0);
      assert.deepEqual(Array.from(gradient), [1, 0, 0, 0, 2, 0, 0, 0, 3]);
    });

    it("accepts a cotangent that reaches only the simple vector", () => {
      const w = T.of(1, 1, 2);
      const eye = T.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
      const gz = T.of(0, 0, 1, 0, 0, 0, 0, 0, 0);
      const { failed, gradient } = eighGradient(3, w, eye, null, gz);
      assert.equal(failed, 0);
      assert.deepEqual(Array.from(gradient), [0, 0, 0.5, 0, 0, 0, 0.5, 0, 0]);
    });

    it("names the item, the pair and the gap when a cotangent meets a closed gap", () => {
      const gap = 2 * ulp;
      const w = T.of(1, 2, 3, 1, 1 + gap, 3);
      const eye = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      const z = T.from([...eye, ...eye]);
      const gz = T.of(0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
      const refused = eighGradient(3, w, z, null, gz);
      assert.equal(refused.failed, 1);
      assert.deepEqual(refused.pair, [1, 0, 1]);
      assert.equal(refused.gap, gap);
      assert.ok(
        refused.gradient.subarray(9).every(Number.isNaN) && refused.gradient.subarray(0, 9).every(Number.isFinite),
      );
      const dropped = eighGradient(3, w, z, null, gz, 1);
      assert.equal(dropped.failed, 0);
      assert.ok(dropped.gradient.subarray(9).every((x) => x === 0));
      const eta = 2 ** -40;
      const broadened = eighGradient(3, w, z, null, gz, 2, eta);
      assert.equal(broadened.failed, 0);
      const expected = (0.5 * gap) / (gap * gap + eta);
      assert.ok(Math.abs(broadened.gradient[10] - expected) <= 4 * ulp * expected);
    });

    it("refuses a closed gap even when the numerator vanishes", () => {
      const gz = T.of(1, 0, 0, 1);
      assert.equal(eighGradient(2, T.of(3, 3), T.of(1, 0, 0, 1), null, gz).failed, 1);
      assert.equal(eighGradient(2, T.of(0, 0), T.of(1, 0, 0, 1), null, gz).failed, 1);
    });
  });

  describe(`d eigenvectors against golden values`, function () {
    this.timeout(20000);
    before(function () {
      if (!goldenAvailable) {
        console.log(goldenSkipNote);
        this.skip();
      }
    });

    it("eigenvalues, eigenvectors and projectors with their gradients", () => {
      for (const { name, meta, tensors } of golden("eig_sym")) checkEigen(name, meta, tensors);
    });
  });
