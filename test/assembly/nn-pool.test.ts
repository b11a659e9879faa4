import assert from "node:assert/strict";
import { dtypes, type Dtype, generator, goldenCases, inner, integers, Memory, reals } from "./nn-support.js";

interface Pool {
  n: number;
  h: number;
  w: number;
  c: number;
  kh: number;
  kw: number;
  sh: number;
  sw: number;
  pt: number;
  pb: number;
  pl: number;
  pr: number;
  oh: number;
  ow: number;
}

function pool(given: Partial<Pool>): Pool {
  const s = { n: 2, h: 6, w: 5, c: 3, kh: 2, kw: 2, sh: 2, sw: 2, pt: 0, pb: 0, pl: 0, pr: 0, oh: 0, ow: 0, ...given };
  s.oh = Math.floor((s.h + s.pt + s.pb - s.kh) / s.sh) + 1;
  s.ow = Math.floor((s.w + s.pl + s.pr - s.kw) / s.sw) + 1;
  return s;
}
const descriptor = (m: Memory, s: Pool): number =>
  m.ints([s.n, s.h, s.w, s.c, s.kh, s.kw, s.sh, s.sw, s.pt, s.pb, s.pl, s.pr, s.oh, s.ow]);

/** Visits (output, position h·W + w or −1 in the padding, input) in row-major window order. */
function windows(s: Pool, visit: (y: number, position: number, x: number) => void): void {
  for (let n = 0; n < s.n; n++)
    for (let p = 0; p < s.oh; p++)
      for (let q = 0; q < s.ow; q++)
        for (let c = 0; c < s.c; c++)
          for (let i = 0; i < s.kh; i++)
            for (let j = 0; j < s.kw; j++) {
              const [h, w] = [p * s.sh + i - s.pt, q * s.sw + j - s.pl];
              const inside = h >= 0 && h < s.h && w >= 0 && w < s.w;
              const y = ((n * s.oh + p) * s.ow + q) * s.c + c;
              visit(y, inside ? h * s.w + w : -1, ((n * s.h + h) * s.w + w) * s.c + c);
            }
}

const shapes: Record<string, Pool> = {
  "2×2": pool({ h: 8, w: 6, c: 16 }),
  "2×2 with a row and a column left over": pool({ h: 7, w: 5, c: 8 }),
  "2×2 with a partial vector": pool({ h: 4, w: 6, c: 7 }),
  "2×2 over the border": pool({ h: 5, w: 5, c: 9, pt: 1, pl: 1 }),
  "3×2 stride 2×1, one-sided padding": pool({ h: 7, w: 6, kh: 3, sw: 1, pt: 1, pr: 1 }),
  "overlapping, padded": pool({ kh: 3, kw: 3, sh: 1, sw: 1, pt: 1, pb: 1, pl: 1, pr: 1 }),
  "window over the whole map": pool({ h: 3, w: 2, kh: 5, kw: 5, pt: 1, pb: 1, pl: 2, pr: 2, c: 2 }),
  "no images": pool({ n: 0 }),
  "windows in the padding alone": pool({ h: 2, w: 2, kh: 1, kw: 2, sh: 1, pt: 1, pb: 2, c: 5 }),
};
for (const c of [0, 1, 2, 4, 5, 7, 8, 9]) shapes[`${c} channels`] = pool({ c, kw: 3, pl: 1 });

const outputs = (s: Pool): number => s.n * s.oh * s.ow * s.c;
const inputs = (s: Pool): number => s.n * s.h * s.w * s.c;

function maxpool(m: Memory, s: Pool, x: ArrayLike<number>): { y: Float64Array; index: Int32Array; at: number } {
  const [y, at] = [m.out(outputs(s)), m.ints(new Int32Array(outputs(s) + 1).fill(-7))];
  m.call("maxpool2d", descriptor(m, s), m.put(x), y, at);
  const index = new Int32Array(m.view(at, 0).buffer, at, outputs(s) + 1).slice();
  assert.equal(index[outputs(s)], -7, "wrote outside the indices");
  return { y: m.get(y, outputs(s)), index: index.slice(0, -1), at };
}

function averages(m: Memory, s: Pool, includePad: number, x: ArrayLike<number>): Float64Array {
  const y = m.out(outputs(s));
  m.call("avgpool2d", descriptor(m, s), includePad, m.put(x), y);
  return m.get(y, outputs(s));
}

