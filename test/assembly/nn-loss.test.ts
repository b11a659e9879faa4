import assert from "node:assert/strict";
import { close, dtypes, generator, goldenCases, Memory, reals } from "./nn-support.js";

type Values = ArrayLike<number>;

const losses: Record<
  string,
  { extra: number[]; f: (x: number, t: number) => number; df: (x: number, t: number) => number }
> = {
  mse: { extra: [], f: (x, t) => (x - t) ** 2, df: (x, t) => 2 * (x - t) },
  huber: {
    extra: [0.5],
    f: (x, t) => (Math.abs(x - t) <= 0.5 ? (x - t) ** 2 / 2 : 0.5 * (Math.abs(x - t) - 0.25)),
    df: (x, t) => Math.min(Math.max(x - t, -0.5), 0.5),
  },
  bce_logits: {
    extra: [],
    f: (x, t) => Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x))),
    df: (x, t) => 1 / (1 + Math.exp(-x)) - t,
  },
};

function loss(m: Memory, name: string, extra: number[], x: Values, t: Values): Float64Array {
  const y = m.out(x.length);
  m.call(name, x.length, m.put(x), m.put(t), ...extra, y);
  return m.get(y, x.length);
}

function lossVjp(
  m: Memory,
  name: string,
  extra: number[],
  x: Values,
  t: Values,
  g: number[] | Float64Array,
): Float64Array {
  const dx = m.out(x.length);
  m.call(`${name}_vjp`, x.length, m.put(x), m.put(t), m.put(g), g.length === x.length ? 1 : 0, ...extra, dx);
  return m.get(dx, x.length);
}

describe("nn/losses", () => {
  for (const dtype of dtypes) {
    for (const [name, { extra, f, df }] of Object.entries(losses)) {
      for (const n of [0, 1, 2, 3, 4, 5, 7, 9, 31, 1024, 2500]) {
        it(`${dtype}: ${name}, ${n} elements`, () => {
          const m = new Memory(dtype);
          const next = generator(n);
          const x = reals(n, next).map((v) => m.round(6 * v));
          const t = reals(n, next).map(m.round);
          const g = reals(n, next).map(m.round);
          close(
            m,
            loss(m, name, extra, x, t),
            x.map((v, i) => f(v, t[i])),
            4,
            name === "bce_logits" ? 8 : 0.5,
          );
          close(
            m,
            lossVjp(m, name, extra, x, t, g),
            x.map((v, i) => df(v, t[i]) * g[i]),
            4,
            2,
          );
          if (n > 1)
            close(
              m,
              lossVjp(m, name, extra, x, t, [0.75]),
              x.map((v, i) => df(v, t[i]) * 0.75),
              4,
              2,
            );
        });
      }
      it(`${dtype}: ${name}: NaN stays where it is`, () => {
        const m = new Memory(dtype);
        for (const run of [
          loss(m, name, extra, [1, NaN, 2], [0, 0, NaN]),
          lossVjp(m, name, extra, [1, NaN, 2], [0, 0, NaN], [1, 1, 1]),
        ]) {
          assert.deepEqual([...run].map(Number.isNaN), [false, true, true]);
        }
      });
    }
    it(`${dtype}: bce_logits does not overflow and keeps tiny losses`, () => {
      const m = new Memory(dtype);
      const y = loss(m, "bce_logits", [], [800, -800, 800, -30], [1, 0, 0, 0]);
      assert.deepEqual([...y.subarray(0, 3)], [0, 0, 800]);
      close(m, [y[3]], [Math.log1p(Math.exp(-30))], 4, 0);
    });
    it(`${dtype}: huber joins at delta`, () => {
      const m = new Memory(dtype);
      assert.deepEqual(
        [...loss(m, "huber", [0.5], [0.5, -0.5, 1, Infinity], [0, 0, 0, 0])],
        [0.125, 0.125, 0.375, Infinity],
      );
    });
  }
  goldenCases(/^(mse|huber|bcelogits)$/, ({ item, m, data, check }) => {
    const name = item.name === "bcelogits" ? "bce_logits" : item.name;
    const extra = item.name === "huber" ? [item.meta.delta] : [];
    const [x, t] = [data("X"), data("T")];
    check("Y", [loss(m, name, extra, x, t).reduce((a, v) => a + v, 0) / x.length]);
    const dx = lossVjp(m, name, extra, x, t, [data("ct.Y")[0] / x.length]);
    check("grad.X", dx);
    if (item.tensors["grad.T"])
      check(
        "grad.T",
        dx.map((v) => -v),
      );
  });
});
