import assert from "node:assert/strict";
import { Bench, products, type Shape, shape, sizes } from "./nn-conv-support.js";
import { type Dtype, dtypes, generator, integers, kernels, reals } from "./nn-support.js";

const padded = { pt: 1, pb: 1, pl: 1, pr: 1 };

/** Shapes whose three passes go by Winograd's filtering. */
const chosen: Record<string, Shape> = {
  even: shape({ n: 2, h: 6, w: 8, c: 16, o: 16, ...padded }),
  "odd height and width": shape({ n: 2, h: 7, w: 9, c: 12, o: 28, ...padded }),
  "no padding": shape({ n: 2, h: 9, w: 12, c: 16, o: 12 }),
  "uneven padding": shape({ n: 1, h: 6, w: 7, c: 12, o: 16, pt: 2, pb: 1, pl: 0, pr: 3 }),
  "padding beyond the kernel": shape({ n: 1, h: 4, w: 6, c: 12, o: 12, pt: 3, pb: 4, pl: 4, pr: 3 }),
  "one tile": shape({ n: 1, h: 2, w: 2, c: 16, o: 16, ...padded }),
  "smaller than the kernel": shape({ n: 3, h: 2, w: 4, c: 12, o: 12, ...padded }),
  "blocks of tiles across images": shape({ n: 3, h: 13, w: 14, c: 16, o: 32, ...padded }),
  "strips of output channels, depth over KC": shape({ n: 1, h: 4, w: 4, c: 304, o: 80, ...padded }),
  "strips of input channels": shape({ n: 1, h: 4, w: 4, c: 80, o: 264, ...padded }),
};

/** Neighbours of these that do not. */
const direct: Record<string, Shape> = {
  "eight channels": shape({ n: 1, h: 6, w: 6, c: 8, o: 16, ...padded }),
  "thirteen channels": shape({ n: 1, h: 6, w: 6, c: 13, o: 16, ...padded }),
  "3×3 map": shape({ n: 1, h: 3, w: 3, c: 16, o: 16, ...padded }),
  "stride 2": shape({ n: 1, h: 7, w: 7, c: 16, o: 16, sw: 2, ...padded }),
  "dilation 2": shape({ n: 1, h: 8, w: 8, c: 16, o: 16, dh: 2, pt: 2, pb: 2 }),
  groups: shape({ n: 1, h: 6, w: 6, c: 32, o: 32, groups: 2, ...padded }),
  "1×3": shape({ n: 1, h: 6, w: 6, c: 16, o: 16, kh: 1, pl: 1, pr: 1 }),
};

interface Passes {
  readonly y: Float64Array;
  readonly dw: Float64Array;
  readonly dbias: Float64Array;
  readonly dx: Float64Array;
}

/** All passes as plain sums in double precision, of the numbers given or of their absolute values. */
function reference(s: Shape, x: Float64Array, w: Float64Array, bias: Float64Array, dy: Float64Array): Passes {
  const count = sizes(s);
  const y = new Float64Array(count.y).map((_, i) => bias[i % s.o]);
  const [dx, dw, dbias] = [new Float64Array(count.x), new Float64Array(count.w), new Float64Array(s.o)];
  products(s, (iy, ix, iw) => {
    y[iy] += x[ix] * w[iw];
    dx[ix] += dy[iy] * w[iw];
    dw[iw] += dy[iy] * x[ix];
  });
  dy.forEach((g, i) => void (dbias[i % s.o] += g));
  return { y, dw, dbias, dx };
}

type Inputs = readonly [x: Float64Array, w: Float64Array, bias: Float64Array, dy: Float64Array];

function inputsOf(s: Shape, values: (n: number) => Float64Array): Inputs {
  const count = sizes(s);
  return [values(count.x), values(count.w), values(s.o), values(count.y)];
}

function computed(dtype: Dtype, s: Shape, [x, w, bias, dy]: Inputs, base = 0): Passes {
  const bench = new Bench(dtype, s, base);
  return { y: bench.forward(x, w, bias), ...bench.wgrad(x, dy), dx: bench.igrad(dy, w) };
}