function checkMax(dtype: Dtype, s: Pool, x: Float64Array, seed: number): void {
  const m = new Memory(dtype);
  const y = new Float64Array(outputs(s)).fill(-Infinity);
  const index = new Int32Array(outputs(s)).fill(-1);
  windows(s, (iy, position, ix) => {
    if (position < 0 || (index[iy] >= 0 && !(x[ix] > y[iy]) && !(Number.isNaN(x[ix]) && !Number.isNaN(y[iy])))) return;
    y[iy] = x[ix];
    index[iy] = position;
  });
  const got = maxpool(m, s, x);
  assert.deepEqual(got.y, y);
  assert.deepEqual(got.index, index);
  const dy = integers(outputs(s), generator(seed));
  const want = new Float64Array(inputs(s));
  dy.forEach((g, i) => {
    const image = Math.floor(i / (s.oh * s.ow * s.c));
    if (index[i] >= 0) want[(image * s.h * s.w + index[i]) * s.c + (i % s.c)] += g;
  });
  const dx = m.out(inputs(s));
  m.call("maxpool2d_vjp", descriptor(m, s), m.put(dy), got.at, dx);
  assert.deepEqual(m.get(dx, inputs(s)), want);
}

describe("nn/pool", () => {
  for (const dtype of dtypes) {
    for (const [name, s] of Object.entries(shapes)) {
      it(`${dtype}: maxpool, ${name}: values, indices (ties to the first) and adjoint`, () => {
        checkMax(dtype, s, integers(inputs(s), generator(1)), 2);
      });
      it(`${dtype}: maxpool, ${name}: NaN wins, infinities`, () => {
        const next = generator(3);
        const special = [NaN, -Infinity, Infinity, 1, 2, -1];
        checkMax(
          dtype,
          s,
          Float64Array.from({ length: inputs(s) }, () => special[Math.floor(next() * 6)]),
          4,
        );
      });
      for (const includePad of [0, 1]) {
        it(`${dtype}: avgpool, ${name}, count_include_pad ${includePad}: naive mean, adjoint`, () => {
          const m = new Memory(dtype);
          const x = integers(inputs(s), generator(5));
          const sums = new Float64Array(outputs(s));
          const counts = new Float64Array(outputs(s));
          windows(s, (iy, position, ix) => {
            if (position >= 0) sums[iy] += x[ix];
            // Padding right of and below the padded map (as after a ceiling) is not counted.
            if (position >= 0 || includePad) counts[iy] += 1;
          });
          const y = averages(m, s, includePad, x);
          assert.deepEqual(
            y,
            sums.map((v, i) => (counts[i] ? m.round(v / counts[i]) : 0)),
          );
          // Cotangents that the divisors divide: the adjoint is exact.
          const dy = integers(outputs(s), generator(6)).map((v, i) => v * counts[i]);
          const want = new Float64Array(inputs(s));
          windows(s, (iy, position, ix) => void (position >= 0 && (want[ix] += dy[iy] / counts[iy])));
          const dx = m.out(inputs(s));
          m.call("avgpool2d_vjp", descriptor(m, s), includePad, m.put(dy), dx);
          assert.deepEqual(m.get(dx, inputs(s)), want);
        });
      }
    }
    it(`${dtype}: avgpool clips the divisor of windows that overhang the padding, as torch does`, () => {
      const s = { ...pool({ n: 1, h: 3, w: 3, c: 1, pt: 1, pl: 1 }), oh: 3, ow: 3 };
      const y = averages(new Memory(dtype), s, 1, new Float64Array(9).fill(1));
      // The padded map has 4 rows: the last window begins at row 3 of x, outside it, and sees nothing.
      assert.deepEqual([...y], [0.25, 0.5, 0, 0.5, 1, 0, 0, 0, 0]);
    });
  }

  goldenCases(/^maxpool/, ({ item, m, map, check }) => {
    const [n, c, h, w] = item.tensors.X.shape;
    const { kernel: k, stride, padding: p } = item.meta;
    const s = pool({ n, c, h, w, kh: k, kw: k, sh: stride, sw: stride, pt: p, pb: p, pl: p, pr: p });
    const got = maxpool(m, s, map("X"));
    check("Y", got.y, true);
    const dx = m.out(inputs(s));
    m.call("maxpool2d_vjp", descriptor(m, s), m.put(map("ct.Y")), got.at, dx);
    check("grad.X", m.get(dx, inputs(s)), true);
  });
  goldenCases(/^avgpool/, ({ item, m, map, check }) => {
    const [n, c, h, w] = item.tensors.X.shape;
    const { kernel: k, stride, padding: p } = item.meta;
    const s = pool({ n, c, h, w, kh: k, kw: k, sh: stride, sw: stride, pt: p, pb: p, pl: p, pr: p });
    check("Y", averages(m, s, 1, map("X")), true);
    const dx = m.out(inputs(s));
    m.call("avgpool2d_vjp", descriptor(m, s), 1, m.put(map("ct.Y")), dx);
    check("grad.X", m.get(dx, inputs(s)), true);
  });
});

