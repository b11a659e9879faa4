import assert from "node:assert/strict";
import { distance, golden, goldenAvailable, goldenSkipNote } from "../support/golden.js";
import { Bench, products, type Shape, shape, sizes } from "./nn-conv-support.js";
import { KC } from "./blas-support.js";
import { channelsLast, type Dtype, dtypes, generator, integers, kernels, reals } from "./nn-support.js";

const fixed: Record<string, Shape> = {
  "1×1 pointwise": shape({ n: 2, h: 3, w: 4, c: 5, o: 7, kh: 1, kw: 1 }),
  "1×1 stride 2": shape({ n: 2, h: 5, w: 4, c: 3, o: 4, kh: 1, kw: 1, sh: 2, sw: 2 }),
  "first layer": shape({ n: 3, h: 9, w: 7, c: 1, o: 16, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "three channels": shape({ n: 2, h: 8, w: 8, c: 3, o: 17, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "three channels, 24 filters, stride 2": shape({ n: 2, h: 9, w: 8, c: 3, o: 24, sh: 2, sw: 2, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "eight filters for each channel": shape({ n: 1, h: 5, w: 6, c: 2, o: 16, groups: 2, pt: 1, pl: 1 }),
  "stride 2 and 3": shape({ n: 2, h: 11, w: 13, c: 3, o: 9, kh: 3, kw: 5, sh: 2, sw: 3, pt: 1, pb: 2, pl: 0, pr: 3 }),
  "stride beyond the kernel": shape({ n: 1, h: 10, w: 9, c: 2, o: 3, kh: 2, kw: 1, sh: 3, sw: 4 }),
  "dilation 2, stride 2": shape({
    n: 2,
    h: 12,
    w: 11,
    c: 2,
    o: 4,
    dh: 2,
    dw: 2,
    sh: 2,
    sw: 2,
    pt: 2,
    pb: 1,
    pl: 1,
    pr: 2,
  }),
  "dilation 3": shape({ n: 1, h: 9, w: 10, c: 2, o: 3, kh: 2, kw: 3, dh: 3, dw: 2, sw: 3, pt: 3, pl: 2, pr: 4 }),
  groups: shape({ n: 2, h: 6, w: 5, c: 6, o: 9, groups: 3, pt: 1, pb: 1, pl: 1, pr: 1 }),
  depthwise: shape({ n: 2, h: 6, w: 7, c: 5, o: 5, groups: 5, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "depthwise, wide": shape({ n: 1, h: 7, w: 6, c: 37, o: 37, groups: 37, sh: 2, sw: 2, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "depthwise, multiplier 2": shape({ n: 1, h: 6, w: 6, c: 4, o: 8, groups: 4, sh: 2, sw: 2, pt: 1, pl: 1 }),
  "smaller than the kernel": shape({ n: 2, h: 2, w: 1, c: 2, o: 3, kh: 5, kw: 3, pt: 2, pb: 2, pl: 1, pr: 1 }),
  "pixels that see padding alone": shape({
    n: 1,
    h: 1,
    w: 1,
    c: 2,
    o: 2,
    kh: 1,
    kw: 1,
    pt: 3,
    pb: 3,
    pl: 2,
    pr: 2,
    sh: 2,
    sw: 2,
  }),
  "1-D": shape({ n: 3, h: 1, w: 23, c: 4, o: 6, kh: 1, kw: 5, sw: 2, pl: 2, pr: 2 }),
  "depth over KC": shape({ n: 1, h: 4, w: 4, c: 61, o: 5, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "several bands": shape({ n: 2, h: 70, w: 33, c: 5, o: 3, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "several bands, strided": shape({ n: 2, h: 90, w: 70, c: 2, o: 3, sh: 2, sw: 2, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "a row wider than a band": shape({ n: 1, h: 3, w: 1300, c: 1, o: 2, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "a band of many images": shape({ n: 40, h: 5, w: 6, c: 2, o: 3, kh: 2, kw: 2, pt: 1, pl: 1 }),
};
for (const width of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31]) {
  fixed[`${width} filters, ${34 - width} channels`] = shape({
    n: 1,
    h: 4,
    w: 5,
    c: 34 - width,
    o: width,
    kh: 2,
    kw: 2,
  });
}

function randomShape(next: () => number): Shape {
  const pick = (lo: number, hi: number): number => lo + Math.floor(next() * (hi - lo + 1));
  for (;;) {
    const groups = pick(1, 3);
    const s = shape({
      n: pick(1, 3),
      h: pick(1, 9),
      w: pick(1, 9),
      c: groups * pick(1, 5),
      o: groups * pick(1, 6),
      kh: pick(1, 4),
      kw: pick(1, 4),
      sh: pick(1, 3),
      sw: pick(1, 3),
      pt: pick(0, 3),
      pb: pick(0, 3),
      pl: pick(0, 3),
      pr: pick(0, 3),
      dh: pick(1, 2),
      dw: pick(1, 2),
      groups,
    });
    if (s.oh > 0 && s.ow > 0) return s;
  }
}

/** Forward and both gradients on small integers, whose sums are exact in any order. */
function exact(s: Shape, dtype: Dtype, seed: number, base = 0): void {
  const next = generator(seed);
  const count = sizes(s);
  const [x, w, dy] = [integers(count.x, next), integers(count.w, next), integers(count.y, next)];
  const bias = integers(s.o, next);
  const y = new Float64Array(count.y).map((_, i) => bias[i % s.o]);
  const [dx, dw, dbias] = [new Float64Array(count.x), new Float64Array(count.w), new Float64Array(s.o)];
  products(s, (iy, ix, iw) => {
    y[iy] += x[ix] * w[iw];
    dx[ix] += dy[iy] * w[iw];
    dw[iw] += dy[iy] * x[ix];
  });
  dy.forEach((g, i) => void (dbias[i % s.o] += g));
  const bench = new Bench(dtype, s, base);
  assert.deepEqual(bench.forward(x, w, bias), y, "forward");
  assert.deepEqual(
    bench.forward(x, w, bias, 1),
    y.map((v) => Math.max(v, 0)),
    "relu",
  );
  const got = bench.wgrad(x, dy);
  assert.deepEqual(got.dw, dw, "weight gradient");
  assert.deepEqual(got.dbias, dbias, "bias gradient");
  assert.deepEqual(bench.igrad(dy, w), dx, "input gradient");
}

describe("nn/conv", () => {
  for (const dtype of dtypes) {
    for (const [name, s] of Object.entries(fixed)) {
      it(`${dtype}: ${name}: forward and gradients exact on integers`, () => exact(s, dtype, 7));
    }
    it(`${dtype}: random shapes: forward and gradients exact on integers`, () => {
      const next = generator(dtype === "s" ? 1 : 2);
      for (let i = 0; i < 120; i++) {
        const s = randomShape(next);
        try {
          exact(s, dtype, i);
        } catch (error) {
          throw new Error(`shape ${JSON.stringify(s)}: ${(error as Error).message}`);
        }
      }
    });

    it(`${dtype}: an item has the same bits in any batch`, () => {
      for (const name of ["first layer", "three channels", "dilation 2, stride 2", "several bands", "depth over KC", "groups"]) {
        const s = { ...fixed[name], n: 5 };
        const next = generator(11);
        const count = sizes(s);
        const [x, w, dy] = [reals(count.x, next), reals(count.w, next), reals(count.y, next)];
        const y = new Bench(dtype, s).forward(x, w);
        const dx = new Bench(dtype, s).igrad(dy, w);
        const [nx, ny] = [count.x / 5, count.y / 5];
        for (const i of [0, 3, 4]) {
          const single = new Bench(dtype, { ...s, n: 1 });
          assert.deepEqual(single.forward(x.subarray(i * nx, (i + 1) * nx), w), y.slice(i * ny, (i + 1) * ny));
          assert.deepEqual(single.igrad(dy.subarray(i * ny, (i + 1) * ny), w), dx.slice(i * nx, (i + 1) * nx));
        }
      }
    });

    it(`${dtype}: sums in ascending k, in blocks of KC, the bias last`, () => {
      const round = dtype === "s" ? Math.fround : (v: number) => v;
      const s = shape({ n: 1, h: 2, w: 3, c: 130, o: 19, kh: 2, kw: 2, pt: 1 });
      const next = generator(5);
      const count = sizes(s);
      const [x, w, bias] = [count.x, count.w, s.o].map((n) => reals(n, next).map(round));
      // Taps above x contribute exact zeros but hold their place in the order.
      const xp = new Float64Array(3 * 3 * 130);
      xp.set(x, 3 * 130);
      const terms: number[][] = Array.from({ length: count.y }, () => []);
      products({ ...s, h: 3, pt: 0 }, (iy, ix, iw) => terms[iy].push(round(xp[ix] * w[iw])));
      const expected = terms.map((list, i) => {
        let sum = 0;
        for (let k0 = 0; k0 < list.length; k0 += KC) {
          const block = list.slice(k0, k0 + KC).reduce((a, b) => round(a + b), 0);
          sum = k0 === 0 ? block : round(sum + block);
        }
        return round(sum + bias[i % s.o]);
      });
      assert.deepEqual([...new Bench(dtype, s).forward(x, w, bias)], expected);
    });

    it(`${dtype}: a 1×1 convolution has the bits of a matrix product`, () => {
      const s = shape({ n: 2, h: 7, w: 9, c: 300, o: 37, kh: 1, kw: 1 });
      const next = generator(12);
      const [x, w, bias] = [sizes(s).x, sizes(s).w, s.o].map((n) => reals(n, next));
      const bench = new Bench(dtype, s);
      const y = bench.forward(x, w, bias, 1);
      const [m, n, k] = [126, 37, 300];
      const [px, pw, pb, c] = [bench.put(x), bench.put(w), bench.put(bias), kernels.alloc(m * n * bench.bytes)];
      const work = kernels.alloc(kernels.k[`${dtype}gemm_work`](0, 1, m, n, k));
      kernels.k[`${dtype}gemm_epilogue`](0, 1, m, n, k, 1, px, k, pw, k, 0, c, n, pb, 1, work);
      assert.deepEqual(Float64Array.from(bench.view(c, m * n)), y);
    });

    it(`${dtype}: works above 2 GiB`, () => exact(fixed["several bands, strided"], dtype, 7, 2 ** 31));

    it(`${dtype}: NaN and infinity reach the pixels that see them, and no others`, () => {
      const s = shape({ n: 1, h: 6, w: 6, c: 2, o: 3, pt: 1, pb: 1, pl: 1, pr: 1 });
      const next = generator(3);
      const count = sizes(s);
      const [x, w] = [reals(count.x, next), reals(count.w, next)];
      x[(2 * 6 + 3) * 2] = NaN;
      x[(5 * 6 + 5) * 2 + 1] = Infinity;
      const y = new Bench(dtype, s).forward(x, w, undefined, 1);
      const seen = new Set<number>();
      products(s, (iy, ix) => void (Number.isNaN(x[ix]) && seen.add(iy)));
      y.forEach((v, i) => assert.equal(Number.isNaN(v), seen.has(i), `y[${i}]`));
      assert.ok(y.includes(Infinity));
    });

    it(`${dtype}: sizes of zero`, () => {
      const bench = new Bench(dtype, { ...shape({ o: 3, c: 2 }), n: 0 });
      assert.equal(bench.forward([], new Float64Array(54)).length, 0);
      assert.equal(bench.igrad([], new Float64Array(54)).length, 0);
      const { dw, dbias } = bench.wgrad([], []);
      assert.deepEqual(dw, new Float64Array(54));
      assert.deepEqual(dbias, new Float64Array(3));
      const none = new Bench(dtype, shape({ c: 0, o: 2, h: 3, w: 4, kh: 1, kw: 1 }));
      assert.deepEqual(
        [...none.forward([], [], [5, -1])],
        Array.from({ length: 24 }, (_, i) => (i % 2 ? -1 : 5)),
      );
      const nothing = new Bench(dtype, shape({ c: 2, o: 0, h: 3, w: 4, kh: 1, kw: 1 }));
      assert.deepEqual(nothing.igrad([], []), new Float64Array(24));
    });
  }

  it("work space does not grow with the batch", () => {
    const desc = kernels.alloc(72);
    const work = (n: number, kind: number): number => {
      kernels.i32(desc, 18).set([n, 56, 56, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 56, 56]);
      return kernels.k.sconv2d_work(desc, kind);
    };
    for (const kind of [0, 1, 2]) {
      assert.equal(work(1, kind), work(4096, kind));
      assert.ok(work(1, kind) < 1 << 20, `${work(1, kind)} bytes`);
    }
  });
});

describe("nn/conv against the golden values", function () {
  if (!goldenAvailable) {
    it(goldenSkipNote);
    return;
  }
  for (const item of golden("nn").filter((c) => c.name.startsWith("conv"))) {
    for (const dtype of dtypes) {
      it(`${dtype}: ${item.name}`, () => {
        const { meta, tensors: t } = item;
        const transposed = meta.op === "convT2d";
        const oneD = t.X.shape.length === 3;
        const dims = (name: string): number[] => {
          const d = t[name].shape;
          return oneD ? [d[0], d[1], 1, d[2]] : d;
        };
        // A transposed convolution is the input gradient of the convolution from its output to its input.
        const [n, c, h, w] = dims(transposed ? "Y" : "X");
        const [, o, oh, ow] = dims(transposed ? "X" : "Y");
        const [, cg, kh, kw] = dims("W");
        const { stride, padding: p = 0, dilation = 1, groups = 1 } = meta;
        const p1 = oneD ? 0 : p;
        const s: Shape = {
          n,
          h,
          w,
          c,
          o,
          kh,
          kw,
          sh: oneD ? 1 : stride,
          sw: stride,
          pt: p1,
          pb: p1,
          pl: p,
          pr: p,
          dh: oneD ? 1 : dilation,
          dw: dilation,
          groups,
          oh,
          ow,
        };
        const feature = (name: string): Float64Array => {
          return channelsLast(t[name].data, dims(name));
        };
        const weights = (name: string): Float64Array => channelsLast(t[name].data, [o, cg, kh * kw]);
        const close = (got: ArrayLike<number>, want: ArrayLike<number>, name: string): void => {
          const bound = meta.tol[name][dtype === "s" ? "f32" : "f64"];
          const error = distance(got, want);
          assert.ok(error <= bound, `${name}: ${error} > ${bound}`);
        };
        const bench = new Bench(dtype, s);
        if (transposed) {
          const y = bench.igrad(feature("X"), weights("W"));
          close(
            y.map((v, i) => v + t.bias.data[i % c]),
            feature("Y"),
            "Y",
          );
          close(bench.forward(feature("ct.Y"), weights("W")), feature("grad.X"), "grad.X");
          close(bench.wgrad(feature("ct.Y"), feature("X")).dw, weights("grad.W"), "grad.W");
          return;
        }
        close(bench.forward(feature("X"), weights("W"), t.bias?.data), feature("Y"), "Y");
        const { dw, dbias } = bench.wgrad(feature("X"), feature("ct.Y"));
        close(dw, weights("grad.W"), "grad.W");
        if (t.bias) close(dbias, t["grad.bias"].data, "grad.bias");
        close(bench.igrad(feature("ct.Y"), weights("W")), feature("grad.X"), "grad.X");
      });
    }
  }
});