describe("nn/winograd", () => {
  for (const dtype of dtypes) {
    const unit = dtype === "s" ? 2 ** -24 : 2 ** -53;
    const round = dtype === "s" ? Math.fround : (v: number) => v;

    for (const [name, s] of Object.entries({ ...chosen, ...direct })) {
      it(`${dtype}: ${name}: forward and gradients exact on integers`, () => {
        const next = generator(7);
        const inputs = inputsOf(s, (n) => integers(n, next));
        const expected = reference(s, ...inputs);
        assert.deepEqual(computed(dtype, s, inputs), expected);
        const [x, w, bias] = inputs;
        const rectified = expected.y.map((v) => Math.max(v, 0));
        assert.deepEqual(new Bench(dtype, s).forward(x, w, bias, 1), rectified, "relu");
        assert.deepEqual(new Bench(dtype, s).wgrad(x, inputs[3]).dw, expected.dw, "weights without bias");
      });
    }

    it(`${dtype}: is chosen for these shapes in float32 and not for their neighbours: the bits are other than the direct order's`, () => {
      const differs = (s: Shape): boolean => {
        const next = generator(5);
        const [x, w, bias, dy] = inputsOf(s, (n) => reals(n, next).map(round));
        // The first output's terms (i, j, c) ascending in one accumulator: at most KC of them here.
        const sums = new Map<number, number>();
        products(s, (iy, ix, iw) => void sums.set(iy, round((sums.get(iy) ?? 0) + round(x[ix] * w[iw]))));
        const { y } = computed(dtype, s, [x, w, bias, dy]);
        return [...sums].some(([i, sum]) => round(sum + bias[i % s.o]) !== y[i]);
      };
      for (const name of ["even", "odd height and width", "one tile", "uneven padding"]) {
        assert.equal(differs(chosen[name]), dtype === "s", name);
      }
      for (const [name, s] of Object.entries(direct)) assert.ok(!differs(s), name);
    });

    it(`${dtype}: errors stay below eight units in the last place of the sum of absolute terms`, () => {
      let worst = 0;
      for (const [name, s] of Object.entries(chosen)) {
        const next = generator(3);
        const inputs = inputsOf(s, (n) => reals(n, next).map(round));
        const exact = reference(s, ...inputs);
        const scale = reference(s, ...(inputs.map((v) => v.map(Math.abs)) as unknown as Inputs));
        const got = computed(dtype, s, inputs);
        for (const pass of ["y", "dw", "dbias", "dx"] as const) {
          // A tile is computed as a whole: an output of few terms carries the rounding of its neighbours.
          const largest = scale[pass].reduce((a, b) => Math.max(a, b), 0);
          got[pass].forEach((v, i) => {
            const error = Math.abs(v - exact[pass][i]) / (unit * largest);
            worst = Math.max(worst, error);
            assert.ok(error <= 8, `${name}, ${pass}[${i}]: ${error}`);
          });
        }
      }
      console.log(`      ${dtype}: at most ${worst.toFixed(2)} units`);
      assert.ok(worst > 0.1, "the numbers were rounded at all");
    });

    it(`${dtype}: an item has the same bits in any batch`, () => {
      for (const name of ["even", "odd height and width", "blocks of tiles across images"]) {
        const s = { ...chosen[name], n: 6 };
        const next = generator(11);
        const [x, w, bias, dy] = inputsOf(s, (n) => reals(n, next));
        const { y, dx } = computed(dtype, s, [x, w, bias, dy]);
        const [nx, ny] = [x.length / 6, y.length / 6];
        for (const i of [0, 3, 5]) {
          const own = [x.slice(i * nx, (i + 1) * nx), w, bias, dy.slice(i * ny, (i + 1) * ny)] as const;
          const single = computed(dtype, { ...s, n: 1 }, own);
          assert.deepEqual(single.y, y.slice(i * ny, (i + 1) * ny), `${name}: item ${i}`);
          assert.deepEqual(single.dx, dx.slice(i * nx, (i + 1) * nx), `${name}: gradient of item ${i}`);
        }
      }
    });

    it(`${dtype}: powers of two scale results exactly`, () => {
      const s = chosen["odd height and width"];
      const next = generator(13);
      const inputs = inputsOf(s, (n) => reals(n, next));
      const plain = computed(dtype, s, inputs);
      const [x, w, bias, dy] = inputs;
      const scaled = computed(dtype, s, [x.map((v) => v * 2 ** 40), w, bias.map((v) => v * 2 ** 40), dy]);
      assert.deepEqual(
        scaled.y,
        plain.y.map((v) => v * 2 ** 40),
      );
      assert.deepEqual(
        scaled.dw,
        plain.dw.map((v) => v * 2 ** 40),
      );
      assert.deepEqual(scaled.dx, plain.dx);
    });

    it(`${dtype}: NaN reaches every pixel that sees it, and none outside the tiles that do`, () => {
      const s = chosen.even;
      const next = generator(3);
      const [x, w, bias] = inputsOf(s, (n) => reals(n, next));
      x[(3 * s.w + 4) * s.c + 5] = NaN;
      const y = new Bench(dtype, s).forward(x, w, bias, 1);
      const tileOf = (i: number): number => {
        const place = Math.floor(i / s.o);
        const [q, p] = [place % s.ow, Math.floor(place / s.ow)];
        return Math.floor(p / 2) * s.ow + Math.floor(q / 2);
      };
      const tiles = new Set<number>();
      products(s, (iy, ix) => {
        if (!Number.isNaN(x[ix])) return;
        assert.ok(Number.isNaN(y[iy]), `y[${iy}] sees the NaN`);
        tiles.add(tileOf(iy));
      });
      y.forEach((v, i) => assert.ok(!Number.isNaN(v) || tiles.has(tileOf(i)), `y[${i}]`));
    });

    it(`${dtype}: works above 2 GiB`, () => {
      const s = chosen["odd height and width"];
      const next = generator(7);
      const inputs = inputsOf(s, (n) => integers(n, next));
      assert.deepEqual(computed(dtype, s, inputs, 2 ** 31), reference(s, ...inputs));
    });
  }

  it("work space is bounded whatever the batch and grows with the input channels alone", () => {
    const desc = kernels.alloc(72);
    const work = (n: number, c: number, o: number, kind: number): number => {
      kernels.i32(desc, 18).set([n, 14, 14, c, o, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 14, 14]);
      return kernels.k.sconv2d_work(desc, kind);
    };
    for (const kind of [0, 1, 2]) {
      assert.equal(work(1, 64, 64, kind), work(4096, 64, 64, kind));
      assert.ok(work(1, 512, 512, kind) < 4 << 20, `${work(1, 512, 512, kind)} bytes`);
    }
    assert.ok(work(1, 64, 4096, 0) < 2 << 20);
  });
});