describe("nn/upsample", () => {
  type Sizes = [n: number, h: number, w: number, c: number, oh: number, ow: number];
  const cases: Sizes[] = [
    [2, 3, 4, 5, 6, 8],
    [1, 4, 5, 2, 7, 3],
    [2, 1, 1, 4, 3, 5],
    [1, 5, 7, 1, 5, 7],
    [1, 6, 4, 9, 2, 9],
    [0, 2, 2, 3, 4, 4],
    [1, 3, 3, 0, 5, 5],
  ];
  const size = ([n, h, w, c, oh, ow]: Sizes): [number, number] => [n * h * w * c, n * oh * ow * c];
  const run = (m: Memory, kind: string, s: Sizes, x: ArrayLike<number>): Float64Array => {
    const y = m.out(size(s)[1]);
    m.call(`upsample_${kind}`, ...s, m.put(x), y);
    return m.get(y, size(s)[1]);
  };
  const adjoint = (m: Memory, kind: string, s: Sizes, dy: ArrayLike<number>): Float64Array => {
    const dx = m.out(size(s)[0]);
    m.call(`upsample_${kind}_vjp`, ...s, m.put(dy), dx);
    return m.get(dx, size(s)[0]);
  };
  /** Both axes as torch computes them, with exact fractions. */
  const naive = (kind: string, [n, h, w, c, oh, ow]: Sizes, x: ArrayLike<number>): Float64Array => {
    const axis = (p: number, from: number, to: number): [number, number, number] => {
      if (kind === "nearest") return [Math.floor((p * from) / to), 0, 0];
      const position = Math.max(((p + 0.5) * from) / to - 0.5, 0);
      const low = Math.floor(position + 1e-12);
      return [low, Math.min(low + 1, from - 1), position - low];
    };
    const y = new Float64Array(n * oh * ow * c);
    for (let i = 0; i < n; i++)
      for (let p = 0; p < oh; p++)
        for (let q = 0; q < ow; q++)
          for (let j = 0; j < c; j++) {
            const [h0, h1, t] = axis(p, h, oh);
            const [w0, w1, u] = axis(q, w, ow);
            const at = (a: number, b: number): number => x[((i * h + a) * w + b) * c + j];
            const [top, bottom] = [(1 - u) * at(h0, w0) + u * at(h0, w1), (1 - u) * at(h1, w0) + u * at(h1, w1)];
            y[((i * oh + p) * ow + q) * c + j] = (1 - t) * top + t * bottom;
          }
    return y;
  };
  for (const dtype of dtypes) {
    for (const kind of ["nearest", "bilinear"]) {
      for (const s of cases) {
        it(`${dtype}: ${kind} ${s.join("×")}: naive values, adjointness`, () => {
          const m = new Memory(dtype);
          const next = generator(8);
          const [x, dy] = size(s).map((n) => reals(n, next).map(m.round));
          const y = run(m, kind, s, x);
          const want = naive(kind, s, x);
          y.forEach((v, i) => assert.ok(Math.abs(v - want[i]) <= 4 * m.eps, `y[${i}] ${v} ${want[i]}`));
          const dx = adjoint(m, kind, s, dy);
          const [left, right] = [inner(dy, want), inner(dx, x)];
          assert.ok(Math.abs(left - right) <= 8 * m.eps * size(s)[1], `${left} against ${right}`);
        });
      }
    }
    it(`${dtype}: nearest is exact where a rounded scale is not`, () => {
      // 3·(1/3 rounded) in float32 or double arithmetic may fall below 1; in integers it does not.
      for (let out = 1; out < 120; out++) {
        const y = run(
          new Memory(dtype),
          "nearest",
          [1, 1, 49, 1, 1, out],
          Float64Array.from({ length: 49 }, (_, i) => i),
        );
        y.forEach((v, q) => assert.equal(v, Number((BigInt(q) * 49n) / BigInt(out))));
      }
    });
  }
  goldenCases(/^upsample/, ({ item, m, map, check }) => {
    const kind = item.name.includes("bilinear") ? "bilinear" : "nearest";
    const [n, c, h, w] = item.tensors.X.shape;
    const [, , oh, ow] = item.tensors.Y.shape;
    check("Y", run(m, kind, [n, h, w, c, oh, ow], map("X")), true);
    check("grad.X", adjoint(m, kind, [n, h, w, c, oh, ow], map("ct.Y")), true);
  });
});
