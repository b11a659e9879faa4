import assert from "node:assert/strict";
import { rawKernels } from "../support/kernels.js";
import { catalogue, randomSymmetric } from "../support/matrices.js";
import { decompositionResidual, orthogonalityResidual, THRESHOLD, ulpOf } from "../support/residual.js";

const raw = rawKernels();

type Dtype = "s" | "d";
type FloatArray = Float32Array | Float64Array;
const arrayOf = { s: Float32Array, d: Float64Array };
const view = (t: Dtype, ptr: number, n: number): FloatArray => (t === "s" ? raw.f32(ptr, n) : raw.f64(ptr, n));

interface Solved {
  readonly info: number;
  readonly w: FloatArray;
  readonly z: FloatArray;
}

/** One `syev_batched` call with items `stride` apart; work space and outputs start dirty and are fenced. */
function batched(t: Dtype, n: number, items: readonly FloatArray[], { vectors = 1, extra = 0 } = {}): Solved[] {
  raw.reset();
  const batch = items.length;
  const size = arrayOf[t].BYTES_PER_ELEMENT;
  const stride = n * n + extra;
  const a = raw.alloc(batch * stride * size);
  const w = raw.alloc(batch * n * size);
  const z = raw.alloc(batch * n * n * size);
  const infos = raw.alloc(batch * 4);
  const bytes = raw.k[`${t}syev_work`](vectors, n) >>> 0;
  const work = raw.alloc(bytes);
  const fence = raw.alloc(64);
  for (const [ptr, count] of [
    [a, batch * stride],
    [w, batch * n],
    [z, batch * n * n],
    [work, Math.floor(bytes / size)],
  ]) {
    view(t, ptr, count).fill(NaN);
  }
  raw.i32(fence, 16).fill(0x5a5a5a5a);
  items.forEach((x, i) => view(t, a + i * stride * size, n * n).set(x));
  const failed = raw.k[`${t}syev_batched`](vectors, n, batch, a, stride, w, z, work, infos);
  assert.ok(raw.i32(fence, 16).every((x) => x === 0x5a5a5a5a), "work space overrun"); // prettier-ignore
  const solved = items.map((_, i) => ({
    info: raw.i32(infos, batch)[i],
    w: view(t, w + i * n * size, n).slice(),
    z: view(t, z + i * n * n * size, n * n).slice(),
  }));
  assert.equal(failed, solved.filter(({ info }) => info !== 0).length);
  return solved;
}

/** One `syev` call. */
function single(t: Dtype, n: number, a: FloatArray): Solved {
  raw.reset();
  const pa = raw.put(a);
  const [w, z] = [raw.alloc(n * 8), raw.alloc(n * n * 8)];
  const info = raw.k[`${t}syev`](1, n, pa, n, w, z, n, raw.alloc(raw.k[`${t}syev_work`](1, n) >>> 0));
  return { info, w: view(t, w, n).slice(), z: view(t, z, n * n).slice() };
}

/** Matrices that take different paths through the solver, so that neighbours in a vector have nothing in common. */
function mixed(t: Dtype, n: number): FloatArray[] {
  const top = t === "s" ? 2 ** 120 : 2 ** 1015;
  const random = (seed: number, scale: (i: number, j: number) => number): FloatArray =>
    arrayOf[t].from(randomSymmetric(n, seed).map((x, k) => x * scale(Math.floor(k / n), k % n)));
  const broken = random(1, () => 1);
  broken[n * n - 1] = NaN;
  const infinite = random(2, () => 1);
  infinite[0] = Infinity;
  return [
    random(3, () => 1),
    random(4, () => 0),
    broken,
    random(5, (i, j) => Number(i === j)),
    random(6, (i, j) => 2 ** (-i - j)),
    random(7, () => top),
    infinite,
    random(8, () => 1 / top),
    random(9, (i, j) => 2 ** (i + j - 2 * n)),
  ];
}

for (const t of ["d", "s"] as const) {
  describe(`${t}syev up to order 32: across matrices and inside one`, function () {
    this.timeout(60000);

    it("does nothing for n = 0 and for an empty batch", () => {
      assert.equal(raw.k[`${t}syev_batched`](1, 0, 0, 0, 0, 0, 0, 0, 0), 0);
      assert.equal(raw.k[`${t}syev_batched`](1, 5, 0, 0, 25, 0, 0, 0, 0), 0);
    });

    for (const [lo, hi] of [[1, 8], [9, 16], [17, 24], [25, 32]]) { // prettier-ignore
      it(`has small residuals over the catalogue, and a batch has the bits of single calls, n = ${lo} … ${hi}`, () => {
        for (let n = lo; n <= hi; n++) {
          const matrices = catalogue(n, ulpOf(t));
          const items = matrices.map(({ a }) => arrayOf[t].from(a));
          const all = batched(t, n, items);
          const values = batched(t, n, items, { vectors: 0 });
          items.forEach((a, i) => {
            const { name } = matrices[i];
            const { info, w, z } = all[i];
            assert.equal(info, 0, name);
            assert.deepEqual(single(t, n, a), all[i], name);
            assert.deepEqual(values[i].w, w, `${name}: values alone`);
            const residual = decompositionResidual(n, a, w, z, ulpOf(t));
            assert.ok(residual < THRESHOLD, `${name}: residual ${residual}`);
            const orthogonality = orthogonalityResidual(n, n, z, ulpOf(t));
            assert.ok(orthogonality < THRESHOLD, `${name}: orthogonality ${orthogonality}`);
          });
        }
      });
    }

    it("solves batches of 1 … 9 mixed matrices as a loop does, whoever the neighbours are", () => {
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 23, 31, 32]) {
        const items = mixed(t, n);
        const alone = items.map((a) => single(t, n, a));
        assert.deepEqual(
          alone.map(({ info }) => info),
          [0, 0, -1, 0, 0, 0, -1, 0, 0],
        );
        for (let size = 1; size <= 9; size++) {
          const order = items.map((_, i) => (i * 2 + size) % 9).slice(0, size);
          const found = batched(
            t,
            n,
            order.map((i) => items[i]),
            { extra: size % 3 },
          );
          found.forEach((x, i) => assert.deepEqual(x, alone[order[i]], `n ${n}, batch ${size}, item ${order[i]}`));
        }
      }
    });

    it("scales each item exactly by its own power of two", () => {
      const n = 17;
      const powers = t === "s" ? [0, -110, 3, 120, -1] : [0, -960, 3, 1015, -1];
      const a = arrayOf[t].from(randomSymmetric(n, 12));
      const found = batched(
        t,
        n,
        powers.map((k) => a.map((x) => x * 2 ** k)),
      );
      found.forEach(({ w, z }, i) => {
        assert.deepEqual(z, found[0].z);
        assert.deepEqual(
          w,
          found[0].w.map((x) => x * 2 ** powers[i]),
        );
      });
    });
  });
}
